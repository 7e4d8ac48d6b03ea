"""How many modes of stacked MNIST a generator finds."""

from typing import Any

import keras
import numpy as np
from keras import ops

from kgan.divergences import kl
from kgan.metrics.classifier_metric import ClassifierMetric

Tensor = Any

REAL_SHARES = ("uniform", "empirical")
# From here on, float32 does not hold every integer.
MOST_MODES = 2**24


@keras.saving.register_keras_serializable(package="kgan")
class StackedModeCoverage(ClassifierMetric):
    """Counts the modes found in stacked images, and the reverse KL over modes.

    Stacked MNIST uses three random digits as the channels of one image. This
    makes 1,000 modes that are easy to tell apart: a digit classifier looks at
    each channel separately. A mode is found if at least one generated sample
    falls on it. The reverse divergence is `KL(q || p)` in nats. Here q is the
    share of all generated samples on each mode, and p is that of the real
    samples. It is 0 for the true proportions, and `log num_modes` when all
    samples fall on one of equally frequent modes.

    More samples find more modes, and n draws of p itself score about
    `(num_modes - 1) / (2 n)` in `reverse_kl`. So quote the number of samples.
    The papers take 26,000, which gives 0.02 for 1,000 modes. In `compile`,
    pass as many to `validation_data`, and `num_samples=26_000`.

    Reference: Metz et al. 2017, "Unrolled Generative Adversarial Networks",
    section 3.3.1; Srivastava et al. 2017, "VEEGAN", section 4, for the
    divergence.

    Args:
        classifier: Keras model, images of one channel `(batch, height, width,
            1)` to a score for each class `(batch, num_classes)`, logits or
            probabilities; or a function of images, of `keras.ops` or of NumPy
            arrays. If a model has several outputs, such as kgan's saved
            classifiers, the one named "logits" counts, or else the last.
            Models and functions of `keras.ops` run in the step, which keeps
            one number of each sample. For other functions it keeps the
            images.
        real_shares: "uniform" makes p equal for all modes. This is nearly
            true of stacked MNIST: its digits are 9.0 to 11.2 % each, at a
            divergence of 0.004 from it. "empirical" takes the shares among
            the real samples. This is right for other data, but gives infinity
            once a generated sample falls on a mode without a real one. It
            needs many more real samples than modes: with 1,000 real samples a
            third of 1,000 modes has none.
        num_samples: Positive integer, or `None` for all. Only the first
            `num_samples` samples of each set count. In `compile`, on TensorFlow
            and JAX, `None` uses the first 10,000 and warns if there are more.
        name: Name; the results are `modes_found` and `reverse_kl`, or
            `{name}_modes_found` and `{name}_reverse_kl`.

    Raises:
        ValueError: If an argument is not of the kind above, if the samples
            are not images `(height, width, channels)` of 1 to 4 channels or
            are not finite, or if the classifier does not take one of their
            channels.

    Example:

    ```python
    classifier = keras.saving.load_model("saved_models/classifier_mnist.keras")
    metric = kgan.metrics.StackedModeCoverage(classifier)
    images = gan.generate(26_000, seed=1)  # (26000, 28, 28, 3)
    metric.update_state(images, images)
    print(metric.result())  # at best 1,000 modes, a divergence of 0.02
    ```
    """

    default_name = "stacked_mode_coverage"
    result_names = ("modes_found", "reverse_kl")

    def __init__(
        self,
        classifier: Any,
        real_shares: str = "uniform",
        num_samples: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        if real_shares not in REAL_SHARES:
            raise ValueError(
                '`real_shares` must be "uniform" or "empirical". Received: '
                f"real_shares={real_shares!r}"
            )
        self.real_shares = real_shares
        # Known with the classes and the channels.
        self.num_modes = 0
        if real_shares == "uniform":
            self.compares = ("fake",)
        super().__init__(classifier, num_samples, name, **kwargs)

    def _features_of(self, samples: Tensor) -> Tensor:
        """Returns each image's mode as a number, `(batch, 1)`; NaN for NaN."""
        channels = samples.shape[-1]
        # One after the other along the batch axis.
        scores = self._scores(
            ops.concatenate(
                [samples[..., i : i + 1] for i in range(channels)], axis=0
            )
        )
        self.num_modes = self.num_classes**channels
        if self.num_modes > MOST_MODES:
            raise ValueError(
                f"`classifier` must have at most {MOST_MODES:,} classes to "
                "the power of the number of channels. Received: "
                f"{self.num_classes} classes, {channels} channels"
            )
        classes = ops.cast(ops.argmax(scores, axis=-1), "float32")
        # The argmax of NaN would look like any class.
        finite = ops.all(ops.isfinite(scores), axis=-1)
        classes = ops.where(finite, classes, float("nan"))
        classes = ops.reshape(classes, (channels, -1))
        modes = classes[0]
        for channel in range(1, channels):
            modes = modes * self.num_classes + classes[channel]
        return modes[:, None]

    def _check_shape(self, shape: tuple[int | None, ...]) -> None:
        if len(shape) != 3 or shape[-1] not in (1, 2, 3, 4):
            raise ValueError(
                "Samples must be images of shape (height, width, channels) "
                f"with 1 to 4 channels. Received: samples of shape {shape}"
            )
        super()._check_shape(shape)

    def compute(self, *sets: np.ndarray) -> dict[str, float]:
        counts = [
            np.bincount(modes[:, 0].astype("int64"), minlength=self.num_modes)
            for modes in sets
        ]
        shares = [count / count.sum() for count in counts]
        if self.real_shares == "uniform":
            shares.insert(0, np.full(self.num_modes, 1 / self.num_modes))
        real, fake = shares
        return {
            "modes_found": int(np.count_nonzero(counts[-1])),
            "reverse_kl": float(kl(fake, real)),
        }

    def get_config(self) -> dict:
        return super().get_config() | {"real_shares": self.real_shares}
