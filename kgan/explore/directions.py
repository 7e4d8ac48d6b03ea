"""Finds the directions of latents that change samples most."""

import keras
import numpy as np

from kgan.arguments import check_integer

# These layers do not change latents in inference.
PASSED = (
    keras.layers.ActivityRegularization,
    keras.layers.Dropout,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.Identity,
    keras.layers.InputLayer,
)


def principal_directions(generator: keras.Model, most: int = 8) -> np.ndarray:
    """Finds the directions that the generator's first layer stretches most.

    This is semantic factorization (SeFa), in closed form. If the first layer
    computes z A + b, a step n of the latent changes its output by n A. Of all
    steps of length 1, the left singular vectors of A change it most, in the
    order of their singular values. This takes no samples and no training. If
    several layers take the latents, A has the columns of all. A step that
    moves a latent to another component (`dcgan_generator(num_components=...)`)
    also makes the sample jump, of which A knows nothing.

    Reference: Shen & Zhou 2021, "Closed-Form Factorization of Latent Semantics
    in GANs", equations 2 to 5.

    Args:
        generator: Network that takes latents `(batch, latent_dim)`, or latents
            and labels.
        most: Number of directions to return at most, at least 1.

    Returns:
        float32 `(num, latent_dim)` with orthonormal rows. The largest singular
        value comes first. In each row, the entry largest in size is positive.

    Raises:
        ValueError: If no `Dense` or `EinsumDense` layer is the first that the
            latents meet.

    Example:

    ```python
    generator = kgan.presets.generator("digits")
    directions = kgan.explore.principal_directions(generator)  # (8, 64)
    ```
    """
    check_integer("most", most)
    kernels = _first_kernels(generator)
    if not kernels:
        raise ValueError(
            "The directions are those of the first layers that take the "
            "latents, which must be keras.layers.Dense or EinsumDense, of "
            "floats and not inside of a nested model. Received: "
            f"{_first_layers(generator)}."
        )
    matrix = np.concatenate(kernels, axis=1).astype("float64")
    directions = np.linalg.svd(matrix, full_matrices=False)[0].T[:most]
    largest = np.abs(directions).argmax(axis=1, keepdims=True)
    signs = np.sign(np.take_along_axis(directions, largest, axis=1))
    return (directions * signs).astype("float32")


def _first_kernels(generator: keras.Model) -> list[np.ndarray]:
    """Returns what multiplies the latents, `(latent_dim, units)` per layer."""
    latents = generator.inputs[0]
    # The start of the latents in each tensor that holds them unchanged.
    begins = {id(latents): 0}
    kernels = []
    for layer, inputs in _calls(generator):
        held = [begins.get(id(tensor)) for tensor in inputs]
        if all(begin is None for begin in held):
            continue
        if isinstance(layer, PASSED):
            begins[id(layer.output)] = held[0] or 0
        elif _joins_vectors(layer, inputs):
            first = next(i for i, begin in enumerate(held) if begin is not None)
            before = sum(tensor.shape[-1] for tensor in inputs[:first])
            begins[id(layer.output)] = before + (held[first] or 0)
        elif _is_linear(layer):
            kernel = keras.ops.convert_to_numpy(layer.kernel)
            begin = held[0] or 0
            rows = kernel[begin : begin + latents.shape[-1]]
            kernels.append(rows.reshape(len(rows), -1))
    return kernels


def _calls(generator: keras.Model) -> list[tuple[keras.layers.Layer, list]]:
    """Returns the layers in order, each with its input tensors."""
    calls = []
    for layer in generator.layers:
        try:
            inputs = layer.input
        except (AttributeError, ValueError):  # Never called, or more than once.
            continue
        calls.append((layer, list(keras.tree.flatten(inputs))))
    return calls


def _joins_vectors(layer: keras.layers.Layer, inputs: list) -> bool:
    return (
        isinstance(layer, keras.layers.Concatenate)
        and layer.axis in (-1, 1)
        and all(len(tensor.shape) == 2 for tensor in inputs)
    )


def _is_linear(layer: keras.layers.Layer) -> bool:
    if isinstance(layer, keras.layers.EinsumDense):
        taken, kernel = layer.equation.partition("->")[0].split(",")
        if len(taken) != 2 or kernel[:1] != taken[-1]:
            return False
    elif not isinstance(layer, keras.layers.Dense):
        return False
    # 8-bit weights keep their scales elsewhere.
    return "float" in str(layer.kernel.dtype)


def _first_layers(generator: keras.Model) -> str:
    names = [
        type(layer).__name__
        for layer in generator.layers
        if not isinstance(layer, PASSED)
    ]
    return f"a generator whose layers begin with {', '.join(names[:3])}"
