"""Checks that two networks make a game, before any training."""

import math
from collections.abc import Iterator
from numbers import Integral, Real
from typing import Any

import keras

BOUNDED = ("sigmoid", "hard_sigmoid", "tanh", "softmax")


def check_networks(generator: Any, discriminator: Any) -> None:
    """Raises ValueError unless the two networks fit each other."""
    for name, network in (
        ("generator", generator),
        ("discriminator", discriminator),
    ):
        if not isinstance(network, keras.Model):
            raise ValueError(
                f"`{name}` must be a keras.Model. Received: {name}="
                f"{network!r} of type {type(network).__name__}"
            )
        for end in ("inputs", "outputs"):
            count = len(getattr(network, end, None) or [])
            if count != 1:
                raise ValueError(
                    f"`{name}` must be a built Functional or Sequential model "
                    f"with one input and one output. Received: {count} "
                    f"{end}. Begin a Sequential model with keras.Input."
                )
    latents = generator.input_shape
    if len(latents) != 2 or latents[1] is None:
        raise ValueError(
            "`generator` must take latents of shape (batch, latent_dim). "
            f"Received: generator.input_shape={latents}"
        )
    if discriminator.output_shape[1:] != (1,):
        raise ValueError(
            "`discriminator` must return one logit (or score) per sample, "
            "shape (batch, 1). Received: discriminator.output_shape="
            f"{discriminator.output_shape}. End it in keras.layers.Dense(1)."
        )
    made, judged = generator.output_shape[1:], discriminator.input_shape[1:]
    if len(made) != len(judged) or any(
        a is not None and b is not None and a != b
        for a, b in zip(made, judged, strict=True)
    ):
        raise ValueError(
            "The generator's samples must be what the discriminator takes. "
            f"Received: generator.output_shape={generator.output_shape}, "
            f"discriminator.input_shape={discriminator.input_shape}"
        )
    activation = output_activation(discriminator)
    if activation:
        raise ValueError(
            "`discriminator` must return logits (or scores) of any size: the "
            "loss applies the sigmoid itself, and a critic has none. "
            f"Received: a discriminator that ends in {activation}. Take "
            "`activation=None` in its last layer."
        )
    if any(
        layer.compute_dtype == "float16"
        for network in (generator, discriminator)
        for layer in all_layers(network)
    ):
        raise ValueError(
            "float16 needs its losses scaled, which Keras does for one "
            "optimizer and a GAN has two. Received: a network with "
            'compute_dtype="float16". Use keras.config.set_dtype_policy('
            '"mixed_bfloat16") or "float32".'
        )


def output_activation(network: keras.Model) -> str | None:
    """Name of what the network's output comes out of, `None` if linear."""
    last = network
    while isinstance(last, keras.Model | keras.layers.Wrapper):
        if isinstance(last, keras.layers.Wrapper):
            last = last.layer
            continue
        # A Functional model may end in an operation that is no layer.
        last = (getattr(last, "operations", None) or last.layers)[-1]
    activation = getattr(last, "activation", None)
    name = getattr(activation, "__name__", type(last).__name__).lower()
    return name if name in BOUNDED else None


def check_positive_integer(name: str, value: Any) -> int:
    """Returns `value` as int; raises ValueError unless it is 1, 2, ..."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ValueError(
            f"`{name}` must be a positive integer. Received: {name}={value!r}"
        )
    return int(value)


def check_clip_value(value: Any, source: str = "") -> float:
    """Returns `value` as float; raises ValueError unless 0 < value < inf."""
    if (
        isinstance(value, bool)
        or not isinstance(value, Real)
        or not math.isfinite(value)
        or value <= 0
    ):
        raise ValueError(
            "`clip_value` must be a positive finite number (the paper takes "
            f"0.01). Received: clip_value={value!r}{source}"
        )
    return float(value)


def all_layers(network: keras.Model) -> Iterator[keras.layers.Layer]:
    """Every layer of a network and of the models nested in it."""
    for layer in network.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from all_layers(layer)
