"""Checks that two networks make a game, before any training."""

import math
import warnings
from numbers import Integral, Real
from typing import Any

import keras
import numpy as np

from kgan.labels import check_label_input, takes_labels
from kgan.layers.nested import all_layers, inner_layers
from kgan.logit_range import check_logits
from kgan.logit_range import output_activation as output_activation
from kgan.packing import check_no_labels, packed_shape

NOT_NEGATIVE = ("sigmoid", "hard_sigmoid", "softmax", "relu", "relu6")


def check_networks(
    generator: Any,
    discriminator: Any,
    bounded_critic: bool = False,
    takes_features: bool = False,
    packing: int = 1,
) -> None:
    """Raises ValueError unless the two networks fit each other.

    Args:
        generator: What was passed as such.
        discriminator: Likewise.
        bounded_critic: Whether the discriminator may return bounded scores.
        takes_features: Whether it returns features, of any number and range.
        packing: Samples that the discriminator takes joined.
    """
    check_model("generator", generator)
    check_model("discriminator", discriminator)
    check_no_labels(packing, generator, discriminator)
    _check_shapes(generator, discriminator, takes_features, packing)
    check_apart(generator=generator, discriminator=discriminator)
    check_dtypes("discriminator", discriminator)
    if not bounded_critic and not takes_features:
        check_logits(discriminator)
    _check_spectral_normalization(discriminator)
    check_generator(generator)


def check_generator(generator: Any) -> None:
    """Raises ValueError unless a network makes samples of latents."""
    check_model("generator", generator)
    latents = tuple(generator.inputs[0].shape)
    if len(latents) != 2 or not latents[1]:
        raise ValueError(
            "`generator` must take latents of shape (batch, latent_dim), of "
            "at least one number. "
            f"Received: generator.input_shape={latents}"
        )
    check_dtypes("generator", generator)
    _warn_of_half_the_range(generator)


def check_model(name: str, network: Any) -> None:
    if not isinstance(network, keras.Model):
        raise ValueError(
            f"`{name}` must be a keras.Model. Received: {name}="
            f"{network!r} of type {type(network).__name__}"
        )
    for end, most in (("inputs", 2), ("outputs", 1)):
        count = len(getattr(network, end, None) or [])
        if 1 <= count <= most:
            continue
        way_out = "Begin a Sequential model with keras.Input."
        if not isinstance(network, keras.Sequential) and count == 0:
            way_out = (
                f"Wrap a model of a class: `inputs = keras.Input(shape)`, "
                f"then `{name} = keras.Model(inputs, net(inputs))`."
            )
        raise ValueError(
            f"`{name}` must be a built Functional or Sequential model "
            f"with one input (or two, the second of labels) and one output. "
            f"Received: {count} {end}. {way_out}"
        )
    if takes_labels(network):
        first = "latents" if name == "generator" else "samples"
        check_label_input(name, network, first)


def _check_shapes(
    generator: keras.Model,
    discriminator: keras.Model,
    takes_features: bool,
    packing: int,
) -> None:
    returned = discriminator.output_shape[1:]
    if takes_features and (len(returned) != 1 or not returned[0]):
        raise ValueError(
            "`discriminator` must return features of each sample, shape "
            "(batch, k). Received: discriminator.output_shape="
            f"{discriminator.output_shape}. End it in keras.layers.Dense(16)."
        )
    if not takes_features and returned != (1,):
        raise ValueError(
            "`discriminator` must return one logit (or score) per sample, "
            "shape (batch, 1). Received: discriminator.output_shape="
            f"{discriminator.output_shape}. End it in keras.layers.Dense(1)."
        )
    taken = tuple(discriminator.inputs[0].shape)
    made, judged = generator.output_shape[1:], taken[1:]
    if packing > 1 and not shapes_fit(packed_shape(made, packing), judged):
        raise ValueError(
            "The discriminator must take `packing` samples joined on the last "
            f"axis, {packed_shape(made, packing)}. Received: packing={packing}"
            f", generator.output_shape={generator.output_shape}, "
            f"discriminator.input_shape={taken}."
        )
    if packing == 1 and not shapes_fit(made, judged):
        raise ValueError(
            "The generator's samples must be what the discriminator takes. "
            f"Received: generator.output_shape={generator.output_shape}, "
            f"discriminator.input_shape={taken}."
            f"{channels_hint(made, judged, 'keras.layers.Permute((2, 3, 1))')}"
        )


