"""ClassifierTwoSampleTest against Bayes' rule and the binomial law."""

import json
import math

import games
import keras
import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from kgan.metrics import NotFiniteError
from kgan.metrics.classifier_two_sample_test import ClassifierTwoSampleTest

pytestmark = pytest.mark.once

ACCURACY, P_VALUE = "two_sample_accuracy", "two_sample_p_value"


@keras.saving.register_keras_serializable(package="tests")
class Registered(LogisticRegression):
    def get_config(self):
        return {"C": self.C}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


class Unregistered(LogisticRegression):
    pass


def score(metric, real, fake, batch=None):
    metric.reset_state()
    for start in range(0, max(len(real), len(fake)), batch or 10**6):
        part = slice(start, start + (batch or 10**6))
        metric.update_state(real[part], fake[part])
    return metric.result()


def at_least(right, num):
    """Chance of that many heads or more of `num` fair coins, by counting."""
    return sum(math.comb(num, k) for k in range(right, num + 1)) / 2**num


def normal_cdf(x):
    return (1 + math.erf(x / math.sqrt(2))) / 2


COVARIANCE = np.array([[1.0, 0.6], [0.6, 2.0]])
MEAN_REAL, MEAN_FAKE = np.array([0.5, -0.5]), np.array([-0.3, 0.4])


def tilted(num, mean, seed):
    random = np.random.default_rng(seed)
    return random.multivariate_normal(mean, COVARIANCE, num).astype("float32")


def test_equal_covariances_have_a_linear_log_ratio():
    metric = ClassifierTwoSampleTest(classifier=LogisticRegression())
    real, fake = tilted(20_000, MEAN_REAL, 0), tilted(20_000, MEAN_FAKE, 1)
    result = score(metric, real, fake)
    # log p_real - log p_fake = slope . x + offset, Bayes' rule is its sign.
    inverse, shift = np.linalg.inv(COVARIANCE), MEAN_REAL - MEAN_FAKE
    slope = inverse @ shift
    offset = (
        MEAN_FAKE @ inverse @ MEAN_FAKE - MEAN_REAL @ inverse @ MEAN_REAL
    ) / 2
    x = np.array([[0, 0], [1, 0], [0, 1], [-2, 1]], "float32")
    got = np.log(metric.density_ratio(x))
    assert got == pytest.approx(x @ slope + offset, abs=0.1)
    delta = math.sqrt(shift @ inverse @ shift)
    # 20,000 held out: a standard error of 0.003.
    assert result[ACCURACY] == pytest.approx(normal_cdf(delta / 2), abs=0.01)
    assert result[P_VALUE] < 1e-100
    assert got.shape == (4,) and got.dtype == "float64"


def test_network_learns_what_a_line_cannot_tell():
    # N(0, 1) against N(0, 3^2): the better rule is |x| < t, which is right
    # with probability (P(|z| < t) + P(|z| > t / 3)) / 2.
    real, fake = games.points(4_000, 1), 3 * games.points(4_000, 1, seed=1)
    edge = math.sqrt(2 * math.log(3) / (1 - 1 / 9))
    best = 0.5 + normal_cdf(edge) - normal_cdf(edge / 3)
    metric = ClassifierTwoSampleTest()
    assert score(metric, real, fake)[ACCURACY] == pytest.approx(best, abs=0.03)
    x = np.array([-2, -1, 0, 1, 2], "float32")
    want = math.log(3) - x**2 / 2 * (1 - 1 / 9)
    assert np.log(metric.density_ratio(x)) == pytest.approx(want, abs=0.3)
    line = ClassifierTwoSampleTest(classifier=LogisticRegression())
    assert score(line, real, fake)[ACCURACY] < 0.53


def test_sets_of_one_distribution():
    for dim, num in ((2, 600), (64, 300)):
        draws = games.points(2 * num, dim, seed=dim)
        result = score(ClassifierTwoSampleTest(), draws[:num], draws[num:])
        error = 0.5 / math.sqrt(num)
        assert result[ACCURACY] == pytest.approx(0.5, abs=3 * error)
        assert result[P_VALUE] > 0.05
    # A point with both labels teaches nothing that holds of its copy.
    same = games.points(300)
    assert score(ClassifierTwoSampleTest(), same, same)[P_VALUE] > 0.05


def test_level_of_the_test():
    values = []
    for seed in range(200):
        draws = games.points(80, seed=seed)
        metric = ClassifierTwoSampleTest(
            classifier=LogisticRegression(), seed=seed
        )
        values.append(score(metric, draws[:40], draws[40:])[P_VALUE])
    share = np.mean(np.array(values) <= 0.1)
    assert 0.02 < share < 0.1 + 3 * math.sqrt(0.1 * 0.9 / 200)
    assert 0.4 < np.mean(values) < 0.65


