"""KernelDistance and MaximumMeanDiscrepancy against loops and closed forms."""

import itertools
import json

import games
import keras
import numpy as np
import pytest

from kgan.metrics import NotFiniteError
from kgan.metrics import kernel_distance as kernel_module
from kgan.metrics import maximum_mean_discrepancy as discrepancy_module
from kgan.metrics.kernel_distance import KernelDistance
from kgan.metrics.maximum_mean_discrepancy import MaximumMeanDiscrepancy

pytestmark = pytest.mark.once

P_VALUE = "maximum_mean_discrepancy_p_value"
DISCREPANCY = "maximum_mean_discrepancy"

METRICS = {
    "all at once": lambda **options: KernelDistance(
        subset_size=None, **options
    ),
    "subsets": lambda **options: KernelDistance(
        num_subsets=3, subset_size=9, **options
    ),
    "discrepancy": lambda **options: MaximumMeanDiscrepancy(
        num_permutations=19, **options
    ),
}


def score(metric, real, fake, batch=None):
    metric.reset_state()
    for side in range(0, max(len(real), len(fake)), batch or 10**6):
        part = slice(side, side + (batch or 10**6))
        metric.update_state(real[part], fake[part])
    return metric.result()


def cubic(x, y):
    return (sum(a * b for a, b in zip(x, y, strict=True)) / len(x) + 1) ** 3


def mixture(*bandwidths):
    def kernel(x, y):
        squared = sum((a - b) ** 2 for a, b in zip(x, y, strict=True))
        terms = [np.exp(-squared / (2 * s * s)) for s in bandwidths]
        return sum(terms) / len(terms)

    return kernel


def by_hand(kernel, real, fake):
    """The three means of Gretton et al., pair by pair in Python."""
    real, fake = real.astype("float64"), fake.astype("float64")
    within = [
        np.mean([kernel(x, y) for x, y in itertools.permutations(side, 2)])
        for side in (real, fake)
    ]
    mixed = np.mean([kernel(x, y) for x in real for y in fake])
    return sum(within) - 2 * mixed


def of_all_draws(metric, real_line, fake_line, num):
    """Mean score of all draws of `num` from two uniform distributions."""
    scores = [
        score(metric, np.array(real, "float32"), np.array(fake, "float32"))
        for real in itertools.product(real_line, repeat=num)
        for fake in itertools.product(fake_line, repeat=num)
    ]
    return np.mean(
        [x[DISCREPANCY] if isinstance(x, dict) else x for x in scores]
    )


def population(kernel, real_line, fake_line):
    """The squared discrepancy of two uniform distributions on the line."""
    means = [
        np.mean([kernel([x], [y]) for x in one for y in other])
        for one, other in (
            (real_line, real_line),
            (fake_line, fake_line),
            (real_line, fake_line),
        )
    ]
    return means[0] + means[1] - 2 * means[2]


def test_kernel_distance_of_all_samples_is_the_sum_over_pairs():
    real, fake = games.points(9, 3), games.points(6, 3, seed=1) + 1
    got = score(KernelDistance(subset_size=None), real, fake)
    assert got == pytest.approx(by_hand(cubic, real, fake), rel=1e-9)
    got = score(KernelDistance(num_subsets=1, subset_size=6), real[:6], fake)
    assert got == pytest.approx(by_hand(cubic, real[:6], fake), rel=1e-9)


def test_kernel_distance_draws_subsets_without_replacement():
    real, fake = games.points(4, 2), games.points(5, 2, seed=1)
    values = np.array(
        [
            by_hand(cubic, real[list(some)], fake[list(others)])
            for some in itertools.combinations(range(4), 3)
            for others in itertools.combinations(range(5), 3)
        ]
    )
    one = [
        score(KernelDistance(num_subsets=1, subset_size=3, seed=s), real, fake)
        for s in range(40)
    ]
    for got in one:
        assert np.abs(values - got).min() < 1e-9
    assert len({round(x, 9) for x in one}) > 20  # Of 40, all over the place.
    many = score(KernelDistance(num_subsets=500, subset_size=3), real, fake)
    error = values.std() / np.sqrt(500)
    assert many == pytest.approx(by_hand(cubic, real, fake), abs=4 * error)


