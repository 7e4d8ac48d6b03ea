"""Spectral normalization of a layer's kernel."""

from typing import Any

import keras
from keras import ops

from kgan.arguments import shown

Tensor = Any
EPSILON = 1e-12


@keras.saving.register_keras_serializable(package="kgan")
class SpectralNormalization(keras.layers.Wrapper):
    """Divides a layer's kernel by an estimate of its largest singular value.

    The layer computes with `W / sigma`, but training changes W. The layer
    stores a vector u, and computes

        v = n(u W),  u' = n(v W^T),  sigma = u' W v^T,  n(x) = x / |x|

    The vectors are constants for the gradient. A gradient G by `W / sigma` is
    therefore `(G - <G, W / sigma> u'^T v) / sigma` by W. A call stores
    nothing. kgan's models replace u by u' once in each update of the network
    that holds the layer. That is one power iteration, however often the
    update calls the layer, with penalties or without. In a custom training
    loop, assign what `state_after_update` returns. Otherwise u stays as it
    is, and sigma becomes a worse estimate.

    W is seen as a matrix of (outputs, all else). For an `Embedding`, the rows
    are the numbers of a vector.

    A model with this layer loads only if kgan is imported. `kgan.layers.bake`
    returns one that needs Keras alone, and `kgan.callbacks.Checkpoint` bakes
    its generators.

    Reference: Miyato et al. 2018, "Spectral Normalization for Generative
    Adversarial Networks", equations 10 to 12 and algorithm 1.

    Args:
        layer: A Keras layer with one kernel, such as `Dense`, `Conv2D`,
            `Conv2DTranspose`, `DepthwiseConv2D` or `Embedding`.
        **options: `name` and `trainable`, as for any layer.

    Raises:
        ValueError: If `layer` is not a layer, or has no kernel when it is
            built.

    Call: as the wrapped layer.

    Example:

    ```python
    samples = keras.Input((2,))
    x = kgan.layers.SpectralNormalization(keras.layers.Dense(64))(samples)
    x = keras.layers.LeakyReLU(0.1)(x)
    logits = kgan.layers.SpectralNormalization(keras.layers.Dense(1))(x)
    discriminator = keras.Model(samples, logits)
    ```
    """

    def __init__(self, layer: keras.layers.Layer, **options: Any):
        if not isinstance(layer, keras.layers.Layer):
            raise ValueError(
                "`layer` must be a layer of Keras with a kernel, such as "
                f"keras.layers.Dense(64). Received: layer={shown(layer)}"
            )
        if "dtype" in options:
            raise ValueError(
                "`dtype` is that of the layer within. Received: "
                f"dtype={shown(options['dtype'])}. Pass it to the layer."
            )
        # Only the inner layer sees half precision, so that the kernel is read
        # as it is stored.
        options["dtype"] = layer.variable_dtype
        super().__init__(layer, **options)
        self.autocast = False
        self.supports_masking = layer.supports_masking

    def build(self, input_shape: Any = None) -> None:
        super().build(input_shape)
        kernel = self.raw_kernel
        self.u = self.add_weight(
            shape=(ops.shape(self._matrix(kernel))[1],),
            initializer="random_normal",
            dtype="float32",
            trainable=False,
            name="u",
        )

    @property
    def raw_kernel(self) -> keras.Variable:
        """The kernel that training changes, not normalized."""
        for name in ("kernel", "embeddings"):
            kernel = getattr(self.layer, name, None)
            if isinstance(kernel, keras.Variable):
                return kernel
        raise ValueError(
            "`layer` must have one kernel to normalize, as Dense, Conv2D and "
            f"Embedding have. Received: {type(self.layer).__name__} "
            f"{self.layer.name!r}"
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.layer.compute_output_shape(input_shape)

    def compute_output_spec(self, inputs: Any) -> Any:
        return self.layer.compute_output_spec(inputs)

    def call(self, inputs: Any) -> Any:
        normalized = {id(self.raw_kernel): self.normalized_kernel()}
        mapping = [
            (variable, normalized.get(id(variable), variable.value))
            for variable in self.layer.variables
        ]
        with keras.StatelessScope(
            state_mapping=mapping, collect_losses=True
        ) as scope:
            outputs = self.layer(inputs)
        for loss in scope.losses:
            self.add_loss(loss)
        return outputs

    def normalized_kernel(self) -> Tensor:
        """Returns the kernel divided by `sigma`, in the shape of the kernel."""
        kernel = ops.convert_to_tensor(self.raw_kernel)
        sigma = ops.cast(self.sigma(), kernel.dtype)
        return kernel / sigma

    def sigma(self) -> Tensor:
        """Computes the estimate of the largest singular value; scalar.

        For a kernel of zeros it is 1.
        """
        matrix = self._matrix(self.raw_kernel)
        v, u = self._iterated(matrix)
        sigma = ops.sum(ops.matmul(matrix, u[:, None])[:, 0] * v)
        return ops.where(sigma > EPSILON, sigma, ops.ones_like(sigma))

    def state_after_update(self) -> list[tuple[keras.Variable, Tensor]]:
        """Returns the variables that an update changes, with new values.

        That is u, after one power iteration with the kernel from before the
        update. Frozen layers return nothing.
        """
        if not self.trainable:
            return []
        _, u = self._iterated(self._matrix(self.raw_kernel))
        return [(self.u, ops.cast(u, "float32"))]

    def _iterated(self, matrix: Tensor) -> tuple[Tensor, Tensor]:
        """Makes one power iteration from the stored u; returns v and u'."""
        matrix = ops.stop_gradient(matrix)
        u = ops.cast(ops.convert_to_tensor(self.u), matrix.dtype)
        v = _unit(ops.matmul(matrix, u[:, None]))
        new = ops.matmul(ops.transpose(matrix), v)
        # A kernel of zeros has no direction. It must not stop the iteration.
        new = ops.where(ops.any(new != 0), _unit(new), u[:, None])
        return ops.stop_gradient(v[:, 0]), ops.stop_gradient(new[:, 0])

    def _matrix(self, kernel: Any) -> Tensor:
        """Reshapes the kernel to (all else, outputs), in float32 or float64."""
        kernel = ops.convert_to_tensor(kernel)
        if keras.backend.standardize_dtype(kernel.dtype) != "float64":
            kernel = ops.cast(kernel, "float32")
        if isinstance(self.layer, _TRANSPOSED):
            # Their kernels are (..., outputs, inputs).
            kernel = ops.swapaxes(kernel, -1, -2)
        columns = kernel.shape[-1]
        if isinstance(self.layer, _DEPTHWISE):
            # One output per channel and multiplier, from that channel only.
            columns *= kernel.shape[-2]
        return ops.reshape(kernel, (-1, columns))

    def get_config(self) -> dict:
        """Returns the arguments of the constructor."""
        config = super().get_config()
        del config["dtype"]
        return config


def unwrapped(layer: Any) -> Any:
    """Returns the layer that a normalization wraps, or the layer itself."""
    return layer.layer if isinstance(layer, SpectralNormalization) else layer


_TRANSPOSED = (
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
)
_DEPTHWISE = (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D)


def _unit(vector: Tensor) -> Tensor:
    return vector / (ops.sqrt(ops.sum(ops.square(vector))) + EPSILON)
