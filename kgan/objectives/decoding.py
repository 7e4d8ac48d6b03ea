"""A decoder next to the discriminator: features back to samples."""

from typing import Any

import keras
from keras import ops

from kgan.game import Game
from kgan.labels import takes_labels
from kgan.layer_losses import LayerLosses
from kgan.layers.nested import all_layers
from kgan.networks import (
    check_apart,
    check_dtypes,
    check_model,
    shapes_fit,
)

Tensor = Any


def check_decoder(
    decoder: Any, generator: keras.Model, discriminator: keras.Model
) -> None:
    """Raises ValueError unless a decoder turns features back into samples.

    Args:
        decoder: What the user passed as the decoder.
        generator: Keras model, latents to samples.
        discriminator: Keras model, samples to features.
    """
    check_model("decoder", decoder)
    if takes_labels(decoder):
        raise ValueError(
            "`decoder` must take features alone. Received: a decoder of "
            "[features, labels]."
        )
    features, taken = discriminator.output_shape, decoder.inputs[0].shape
    made, samples = decoder.output_shape, generator.output_shape
    for one, other in ((features, taken), (made, samples)):
        if not shapes_fit(tuple(one[1:]), tuple(other[1:])):
            raise ValueError(
                "`decoder` must make samples of the discriminator's features: "
                f"{('batch', *features[1:])} to {('batch', *samples[1:])}. "
                f"Received: a decoder of {('batch', *taken[1:])} to "
                f"{('batch', *made[1:])}."
            )
    check_dtypes("decoder", decoder)
    check_apart(generator=generator, decoder=decoder)
    check_apart(discriminator=discriminator, decoder=decoder)
    losses = LayerLosses(decoder)
    if losses.of_weights() or any(
        layer.activity_regularizer is not None for layer in all_layers(decoder)
    ):
        raise ValueError(
            "`decoder` must add no losses. Received: a decoder "
            f"{decoder.name!r} with regularizers. Leave them out."
        )


def reconstruction_error(decoder: keras.Model, game: Game) -> Tensor:
    """Computes the decoder's error on real and on generated samples; scalar.

    The error is the sum of two mean squared differences, one for the real
    samples and one for the generated ones. Each is a mean over samples and
    coordinates.

    Args:
        decoder: Keras model, features to samples.
        game: The game of a discriminator that returns features.
    """
    error = 0.0
    for samples, features in (
        (game.real, game.real_logits),
        (game.fake, game.fake_logits),
    ):
        decoded = ops.cast(decoder(features, training=game.training), "float32")
        error += ops.mean(ops.square(decoded - ops.cast(samples, "float32")))
    return error