@pytest.mark.parametrize(
    "metric, kernel",
    [
        (KernelDistance(subset_size=None), cubic),
        (
            MaximumMeanDiscrepancy(bandwidths=[0.5, 2], num_permutations=1),
            mixture(0.5, 2),
        ),
    ],
)
def test_expectation_over_all_draws_is_the_distance(metric, kernel):
    for real_line, fake_line in (
        ((0, 1, 3), (-1, 0, 1)),
        ((-1, 2), (-1, 2)),
    ):
        want = population(kernel, real_line, fake_line)
        got = of_all_draws(metric, real_line, fake_line, num=2)
        assert got == pytest.approx(want, rel=1e-9, abs=1e-9)


def test_two_copies_of_one_set_score_below_zero():
    # k(1, 1) = 8 and k(1, -1) = 0: 2 (0) - 2 (8 + 0) / 2.
    pair = np.array([1, -1], "float32")
    assert score(KernelDistance(subset_size=None), pair, pair) == -8
    metric = MaximumMeanDiscrepancy(bandwidths=[1.0])
    result = score(metric, pair, pair)
    want = -2 / 2 * (1 - np.exp(-2))
    assert result[DISCREPANCY] == pytest.approx(want, rel=1e-9)
    assert result[P_VALUE] == 1
    x = games.points(300)
    rows = x.astype("float64")
    gram = (rows @ rows.T / 2 + 1) ** 3
    apart = (gram.sum() - np.trace(gram)) / (300 * 299)
    want = -2 / 300 * (np.trace(gram) / 300 - apart)
    got = score(KernelDistance(subset_size=None), x, x)
    assert got == pytest.approx(want, rel=1e-9)


def test_kernel_distance_of_gaussians_is_that_of_three_moments():
    # E k = sum_j C(3, j) E[x^j] E[y^j] on the line.
    mean = 0.5
    want = 3 * mean**2 + 3 * mean**4 + (mean**3 + 3 * mean) ** 2
    real, fake = games.points(2_000, 1), games.points(2_000, 1, 1) + mean
    metrics = (KernelDistance(subset_size=None), KernelDistance(num_subsets=4))
    for metric in metrics:
        assert score(metric, real, fake) == pytest.approx(want, rel=0.2)
    scores = [
        score(metrics[0], games.points(200, 1, s), games.points(200, 1, 99 + s))
        for s in range(60)
    ]
    error = np.std(scores) / np.sqrt(60)
    assert abs(np.mean(scores)) < 3 * error  # The biased one is 7 errors above.
    assert min(scores) < 0 < max(scores)


def test_kernel_distance_says_how_to_score_a_small_set():
    small = games.points(64)
    metric = KernelDistance()
    metric.update_state(games.points(1_000), small)
    with pytest.raises(
        ValueError,
        match="subset_size=1,000.*Received: 64 fake.*subset_size=None",
    ):
        metric.result()
    assert np.isfinite(score(KernelDistance(subset_size=None), small, small))
    with pytest.raises(ValueError, match="`num_samples`.*at least 1000"):
        KernelDistance(num_samples=500)


def test_discrepancy_is_the_sum_over_pairs():
    real, fake = games.points(9, 3), games.points(6, 3, seed=1) + 0.5
    metric = MaximumMeanDiscrepancy(bandwidths=(0.3, 1.0, 4))
    want = by_hand(mixture(0.3, 1.0, 4.0), real, fake)
    got = score(metric, real, fake)[DISCREPANCY]
    assert got == pytest.approx(want, rel=1e-9)
    pooled = np.concatenate([real, fake]).astype("float64")
    middle = np.median(
        [np.linalg.norm(x - y) for x, y in itertools.combinations(pooled, 2)]
    )
    scaled = [middle * scale for scale in (0.25, 0.5, 1, 2, 4)]
    got = score(MaximumMeanDiscrepancy(), real, fake)[DISCREPANCY]
    assert got == pytest.approx(by_hand(mixture(*scaled), real, fake), rel=1e-9)


