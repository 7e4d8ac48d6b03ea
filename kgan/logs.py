"""Names of the logs that every model has."""

LOSSES = ("discriminator_loss", "generator_loss")
# What a discriminator's update reports to an augmentation: the mean sign of the
# logits of real samples. It is not logged.
REAL_SIGN = "real_sign"
