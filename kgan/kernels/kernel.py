"""Shared parts of the kernels: a matrix of pairs, arguments to be saved."""

from typing import Any

from kgan.arguments import check_number, numbers_of, shown

Tensor = Any
# Squares and quotients of others may leave the normal numbers of float32.
SMALLEST, LARGEST = 1e-12, 1e12


class Kernel:
    """Compares points by a positive definite function of two points.

    A subclass defines `__call__`, and `get_config` if it has arguments.
    Register it with Keras to save models that use it.

    Call:
        x: `(n, dim)`.
        y: `(m, dim)`.

    Returns of a call:
        float32 matrix `(n, m)`, every x with every y.

    Example:

    ```python
    @keras.saving.register_keras_serializable(package="mine")
    class Linear(kgan.kernels.Kernel):
        \"\"\"Sees the means of two sets, and no more of them.\"\"\"

        def __call__(self, x, y):
            return keras.ops.matmul(x, keras.ops.transpose(y))
    ```
    """

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Computes the kernel of all pairs; `(n, m)`."""
        raise NotImplementedError("A kernel defines __call__.")

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Kernel":
        """Builds a kernel from what `get_config` returned."""
        return cls(**config)


def check_scales(name: str, values: Any) -> tuple[float, ...]:
    """Returns positive numbers, one or many, as a tuple.

    Args:
        name: Name of the argument, for the message.
        values: A number, or a list of numbers.

    Raises:
        ValueError: If there are none, or if one is not above 0 or too large.
    """
    expected = f"a number from {SMALLEST} to {LARGEST}, or a list of such"
    scales = numbers_of(values)
    if not isinstance(values, list | tuple) and not scales:
        scales = [check_number(name, values, expected, _fits)]
    if not scales or not all(map(_fits, scales)):
        raise ValueError(
            f"`{name}` must be {expected}. Received: {name}={shown(values)}"
        )
    return tuple(scales)


def check_kernel(value: Any) -> Kernel:
    """Returns `value`; raises ValueError unless it is a kernel."""
    if not isinstance(value, Kernel):
        raise ValueError(
            "`kernel` must be a kernel, such as kgan.kernels.Gaussian(). "
            f"Received: kernel={shown(value)}"
        )
    return value


def _fits(number: float) -> bool:
    return SMALLEST <= number <= LARGEST
