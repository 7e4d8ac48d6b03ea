"""How many modes of stacked MNIST a generator finds."""

from typing import Any

import keras
import numpy as np
from keras import ops

from kgan.divergences import kl
from kgan.metrics.classifier_metric import ClassifierMetric

Tensor = Any

REAL_SHARES = ("uniform", "empirical")
# From there on float32 does not hold every integer.
MOST_MODES = 2**24


@keras.saving.register_keras_serializable(package="kgan")
class StackedModeCoverage(ClassifierMetric):
    """Counts modes found, and the reverse KL over modes, of stacked images.

    Stacked MNIST lays three random digits over each other as the channels of
    one image, which makes 1,000 modes that are easy to tell apart: a digit
    classifier looks at each channel alone. A mode is found when at least one
    generated sample falls on it. The reverse divergence is `KL(q || p)` in
    nats, q the share of all generated samples on each mode, p that of the
    real ones: 0 for the true proportions, `log num_modes` when all fall on
    one of equally frequent modes.

    More samples find more modes, and n draws of p itself score about
    `(num_modes - 1) / (2 n)` in `reverse_kl`, so quote their number; the
    papers take 26,000, which is 0.02 for 1,000 modes. In `compile`, pass as
    many to `validation_data` and `num_samples=26_000`.

    Reference: Metz et al. 2017, "Unrolled Generative Adversarial Networks",
    section 3.3.1; Srivastava et al. 2017, "VEEGAN", section 4, for the
    divergence.

    Args:
        classifier: Keras model, images of one channel `(batch, height, width,
            1)` to one score `(batch, num_classes)` for each class, logits or
            probabilities (the last output, or the one named "logits", of a
            model with several, such as kgan's saved classifiers); or a
            function of images, of `keras.ops` or of NumPy arrays. Models and
            functions of `keras.ops` are asked in the step, and one number is
            kept of each sample; for others the images are kept.
        real_shares: "uniform" for a p that is equal for all modes; nearly so
            in stacked MNIST, whose digits are 9.0 to 11.2 % each, at a
            divergence of 0.004 from it. "empirical" for the shares among the
            real samples: right for other data, but infinite as soon as a
            generated sample falls on a mode without a real one, so that it
            takes many more real samples than modes (with 1,000 real samples
            a third of 1,000 modes has none).
        num_samples: Positive integer: only the first so many samples of each
            set count. `None` for all; in `compile`, on TensorFlow and JAX,
            for the first 10,000, with a warning when more came.
        name: Name; the results are `modes_found` and `reverse_kl`, or
            `{name}_modes_found` and `{name}_reverse_kl`.

    Raises:
        ValueError: If an argument is not of the kind above, the samples are
            no images `(height, width, channels)` of 1 to 4 channels, the
            classifier does not take one of their channels, or samples are
            not finite.

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
        """Number of the mode of each image, `(batch, 1)`; NaN for NaN."""
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
        # The largest of NaN would be a class like any other.
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
