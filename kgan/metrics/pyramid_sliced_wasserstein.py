"""Sliced Wasserstein distances of image patches, one for each scale."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from kgan.arguments import check_integer
from kgan.metrics.sample_metric import SampleMetric
from kgan.metrics.sliced_wasserstein import (
    distances_on_lines,
    random_directions,
)

SMALLEST_LEVEL = 16
FILTER = np.array([1, 4, 6, 4, 1]) / 16
# Projected values held at a time, of each set: 130 MB in float32.
BLOCK = 2**25
# Images whose patches are held at a time.
IMAGES = 128


@keras.saving.register_keras_serializable(package="kgan")
class PyramidSlicedWasserstein(SampleMetric):
    """Computes sliced Wasserstein distances of a Laplacian pyramid's levels.

    The levels go from the size of the images down to the last of at least 16
    pixels. The patches of each level are normalised per channel, to mean 0 and
    deviation 1 over each set, and projected onto random directions. The score
    is 1,000 times the mean `W_1`. The finest level compares details, and the
    coarsest the layout. The places of the patches are random, but the same in
    real image i and fake image i, so identical sets score 0. Sets of one
    distribution score above 0 by an amount that falls as `n^(-1/2)`, so
    compare scores only for the same number of samples. 10,000 images of
    28 x 28 x 1 take about 20 s of one core.

    Reference: Karras et al. 2018, "Progressive Growing of GANs", section 5:
    16,384 images, 128 patches of 7 x 7, 4 times 128 directions.

    Args:
        num_patches: Positive integer, the patches from each image and level.
        patch_size: Integer from 1 to 16, the pixels along each side.
        num_projections: Positive integer, the number of random directions.
        seed: Non-negative integer. Seeds the places and directions.
        num_samples: Positive integer, or `None` for all. Only the first
            `num_samples` samples of each set count. In `compile`, on TensorFlow
            and JAX, `None` uses the first 10,000 and warns if there are more.
        name: Name; the results are `sliced_wasserstein_mean` and, for images
            of 32 x 32, `sliced_wasserstein_32` and `sliced_wasserstein_16`
            (the level's smaller side), or `{name}_sliced_wasserstein_mean`
            and so on.

    Raises:
        ValueError: If an argument is not in the range above, or if the
            samples are not images `(height, width, channels)` of at least
            16 x 16, or are not finite.

    Example:

    ```python
    metric = kgan.metrics.PyramidSlicedWasserstein(num_samples=1000)
    images = np.random.default_rng(0).uniform(-1, 1, (1000, 32, 32, 3))
    metric.update_state(images, images[:, ::-1])
    print(metric.result())  # Noise upside down is noise: a few units.
    gan.compile(metrics=[kgan.metrics.PyramidSlicedWasserstein()])
    ```
    """

    default_name = "pyramid_sliced_wasserstein"
    result_names: tuple[str, ...] = ("sliced_wasserstein_mean",)

    def __init__(
        self,
        num_patches: int = 128,
        patch_size: int = 7,
        num_projections: int = 512,
        seed: int = 0,
        num_samples: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(None, num_samples, name, **kwargs)
        self.num_patches = check_integer("num_patches", num_patches)
        self.patch_size = check_integer("patch_size", patch_size)
        if patch_size > SMALLEST_LEVEL:
            raise ValueError(
                "`patch_size` must be at most 16, the size of the coarsest "
                f"level. Received: patch_size={patch_size}"
            )
        self.num_projections = check_integer("num_projections", num_projections)
        self.seed = check_integer("seed", seed, minimum=0, maximum=None)
        self._sizes: list[int] = []

    @property
    def required_samples(self) -> int:
        return 1

    def _check_shape(self, shape: tuple[int | None, ...]) -> None:
        side = min([n or 0 for n in shape[:2]])
        if len(shape) != 3 or None in shape or side < SMALLEST_LEVEL:
            raise ValueError(
                f"{type(self).__name__} takes images of shape (height, width, "
                "channels), at least 16 x 16 and of a fixed size. Received: "
                f"samples of shape {shape}. Take kgan.metrics."
                "SlicedWasserstein for smaller images and other samples."
            )
        super()._check_shape(shape)
        self._sizes = [side]
        while -(-self._sizes[-1] // 2) >= SMALLEST_LEVEL:
            self._sizes.append(-(-self._sizes[-1] // 2))
        self.result_names = (
            "sliced_wasserstein_mean",
            *(f"sliced_wasserstein_{size}" for size in self._sizes),
        )

    def compute(self, real: np.ndarray, fake: np.ndarray) -> dict[str, float]:
        random = np.random.default_rng(self.seed)
        pyramids = [self._pyramid(images) for images in (real, fake)]
        scores = [
            self._score(random, *levels)
            for levels in zip(*pyramids, strict=True)
        ]
        scores.insert(0, float(np.mean(scores)))
        return dict(zip(self.result_names, scores, strict=True))

    def _pyramid(self, rows: np.ndarray) -> list[np.ndarray]:
        """Makes levels `(num, height, width, channels)`, finest first."""
        levels = [
            rows.reshape(len(rows), *(self._shape or ())).astype("float32")
        ]
        for _ in self._sizes[1:]:
            coarser = _blurred(levels[-1])[:, ::2, ::2]
            spread = np.zeros_like(levels[-1])
            spread[:, ::2, ::2] = coarser
            # Three of four pixels are 0: a factor of 4 keeps the brightness.
            levels[-1] -= 4 * _blurred(spread)
            levels.append(coarser)
        return levels

    def _score(
        self, random: np.random.Generator, real: np.ndarray, fake: np.ndarray
    ) -> float:
        _, height, width, channels = real.shape
        size = self.patch_size
        places = random.integers(
            [height - size + 1, width - size + 1],
            size=(max(len(real), len(fake)), self.num_patches, 2),
        )
        directions = random_directions(
            self.num_projections, channels * size**2, random
        )
        moments = [_moments(level, places, size) for level in (real, fake)]
        block = max(1, BLOCK // (len(places) * self.num_patches))
        distances = [
            distances_on_lines(
                _projected(some, size, real, places, *moments[0]),
                _projected(some, size, fake, places, *moments[1]),
                order=1,
            )
            for some in np.split(
                directions, range(block, self.num_projections, block)
            )
        ]
        return 1000 * float(np.concatenate(distances).mean())

    def get_config(self) -> dict:
        config = super().get_config()
        del config["features"]
        return config | {
            "num_patches": self.num_patches,
            "patch_size": self.patch_size,
            "num_projections": self.num_projections,
            "seed": self.seed,
        }


def _blurred(images: np.ndarray) -> np.ndarray:
    from scipy.ndimage import convolve1d

    rows = convolve1d(images, FILTER, axis=1, mode="mirror")
    return convolve1d(rows, FILTER, axis=2, mode="mirror")


def _patches(
    level: np.ndarray, places: np.ndarray, size: int
) -> Iterator[np.ndarray]:
    """Yields patches `(num, channels, size, size)` of some images."""
    windows = np.lib.stride_tricks.sliding_window_view(
        level, (size, size), axis=(1, 2)
    )
    for start in range(0, len(level), IMAGES):
        images = np.arange(start, min(start + IMAGES, len(level)))
        top, left = np.moveaxis(places[images], 2, 0)
        patches = windows[images[:, np.newaxis], top, left]
        yield patches.reshape(-1, *patches.shape[2:])


def _moments(
    level: np.ndarray, places: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Computes each channel's mean and deviation, `(channels, 1)`."""
    sums = np.zeros((2, level.shape[3]))
    for patches in _patches(level, places, size):
        values = patches.astype("float64")
        sums += [values.sum(axis=(0, 2, 3)), (values**2).sum(axis=(0, 2, 3))]
    means, squares = sums / (len(level) * places.shape[1] * size**2)
    deviations = np.sqrt((squares - means**2).clip(min=0.0))
    # A constant channel stays 0: its deviation is only rounding.
    deviations = np.where(deviations > 1e-6, deviations, 1.0)
    return means[:, np.newaxis], deviations[:, np.newaxis]


def _projected(
    directions: np.ndarray,
    size: int,
    level: np.ndarray,
    places: np.ndarray,
    means: np.ndarray,
    deviations: np.ndarray,
) -> np.ndarray:
    """Projects normalised patches, float32 `(directions, patches)`."""
    projected = np.empty(
        (len(directions), len(level) * places.shape[1]), "float32"
    )
    directions = directions.astype("float32")
    start = 0
    for patches in _patches(level, places, size):
        values = patches.reshape(len(patches), len(means), -1)
        values = ((values - means) / deviations).astype("float32")
        stop = start + len(values)
        projected[:, start:stop] = (
            directions @ values.reshape(len(values), -1).T
        )
        start = stop
    return projected