def test_disjoint_sets():
    real, fake = games.points(200), games.points(200, seed=1) + 50
    metric = ClassifierTwoSampleTest()
    assert score(metric, real, fake) == {
        ACCURACY: 1,
        P_VALUE: pytest.approx(2.0**-200),
    }
    # A probability of 1 in float64 has no odds; the network's logit has.
    far = np.array([[-4_000, -4_000], [4_000, 4_000]], "float32")
    low, high = np.log(metric.density_ratio(far))[::-1]
    assert -700 < low < -40 and 40 < high < 700
    probability = metric._fitted.predict_proba(far)[:, 1]
    assert probability[0] == 1
    forest = ClassifierTwoSampleTest(classifier=RandomForestClassifier(5))
    score(forest, real, fake)
    assert forest.density_ratio(far).tolist() == [np.inf, 0]


def test_ratio_is_the_odds_of_the_classifier():
    real, fake = games.points(200, 3), games.points(200, 3, seed=1) + 0.5
    new = games.points(50, 3, seed=2)
    for classifier in (None, RandomForestClassifier(50, max_depth=2)):
        metric = ClassifierTwoSampleTest(classifier=classifier)
        score(metric, real, fake)
        fakes, reals = metric._fitted.predict_proba(new.astype("float64")).T
        got = metric.density_ratio(new)
        assert got == pytest.approx(reals / fakes, rel=1e-9)
        assert got.std() > 0.1


def test_p_value_is_that_of_a_fair_coin():
    real, fake = games.points(60), games.points(60, seed=1) + 0.3
    for share, num in ((0.5, 60), (0.25, 30), (0.9, 108)):
        metric = ClassifierTwoSampleTest(test_share=share)
        result = score(metric, real, fake)
        right = round(result[ACCURACY] * num)
        assert result[ACCURACY] == right / num
        assert result[P_VALUE] == pytest.approx(at_least(right, num), rel=1e-9)
    # The paper's N(1/2, 1 / (4 num_test)), which the binomial law tends to.
    real, fake = games.points(9_000), games.points(9_000, seed=1) + 0.02
    metric = ClassifierTwoSampleTest(classifier=LogisticRegression())
    result = score(metric, real, fake)
    normal = 1 - normal_cdf((result[ACCURACY] - 0.5) * 2 * math.sqrt(9_000))
    assert result[P_VALUE] == pytest.approx(normal, abs=0.01)
    assert 0.001 < normal < 0.5


def test_the_smaller_set_counts():
    real, fake = games.points(300), games.points(51, seed=1)
    constant = DummyClassifier(strategy="most_frequent")
    result = score(ClassifierTwoSampleTest(classifier=constant), real, fake)
    # A constant answer is right of exactly one side of 26 held out of each.
    assert result[ACCURACY] == 0.5
    assert result[P_VALUE] == pytest.approx(at_least(26, 52), rel=1e-9)
    # The rest of the larger set has a chance to be drawn.
    real[51:] += 100
    tree = RandomForestClassifier(3)
    result = score(ClassifierTwoSampleTest(classifier=tree), real, fake)
    assert result[ACCURACY] > 0.8


def test_the_seed_repeats_a_score():
    real, fake = games.points(60), games.points(60, seed=1) + 0.3

    def made(seed, **options):
        metric = ClassifierTwoSampleTest(seed=seed, **options)
        result = score(metric, real, fake)
        return result, metric.density_ratio(real).tolist()

    forest = RandomForestClassifier(7)
    pipeline = make_pipeline(StandardScaler(), MLPClassifier((3,), max_iter=1))
    assert made(0) == made(0)
    assert made(0)[1] != made(1)[1]
    assert made(0, classifier=forest) == made(0, classifier=forest)
    assert forest.random_state is None  # It was copied.
    with pytest.warns(UserWarning, match="iterations"):
        first = made(0, classifier=pipeline)
    with pytest.warns(UserWarning, match="iterations"):
        assert first == made(0, classifier=pipeline)
    own = RandomForestClassifier(7, random_state=3)
    metric = ClassifierTwoSampleTest(classifier=own)
    score(metric, real, fake)
    assert metric._fitted.random_state == 3


def test_batches_have_no_effect():
    real, fake = games.points(23), games.points(23, seed=1) + 0.5
    want = score(ClassifierTwoSampleTest(), real, fake)
    for batch in (1, 7):
        assert score(ClassifierTwoSampleTest(), real, fake, batch) == want
    limited = score(ClassifierTwoSampleTest(num_samples=11), real, fake)
    assert limited == score(ClassifierTwoSampleTest(), real[:11], fake[:11])
    assert limited[P_VALUE] in [at_least(k, 12) for k in range(13)]


@pytest.mark.parametrize("on_arrays", [True, False])
def test_ratio_of_features(on_arrays):
    def radius(x):
        if not on_arrays:
            return keras.ops.sum(x**2, axis=(1, 2))[:, None]
        return np.sum(np.asarray(x) ** 2, axis=(1, 2))[:, None]

    real = games.points(400, 4).reshape(-1, 2, 2)
    fake = 2 * games.points(400, 4, seed=1).reshape(-1, 2, 2)
    metric = ClassifierTwoSampleTest(radius, LogisticRegression())
    assert score(metric, real, fake)[ACCURACY] > 0.7
    plain = ClassifierTwoSampleTest(None, LogisticRegression())
    squares = [np.sum(x**2, axis=(1, 2)) for x in (real, fake)]
    score(plain, *squares)
    got = metric.density_ratio(real[:5])
    want = plain.density_ratio(squares[0][:5])
    assert got == pytest.approx(want, rel=1e-4)


