"""Multi-scale structural similarity of pairs of images: how alike they are."""

from typing import Any

import keras
import numpy as np

from kgan.arguments import check_integer, numbers_of, shown
from kgan.metrics.sample_metric import SampleMetric

WEIGHTS = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])
WINDOW_SIZE = 11
WINDOW_DEVIATION = 1.5
# For intensities in [0, 1].
LUMINANCE_CONSTANT = 0.01**2
CONTRAST_CONSTANT = 0.03**2
# Pairs whose windows are computed at a time.
PAIRS = 64


@keras.saving.register_keras_serializable(package="kgan")
class MSSSIM(SampleMetric):
    """Averages the multi-scale structural similarity of pairs of images.

    This measures diversity. It is 1 when all generated images are the same,
    and about that of the real images when they vary as much. The pairs are
    the samples 0 and 1, 2 and 3, and so on of each set. An odd last sample is
    left out. Shuffle real images that come sorted by class. The score says
    nothing about quality: noise scores near 0.

    A pair scores a product over scales. Its factors are the mean contrast and
    structure, times luminance at the coarsest scale, to the power of the
    scale's weight. A negative factor counts as 0. Channels are averaged last.
    The images are mapped to [0, 1] (K1 = 0.01, K2 = 0.03). The window is
    Gaussian (11 x 11, deviation 1.5) and stays inside the image. Each scale is
    half the one before (2 x 2 means). Images below 161 pixels are too small
    for five scales. They take as many as fit, 2 for 28 x 28, and the weights
    are divided by their sum. Compare such scores only for the same size.

    Reference: Wang et al. 2003, "Multi-Scale Structural Similarity for Image
    Quality Assessment", equation 7; Odena et al. 2017, "Conditional Image
    Synthesis with Auxiliary Classifier GANs", section 4.2, for pairs of
    generated images: 100 of each class.

    Args:
        value_range: Pair of floats, the images' black and white. Values
            beyond it are clipped in fake images, and an error in real ones.
        num_scales: Integer from 1 to 5, or `None` for as many as fit.
        num_samples: Integer of at least 2, or `None` for all. Only the first
            `num_samples` samples of each set count, for example 200 for 100
            pairs. In `compile`, on TensorFlow and JAX, `None` uses the first
            10,000 and warns if there are more. 1,000 pairs of 28 x 28 x 1 take
            less than a second.
        name: Name; the results are `ms_ssim` of the fake and `real_ms_ssim`
            of the real images, both in [0, 1], or `{name}_ms_ssim` and
            `{name}_real_ms_ssim`.

    Raises:
        ValueError: If an argument is not in the range above, or if the
            samples are not images `(height, width, channels)` large enough
            for the window at every scale, are fewer than 2, or are not
            finite.

    Example:

    ```python
    metric = kgan.metrics.MSSSIM()
    real = np.random.default_rng(0).uniform(-1, 1, (100, 28, 28, 1))
    metric.update_state(real, np.repeat(real[:1], 100, axis=0))
    print(metric.result())  # ms_ssim 1, all alike; real_ms_ssim near 0
    gan.compile(metrics=[kgan.metrics.MSSSIM(num_samples=200)])
    ```
    """

    default_name = "ms_ssim"
    result_names = ("ms_ssim", "real_ms_ssim")

    def __init__(
        self,
        value_range: tuple[float, float] = (-1.0, 1.0),
        num_scales: int | None = None,
        num_samples: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(None, num_samples, name, **kwargs)
        black_and_white = numbers_of(value_range)
        if (
            len(black_and_white) != 2
            or not np.isfinite(black_and_white).all()
            or black_and_white[0] >= black_and_white[1]
        ):
            raise ValueError(
                "`value_range` must be two numbers, the smaller first, such as "
                f"(-1, 1). Received: value_range={shown(value_range)}"
            )
        self.value_range = tuple(black_and_white)
        if num_scales is not None:
            num_scales = check_integer(
                "num_scales", num_scales, maximum=len(WEIGHTS)
            )
        self.num_scales = num_scales

    def _check_shape(self, shape: tuple[int | None, ...]) -> None:
        sides = [n or 0 for n in shape[:2]]
        fits = _num_scales(min(sides, default=0))
        if len(shape) != 3 or None in shape or not fits:
            raise ValueError(
                f"{type(self).__name__} takes images of shape (height, width, "
                "channels), at least 11 x 11 and of a fixed size. Received: "
                f"samples of shape {shape}. Enlarge smaller images before."
            )
        if self.num_scales is not None and self.num_scales > fits:
            raise ValueError(
                f"The window of 11 x 11 fits into {fits} scales of images of "
                f"shape {shape}. Received: num_scales={self.num_scales}. Pass "
                "None for as many as fit, or larger images."
            )
        super()._check_shape(shape)

    def compute(self, real: np.ndarray, fake: np.ndarray) -> dict[str, float]:
        return {
            "ms_ssim": self._mean_of_pairs("fake", fake),
            "real_ms_ssim": self._mean_of_pairs("real", real),
        }

    def _mean_of_pairs(self, side: str, rows: np.ndarray) -> float:
        black, white = self.value_range
        intensities = (rows - black) / (white - black)
        # In hundredths: resizing and float32 round the range.
        if side == "real" and np.abs(intensities - 0.5).max() > 0.51:
            raise ValueError(
                f"Real images must be in the range {self.value_range}. "
                f"Received: values from {rows.min()} to {rows.max()}. Pass "
                "their own as value_range=."
            )
        images = intensities.clip(0.0, 1.0).reshape(-1, *(self._shape or ()))
        num_scales = self.num_scales or _num_scales(min(images.shape[1:3]))
        first, second = images[: len(images) // 2 * 2 : 2], images[1::2]
        similarities = [
            _similarities(
                first[start : start + PAIRS],
                second[start : start + PAIRS],
                WEIGHTS[:num_scales] / WEIGHTS[:num_scales].sum(),
            )
            for start in range(0, len(first), PAIRS)
        ]
        return float(np.concatenate(similarities).mean())

    def get_config(self) -> dict:
        config = super().get_config()
        del config["features"]
        return config | {
            "value_range": list(self.value_range),
            "num_scales": self.num_scales,
        }


def _num_scales(side: int) -> int:
    """Returns how many scales the window fits into, 5 at most."""
    sides = [-(-side // 2**scale) for scale in range(len(WEIGHTS))]
    return sum(side >= WINDOW_SIZE for side in sides)


def _similarities(
    x: np.ndarray, y: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Scores pairs of images `(num, height, width, channels)` in [0, 1]."""
    similarities = np.ones((len(x), x.shape[3]))
    for scale, weight in enumerate(weights):
        if scale:
            x, y = _halved(x), _halved(y)
        luminance, contrast = _comparisons(x, y)
        last = scale == len(weights) - 1
        factor = luminance * contrast if last else contrast
        similarities *= factor.mean(axis=(1, 2)).clip(min=0.0) ** weight
    return similarities.mean(axis=1)


def _comparisons(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Computes luminance, and contrast times structure, in each window."""
    x_mean, y_mean = _windowed(x), _windowed(y)
    product, squares = x_mean * y_mean, x_mean**2 + y_mean**2
    covariance = _windowed(x * y) - product
    variances = _windowed(x**2 + y**2) - squares
    luminance = (2 * product + LUMINANCE_CONSTANT) / (
        squares + LUMINANCE_CONSTANT
    )
    contrast = (2 * covariance + CONTRAST_CONSTANT) / (
        variances + CONTRAST_CONSTANT
    )
    return luminance, contrast


def _windowed(images: np.ndarray) -> np.ndarray:
    """Computes Gaussian means in the windows inside the image."""
    from scipy.ndimage import correlate1d

    radius = WINDOW_SIZE // 2
    window = np.exp(
        -(np.arange(-radius, radius + 1) ** 2) / (2 * WINDOW_DEVIATION**2)
    )
    window /= window.sum()
    means = correlate1d(correlate1d(images, window, axis=1), window, axis=2)
    return means[:, radius:-radius, radius:-radius]


def _halved(images: np.ndarray) -> np.ndarray:
    """Averages 2 x 2 pixels; an odd last row or column counts twice."""
    height, width = images.shape[1:3]
    odd = (0, 0), (0, height % 2), (0, width % 2), (0, 0)
    images = np.pad(images, odd, mode="edge")
    return (
        images[:, ::2, ::2]
        + images[:, 1::2, ::2]
        + images[:, ::2, 1::2]
        + images[:, 1::2, 1::2]
    ) / 4