def shapes_fit(a: tuple, b: tuple) -> bool:
    """Whether two shapes are equal; None fits any size."""
    return len(a) == len(b) and all(
        x is None or y is None or x == y for x, y in zip(a, b, strict=True)
    )


def channels_hint(a: tuple, b: tuple, transposition: str) -> str:
    """Returns the way out where a shape has its channels first, or nothing."""
    if len(a) != 3 or len(b) != 3:
        return ""
    if not any(shapes_fit(x, (*y[1:], y[0])) for x, y in ((a, b), (b, a))):
        return ""
    return (
        " One has its channels first. Images are (height, width, channels): "
        f"transpose, with `{transposition}`."
    )


def check_apart(**networks: keras.Model) -> None:
    """Raises ValueError where two networks, by name, share a weight."""
    (one, first), (other, second) = networks.items()
    made = {id(weight) for weight in first.weights}
    shared = [w.path for w in second.weights if id(w) in made]
    if shared:
        raise ValueError(
            "Each network must have its own weights, as the players "
            f"train against each other. Received: `{one}` and "
            f"`{other}` that share {', '.join(shared)}. Make a layer "
            "for each."
        )


def check_dtypes(name: str, network: keras.Model) -> None:
    ends = {"take": network.inputs[0].dtype, "return": network.outputs[0].dtype}
    for verb, dtype in ends.items():
        if not keras.backend.is_float_dtype(dtype):
            raise ValueError(
                f"`{name}` must {verb} floating point numbers, or nothing can "
                f"be learned through it. Received: a {name} that would "
                f"{verb} {dtype}. Use float32."
            )
    if any(layer.compute_dtype == "float16" for layer in all_layers(network)):
        raise ValueError(
            f"`{name}` must not compute in float16, which needs its losses "
            "scaled: Keras does so for one optimizer, and a GAN has two. "
            f"Received: a {name} with "
            'compute_dtype="float16". Use keras.config.set_dtype_policy('
            '"mixed_bfloat16") or "float32".'
        )


def _check_spectral_normalization(discriminator: keras.Model) -> None:
    """Refuses what PyTorch cannot differentiate.

    Keras's layer (3.15) writes the normalized kernel into the kernel before
    each training call. An update calls the discriminator twice, and PyTorch
    refuses the gradient of the first call: what it needs was overwritten.
    """
    if keras.backend.backend() != "torch":
        return
    for layer in inner_layers(discriminator):
        if isinstance(layer, keras.layers.SpectralNormalization):
            raise ValueError(
                "keras.layers.SpectralNormalization overwrites its kernel at "
                "each call, and PyTorch takes no gradient of a discriminator "
                "that is called on real and on fake samples. Received: "
                f"`discriminator` with the layer {layer.name}. Take "
                "kgan.layers.SpectralNormalization, which keeps the kernel."
            )


def _warn_of_half_the_range(generator: keras.Model) -> None:
    name = output_activation(generator)
    if len(generator.output_shape) == 4 and name in NOT_NEGATIVE:
        warnings.warn(
            f"`generator` ends in {name}, which returns no negative values, "
            "and images lie in [-1, 1]: half of that range is out of its "
            'reach. End it in `activation="tanh"`.',
            stacklevel=2,
        )


def check_positive_integer(name: str, value: Any) -> int:
    """Returns `value` as int; raises ValueError unless it is 1, 2, ..."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ValueError(
            f"`{name}` must be a positive integer. Received: {name}={value!r}"
        )
    return int(value)


def check_seed(seed: Any) -> None:
    """Raises ValueError unless `seed` seeds every backend, or is `None`."""
    if seed is not None and (
        isinstance(seed, bool)
        or not isinstance(seed, Integral)
        or not 0 <= int(seed) < 2**31 - 1
    ):
        raise ValueError(
            "`seed` must be an integer from 0 to 2**31 - 2, or None. "
            f"Received: seed={seed!r}"
        )


def check_clip_value(value: Any, source: str = "") -> float:
    """Returns `value` as float; raises ValueError unless 0 < value < inf."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not 0 < value < math.inf:
        raise ValueError(
            "`clip_value` must be a positive finite number (the paper takes "
            f"0.01). Received: clip_value={value!r}{source}"
        )
    # Weights are float32 or bfloat16, whose exponents are the same.
    limits = np.finfo("float32")
    if not float(limits.tiny) <= value <= float(limits.max):
        raise ValueError(
            "`clip_value` must be a normal number in float32, as weights "
            f"are: from {limits.tiny:.2g} to {limits.max:.2g}. Received: "
            f"clip_value={value!r}{source}"
        )
    return float(value)
