"""The game against a linear discriminator, against others' solutions."""

import dataclasses

import numpy as np
import pytest
from scipy.special import entr

from kgan.divergences import linear_game

pytestmark = pytest.mark.once


def samples(num=40, other=30, width=3, seed=0):
    rng = np.random.default_rng(seed)
    real = rng.standard_normal((num, width)) + 0.5
    return real, 1.3 * rng.standard_normal((other, width))


def dual(real, fake, C, real_multipliers, fake_multipliers):
    moved = real_multipliers @ real - fake_multipliers @ fake
    both = np.concatenate([real_multipliers, fake_multipliers])
    return (entr(both) + entr(1 - both)).sum() - moved @ moved / (2 * C)


def test_golden_numbers():
    game = linear_game([[1, 0], [0, 1]], [[-1, 0], [0, -0.5]], 1)
    np.testing.assert_allclose(
        game.weights, [0.67483161, 0.57452922], atol=1e-8
    )
    np.testing.assert_allclose(
        game.real_multipliers, [0.33741581, 0.36019239], atol=1e-8
    )
    np.testing.assert_allclose(
        game.fake_multipliers, [0.33741581, 0.42867367], atol=1e-8
    )
    assert abs(game.primal - 2.22233854) < 1e-8
    assert abs(game.dual - 2.22233854) < 1e-8
    np.testing.assert_allclose(
        game.fake_multipliers[0] * game.weights,
        [0.22769885, 0.19385524],
        atol=1e-8,
    )


@pytest.mark.parametrize("C", [0.1, 1, 10])
def test_no_gap_and_the_links(C):
    real, fake = samples()
    game = linear_game(real, fake, C)
    assert abs(game.primal - game.dual) < 1e-6
    linked = game.real_multipliers @ real - game.fake_multipliers @ fake
    np.testing.assert_allclose(game.weights, linked / C, atol=1e-9)
    found = dual(real, fake, C, game.real_multipliers, game.fake_multipliers)
    assert abs(game.dual - found) < 1e-9


@pytest.mark.parametrize("C", [0.1, 1, 10])
def test_weights_are_those_of_logistic_regression(C):
    from sklearn.linear_model import LogisticRegression

    real, fake = samples()
    model = LogisticRegression(
        C=1 / C, fit_intercept=False, tol=1e-12, max_iter=10_000
    )
    model.fit(np.concatenate([real, fake]), [1] * len(real) + [0] * len(fake))
    weights = linear_game(real, fake, C).weights
    np.testing.assert_allclose(weights, model.coef_[0], atol=1e-5)


def test_no_multipliers_pass_the_primal():
    real, fake = samples()
    game = linear_game(real, fake, 1)
    rng = np.random.default_rng(1)
    for _ in range(100):
        found = dual(real, fake, 1, rng.random(40), rng.random(30))
        assert found < game.primal


def test_gradient_by_a_generated_sample():
    real, fake = samples()
    game = linear_game(real, fake, 0.7)
    for row, column in [(0, 0), (3, 2), (29, 1)]:
        moved = fake.copy()
        moved[row, column] += 1e-5
        above = linear_game(real, moved, 0.7).dual
        moved[row, column] -= 2e-5
        slope = (above - linear_game(real, moved, 0.7).dual) / 2e-5
        expected = game.fake_multipliers[row] * game.weights[column]
        assert abs(slope - expected) < 1e-7


def test_limit_is_the_discrepancy_of_means():
    real, fake = samples(8, 8)
    game = linear_game(real, fake, 1e4)
    left = 1e4 * (game.dual - 16 * np.log(2))
    means = ((real.mean(0) - fake.mean(0)) ** 2).sum()
    limit = -(8**2) / 8 * means
    assert abs(left - limit) < 1e-3 * abs(limit)


def test_more_numbers_than_samples_and_any_scale():
    real, fake = samples(5, 4, width=60)
    game = linear_game(real, fake, 0.5)
    assert abs(game.primal - game.dual) < 1e-9
    large = linear_game(1e90 * real, 1e90 * fake, 0.5e180)
    assert abs(large.primal - game.primal) < 1e-9
    np.testing.assert_allclose(1e90 * large.weights, game.weights, rtol=1e-6)


def test_samples_that_a_plane_divides():
    game = linear_game([[1.0], [2.0]], [[-1.0]], 1e-9)
    assert 0 <= game.primal - game.dual + 1e-12 < 1e-6
    assert linear_game([[0.0]], [[0.0]], 1).primal == 2 * np.log(2)


def test_result_is_frozen():
    game = linear_game([[1.0]], [[0.0]], 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        game.primal = 0.0


@pytest.mark.parametrize(
    ("real", "fake", "C", "message"),
    [
        ([1.0, 2.0], [[1.0]], 1, "`real` must have the shape"),
        ([[1.0]], [[[1.0]]], 1, "`fake` must have the shape"),
        ([[1.0]], [[1.0, 2.0]], 1, "samples of one length"),
        ([[np.nan]], [[1.0]], 1, "`real` must be finite"),
        ([[1.0]], [[np.inf]], 1, "`fake` must be finite"),
        ([[1.0]], [["a"]], 1, "`fake` must hold real numbers"),
        (np.zeros((0, 2)), [[1.0, 1.0]], 1, "`real` must hold at least one"),
        ([[1.0]], [[1.0]], 0, "`C` must be a positive finite number"),
        ([[1.0]], [[1.0]], np.inf, "`C` must be a positive finite number"),
        ([[1.0]], [[1.0]], True, "`C` must be a positive finite number"),
        ([[1.0]], [[1.0]], "1", "`C` must be a positive finite number"),
        ([[1e200]], [[1.0]], 1, "`C` must be of the order"),
    ],
)
def test_bad_arguments(real, fake, C, message):
    with pytest.raises(ValueError, match=message) as caught:
        linear_game(real, fake, C)
    assert "Received:" in str(caught.value)
