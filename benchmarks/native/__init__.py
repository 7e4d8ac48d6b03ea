"""Has WGAN's step by hand, a file per backend, without Keras.

Each file has `VARIANTS`, `build(case, weights, n_critic, variant,
dtype, epsilon)` and
`peak(dtype)`. A variant's name begins with its counterpart in kgan: `eager`,
`graph`, `xla`, `jit` or `compiled`. `weights` are the generator's and the
critic's, as Keras's `get_weights` returns them. The loop's `weights()` returns
them in the same form.
"""

import dataclasses
import time

import numpy as np

RATE, RHO, EPSILON, CLIP = 5e-5, 0.99, 1e-16, 0.01
SLOPE = 0.2
NORM_EPSILON = 1e-5
MOMENTUM = 0.9


@dataclasses.dataclass(frozen=True)
class Case:
    """Holds one pair of networks and a batch size."""

    name: str
    sample_shape: tuple[int, ...]
    latent_dim: int
    batch_size: int

    @property
    def convolutional(self) -> bool:
        return len(self.sample_shape) == 3


def split(case: Case, weights: list) -> tuple[list, list]:
    """Returns the generator's trained weights, and its moving statistics."""
    if not case.convolutional:
        return list(weights), []
    trained, statistics = [], []
    for i in range(0, len(weights) - 2, 5):
        trained += weights[i : i + 3]
        statistics += weights[i + 3 : i + 5]
    return [*trained, *weights[-2:]], statistics


def join(trained: list, statistics: list) -> list[np.ndarray]:
    """Inverts `split`."""
    weights = []
    for i in range(len(statistics) // 2):
        weights += trained[3 * i : 3 * i + 3]
        weights += statistics[2 * i : 2 * i + 2]
    return [*weights, *trained[3 * (len(statistics) // 2) :]]


def base_size(case: Case, hidden: int) -> int:
    """Returns the pixels of the generator's first of `hidden` images."""
    return case.sample_shape[0] // 2**hidden


def rates(operations: dict, wait, repeats: int = 5) -> dict[str, float]:
    """Measures FLOP/s of each `(function, FLOPs)`, by its fastest run."""
    result = {}
    for name, (operation, flops) in operations.items():
        seconds = []
        for _ in range(repeats + 1):  # The first one compiles.
            start = time.perf_counter()
            wait(operation())
            seconds.append(time.perf_counter() - start)
        result[name] = flops / min(seconds[1:])
    return result
