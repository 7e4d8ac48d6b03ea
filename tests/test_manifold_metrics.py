"""Precision, recall, density, coverage against prdc and sorted distances."""

import games
import keras
import numpy as np
import pytest
from scipy.spatial.distance import cdist
from test_sample_metric import POINT, constant_game

from kgan.metrics import NotFiniteError, neighbours
from kgan.metrics.density_coverage import DensityCoverage
from kgan.metrics.neighbours import inside, squared_radii
from kgan.metrics.precision_recall import PrecisionRecall

pytestmark = pytest.mark.once

METRICS = (PrecisionRecall, DensityCoverage)


def by_hand(real, fake, k):
    real, fake = real.astype("float64"), fake.astype("float64")
    # Column 0 is the sample itself.
    real_radii = np.sort(cdist(real, real), axis=1)[:, k]
    fake_radii = np.sort(cdist(fake, fake), axis=1)[:, k]
    distances = cdist(real, fake)
    in_real = distances <= real_radii[:, None]
    in_fake = distances <= fake_radii[None, :]
    return {
        "precision": in_real.any(axis=0).mean(),
        "recall": in_fake.any(axis=1).mean(),
        "density": in_real.sum() / (k * len(fake)),
        "coverage": in_real.any(axis=1).mean(),
    }


def scores(real, fake, batch=None, **options):
    result = {}
    batch = batch or max(len(real), len(fake))
    for metric in [kind(**options) for kind in METRICS]:
        for start in range(0, max(len(real), len(fake)), batch):
            metric.update_state(
                real[start : start + batch], fake[start : start + batch]
            )
        result |= metric.result()
    return result


def sets(dim=3, num_real=61, num_fake=45, offset=0.0):
    rng = np.random.default_rng(dim)
    real = rng.standard_normal((num_real, dim)) + offset
    fake = 1.2 * rng.standard_normal((num_fake, dim)) + 0.5 + offset
    return real.astype("float32"), fake.astype("float32")


@pytest.mark.parametrize("batch", [1, 7, None])
def test_equals_sorted_distances_whatever_the_batch(batch):
    real, fake = sets()
    expected = by_hand(real, fake, 3)
    assert all(0 < value < 1 for value in expected.values())
    assert scores(real, fake, batch, k=3) == pytest.approx(expected, abs=1e-12)


# SciPy's trees search up to 15 coordinates, matrix products above.
@pytest.mark.parametrize("dim", [1, 2, 40])
@pytest.mark.parametrize("k", [1, 5])
def test_equals_prdc(dim, k):
    prdc = pytest.importorskip("prdc")
    real, fake = sets(dim, 150, 120)
    expected = prdc.compute_prdc(
        real.astype("float64"), fake.astype("float64"), k
    )
    assert scores(real, fake, k=k) == pytest.approx(expected, abs=1e-12)


def test_defaults_are_the_papers():
    real, fake = sets()
    expected = by_hand(real, fake, 3) | {
        name: by_hand(real, fake, 5)[name] for name in ("density", "coverage")
    }
    assert scores(real, fake) == pytest.approx(expected, abs=1e-12)


def test_blocks_have_no_part(monkeypatch):
    real, fake = sets(20)
    monkeypatch.setattr(neighbours, "ENTRIES", 200)
    monkeypatch.setattr(neighbours, "COORDINATES", 50)
    expected = by_hand(real, fake, 3)
    assert scores(real, fake, k=3) == pytest.approx(expected, abs=1e-12)
    alike = scores(real, real, k=3)
    assert (alike["coverage"], alike["density"]) == pytest.approx((1, 1))


@pytest.mark.parametrize("offset", [0, 1_000])
@pytest.mark.parametrize("dim", [2, 60])
def test_identical_sets_are_perfect(dim, offset):
    real, _ = sets(dim, 300, offset=offset)
    perfect = {"precision": 1, "recall": 1, "density": 1, "coverage": 1}
    assert scores(real, real.copy(), k=4) == pytest.approx(perfect, abs=1e-12)


def test_identical_sets_with_copies_and_ties():
    grid = np.stack(np.meshgrid(*[np.arange(6.0)] * 2), axis=-1).reshape(-1, 2)
    real = np.concatenate([grid, *[grid[:9]] * 4]) @ sets(30, 2)[0]
    result = scores(real, real[::-1].copy(), k=3)
    del result["density"]
    assert result == {"precision": 1, "recall": 1, "coverage": 1}


@pytest.mark.parametrize("offset", [0, 100, 10_000])
def test_the_edge_of_a_ball_is_the_neighbour_itself(offset):
    real = sets(60, 300, offset=offset)[0].astype("float64")
    for closed, held in ((True, 4), (False, 3)):
        balls = inside(real, real, squared_radii(real, 3), closed)
        assert (np.concatenate(list(balls)).sum(axis=0) == held).all()


