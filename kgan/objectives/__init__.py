"""One file per objective; each is two pure functions of logits."""
