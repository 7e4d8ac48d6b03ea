"""The codebook of a VQ-VAE, and what moves it."""

from typing import Any

import keras
from keras import ops

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class Codebook(keras.layers.Layer):
    """Holds `num_codes` vectors, trained by a loss or moved by averages.

    With averages of decay g, code k with n_k vectors of sum s_k in a batch
    becomes

        N_k <- g N_k + (1 - g) n_k,    m_k <- g m_k + (1 - g) s_k,
        e_k = m_k / N_k,

    both averages divided by 1 - g^t after t updates, and N_k smoothed to
    (N_k + eps) / (n + K eps) n with n = sum N_k. With g = 0 it is a step of
    k-means.

    Reference: van den Oord et al. 2017, "Neural Discrete Representation
    Learning", appendix A.1.

    Args:
        num_codes: Number of vectors K.
        code_dim: Length of a vector.
        decay: g in [0, 1), or `None` for vectors that a loss trains.
        epsilon: eps.
        **options: Of `keras.layers.Layer`.
    """

    def __init__(
        self,
        num_codes: int,
        code_dim: int,
        decay: float | None = None,
        epsilon: float = 1e-5,
        **options: Any,
    ):
        super().__init__(**options)
        self.num_codes = num_codes
        self.code_dim = code_dim
        self.decay = decay
        self.epsilon = epsilon
        # A layer of Keras, so that files of a generator need Keras alone. Its
        # uniform weights are those of the authors.
        limit = (3 / code_dim) ** 0.5
        self.table = keras.layers.Dense(
            code_dim,
            use_bias=False,
            kernel_initializer=keras.initializers.RandomUniform(-limit, limit),
            trainable=decay is None,
            dtype="float32",
            name="codebook",
        )
        self.table.build((None, num_codes))
        if decay is not None:
            self.sizes = self._zeros("sizes", (num_codes,))
            self.sums = self._zeros("sums", (num_codes, code_dim))
            self.weight = self._zeros("weight", ())
        self.built = True

    def _zeros(self, name: str, shape: tuple) -> keras.Variable:
        return self.add_weight(
            name=name,
            shape=shape,
            initializer="zeros",
            trainable=False,
            dtype="float32",
        )

    @property
    def vectors(self) -> keras.Variable:
        """The vectors, float32 `(num_codes, code_dim)`."""
        return self.table.kernel

    def nearest(self, vectors: Tensor) -> Tensor:
        """Returns which code is the nearest to each of some vectors.

        Args:
            vectors: float32 `(..., code_dim)`.

        Returns:
            float32 `(..., num_codes)`, one number 1 and the others 0; nothing
            is differentiated through it.
        """
        vectors = ops.stop_gradient(vectors)
        codes = ops.stop_gradient(ops.convert_to_tensor(self.vectors))
        # Less the squared length of the vector, which all codes share.
        distances = ops.sum(ops.square(codes), axis=1) - 2 * ops.matmul(
            vectors, ops.transpose(codes)
        )
        return ops.one_hot(
            ops.argmin(distances, axis=-1), self.num_codes, dtype="float32"
        )

    def call(self, one_hot: Tensor) -> Tensor:
        """Returns the vectors `(..., code_dim)` of codes that are one-hot."""
        return self.table(one_hot)

    def move(self, vectors: Tensor, one_hot: Tensor) -> None:
        """Moves the averages by a batch, and the vectors with them.

        Args:
            vectors: float32 `(num, code_dim)`.
            one_hot: Their codes, float32 `(num, num_codes)`.
        """
        decay: float = self.decay or 0.0
        sums = ops.matmul(ops.transpose(one_hot), ops.stop_gradient(vectors))
        sizes = decay * self.sizes + (1 - decay) * ops.sum(one_hot, axis=0)
        sums = decay * self.sums + (1 - decay) * sums
        weight = decay * self.weight + (1 - decay)
        self.sizes.assign(sizes)
        self.sums.assign(sums)
        self.weight.assign(weight)
        means, num = sizes / weight, ops.sum(sizes) / weight
        smoothed = (
            (means + self.epsilon) / (num + self.num_codes * self.epsilon) * num
        )
        self.vectors.assign(sums / weight / smoothed[:, None])

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_codes": self.num_codes,
            "code_dim": self.code_dim,
            "decay": self.decay,
            "epsilon": self.epsilon,
        }