def test_ties_counted_by_hand():
    # Real 0, ..., 9; the ball of each has the radius 1.
    real = np.arange(10.0)
    fake = np.array([-2.0, -1.0, 4.0, 4.5, 10.0, 10.5, 10.75, 40.0])
    result = scores(real, fake, k=1)
    # In closed balls: -1, 4, 4.5 and 10.
    assert result["precision"] == 4 / 8
    # The fake radii are 1, 1, then 0.5 three times, 0.25 twice, 29.25: closed
    # balls hold 0 (around -1), 4 and 5 (around 4.5).
    assert result["recall"] == 3 / 10
    # Open: 4 in that around 4, 4.5 in those around 4 and 5, others in none.
    assert result["density"] == 3 / 8
    assert result["coverage"] == 2 / 10


def test_disjoint_sets_score_zero():
    real, fake = sets()
    assert set(scores(real, fake + 100).values()) == {0}


def test_one_point_for_all_reals_is_precise_and_recalls_nothing():
    real, _ = sets()
    fake = np.repeat(real[:1], 20, axis=0)
    result = scores(real, fake, k=2)
    assert result["precision"] == 1
    assert result["recall"] == pytest.approx(1 / len(real))


def test_expectations_for_equal_distributions():
    # Naeem et al. 2020: density 1, coverage by the ranks of neighbours.
    n, k = 2_000, 5
    real, fake = np.random.default_rng(4).standard_normal((2, n, 2))
    result = scores(real, fake, k=k)
    factors = [(n - i) / (2 * n - i) for i in range(1, k + 1)]
    assert result["coverage"] == pytest.approx(1 - np.prod(factors), abs=0.01)
    assert result["density"] == pytest.approx(1, abs=0.03)


def test_half_of_a_square():
    real, fake = np.random.default_rng(0).uniform(size=(2, 1000, 2))
    result = scores(real, fake * [0.5, 1.0])
    assert result["precision"] > 0.95
    assert result["recall"] == pytest.approx(0.5, abs=0.05)
    assert result["coverage"] == pytest.approx(0.5, abs=0.05)


def constant_game_by_hand(real):
    distances = np.linalg.norm(real.astype("float64") - POINT, axis=1)
    radii = np.sort(cdist(real, real), axis=1)[:, 3]
    balls = np.sum((distances < radii) | (distances == 0))
    return {
        "precision": 1,
        # All fakes are one point: only its copies lie in balls of radius 0.
        "recall": np.mean(distances == 0),
        "density": balls / 3,
        "coverage": balls / len(real),
    }


@pytest.mark.parametrize("batch_size", [10, 41])
def test_in_compile(batch_size):
    real = games.points(41)
    real[[3, 20, 30, 31, 40]] = POINT
    gan = constant_game([kind(k=3) for kind in METRICS])
    logs = gan.evaluate(
        real, batch_size=batch_size, verbose=0, return_dict=True
    )
    expected = constant_game_by_hand(real)
    assert 1 / 3 < expected["density"] and expected["recall"] == 5 / 41
    for name, value in expected.items():
        assert logs[name] == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("kind", METRICS)
def test_num_samples_config_and_names(kind):
    real, fake = sets()
    metric = kind(keras.layers.Rescaling([1.0, 2.0, 3.0]), 2, 40, "own")
    copy = kind.from_config(metric.get_config())
    assert metric.keys() == [f"own_{name}" for name in kind.result_names]
    scale = np.float32([1, 2, 3])
    expected = by_hand(real[:40] * scale, fake[:40] * scale, 2)
    for m in (metric, copy):
        m.update_state(real[:30], fake[:30])
        m.update_state(real[30:], fake[30:])
        assert m.result() == pytest.approx(
            {f"own_{name}": expected[name] for name in kind.result_names}
        )


@pytest.mark.parametrize("kind", METRICS)
def test_bad_input(kind):
    for k in (0, -1, 1.5, True, "3"):
        with pytest.raises(ValueError, match="`k`"):
            kind(k=k)
    with pytest.raises(ValueError, match="at least 5"):
        kind(k=4, num_samples=4)
    real, fake = sets()
    metric = kind(k=4)
    metric.update_state(real, fake[:4])
    with pytest.raises(ValueError, match="at least 5 fake.*Received: 4"):
        metric.result()
    metric.reset_state()
    fake[2, 1] = np.nan
    metric.update_state(real, fake)
    with pytest.raises(NotFiniteError, match="1 of 45 fake"):
        metric.result()
