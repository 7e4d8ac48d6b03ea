"""Whether a discriminator can return logits of any size and either sign."""

from typing import Any

import keras
import numpy as np

from kgan.labels import num_classes, with_labels
from kgan.layers import SpectralNormalization, unwrapped

# Their outputs are linear in their weights, so they have any size.
LINEAR = (
    keras.layers.Dense,
    keras.layers.EinsumDense,
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
)
BOUNDED = ("sigmoid", "hard_sigmoid", "tanh", "softmax")
SAMPLES = 8
DRAWS = 16
# Factors of weights and samples; a smaller one where a larger one overflows.
SCALES = (1e4, 1e2, 10.0, 3.0)
# A bounded output is at its bound at both scales that are compared, and few
# bounds are so far from 0.
GROWTH, LEAST = 1.2, 10.0


def check_logits(discriminator: keras.Model) -> None:
    """Raises ValueError if the outputs are bounded, whatever the weights."""
    name = output_activation(discriminator)
    if name in BOUNDED:
        found = ""
    elif ends_linearly(discriminator):
        return
    else:
        limits = probe(discriminator)
        if limits is None:
            return
        found = f", and {limits} whatever its weights"
    raise ValueError(
        "`discriminator` must return logits (or scores) of any size and "
        "either sign: the loss applies the sigmoid itself, and a critic has "
        f"none. Received: a discriminator that ends in {name}{found}. Take "
        "`activation=None` in its last layer. An objective of bounded scores "
        "says so with `bounded_critic = True` in its class."
    )


def output_activation(network: keras.Model) -> str:
    """Name of what the network's output comes out of, in lower case."""
    last, _ = _last_operation(network)
    activation = getattr(last, "activation", None)
    return getattr(activation, "__name__", type(last).__name__).lower()


def ends_linearly(network: keras.Model) -> bool:
    """Whether the last operation is a layer of Keras without activation."""
    last, is_sure = _last_operation(network)
    if is_sure and type(last) is keras.layers.Add:
        # As in a projection, one term without bounds is enough.
        return any(map(_is_linear, _makers(network, last)))
    if is_sure and type(last) is keras.layers.Dot and not last.normalize:
        # A product of features and an embedding, each with its weights.
        makers = [unwrapped(layer) for layer in _makers(network, last)]
        return len(makers) == 2 and all(
            _is_linear(layer) or isinstance(layer, keras.layers.Embedding)
            for layer in makers
        )
    return is_sure and _is_linear(last)


def _makers(network: keras.Model, last: keras.layers.Layer) -> list:
    """Finds the layers that make the inputs of the last, where it can."""
    taken = {id(term) for term in last.input}
    return [
        layer
        for layer in getattr(network, "layers", [])
        if layer is not last and id(_output_of(layer)) in taken
    ]


def _output_of(layer: keras.layers.Layer) -> Any:
    try:
        return layer.output
    except (AttributeError, ValueError):  # A layer that is never called.
        return None


def _is_linear(last: Any) -> bool:
    last = unwrapped(last)
    return (
        type(last) in LINEAR
        and last.activation in (None, keras.activations.linear)
        and "call" not in vars(last)
    )


def _last_operation(network: Any) -> tuple[Any, bool]:
    """Finds the innermost operation of the output, and if it is certain."""
    last, is_sure = network, True
    while True:
        if isinstance(
            last, (keras.layers.SpectralNormalization, SpectralNormalization)
        ):
            last = last.layer
        elif isinstance(last, keras.layers.Wrapper):
            last, is_sure = last.layer, False
        elif isinstance(last, keras.Model) and getattr(last, "outputs", None):
            # A Functional model may end in an operation that is not a layer.
            inner = (getattr(last, "operations", None) or last.layers)[-1]
            # A layer that is called twice may be listed last without being the
            # last.
            is_sure = is_sure and inner.output is last.outputs[0]
            last = inner
        else:
            return last, is_sure


def probe(network: keras.Model) -> str | None:
    """Limits of the outputs that random weights and samples do not pass.

    What grows with the weights, to both sides, has no limit, and a few draws
    of them show so. Batch normalization counts as in inference.

    Args:
        network: A discriminator, built.

    Returns:
        The limits in words, `None` where there are none or where the
        network cannot be probed.
    """
    if not network.trainable_variables:
        return None
    for scale in SCALES:
        small, large = [], []
        for draw in range(DRAWS):
            try:
                small.append(_outputs(network, scale**0.5, draw))
                large.append(_outputs(network, scale, draw))
            except Exception:
                # A network may require samples that random ones are not.
                # That is no reason to refuse it.
                return None
            if not np.isfinite([small[-1], large[-1]]).all():
                break
            if _grows(small, large) and _grows(small, large, -1):
                return None
        else:
            return _limits(small, large)
    return None


def _outputs(network: keras.Model, scale: float, draw: int) -> np.ndarray:
    rng = np.random.default_rng(draw)
    trainable = {id(variable) for variable in network.trainable_variables}
    mapping = [
        (v, _weights(rng, v.shape, scale) if id(v) in trainable else v.value)
        for v in network.variables
    ]
    shape = [size or 32 for size in network.inputs[0].shape[1:]]
    samples = scale * rng.standard_normal((SAMPLES, *shape))
    labels = rng.integers(num_classes(network) or 1, size=SAMPLES)
    with keras.StatelessScope(state_mapping=mapping), np.errstate(all="ignore"):
        taken = with_labels(
            network,
            keras.ops.convert_to_tensor(samples.astype("float32")),
            keras.ops.convert_to_tensor(labels.astype("int32")),
        )
        outputs = network(taken, training=False)
        outputs = keras.ops.cast(outputs, "float32")
    return keras.ops.convert_to_numpy(outputs)


def _weights(rng: Any, shape: tuple, scale: float) -> np.ndarray:
    """Draws weights that multiply the size of activations by `scale`."""
    inputs = max(1, int(np.prod(shape[:-1])))
    values = scale / inputs**0.5 * rng.standard_normal(shape)
    return np.asarray(values, "float32")


def _grows(small: list, large: list, sign: int = 1) -> bool:
    """Says whether the largest or smallest output grows with the weights."""
    before = max(float((sign * outputs).max()) for outputs in small)
    after = max(float((sign * outputs).max()) for outputs in large)
    return after > max(LEAST, GROWTH * before)


def _limits(small: list, large: list) -> str:
    outputs = np.array([small, large])
    low, high = float(outputs.min()), float(outputs.max())
    if _grows(small, large):
        return f"returns no value below {low:.3g}"
    if _grows(small, large, -1):
        return f"returns no value above {high:.3g}"
    return f"returns values from {low:.3g} to {high:.3g} only"
