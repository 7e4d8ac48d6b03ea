"""Names of the logs that every model has."""

LOSSES = ("discriminator_loss", "generator_loss")
# What a discriminator's update tells an augmentation that watches it: the mean
# sign of the logits of real samples. It is not logged.
REAL_SIGN = "real_sign"
