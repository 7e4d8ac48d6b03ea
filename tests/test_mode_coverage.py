"""ModeCoverage counted by hand on points whose modes are known."""

import numpy as np
import pytest

import kgan
from kgan.metrics import ModeCoverage

pytestmark = pytest.mark.once

CENTRES = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])


def scores(fake, batch=None, **options):
    metric = ModeCoverage(CENTRES, 0.1, **options)
    fake = np.asarray(fake, "float32")
    batch = batch or len(fake)
    for start in range(0, len(fake), batch):
        part = fake[start : start + batch]
        metric.update_state(part, part)
    return metric.result()


@pytest.mark.parametrize("batch", [1, 3, None])
def test_counted_by_hand(batch):
    fake = [
        *[[0.0, 0.2]] * 3,  # Good: 2 deviations from the first.
        [0.25, 0.25],  # Its neighbour's, at 3.5 deviations: not good.
        [4.0, 0.29],  # Good.
        [4.0, 0.31],  # Not good.
        [3.0, 3.0],  # Nearest to the fourth, far from good.
        [4.0, -0.2],
    ]
    result = scores(fake, batch)
    shares = np.array([4, 3, 1]) / 8
    assert result["modes_found"] == 2
    assert result["good_share"] == pytest.approx(5 / 8)
    expected = (shares * np.log(shares * 4)).sum()
    assert result["reverse_kl"] == pytest.approx(expected, rel=1e-9)
    assert scores(fake, batch, min_samples=3)["modes_found"] == 1


def test_true_and_collapsed_samples():
    even = scores(np.tile(CENTRES, (5, 1)))
    assert even == pytest.approx(
        {"modes_found": 4, "good_share": 1, "reverse_kl": 0}, abs=1e-12
    )
    collapsed = scores(np.tile(CENTRES[1], (5, 1)))
    assert collapsed["modes_found"] == 1
    assert collapsed["reverse_kl"] == pytest.approx(np.log(4))


def test_weights_are_the_proportions_to_match():
    fake = np.repeat(CENTRES[:2], [9, 3], axis=0)
    weights = [9, 3, 1e-9, 1e-9]
    result = scores(fake, weights=weights)
    assert result["reverse_kl"] == pytest.approx(0, abs=1e-8)


def test_the_mixture_itself_is_as_good_as_its_tails_allow():
    ring = kgan.data.ring_of_gaussians()
    metric = ModeCoverage(ring.centres, ring.standard_deviation)
    metric.update_state(ring.sample(50_000), ring.sample(50_000, seed=1))
    result = metric.result()
    # |x| / s is Rayleigh: P(|x| <= 3 s) = 1 - exp(-9 / 2).
    assert result["good_share"] == pytest.approx(1 - np.exp(-4.5), abs=2e-3)
    assert result["modes_found"] == 8
    assert result["reverse_kl"] < 5e-4


def test_names_take_the_metrics_own_for_a_prefix():
    metric = ModeCoverage(CENTRES, 0.1, name="grid")
    assert metric.keys() == [
        "grid_modes_found",
        "grid_good_share",
        "grid_reverse_kl",
    ]
    metric.update_state(CENTRES, CENTRES)
    assert list(metric.result()) == metric.keys()


def test_restored_from_its_config():
    metric = ModeCoverage(CENTRES, 0.1, [1, 2, 3, 4], min_samples=2)
    copy = ModeCoverage.from_config(metric.get_config())
    for m in (metric, copy):
        m.update_state(CENTRES, CENTRES)
    assert metric.result() == copy.result()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (([1.0, 2.0], 0.1), "num_modes, dim"),
        (([[np.nan, 2.0]], 0.1), "finite"),
        ((CENTRES, 0.0), "positive"),
        ((CENTRES, np.nan), "positive"),
        ((CENTRES, "0.1"), "positive"),
        ((CENTRES, [0.1, 0.2, 0.1, 0.2]), "positive"),
        ((np.zeros((0, 2)), 0.1), "`centres`.*at least one"),
        (("ring", 0.1), "`centres`.*real numbers"),
        (([[1.0, 2.0], [3.0]], 0.1), "`centres`.*regular"),
        ((CENTRES, 0.1, [1, 2]), "4 positive numbers"),
        ((CENTRES, 0.1, [1, 2, 3, 0]), "4 positive numbers"),
        ((CENTRES, 0.1, [1, 2, 3, np.inf]), "`weights`.*finite"),
        ((CENTRES, 0.1, "abcd"), "`weights`.*real numbers"),
        ((CENTRES, 0.1, None, 0), "min_samples"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        ModeCoverage(*arguments)


def test_samples_of_another_dimension():
    with pytest.raises(ValueError, match="coordinates of the centres"):
        ModeCoverage(CENTRES, 0.1).update_state(
            np.ones((2, 3)), np.ones((2, 3))
        )
