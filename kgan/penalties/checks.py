"""Checks of penalties, before any training."""

from collections.abc import Sequence
from typing import Any

import keras

from kgan.layers import MinibatchStandardDeviation
from kgan.layers.nested import inner_layers
from kgan.penalties.penalty import Penalty
from kgan.second_derivatives import check_second_derivatives


def check_penalties(
    penalties: Any,
    discriminator: keras.Model | None,
    sample_shape: tuple,
    taken: Sequence[str],
    takes_features: bool = False,
) -> tuple[Penalty, ...]:
    """Returns the penalties as a tuple; raises ValueError unless they fit.

    Args:
        penalties: What the user gave to the model.
        discriminator: The network that they penalise. `None` allows no
            penalties.
        sample_shape: Shape of one sample, `None` where any size fits.
        taken: Names of other logs.
        takes_features: Whether the discriminator returns features.
    """
    if isinstance(penalties, Penalty):
        penalties = [penalties]
    if not isinstance(penalties, list | tuple):
        raise ValueError(
            "`penalties` must be a list of penalties, such as "
            f"[kgan.penalties.R1(0.1)]. Received: penalties={penalties!r}"
        )
    penalties = tuple(penalties)
    for penalty in penalties:
        if not isinstance(penalty, Penalty):
            raise ValueError(
                "`penalties` must be a list of penalties, such as "
                f"[kgan.penalties.R1(0.1)]. Received: {penalty!r}"
            )
    _check_names([p.name for p in penalties], taken)
    for penalty in penalties:
        _check_outputs(penalty, discriminator, takes_features)
        if penalty.draws_samples and None in sample_shape:
            raise ValueError(
                f"{type(penalty).__name__} draws noise of the shape of a "
                "sample, which must be known. Received: samples of shape "
                f"{sample_shape}. Give the discriminator's keras.Input a size."
            )
        if penalty.needs_input_gradients:
            check_second_derivatives(
                f"{type(penalty).__name__} differentiates the discriminator "
                "twice, for each sample by itself",
                discriminator,
                ", or kgan.penalties.FiniteDifference, which needs none",
            )
    return penalties


def check_replicas(model: Any, replicas: int) -> None:
    """Raises ValueError for losses that need the whole batch.

    JAX computes on the whole batch, whatever device holds its rows.
    """
    if replicas == 1 or keras.backend.backend() == "jax":
        return
    for part in (model, *model.penalties):
        if not part.is_mean_over_samples:
            raise ValueError(
                f"{type(part).__name__} looks at a whole batch at once, and "
                f"on {keras.backend.backend()} each replica sees its own rows "
                f"only. Received: {replicas} replicas. Train on one device, "
                "or with KERAS_BACKEND=jax."
            )
    layers = [layer for judge in model.judges for layer in inner_layers(judge)]
    for layer in layers:
        if isinstance(layer, MinibatchStandardDeviation):
            raise ValueError(
                f"MinibatchStandardDeviation {layer.name!r} looks at a whole "
                f"batch at once, and on {keras.backend.backend()} each "
                "replica sees its own rows only. Received: "
                f"{replicas} replicas. Leave it out, train on one device, or "
                "with KERAS_BACKEND=jax."
            )


def _check_names(names: list[str], taken: Sequence[str]) -> None:
    for index, name in enumerate(names):
        if name in names[:index] or name in taken:
            raise ValueError(
                "`penalties` are logged by their names, which must differ. "
                f"Received: two logs named {name!r}. Pass one of them "
                "another `name=`."
            )


def _check_outputs(
    penalty: Penalty, discriminator: Any, takes_features: bool
) -> None:
    kind = type(penalty).__name__
    if not takes_features and not penalty.of_logits:
        raise ValueError(
            f"{kind} is of features and a kernel, as of kgan.MMDGAN. "
            "Received: an objective whose discriminator returns logits. Take "
            "kgan.penalties.GradientPenalty there."
        )
    features = discriminator.output_shape[-1] if takes_features else 1
    if features > 1 and not penalty.of_features:
        raise ValueError(
            f"{kind} is of one logit for each sample. Received: a "
            f"`discriminator` that returns {features} features. Take "
            "kgan.penalties.WitnessPenalty or FeatureNorm; a penalty of your "
            "own that takes features sets `of_features = True`."
        )
