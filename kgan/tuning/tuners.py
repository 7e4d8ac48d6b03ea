"""A check that a tuner is one that this package can read."""

from typing import Any

from kgan.arguments import shown
from kgan.tuning.hypermodel import GANHyperModel


def check_tuner(tuner: Any) -> None:
    """Raises ValueError unless it is a tuner of a `GANHyperModel`."""
    hypermodel = getattr(tuner, "hypermodel", None)
    if not hasattr(tuner, "oracle") or not isinstance(
        hypermodel, GANHyperModel
    ):
        raise ValueError(
            "`tuner` must be one of keras-tuner's, of a "
            f"kgan.tuning.GANHyperModel. Received: tuner={shown(tuner)} of "
            f"hypermodel={shown(hypermodel)}"
        )