def test_samples_that_have_no_score():
    real, fake = games.points(20), games.points(20, seed=1)
    metric = ClassifierTwoSampleTest(classifier=LogisticRegression())
    with pytest.raises(ValueError, match="`density_ratio`.*result"):
        metric.density_ratio(real)
    with pytest.raises(ValueError, match="at least 2 real samples"):
        score(metric, real[:1], fake)
    # The fewest: one of each to learn from, one of each to be judged on.
    least = score(metric, real[:2], fake[:2])
    assert least[P_VALUE] == at_least(round(2 * least[ACCURACY]), 2)
    for samples, match in (
        (real[:, :1], "built for samples of shape"),
        (real * np.nan, "`samples`.*finite"),
    ):
        with pytest.raises(ValueError, match=match):
            metric.density_ratio(samples)
    fake[3, 1] = np.inf
    with pytest.raises(NotFiniteError, match="1 of 20 fake"):
        score(metric, real, fake)


@pytest.mark.parametrize(
    "classifier",
    [
        None,
        LogisticRegression(C=0.01),
        RandomForestClassifier(5, max_depth=np.int64(2)),
        make_pipeline(StandardScaler(), MLPClassifier((5, 3), tol=1.0)),
        CalibratedClassifierCV(LogisticRegression(C=0.1), cv=3),
        Registered(C=0.01),
        make_pipeline(StandardScaler(), Registered(C=0.01)),
    ],
)
def test_config_restores_the_metric(classifier):
    metric = ClassifierTwoSampleTest(
        classifier=classifier, test_share=0.4, seed=3, name="ours"
    )
    real, fake = games.points(60), games.points(60, seed=1) + 0.5
    want = score(metric, real, fake)
    assert (
        list(want) == metric.keys() == [f"ours_{ACCURACY}", f"ours_{P_VALUE}"]
    )
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(metric)))
    for restored in (
        keras.saving.deserialize_keras_object(config),
        ClassifierTwoSampleTest.from_config(metric.get_config()),
    ):
        assert type(restored.classifier) is type(classifier)
        assert score(restored, real, fake) == want
        ratios = metric.density_ratio(real), restored.density_ratio(real)
        assert np.array_equal(*ratios)
        assert ratios[0].std() > 0


def test_classifiers_that_no_file_holds():
    for classifier in (
        Unregistered(),
        make_pipeline(StandardScaler(), Unregistered()),
        GaussianProcessClassifier(RBF()),
        LogisticRegression(class_weight={0: 1, 1: 2}),
    ):
        metric = ClassifierTwoSampleTest(classifier=classifier)
        with pytest.raises(
            ValueError, match="cannot be saved.*register_keras_serializable"
        ):
            metric.get_config()
    config = ClassifierTwoSampleTest().get_config()
    ours = f"{__name__}.Unregistered"
    for estimator in (ours, "os.system", "sklearn.os", "sklearn.clone"):
        saved = {"estimator": estimator, "parameters": {}}
        with pytest.raises(ValueError, match="an estimator of scikit-learn"):
            ClassifierTwoSampleTest.from_config(config | {"classifier": saved})


def test_evaluate_scores_what_it_generates(tmp_path):
    options = {
        "classifier": make_pipeline(StandardScaler(), LogisticRegression())
    }
    metric = ClassifierTwoSampleTest(**options)
    gan = games.game(metrics=[metric])
    *_, kernel, bias = gan.generator.weights
    kernel.assign(np.zeros(kernel.shape))
    bias.assign([0.5, -1.0])
    real = games.points(21)
    logs = gan.evaluate(real, batch_size=8, verbose=0, return_dict=True)
    fake = np.tile(np.array([0.5, -1.0], "float32"), (21, 1))
    by_hand = ClassifierTwoSampleTest(**options)
    want = score(by_hand, real, fake)
    assert {name: logs[name] for name in want} == want
    ratios = metric.density_ratio(real), by_hand.density_ratio(real)
    assert ratios[0] == pytest.approx(ratios[1], rel=1e-4)
    gan.save(tmp_path / "run.keras")
    again = keras.saving.load_model(tmp_path / "run.keras")
    logs = again.evaluate(real, batch_size=8, verbose=0, return_dict=True)
    assert {name: logs[name] for name in want} == want


@pytest.mark.parametrize(
    "argument, values",
    [
        ("test_share", (0, 1, -0.1, "half", None, True, float("nan"))),
        ("seed", (-1, None, 0.5)),
        ("classifier", (LogisticRegression, "linear", LinearSVC(), print)),
    ],
)
def test_bad_arguments(argument, values):
    for value in values:
        with pytest.raises(
            ValueError, match=f"`{argument}`.*Received: {argument}="
        ):
            ClassifierTwoSampleTest(**{argument: value})
