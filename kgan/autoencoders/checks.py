"""Checks of an autoencoder's networks, before any training."""

from typing import Any

import keras

from kgan.labels import takes_labels
from kgan.networks import check_apart, check_dtypes, check_model, shapes_fit


def check_networks(encoder: Any, decoder: Any) -> None:
    """Raises ValueError unless a decoder returns what an encoder takes."""
    for name, network in (("encoder", encoder), ("decoder", decoder)):
        check_model(name, network)
        if takes_labels(network):
            raise ValueError(
                f"`{name}` must take one input: no autoencoder here is "
                f"conditional. Received: {name} of {len(network.inputs)} "
                "inputs. Build it without labels."
            )
        check_dtypes(name, network)
    check_apart(encoder=encoder, decoder=decoder)
    taken, made = tuple(encoder.inputs[0].shape), decoder.output_shape
    if not shapes_fit(taken[1:], tuple(made[1:])) or None in made[1:]:
        raise ValueError(
            "`decoder` must return samples of the shape that `encoder` takes, "
            f"without a size left open. Received: encoder.input_shape={taken}, "
            f"decoder.output_shape={made}."
        )


def check_code(
    encoder: keras.Model, decoder: keras.Model, code_dim: int
) -> None:
    """Raises ValueError unless both ends of a codebook fit.

    Args:
        encoder: That makes vectors, the last axis of its output.
        decoder: That takes them.
        code_dim: Length of a vector, a checked integer.
    """
    made, taken = encoder.output_shape, tuple(decoder.inputs[0].shape)
    if made[-1] != code_dim or None in made[1:]:
        raise ValueError(
            "`encoder` must return vectors of `code_dim` numbers, such as "
            f"(batch, 7, 7, {code_dim}). Received: encoder.output_shape="
            f"{made}, code_dim={code_dim}. End it in "
            f"keras.layers.Conv2D({code_dim}, 1), say."
        )
    if taken[1:] != tuple(made[1:]):
        raise ValueError(
            "`decoder` must take what `encoder` returns. Received: "
            f"encoder.output_shape={made}, decoder.input_shape={taken}."
        )


def check_latents(encoder: keras.Model, decoder: keras.Model) -> int:
    """Returns the length of a latent; ValueError unless both ends fit."""
    made, taken = encoder.output_shape, tuple(decoder.inputs[0].shape)
    if len(taken) != 2 or not taken[1]:
        raise ValueError(
            "`decoder` must take latents of shape (batch, latent_dim). "
            f"Received: decoder.input_shape={taken}."
        )
    if tuple(made[1:]) != (2 * taken[1],):
        raise ValueError(
            "`encoder` must return means and log standard deviations of the "
            f"latents, shape (batch, {2 * taken[1]}). Received: "
            f"encoder.output_shape={made}, decoder.input_shape={taken}. End "
            f"it in keras.layers.Dense({2 * taken[1]})."
        )
    return taken[1]
