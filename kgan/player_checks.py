"""Checks of the players that an objective takes, before any variable."""

from typing import Any

from kgan.arguments import shown
from kgan.labels import takes_labels
from kgan.networks import check_generator, check_networks


def check_players(
    objective: Any,
    generator: Any,
    discriminator: Any,
    penalties: Any,
    augmentation: Any,
    packing: int,
) -> None:
    """Raises ValueError unless these can play an objective's game.

    Args:
        objective: The model, not yet made, or its class.
        generator, discriminator: What was passed as such.
        penalties, augmentation: Likewise.
        packing: Samples that the discriminator takes joined.
    """
    if objective.has_discriminator:
        check_networks(
            generator,
            discriminator,
            objective.bounded_critic,
            objective.takes_features,
            packing,
        )
        return
    kind = type(objective).__name__
    if packing > 1:
        raise ValueError(
            f"{kind} takes no `packing`: no discriminator sees the samples. "
            f"Received: packing={packing}. Leave it out."
        )
    for name, given, why in (
        ("discriminator", discriminator, "it has one player only"),
        ("penalties", penalties, "there is no discriminator to penalize"),
        ("augmentation", augmentation, "no discriminator sees the samples"),
    ):
        if given is not None and given != () and given != []:
            raise ValueError(
                f"{kind} takes no `{name}`: {why}. Received: "
                f"{name}={shown(given)}. Leave it out."
            )
    check_generator(generator)
    if takes_labels(generator):
        raise ValueError(
            f"{kind} takes no conditional `generator`: it compares samples "
            "with real ones whatever their labels are. Received: a generator "
            "of [latents, labels]. Build it without `num_classes=`."
        )
