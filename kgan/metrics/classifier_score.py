"""The inception score, with any classifier."""

import warnings
from typing import Any

import keras
import numpy as np

from kgan.arguments import check_integer
from kgan.metrics.classifier_metric import ClassifierMetric

# Tolerance of a sum of probabilities in bfloat16.
TOLERANCE = 1e-2


@keras.saving.register_keras_serializable(package="kgan")
class ClassifierScore(ClassifierMetric):
    """Scores how certain and how varied a classifier's predictions are.

    The score is `exp(mean over samples x of KL(p(y | x) || p(y)))`, where
    p(y) is the mean of p(y | x). It is averaged over `num_splits` equal parts
    of the generated samples. It is 1 when all samples get the same
    prediction. It is `num_classes` when each prediction is certain and all
    classes are equally frequent. With Inception's logits it is the inception
    score.

    The real samples do not count. A generator of one good image per class
    therefore scores as well as the data (Barratt and Sharma 2018, "A Note on
    the Inception Score"). For comparison, score the real samples with
    `metric.update_state(real, real)`. A part of n samples cannot score more
    than n, and small parts score less than large ones of the same generator.
    So compare scores only for the same number of samples and splits. The
    paper's scores are of 50,000 samples.

    Each part holds consecutive samples in the order in which they came, as in
    the authors' code. torch-fidelity shuffles them first.

    Reference: Salimans et al. 2016, "Improved Techniques for Training GANs",
    section 4.

    Args:
        classifier: Keras model, samples `(batch, ...)` to logits `(batch,
            num_classes)`; or a function of samples, of `keras.ops` or of
            NumPy arrays. If a model has several outputs, such as kgan's saved
            classifiers, the one named "logits" counts, or else the last.
        from_logits: Boolean. `False` for a classifier that returns
            probabilities.
        num_splits: Positive integer, the number of parts to average over.
        num_samples: Integer of at least `num_splits`, or `None` for all. Only
            the first `num_samples` samples count. In `compile`, on TensorFlow
            and JAX, `None` uses the first 10,000 and warns if there are more.
        name: Name in the logs, `val_classifier_score` by default.

    Raises:
        ValueError: If an argument is not of the kind above, if the classifier
            does not take the samples, if it does not return probabilities
            with `from_logits=False`, if samples or logits are not finite, or
            if there are fewer than `num_splits` samples.

    Example:

    ```python
    classifier = keras.saving.load_model("saved_models/classifier_mnist.keras")
    metric = kgan.metrics.ClassifierScore(classifier)
    images = gan.generate(10_000, seed=1)
    metric.update_state(images, images)
    print(metric.result())  # between 1 and 10
    gan.compile(metrics=[kgan.metrics.ClassifierScore(classifier)])
    ```
    """

    default_name = "classifier_score"
    compares = ("fake",)

    def __init__(
        self,
        classifier: Any,
        from_logits: bool = True,
        num_splits: int = 10,
        num_samples: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        if not isinstance(from_logits, bool):
            raise ValueError(
                "`from_logits` must be True or False. Received: "
                f"from_logits={from_logits!r}"
            )
        self.from_logits = from_logits
        # The base class asks for the fewest samples in its constructor.
        self.num_splits = check_integer("num_splits", num_splits)
        super().__init__(classifier, num_samples, name, **kwargs)

    @property
    def required_samples(self) -> int:
        return self.num_splits

    def compute(self, fake: np.ndarray) -> float:
        from scipy.special import rel_entr, softmax

        if self.from_logits:
            if _are_probabilities(fake, TOLERANCE / 1_000):
                warnings.warn(
                    "`classifier` returned logits that are probabilities: none "
                    "is negative and they sum to 1. If it ends in a softmax, "
                    "pass from_logits=False.",
                    stacklevel=4,
                )
            probabilities = softmax(fake, axis=1)
        else:
            if not _are_probabilities(fake, TOLERANCE):
                sums = fake.sum(axis=1)
                raise ValueError(
                    "`from_logits=False` takes a classifier that returns "
                    "probabilities, not negative and with sum 1. Received: "
                    f"smallest output {fake.min():.3g}, sums from "
                    f"{sums.min():.3g} to {sums.max():.3g}. Pass "
                    "from_logits=True, or end the classifier in a softmax."
                )
            probabilities = fake / fake.sum(axis=1, keepdims=True)
        # Cut as the authors do: np.array_split spreads a remainder otherwise.
        cuts = np.arange(self.num_splits + 1) * len(fake) // self.num_splits
        return np.mean(
            [
                np.exp(rel_entr(part, part.mean(axis=0)).sum(axis=1).mean())
                for part in np.split(probabilities, cuts[1:-1])
            ]
        )

    def get_config(self) -> dict:
        return super().get_config() | {
            "from_logits": self.from_logits,
            "num_splits": self.num_splits,
        }


def _are_probabilities(outputs: np.ndarray, tolerance: float) -> bool:
    sums = outputs.sum(axis=1)
    return outputs.min() >= 0 and bool((np.abs(sums - 1) <= tolerance).all())
