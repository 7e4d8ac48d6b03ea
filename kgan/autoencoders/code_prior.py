"""A prior over grids of codes, and how it is drawn from."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from kgan.arguments import check_integer
from kgan.networks import check_dtypes, check_model

Tensor = Any
# As much as logits of one position may depend on the codes that they predict.
SLACK = 1e-4


def code_prior(
    num_positions: int,
    num_codes: int,
    hidden_units: int = 64,
    name: str = "code_prior",
) -> keras.Model:
    """Builds a small autoregressive network over rows of codes.

    Each code is predicted from those before it, row by row of the grid, by
    causal convolutions whose dilation doubles from layer to layer until the
    last position sees the first (van den Oord et al. 2016, "WaveNet"). A bias
    for each position tells where in the grid it is.

    Args:
        num_positions: Positive integer, the codes of one sample.
        num_codes: Positive integer, how many different ones there are.
        hidden_units: Positive integer, channels of the layers.
        name: Name of the model.

    Returns:
        Keras model of one-hot codes `(batch, num_positions, num_codes)`,
        float32, to logits of the same shape.

    Raises:
        ValueError: If an argument is no positive integer.

    Example:

    ```python
    prior = kgan.autoencoders.code_prior(num_positions=49, num_codes=64)
    ```
    """
    num_positions = check_integer("num_positions", num_positions)
    num_codes = check_integer("num_codes", num_codes)
    units = check_integer("hidden_units", hidden_units)
    codes = keras.Input((num_positions, num_codes))
    x = keras.layers.ZeroPadding1D((1, 0))(codes)
    x = keras.layers.Cropping1D((0, 1))(x)
    x = keras.layers.EinsumDense(
        "bpk,kd->bpd", (num_positions, units), bias_axes="pd"
    )(x)
    # Of two codes at a time, layers reach back 1, 3, 7, 15, ... positions.
    for layer in range(max(1, math.ceil(math.log2(num_positions)))):
        y = keras.layers.Conv1D(
            units, 2, padding="causal", dilation_rate=2**layer
        )(keras.layers.ReLU()(x))
        y = keras.layers.Dense(units)(keras.layers.ReLU()(y))
        x = keras.layers.Add()([x, y])
    logits = keras.layers.Dense(num_codes)(keras.layers.ReLU()(x))
    return keras.Model(codes, logits, name=name)


def check_prior(prior: Any, num_positions: int, num_codes: int) -> None:
    """Raises ValueError unless a network predicts codes from those before."""
    check_model("prior", prior)
    check_dtypes("prior", prior)
    shape = (num_positions, num_codes)
    taken, made = tuple(prior.inputs[0].shape), prior.output_shape
    if taken[1:] != shape or tuple(made[1:]) != shape:
        raise ValueError(
            "`prior` must take one-hot codes and return logits, both "
            f"{('batch', *shape)}. Received: prior.input_shape={taken}, "
            f"prior.output_shape={made}. "
            f"`kgan.autoencoders.code_prior{shape}` builds one."
        )
    random = np.random.default_rng(0)
    codes = np.eye(num_codes, dtype="float32")[
        random.integers(num_codes, size=num_positions)
    ]
    # In each row one position has another code.
    changed = np.repeat(codes[None], num_positions + 1, axis=0)
    rows = np.arange(num_positions)
    changed[rows, rows] = np.roll(codes, 1, axis=-1)
    logits = ops.convert_to_numpy(prior(changed))
    difference = np.abs(logits[:-1] - logits[-1:]).max(axis=-1)
    # Positions up to the one that was changed.
    sees = np.tril(difference).max()
    if sees > SLACK * (1 + np.abs(logits).max()):
        raise ValueError(
            "`prior` must predict each code from those before it. Received: a "
            "network whose logits depend on the very codes that they predict, "
            "or on later ones. `kgan.autoencoders.code_prior` builds one."
        )


def sampler(prior: keras.Model) -> keras.Model:
    """Builds a network that draws codes of a prior from normal latents.

    A latent is turned into a uniform number by the normal distribution
    function, and that into a code by the distribution that the prior gives
    its position. All positions are drawn at once from the codes so far, as
    often as there are positions: after i times the first i are right, as each
    depends on those before it alone.

    Args:
        prior: Of one-hot codes `(batch, positions, codes)` to logits.

    Returns:
        Keras model, latents `(batch, positions)` to one-hot codes, of Keras's
        own layers.
    """
    num_positions, num_codes = prior.output_shape[1:]
    before = keras.Input((num_positions, num_codes))
    latents = keras.Input((num_positions,))
    drawn = _draw(prior(before), latents, num_codes)
    once = keras.Model([before, latents], drawn, name="draw_codes")
    latents = keras.Input((num_positions,))
    codes = ops.zeros_like(
        ops.repeat(ops.expand_dims(latents, -1), num_codes, axis=-1)
    )
    for _ in range(num_positions):
        codes = once([codes, latents])
    return keras.Model(latents, codes, name="sample_codes")


def _draw(logits: Tensor, latents: Tensor, num_codes: int) -> Tensor:
    """Draws the code whose share of [0, 1] has the latent's uniform number."""
    uniform = 0.5 * (1 + ops.erf(latents * 2**-0.5))
    below = ops.cumsum(ops.softmax(ops.cast(logits, "float32")), axis=-1)
    above = ops.greater_equal(ops.expand_dims(uniform, -1), below)
    code = ops.sum(ops.cast(above, "int32"), axis=-1)
    # Rounding may leave a sum of all shares just below 1.
    return ops.one_hot(
        ops.minimum(code, num_codes - 1), num_codes, dtype="float32"
    )
