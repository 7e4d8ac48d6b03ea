"""An invertible network whose Jacobian's determinant is known."""

from typing import Any

import keras
from keras import ops

from kgan.arguments import check_integer

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class RealNVP(keras.layers.Layer):
    """A flow of affine couplings, which begins as the identity.

    A coupling leaves one half z_a of the coordinates as they are and maps the
    other, z_b, to

        z_b exp(s(z_a)) + t(z_a),    log |det J| = sum s(z_a),

    where s = c tanh(a network of z_a), with a learned factor c for each
    coordinate; the next coupling swaps the halves. The networks' last layers
    begin at zero. All of it is layers and operations of Keras, so that a
    network which calls it on a `keras.Input` is saved for Keras alone.

    Reference: Dinh, Sohl-Dickstein & Bengio 2017, "Density estimation using
    Real NVP", equations 4 to 8.

    Call: float32 `(batch, latent_dim)` to f of it, of the same shape, and
    log |det J_f|, `(batch,)`.

    Args:
        latent_dim: Integer of at least 2.
        num_couplings: Positive integer; from 2 on every coordinate moves.
        hidden_units: Positive integer, units of the networks' layers.
        num_layers: Positive integer, their hidden layers.
        **options: Of `keras.layers.Layer`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    ```python
    flow = kgan.autoencoders.RealNVP(latent_dim=2)
    moved, log_det = flow(keras.ops.ones((1, 2)))  # as it was, and 0
    ```
    """

    def __init__(
        self,
        latent_dim: int,
        num_couplings: int = 4,
        hidden_units: int = 64,
        num_layers: int = 2,
        **options: Any,
    ):
        self._arguments = {
            "latent_dim": check_integer("latent_dim", latent_dim, minimum=2),
            "num_couplings": check_integer("num_couplings", num_couplings),
            "hidden_units": check_integer("hidden_units", hidden_units),
            "num_layers": check_integer("num_layers", num_layers),
        }
        super().__init__(**options)
        self.latent_dim = latent_dim
        self.couplings = [
            _Coupling(
                [
                    (i >= latent_dim // 2) == (k % 2 == 0)
                    for i in range(latent_dim)
                ],
                hidden_units,
                num_layers,
                name=f"coupling_{k}",
            )
            for k in range(num_couplings)
        ]
        self.built = True

    def call(self, z: Tensor) -> tuple[Tensor, Tensor]:
        log_det: Any = 0.0
        for coupling in self.couplings:
            scale, shift = coupling(z)
            z = z * ops.exp(scale) + shift
            log_det = log_det + ops.sum(scale, axis=-1)
        return z, log_det

    def inverse(self, z: Tensor) -> Tensor:
        """Returns what `call` maps to `z`, float32 `(batch, latent_dim)`."""
        for coupling in reversed(self.couplings):
            scale, shift = coupling(z)
            z = (z - shift) * ops.exp(-scale)
        return z

    def get_config(self) -> dict:
        return {**super().get_config(), **self._arguments}


class _Coupling(keras.layers.Layer):
    """Computes the scale's logarithm and the shift of one coupling.

    Args:
        moves: Whether each coordinate is moved, or told from.
        hidden_units: Units of the hidden layers.
        num_layers: Hidden layers.
        name: Before the names of its layers, which one network may share.
    """

    def __init__(
        self, moves: list[bool], hidden_units: int, num_layers: int, name: str
    ):
        super().__init__(name=name)
        size = len(moves)
        self.keep = _mask([not move for move in moves], f"{name}_keep")
        self.move = _mask(moves, f"{name}_move")
        self.hidden = [
            _dense(hidden_units, f"{name}_hidden_{i}", activation="relu")
            for i in range(num_layers)
        ]
        self.scale = _dense(
            size, f"{name}_scale", activation="tanh", kernel_initializer="zeros"
        )
        self.factor = keras.layers.EinsumDense(
            "ab,b->ab",
            (size,),
            kernel_initializer="ones",
            dtype="float32",
            name=f"{name}_factor",
        )
        self.shift = _dense(size, f"{name}_shift", kernel_initializer="zeros")
        inputs = [size, *[hidden_units] * num_layers]
        layers = [*self.hidden, self.scale]
        for layer, width in zip(layers, inputs, strict=True):
            layer.build((None, width))
        self.shift.build((None, hidden_units))
        for layer in (self.keep, self.move, self.factor):
            layer.build((None, size))
        self.built = True

    def __call__(self, z: Any, *args: Any, **kwargs: Any) -> Any:
        # Called one by one, so that a Functional model holds these layers and
        # not this class, which Keras alone does not know.
        x = self.keep(z)
        for layer in self.hidden:
            x = layer(x)
        scale = self.move(self.factor(self.scale(x)))
        return scale, self.move(self.shift(x))


def _mask(kept: list[bool], name: str) -> keras.layers.Layer:
    scale = [float(keep) for keep in kept]
    return keras.layers.Rescaling(scale, dtype="float32", name=name)


def _dense(units: int, name: str, **options: Any) -> keras.layers.Layer:
    return keras.layers.Dense(units, dtype="float32", name=name, **options)