def test_discrepancy_of_gaussians():
    # E k(x, y) is a Gaussian integral of |x - y|, of variance 2 per axis.
    width, mean = 1.5, np.array([0.6, 0.8], "float32")
    base = width**2 / (width**2 + 2)
    want = 2 * base * (1 - np.exp(-1 / (2 * (width**2 + 2))))
    metric = MaximumMeanDiscrepancy(bandwidths=[width], num_permutations=1)
    scores = [
        score(
            metric, games.points(500, 2, s), games.points(500, 2, 99 + s) + mean
        )
        for s in range(20)
    ]
    scores = [x[DISCREPANCY] for x in scores]
    error = np.std(scores) / np.sqrt(20)
    assert np.mean(scores) == pytest.approx(want, abs=4 * error)
    assert error < want / 20


def test_p_value_is_the_share_of_all_divisions():
    real, fake = games.points(4, 1), games.points(4, 1, seed=1) + 0.4
    kernel, pooled = mixture(1.0), np.concatenate([real, fake])
    scores = []
    for some in itertools.combinations(range(8), 4):
        rest = [i for i in range(8) if i not in some]
        scores.append(by_hand(kernel, pooled[list(some)], pooled[rest]))
    # The first division is the observed one; its mirror image ties with it.
    want = np.mean(np.array(scores) >= scores[0] - 1e-9)
    assert 0.1 < want < 0.9
    metric = MaximumMeanDiscrepancy(bandwidths=[1.0], num_permutations=5_000)
    got = score(metric, real, fake)[P_VALUE]
    assert got == pytest.approx(want, abs=4 * 0.5 / np.sqrt(5_000))


def test_p_value_is_uniform_for_equal_distributions():
    values = []
    for seed in range(40):
        draws = games.points(80, seed=seed)
        metric = MaximumMeanDiscrepancy(num_permutations=99, seed=seed)
        values.append(score(metric, draws[:50], draws[50:])[P_VALUE])
    assert 0.35 < np.mean(values) < 0.65
    assert np.mean(np.array(values) <= 0.1) <= 0.25
    assert 0.2 < np.std(values) < 0.4  # 0.29 of the uniform distribution.
    # A hundredth is the least that 99 divisions can say.
    shifted = score(metric, games.points(50), games.points(50, seed=1) + 1)
    assert shifted[P_VALUE] == 0.01


def test_p_value_counts_ties():
    same = np.ones((5, 2), "float32")
    assert score(MaximumMeanDiscrepancy(), same, same) == {
        DISCREPANCY: 0,
        P_VALUE: 1,
    }
    # Every division of two pairs into equal halves is one of three.
    pair = np.array([0, 1], "float32")
    assert score(MaximumMeanDiscrepancy(), pair, pair)[P_VALUE] == 1


def test_discrepancy_of_disjoint_and_of_collapsed_sets():
    # Nothing within either set varies, and nothing reaches across: 1 + 1 - 0.
    zeros = np.zeros((8, 2), "float32")
    metric = MaximumMeanDiscrepancy(bandwidths=[1.0])
    result = score(metric, zeros, zeros + 100)
    assert result[DISCREPANCY] == pytest.approx(2, rel=1e-12)
    assert result[P_VALUE] < 0.05
    # Most pairs coincide: the median of the others is their distance, 5.
    most = zeros + [3, 4] * (np.arange(8)[:, None] == 0)
    got = score(MaximumMeanDiscrepancy(), zeros, most)[DISCREPANCY]
    want = by_hand(mixture(1.25, 2.5, 5, 10, 20), zeros, most)
    assert got == pytest.approx(want, rel=1e-9)


