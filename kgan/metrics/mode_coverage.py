"""How many modes of a known mixture a generator finds."""

from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike

from kgan.arguments import check_integer, check_number
from kgan.divergences import kl
from kgan.metrics.sample_metric import SampleMetric
from kgan.real_arrays import real_array


@keras.saving.register_keras_serializable(package="kgan")
class ModeCoverage(SampleMetric):
    """Counts modes found and good samples, and the reverse KL over modes.

    A sample is good if it is within 3 standard deviations of its nearest
    centre. A mode is found if it is the nearest of at least `min_samples` good
    samples. More samples find more modes, so quote their number. The reverse
    divergence is `KL(q || p)` in nats. Here q is the share of all generated
    samples nearest to each mode, and p are the modes' weights. It is 0 for the
    true proportions, and `log num_modes` when all samples fall on one of
    equally weighted modes.

    Reference: Srivastava et al. 2017, "VEEGAN", section 4; Lin et al. 2018,
    "PacGAN", section 4.1. Both count a mode with one good sample.

    Args:
        centres: Array `(num_modes, dim)`, as `kgan.data.Mixture.centres`.
        standard_deviation: Positive float, that of each mode along each axis.
        weights: Positive array `(num_modes,)`, the weights of the modes. They
            are divided by their sum. `None` for equal weights.
        min_samples: Positive integer, the number of good samples that a mode
            needs to be found.
        num_samples: Positive integer, or `None` for all. Only the first
            `num_samples` samples count. In `compile`, on TensorFlow and JAX,
            `None` uses the first 10,000 and warns if there are more.
        name: Name; the results are `modes_found`, `good_share` (in [0, 1])
            and `reverse_kl`, or `{name}_modes_found` and so on.

    Raises:
        ValueError: If an argument is not of the shape and range above, or if
            the samples do not have `dim` coordinates.

    Example:

    ```python
    ring = kgan.data.ring_of_gaussians()
    metric = kgan.metrics.ModeCoverage(ring.centres, ring.standard_deviation)
    metric.update_state(ring.sample(1000), ring.sample(1000, seed=1))
    print(metric.result())  # 8 modes, 98.9 % good: 1 - exp(-9 / 2)
    ```
    """

    default_name = "mode_coverage"
    result_names = ("modes_found", "good_share", "reverse_kl")
    compares = ("fake",)

    def __init__(
        self,
        centres: ArrayLike,
        standard_deviation: float,
        weights: ArrayLike | None = None,
        min_samples: int = 1,
        num_samples: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(None, num_samples, name, **kwargs)
        self.centres = real_array("centres", centres)
        if self.centres.ndim != 2:
            raise ValueError(
                "`centres` must be of shape (num_modes, dim). Received: "
                f"centres of shape {self.centres.shape}. For points on the "
                "line write centres[:, None]."
            )
        self.standard_deviation = check_number(
            "standard_deviation",
            standard_deviation,
            "a positive number, one for all modes",
            lambda deviation: 0 < deviation < np.inf,
        )
        num_modes = len(self.centres)
        self.weights = real_array(
            "weights", np.ones(num_modes) if weights is None else weights
        )
        if self.weights.shape != (num_modes,) or not (self.weights > 0).all():
            raise ValueError(
                f"`weights` must be {num_modes} positive numbers, one for each "
                f"centre. Received: weights={weights!r}"
            )
        self.min_samples = check_integer("min_samples", min_samples)

    @property
    def required_samples(self) -> int:
        return 1

    def _check_shape(self, shape: tuple[int | None, ...]) -> None:
        if shape != self.centres.shape[1:]:
            raise ValueError(
                "Samples must have the coordinates of the centres, "
                f"{self.centres.shape[1:]}. Received: samples of shape {shape}"
            )
        super()._check_shape(shape)

    def compute(self, fake: np.ndarray) -> dict[str, float]:
        # A mode at a time: (num, num_modes, dim) at once would be large.
        distances = np.stack(
            [np.linalg.norm(fake - centre, axis=1) for centre in self.centres]
        )
        nearest = distances.argmin(axis=0)
        good = distances.min(axis=0) <= 3 * self.standard_deviation
        num_modes = len(self.centres)
        per_mode = np.bincount(nearest[good], minlength=num_modes)
        shares = np.bincount(nearest, minlength=num_modes) / len(fake)
        return {
            "modes_found": np.sum(per_mode >= self.min_samples),
            "good_share": good.mean(),
            "reverse_kl": kl(shares, self.weights / self.weights.sum()),
        }

    def get_config(self) -> dict:
        config = super().get_config()
        del config["features"]
        return config | {
            "centres": self.centres.tolist(),
            "standard_deviation": self.standard_deviation,
            "weights": self.weights.tolist(),
            "min_samples": self.min_samples,
        }
