"""Names of the logs that every model has."""

LOSSES = ("discriminator_loss", "generator_loss")