def test_discrepancy_far_from_the_origin():
    real, fake = games.points(12), games.points(12, seed=1)
    metric = MaximumMeanDiscrepancy(bandwidths=[1.0])
    # The sum of squares has no digits left for the first coordinate.
    real[:, 1] = fake[:, 1] = 3e6
    got = score(metric, real, fake)[DISCREPANCY]
    assert got == pytest.approx(by_hand(mixture(1), real, fake), rel=1e-9)


def test_names_of_the_discrepancy():
    real, fake = games.points(9), games.points(6, seed=1)
    assert list(score(MaximumMeanDiscrepancy(), real, fake)) == [
        DISCREPANCY,
        P_VALUE,
    ]
    metric = MaximumMeanDiscrepancy(name="mmd")
    assert list(score(metric, real, fake)) == ["mmd", "mmd_p_value"]
    assert metric.keys() == ["mmd", "mmd_p_value"]


@pytest.mark.parametrize("name", METRICS)
def test_neither_batches_nor_blocks_change_a_score(name, monkeypatch):
    real, fake = games.points(23, 3), games.points(23, 3, seed=1)
    want = score(METRICS[name](), real, fake)
    for batch in (1, 7):
        assert score(METRICS[name](), real, fake, batch) == want
    assert score(METRICS[name](), real, fake) == want  # The seed repeats it.
    monkeypatch.setattr(kernel_module, "ROWS", 4)
    monkeypatch.setattr(discrepancy_module, "ENTRIES", 100)
    assert score(METRICS[name](), real, fake) == pytest.approx(want, rel=1e-9)


@pytest.mark.parametrize("name", METRICS)
def test_samples_that_have_no_score(name):
    real, fake = games.points(20), games.points(20, seed=1)
    fake[3, 1] = np.nan
    with pytest.raises(NotFiniteError, match="1 of 20 fake"):
        score(METRICS[name](), real, fake)
    with pytest.raises(ValueError, match="real samples.*Received: 1|1 real"):
        score(METRICS[name](), real[:1], real)


@pytest.mark.parametrize("name", METRICS)
def test_config_restores_the_metric(name):
    metric = METRICS[name](seed=5, num_samples=17, name="ours")
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(metric)))
    restored = keras.saving.deserialize_keras_object(config)
    real, fake = games.points(23, 3), games.points(23, 3, seed=1)
    assert score(restored, real, fake) == score(metric, real, fake)
    assert score(METRICS[name](), real, fake) != score(metric, real, fake)
    given = MaximumMeanDiscrepancy(bandwidths=[1, 2], num_permutations=7)
    again = MaximumMeanDiscrepancy.from_config(given.get_config())
    assert score(again, real, fake) == score(given, real, fake)


@pytest.mark.parametrize("name", METRICS)
def test_evaluate_scores_what_it_generates(name):
    gan = games.game(metrics=[METRICS[name]()])
    *_, kernel, bias = gan.generator.weights
    kernel.assign(np.zeros(kernel.shape))
    bias.assign([0.5, -1.0])
    real = games.points(21)
    logs = gan.evaluate(real, batch_size=8, verbose=0, return_dict=True)
    fake = np.tile(np.array([0.5, -1.0], "float32"), (21, 1))
    want = score(METRICS[name](), real, fake)
    want = want if isinstance(want, dict) else {"kernel_distance": want}
    for key, value in want.items():
        assert logs[key] == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize(
    "metric, argument, values",
    [
        (KernelDistance, "num_subsets", (0, 1.5, True, None)),
        (KernelDistance, "subset_size", (1, 0, 10.0, "all")),
        (KernelDistance, "seed", (-1, None, 0.5)),
        (MaximumMeanDiscrepancy, "seed", (-1, None, 0.5)),
        (MaximumMeanDiscrepancy, "num_permutations", (0, -1, 2.0, None)),
        (
            MaximumMeanDiscrepancy,
            "bandwidths",
            ([], 1.0, [0.0], [1, -1], [np.inf], [[1.0]], "median", ["a"]),
        ),
    ],
)
def test_bad_arguments(metric, argument, values):
    for value in values:
        with pytest.raises(
            ValueError, match=f"`{argument}`.*Received: {argument}="
        ):
            metric(**{argument: value})
