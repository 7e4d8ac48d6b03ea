"""Shared parts of models that compare generated and real samples directly."""

import math
from typing import Any

import keras
from keras import ops

from kgan.adversarial import AdversarialModel
from kgan.arguments import shown
from kgan.average import Average, frozen_copy
from kgan.labels import takes_labels
from kgan.networks import channels_hint, check_dtypes, check_model, shapes_fit
from kgan.runs.configuration import serialized

Tensor = Any


class MatchingModel(AdversarialModel):
    """Trains a generator by a distance of samples, without an opponent.

    This is a base class. A step takes one real batch and updates the
    generator once. The logs hold only `generator_loss`, and the estimate if
    the objective has one.

    Args:
        generator: Keras model, float32 latents `(batch, latent_dim)` to
            samples `(batch, ...)`, without labels.
        features: Keras model that takes samples, such as the encoder of an
            autoencoder, or `None`. The loss compares its outputs instead of
            the samples. kgan keeps a frozen copy of it, runs it in inference
            mode and saves it with the run.
        seed: Integer or `None`, as in `kgan.GAN`.
        name: Optional name of the model.
        average: See `kgan.AdversarialModel`.
        penalties, augmentation: Leave these empty: they need a discriminator.

    Raises:
        ValueError: If the networks do not fit each other or an argument is
            out of range.
    """

    has_discriminator = False
    generator_sees_real = True
    is_mean_over_samples = False
    # No value here: it would hide PyTorch's modules.
    features: keras.Model | None

    def __init__(
        self,
        generator: keras.Model,
        features: keras.Model | None = None,
        seed: int | None = None,
        name: str | None = None,
        *,
        average: Average | float | None = None,
        penalties: Any = (),
        augmentation: Any = None,
    ):
        super().__init__(
            generator,
            None,
            seed=seed,
            name=name,
            average=average,
            penalties=penalties,
            augmentation=augmentation,
        )
        self.features = None
        shape = self.sample_spec.shape
        if features is not None:
            self.features = _checked_copy(features, generator)
            shape = features.output_shape[1:]
        if None in shape:
            raise ValueError(
                "Samples are compared as rows of numbers, and need a size. "
                f"Received: rows of shape {shape}. Give the generator's "
                "layers, or those of `features`, a size."
            )
        self.row_length = math.prod(size or 1 for size in shape)

    def rows(self, samples: Tensor) -> Tensor:
        """Returns what the loss compares: float32 `(batch, dim)`."""
        if self.features is not None:
            samples = self.features(samples, training=False)
        rows = ops.reshape(samples, (ops.shape(samples)[0], self.row_length))
        return ops.cast(rows, "float32")

    def get_config(self) -> dict:
        config = super().get_config()
        return {**config, "features": serialized(self.features)}


def _checked_copy(features: Any, generator: keras.Model) -> keras.Model:
    """Returns a checked copy of an extractor that is never trained."""
    check_model("features", features)
    if takes_labels(features):
        raise ValueError(
            "`features` must take samples alone. Received: features="
            f"{shown(features)} of [samples, labels]."
        )
    check_dtypes("features", features)
    made, taken = generator.output_shape[1:], features.inputs[0].shape[1:]
    if not shapes_fit(made, taken):
        raise ValueError(
            "The generator's samples must be what `features` takes. Received: "
            f"generator.output_shape={generator.output_shape}, features "
            f"that take {('batch', *taken)}."
            f"{channels_hint(made, taken, 'keras.layers.Permute((2, 3, 1))')}"
        )
    return frozen_copy(features)
