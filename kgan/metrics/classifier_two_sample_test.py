"""How well a classifier tells generated samples from real ones."""

import importlib
import warnings
from typing import Any

import keras
import numpy as np

from kgan.arguments import check_integer, check_number
from kgan.metrics.features import as_samples
from kgan.metrics.sample_metric import NotFiniteError, SampleMetric

REAL, FAKE = 1, 0
METHODS = ("fit", "predict_proba", "get_params")
PLAIN = (bool, int, float, str, type(None))


@keras.saving.register_keras_serializable(package="kgan")
class ClassifierTwoSampleTest(SampleMetric):
    """Tests whether a classifier can tell held-out real and fake samples apart.

    A classifier learns to tell a share of the real samples from as many fake
    ones. The test judges it on the rest: an accuracy of 1/2 is chance, and 1
    means no mistakes. The p-value is the chance that a fair coin is right at
    least as often. It is exact; the paper's normal law with variance
    `1 / (4 num_test)` is its limit. For equal distributions it falls below a
    level (of less than 1/2) no more often than the level says, whatever the
    classifier. A large one says only that this classifier saw no difference.
    From a larger set only as many random samples count as the other has.
    `density_ratio` gives what the classifier learnt about `p_real / p_fake`.

    Reference: Lopez-Paz and Oquab 2017, "Revisiting Classifier Two-Sample
    Tests", section 3; Sugiyama et al. 2012, "Density Ratio Estimation in
    Machine Learning", chapter 4.

    Args:
        features: Keras model, function of samples, or `None` for the raw
            values of the samples; see `FrechetDistance`.
        classifier: scikit-learn classifier with `fit` and `predict_proba`,
            copied before each fit. `None` takes the paper's network, 20 ReLU
            units on standardised features, at most 100 passes of Adam, weight
            decay 1. `LogisticRegression()` sees no spread.
        test_share: Float in (0, 1), the share of samples to hold out.
        seed: Non-negative integer. Draws and splits the samples, and seeds
            the classifier wherever its `random_state` is `None`.
        num_samples: Positive integer, or `None` for all. Only the first
            `num_samples` samples of each set count. In `compile`, on TensorFlow
            and JAX, `None` uses the first 10,000 and warns if there are more.
        name: Name; the results are `two_sample_accuracy` (in [0, 1]) and
            `two_sample_p_value`, or `{name}_two_sample_accuracy` and so on.

    Raises:
        ValueError: If an argument is out of range, or if the samples do not
            fit each other or the extractor, are fewer than 2, or not finite.

    Example:

    ```python
    random = np.random.default_rng(0)
    metric = kgan.metrics.ClassifierTwoSampleTest()
    metric.update_state(random.normal(size=1000), random.normal(size=1000) + 1)
    print(metric.result())  # about 0.69 at best: Phi(1/2)
    print(metric.density_ratio([0.5]))  # about 1
    gan.compile(metrics=[kgan.metrics.ClassifierTwoSampleTest()])
    ```
    """

    default_name = "classifier_two_sample_test"
    result_names = ("two_sample_accuracy", "two_sample_p_value")

    def __init__(
        self,
        features: Any = None,
        classifier: Any = None,
        test_share: float = 0.5,
        seed: int = 0,
        num_samples: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(features, num_samples, name, **kwargs)
        has = [hasattr(classifier, method) for method in METHODS]
        is_estimator = all(has) and not isinstance(classifier, type)
        if classifier is not None and not is_estimator:
            raise ValueError(
                "`classifier` must be a scikit-learn classifier that has `fit` "
                "and `predict_proba`, or None. Received: classifier="
                f"{classifier!r}. Pass an instance; sklearn's "
                "CalibratedClassifierCV gives any the probabilities."
            )
        self.classifier = classifier
        self.test_share = check_number(
            "test_share",
            test_share,
            "a number above 0 and below 1",
            lambda share: 0 < share < 1,
        )
        # As scikit-learn's `random_state` takes it.
        self.seed = check_integer("seed", seed, minimum=0, maximum=2**32 - 1)
        self._fitted: Any = None

    def compute(self, real: np.ndarray, fake: np.ndarray) -> dict[str, float]:
        from scipy.stats import binom

        random = np.random.default_rng(self.seed)
        num = min(len(real), len(fake))
        num_test = min(max(round(num * self.test_share), 1), num - 1)
        real, fake = random.permutation(real), random.permutation(fake)
        self._fitted = self._fit(real[num_test:num], fake[num_test:num])
        right = np.sum(self._fitted.predict(real[:num_test]) == REAL)
        right += np.sum(self._fitted.predict(fake[:num_test]) == FAKE)
        return {
            "two_sample_accuracy": right / (2 * num_test),
            "two_sample_p_value": binom.sf(right - 1, 2 * num_test, 0.5),
        }

    def density_ratio(self, samples: Any) -> np.ndarray:
        """Computes the ratio `p_real / p_fake` that the classifier learnt.

        The ratio is `D / (1 - D)`, where D is the last result's probability of
        "real". This is Bayes' rule after learning from as many real samples as
        fake ones. It is a guess where they were few. Nothing is clipped: the
        ratio is 0 or infinite where D is exactly 0 or 1. With
        `classifier=None` that happens only beyond 1e308.

        Args:
            samples: `(batch, ...)`, finite, of the shape of those scored.

        Returns:
            float64 array `(batch,)`, in [0, inf].

        Raises:
            ValueError: If there is no result yet, or the samples do not fit.
        """
        if self._fitted is None:
            raise ValueError(
                "`density_ratio` asks the classifier that `result()` trains. "
                "Received: a metric without a result. Call `update_state` and "
                "`result()`, or evaluate a model compiled with it, before."
            )
        samples = as_samples("samples", samples)
        self._check_shape(tuple(samples.shape)[1:])
        if not samples.shape[0]:
            raise ValueError("`samples` must hold at least one. Received: 0")
        held = keras.ops.convert_to_numpy(self._features.in_step(samples))
        rows = self._features.after_step(np.asarray(held))
        if not np.isfinite(rows).all():
            raise NotFiniteError(
                "`samples` and their features must be finite. Received: NaN "
                "or infinity. Drop such samples."
            )
        with np.errstate(over="ignore"):
            return np.exp(self._log_odds(rows.astype("float64")))

    def get_config(self) -> dict:
        return super().get_config() | {
            "classifier": _saved("classifier", self.classifier),
            "test_share": self.test_share,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict) -> "ClassifierTwoSampleTest":
        saved = keras.saving.deserialize_keras_object(config["classifier"])
        return super().from_config(config | {"classifier": _restored(saved)})

    def _fit(self, real: np.ndarray, fake: np.ndarray) -> Any:
        from sklearn.base import clone
        from sklearn.exceptions import ConvergenceWarning

        classifier = self.classifier
        classifier = _network() if classifier is None else clone(classifier)
        classifier.set_params(
            **{
                name: self.seed
                for name, value in classifier.get_params().items()
                if name.split("__")[-1] == "random_state" and value is None
            }
        )
        labels = np.repeat([REAL, FAKE], [len(real), len(fake)])
        with warnings.catch_warnings():
            if self.classifier is None:  # It stops after 100 passes on purpose.
                warnings.simplefilter("ignore", ConvergenceWarning)
            return classifier.fit(np.concatenate([real, fake]), labels)

    def _log_odds(self, rows: np.ndarray) -> np.ndarray:
        if self.classifier is None:
            # By hand: predict_proba has 1 - D in no more than 16 digits.
            scaler, network = self._fitted
            hidden, out = network.coefs_
            shift, offset = network.intercepts_
            units = np.maximum(scaler.transform(rows) @ hidden + shift, 0)
            return (units @ out + offset)[:, 0]
        with np.errstate(divide="ignore"):
            logs = np.log(self._fitted.predict_proba(rows))
        return logs[:, REAL] - logs[:, FAKE]  # Classes come in order.


def _network() -> Any:
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    network = MLPClassifier((20,), alpha=1.0, max_iter=100)
    return make_pipeline(StandardScaler(), network)


def _saved(argument: str, value: Any) -> Any:
    from sklearn.base import BaseEstimator

    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, PLAIN):
        return value
    if hasattr(value, "get_config"):
        return keras.saving.serialize_keras_object(value)
    if isinstance(value, list | tuple):
        return [_saved(argument, x) for x in value]
    module = ".".join(type(value).__module__.split(".")[:2])
    if not isinstance(value, BaseEstimator) or module[:8] != "sklearn.":
        raise ValueError(
            "`classifier` cannot be saved unless it is scikit-learn's own, its "
            "parameters numbers, strings, lists and such estimators. Received: "
            f"{argument}={value!r}. Pass such a one, or a class with "
            "`get_config` and keras.saving.register_keras_serializable."
        )
    parameters = value.get_params(deep=False).items()
    return {
        "estimator": f"{module}.{type(value).__name__}",
        "parameters": {name: _saved(name, x) for name, x in parameters},
    }


def _restored(value: Any) -> Any:
    if isinstance(value, list):
        return [_restored(x) for x in value]
    if not isinstance(value, dict):  # Keras has restored what is registered.
        return value
    from sklearn.base import BaseEstimator

    module, _, name = value["estimator"].rpartition(".")
    is_safe = module.startswith("sklearn.")  # A file imports nothing else.
    kind = is_safe and getattr(importlib.import_module(module), name, None)
    if not isinstance(kind, type) or not issubclass(kind, BaseEstimator):
        raise ValueError(
            "`classifier` must name an estimator of scikit-learn. Received: "
            f"classifier={value!r}"
        )
    return kind(**{k: _restored(x) for k, x in value["parameters"].items()})
