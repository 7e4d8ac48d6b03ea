"""Divergences: closed forms, other algorithms' answers, errors."""

import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
import scipy.stats

from kgan.divergences import (
    earth_mover,
    game_value,
    gaussian_kl,
    gaussian_wasserstein,
    jsd,
    kl,
    optimal_discriminator,
    wasserstein,
)

pytestmark = pytest.mark.once

LOG_2 = np.log(2)
PACKAGE = Path(importlib.import_module("kgan.divergences").__file__).parent


@pytest.fixture(autouse=True)
def seeded():
    """In place of the one that resets Keras: nothing here uses it."""


def random_distributions(seed, *shape):
    """Distributions with some empty cells."""
    rng = np.random.default_rng(seed)
    p = rng.random(shape) * (rng.random(shape) < 0.8)
    p[..., 0] += 0.1
    return p / p.sum(axis=-1, keepdims=True)


def random_covariance(seed, dim):
    root = np.random.default_rng(seed).standard_normal((dim, dim))
    return root @ root.T


# Discrete distributions.


@pytest.mark.parametrize("theta", [-7, -1, 0, 1, 4])
def test_parallel_lines_are_told_apart_by_wasserstein_alone(theta):
    # The lines x = 0 and x = theta on a grid of 21 columns and 5 rows.
    columns = np.arange(-10, 11)
    line = np.zeros((21, 5))
    shifted = np.zeros((21, 5))
    line[columns == 0] = 1 / 5
    shifted[columns == theta] = 1 / 5
    p, q = line.ravel(), shifted.ravel()
    points = np.stack(np.meshgrid(columns, np.arange(5), indexing="ij"), -1)
    points = points.reshape(-1, 2)
    # Only cells with mass, to keep the linear program small.
    cost = np.linalg.norm(points[p > 0][:, None] - points[q > 0][None], axis=-1)
    distance, _ = earth_mover(p[p > 0], q[q > 0], cost)
    assert distance == pytest.approx(abs(theta), abs=1e-12)
    if theta == 0:
        assert kl(p, q) == kl(q, p) == jsd(p, q) == 0.0
        assert game_value(p, q) == pytest.approx(-2 * LOG_2)
    else:
        assert kl(p, q) == kl(q, p) == np.inf
        assert jsd(p, q) == pytest.approx(LOG_2, rel=1e-14)
        assert game_value(p, q) == 0.0


def test_kl_of_coins():
    p, q = 0.3, 0.9
    expected = 0.3 * np.log(0.3 / 0.9) + 0.7 * np.log(0.7 / 0.1)
    assert kl([1 - p, p], [1 - q, q]) == pytest.approx(expected, rel=1e-14)
    # Golden number, so that no shared formula can hide a mistake.
    assert kl([0.5, 0.5], [0.25, 0.75]) == pytest.approx(0.14384103622589045)
    assert kl([0.25, 0.75], [0.5, 0.5]) == pytest.approx(0.13081203594113697)


def test_jsd_of_coins():
    # A coin that always shows 0 against a fair one.
    expected = (np.log(4 / 3) + 0.5 * np.log(2 / 3) + 0.5 * LOG_2) / 2
    assert jsd([1.0, 0.0], [0.5, 0.5]) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("shift", range(0, 13))
def test_divergences_of_shifted_uniforms(shift):
    # Uniform on 10 cells and the same moved: an overlap of 10 - shift cells.
    p = np.repeat([0.1, 0.0], [10, 12])
    q = np.roll(p, shift)
    apart = min(shift, 10) / 10
    assert jsd(p, q) == pytest.approx(apart * LOG_2, abs=1e-15)
    assert kl(p, q) == (np.inf if shift else 0.0)
    assert earth_mover(p, q)[0] == pytest.approx(shift)
    assert wasserstein(np.arange(10), np.arange(10) + shift) == shift


def test_kl_counts_empty_cells_of_p_as_nothing():
    assert kl([0.0, 1.0], [0.5, 0.5]) == pytest.approx(LOG_2)
    assert kl([0.0, 1.0], [0.0, 1.0]) == 0.0
    assert kl([0.5, 0.5], [0.0, 1.0]) == np.inf


def test_smallest_numbers_neither_vanish_nor_overflow():
    tiny = 5e-324
    assert jsd([tiny, 1.0], [0.0, 1.0]) == 0.0
    assert kl([1.0, 0.0], [1e-320, 1.0]) == pytest.approx(
        320 * np.log(10), rel=1e-4
    )
    assert game_value([1.0, 0.0], [1e-20, 1.0]) == pytest.approx(0.0, abs=1e-17)


@pytest.mark.parametrize("seed", range(5))
def test_divergences_keep_their_bounds_and_symmetries(seed):
    p = random_distributions(seed, 50, 9)
    q = random_distributions(seed + 100, 50, 9)
    assert np.all(kl(p, q) >= 0) and np.all(kl(p, p) == 0)
    np.testing.assert_array_equal(jsd(p, q), jsd(q, p))
    np.testing.assert_array_equal(jsd(p, p), np.zeros(50))
    assert np.all((jsd(p, q) > 0) & (jsd(p, q) <= LOG_2))
    middle = (p + q) / 2
    np.testing.assert_allclose(
        jsd(p, q), (kl(p, middle) + kl(q, middle)) / 2, rtol=1e-12
    )
    np.testing.assert_allclose(game_value(p, q), game_value(q, p), rtol=1e-12)


def test_rounding_does_not_break_the_bounds():
    p = random_distributions(7, 500, 9)
    near = p * (1 + 1e-15 * np.random.default_rng(0).standard_normal(p.shape))
    assert np.all(kl(p, near) >= 0) and np.all(jsd(p, near) >= 0)
    nothing = np.zeros_like(p)
    p, q = np.hstack([p, nothing]), np.hstack([nothing, p[::-1]])
    assert np.all(jsd(p, q) <= LOG_2)


def test_game_value_is_twice_the_jsd_less_twice_log_2():
    p, q = random_distributions(1, 200, 6), random_distributions(2, 200, 6)
    np.testing.assert_allclose(
        game_value(p, q), 2 * jsd(p, q) - 2 * LOG_2, rtol=1e-12, atol=1e-14
    )


def test_optimal_discriminator_beats_every_other():
    p, q = random_distributions(3, 6), random_distributions(4, 6)
    p, q = (p + 0.01) / 1.06, (q + 0.01) / 1.06

    def value(discriminator):
        return p @ np.log(discriminator) + q @ np.log(1 - discriminator)

    best = optimal_discriminator(p, q)
    assert value(best) == pytest.approx(game_value(p, q), rel=1e-12)
    rng = np.random.default_rng(0)
    for _ in range(50):
        other = np.clip(best + 0.1 * rng.standard_normal(6), 0.001, 0.999)
        assert value(other) < value(best)


def test_optimal_discriminator_of_densities():
    result = optimal_discriminator([3.0, 0.0, 2.0, 0.0], [1.0, 5.0, 0.0, 0.0])
    np.testing.assert_array_equal(result, [0.75, 0.0, 1.0, np.nan])
    assert optimal_discriminator(1, 4) == 0.2
    x = np.linspace(-3, 3, 7)
    density = scipy.stats.norm.pdf
    np.testing.assert_allclose(
        optimal_discriminator(density(x, loc=1), density(x, loc=-1)),
        1 / (1 + np.exp(-2 * x)),
    )


@pytest.mark.parametrize("function", [kl, jsd, game_value])
def test_vectorised_calls_equal_loops(function):
    p, q = random_distributions(5, 3, 1, 4), random_distributions(6, 2, 4)
    result = function(p, q)
    assert result.shape == (3, 2)
    for i, j in np.ndindex(3, 2):
        alone = function(p[i, 0], q[j])
        assert type(alone) is float
        assert result[i, j] == pytest.approx(alone, rel=1e-14)


@pytest.mark.parametrize("function", [kl, jsd, game_value])
def test_float32_softmax_is_a_distribution(function):
    rng = np.random.default_rng(0)
    p, q = np.exp(rng.standard_normal((2, 20, 1000))).astype("float32")
    p = p / p.sum(axis=-1, keepdims=True)
    q = q / q.sum(axis=-1, keepdims=True)
    assert function(p, q).dtype == np.float64
    if function is not game_value:
        assert np.all(function(p, p * np.float32(1 - 3e-7)) < 1e-12)


# Points on the line.


@pytest.mark.parametrize("n, m", [(1, 1), (1, 9), (7, 5), (40, 64), (50, 50)])
def test_order_1_equals_scipy(n, m):
    rng = np.random.default_rng(n * m)
    x, y = rng.standard_normal(n), rng.standard_normal(m) * 2 + 1
    a, b = rng.random(n) + 0.01, rng.random(m) + 0.01
    for weights in [(None, None), (a, None), (None, b), (a, b)]:
        expected = scipy.stats.wasserstein_distance(x, y, *weights)
        result = wasserstein(x, y, 1, *weights)
        assert type(result) is float
        assert result == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("order", [1, 1.5, 2, 3, 10])
def test_equal_numbers_of_points_are_matched_in_order(order):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal(30), rng.exponential(size=30)
    gaps = np.abs(np.sort(x) - np.sort(y))
    expected = (gaps**order).mean() ** (1 / order)
    assert wasserstein(x, y, order) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("order", [1, 2, 2.5])
def test_every_order_is_the_linear_programs_answer(order):
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal(8), rng.standard_normal(5)
    a, b = rng.dirichlet(np.ones(8)), rng.dirichlet(np.ones(5))
    power, _ = earth_mover(a, b, np.abs(x[:, None] - y) ** order)
    result = wasserstein(x, y, order, a, b)
    assert result == pytest.approx(power ** (1 / order), rel=1e-8)


@pytest.mark.parametrize("order", [1, 2, 8])
def test_weights_equal_repeated_points(order):
    x, y = [0.0, 5.0, -1.0], [2.0, 2.5]
    counts_x, counts_y = [3, 0, 4], [1, 5]
    expected = wasserstein(
        np.repeat(x, counts_x), np.repeat(y, counts_y), order
    )
    for unit in [1.0, 0.1, 1e-200, 1e200]:
        weights = np.multiply(counts_x, unit), np.multiply(counts_y, 1 / unit)
        result = wasserstein(x, y, order, *weights)
        assert result == pytest.approx(expected, rel=1e-12)


def test_rounding_of_weights_moves_nothing():
    # 0.1 + 0.2 + 0.7 against one, two and seven copies: the same
    # distribution, but for rounding, which a high order would blow up.
    x = [0.0, 1.0, 1000.0]
    copies = np.repeat(x, [1, 2, 7])
    assert wasserstein(x, copies, 10, [0.1, 0.2, 0.7]) == 0.0
    assert wasserstein(x, copies, 10, [1 / 3, 2 / 3, 7 / 3]) == 0.0
    assert wasserstein(copies, x, 10, None, [0.1, 0.2, 0.7]) == 0.0


@pytest.mark.parametrize("order", [1, 2, 9])
def test_points_without_weight_do_not_count(order):
    x, weights = [-1e300, 1.0, 1.5, 1e300], [0, 2, 0, 0]
    assert wasserstein(x, [2.0], order, weights) == 1.0
    assert wasserstein([2.0, 3.0], x, order, [1, 0], weights) == 1.0


def test_weights_at_the_edge_of_rounding_are_served():
    # The last levels differ in their last digit, in both directions.
    rng = np.random.default_rng(4)
    for _ in range(200):
        tail = rng.integers(1, 4) * 2.0**-53
        y_weights = rng.random(5)
        y = np.arange(5.0)
        expected = np.average(y, weights=y_weights)
        result = wasserstein([0.0, 0.0], y, 1, [1.0, tail], y_weights)
        assert result == pytest.approx(expected, rel=1e-12)
        result = wasserstein(y, [0.0, 0.0], 1, y_weights, [1.0, tail])
        assert result == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3.5])
def test_wasserstein_is_a_metric_that_scales_and_shifts(order):
    rng = np.random.default_rng(2)
    x, y, z = rng.random(6), rng.random(9) * 3, rng.random(4) - 2
    distance = wasserstein(x, y, order)
    assert wasserstein(x, x[::-1], order) == 0.0
    assert distance == pytest.approx(wasserstein(y, x, order), rel=1e-12)
    assert wasserstein(x, x + 7, order) == pytest.approx(7)
    assert wasserstein(-2 * x, -2 * y, order) == pytest.approx(2 * distance)
    through = wasserstein(x, z, order) + wasserstein(z, y, order)
    assert distance <= through + 1e-12
    assert wasserstein(x, y, order + 1) >= distance


def test_high_orders_of_large_and_small_lengths_stay_finite():
    assert wasserstein([0.0], [1e200], order=9) == pytest.approx(1e200)
    assert wasserstein([0.0], [1e-200], order=9) == pytest.approx(1e-200)


# Piles of earth.


def test_the_lectures_piles_cost_five():
    p, q = [3, 2, 1, 4], [1, 2, 4, 3]
    steps = np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
    for cost in (None, steps):
        distance, plan = earth_mover(p, q, cost)
        assert distance == pytest.approx(5.0, abs=1e-12)
        assert distance == pytest.approx((plan * steps).sum())
        np.testing.assert_allclose(plan.sum(axis=1), p)
        np.testing.assert_allclose(plan.sum(axis=0), q)


@pytest.mark.parametrize("n, m", [(1, 1), (1, 6), (6, 1), (12, 12), (9, 20)])
def test_plans_cost_what_scipy_says_and_have_their_marginals(n, m):
    p, q = random_distributions(n, n), random_distributions(m + 50, m)
    expected = scipy.stats.wasserstein_distance(
        np.arange(n), np.arange(m), p, q
    )
    steps = np.abs(np.subtract.outer(np.arange(n), np.arange(m)))
    for cost in (None, steps):
        distance, plan = earth_mover(p, q, cost)
        assert distance == pytest.approx(expected, abs=1e-10)
        assert plan.shape == (n, m) and plan.min() >= 0
        np.testing.assert_allclose(plan.sum(axis=1), p, atol=1e-10)
        np.testing.assert_allclose(plan.sum(axis=0), q, atol=1e-10)


def test_rows_of_the_cost_are_the_cells_of_p():
    cost = [[0.0, 10.0, 10.0], [10.0, 10.0, 1.0]]
    distance, plan = earth_mover([2.0, 3.0], [2.0, 0.0, 3.0], cost)
    assert distance == pytest.approx(3.0)
    np.testing.assert_allclose(plan, [[2, 0, 0], [0, 0, 3]], atol=1e-10)


@pytest.mark.parametrize("cost_unit", [1e-12, 1.0, 1e12])
@pytest.mark.parametrize("mass_unit", [1e-12, 1.0, 1e12])
def test_units_change_the_distance_and_not_the_optimum(cost_unit, mass_unit):
    rng = np.random.default_rng(3)
    p, q = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(7))
    cost = rng.random((6, 7))
    expected = earth_mover(p, q, cost)[0] * cost_unit * mass_unit
    distance, plan = earth_mover(p * mass_unit, q * mass_unit, cost * cost_unit)
    assert distance == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(plan.sum(axis=1), p * mass_unit, rtol=1e-8)


def test_totals_may_differ_by_rounding_alone():
    p = np.float32([0.1, 0.2, 0.7])
    q = np.float32([0.3, 0.3, 0.4]) * np.float32(1 + 5e-7)
    steps = np.abs(np.subtract.outer(np.arange(3), np.arange(3)))
    for cost in (None, steps):
        distance, plan = earth_mover(p, q, cost)
        assert distance == pytest.approx(0.5, abs=1e-6)
        np.testing.assert_allclose(plan.sum(axis=1), p, rtol=1e-7)
        np.testing.assert_allclose(plan.sum(axis=0), q, rtol=1e-6)


def test_a_cost_of_nothing_costs_nothing():
    distance, plan = earth_mover([1.0, 1.0], [0.5, 1.5], np.zeros((2, 2)))
    assert distance == 0.0
    np.testing.assert_allclose(plan.sum(axis=0), [0.5, 1.5])


# Gaussians.


@pytest.mark.parametrize(
    "mean_p, variance_p, mean_q, variance_q",
    [(0.0, 1.0, 0.0, 1.0), (1.0, 0.5, -1.0, 2.0), (0.0, 9.0, 0.5, 1.0)],
)
def test_gaussian_kl_is_its_integral(mean_p, variance_p, mean_q, variance_q):
    p = scipy.stats.norm(mean_p, np.sqrt(variance_p))
    q = scipy.stats.norm(mean_q, np.sqrt(variance_q))
    expected, _ = scipy.integrate.quad(
        lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), -40, 40, limit=200
    )
    result = gaussian_kl(mean_p, variance_p, mean_q, variance_q)
    assert result == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(
    "mean_p, variance_p, mean_q, variance_q",
    [(0.0, 1.0, 0.0, 1.0), (1.0, 0.5, -1.0, 2.0), (0.0, 9.0, 0.5, 0.0)],
)
def test_gaussian_wasserstein_is_the_integral_of_the_quantiles(
    mean_p, variance_p, mean_q, variance_q
):
    deviations = np.sqrt([variance_p, variance_q])

    def squared_gap(u):
        means = np.array([mean_p, mean_q])
        p, q = means + deviations * scipy.stats.norm.ppf(u)
        return (p - q) ** 2

    expected, _ = scipy.integrate.quad(squared_gap, 0, 1, limit=200)
    result = gaussian_wasserstein(mean_p, variance_p, mean_q, variance_q)
    assert result**2 == pytest.approx(expected, abs=1e-6)


def test_gaussian_kl_is_the_integral_in_the_plane():
    mean_p, mean_q = np.array([0.3, -0.2]), np.array([-0.5, 0.4])
    covariance_p = np.array([[1.0, 0.6], [0.6, 0.8]])
    covariance_q = np.array([[1.5, -0.3], [-0.3, 1.1]])
    p = scipy.stats.multivariate_normal(mean_p, covariance_p)
    q = scipy.stats.multivariate_normal(mean_q, covariance_q)
    # A Riemann sum converges exponentially for so smooth a function.
    axis, step = np.linspace(-9, 9, 241, retstep=True)
    points = np.stack(np.meshgrid(axis, axis), axis=-1)
    log_ratio = p.logpdf(points) - q.logpdf(points)
    expected = (p.pdf(points) * log_ratio).sum() * step**2
    result = gaussian_kl(mean_p, covariance_p, mean_q, covariance_q)
    assert result == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_gaussian_wasserstein_is_the_formula_with_scipys_roots(dim):
    rng = np.random.default_rng(dim)
    mean_p, mean_q = rng.standard_normal((2, dim))
    p, q = random_covariance(dim, dim), random_covariance(dim + 20, dim)
    root = scipy.linalg.sqrtm(p)
    cross = scipy.linalg.sqrtm(root @ q @ root)
    squared = ((mean_p - mean_q) ** 2).sum() + np.trace(p + q - 2 * cross)
    result = gaussian_wasserstein(mean_p, p, mean_q, q)
    assert result == pytest.approx(np.sqrt(squared), rel=1e-9)
    swapped = gaussian_wasserstein(mean_q, q, mean_p, p)
    assert result == pytest.approx(swapped, rel=1e-12)


def test_gaussian_wasserstein_is_the_limit_of_samples():
    u = (np.arange(100_000) + 0.5) / 100_000
    x, y = scipy.stats.norm.ppf(u), 2 + 3 * scipy.stats.norm.ppf(u)
    assert gaussian_wasserstein(0, 1, 2, 9) == pytest.approx(
        wasserstein(x, y, order=2), rel=1e-4
    )


@pytest.mark.parametrize("dim", [1, 3, 30])
def test_a_gaussian_is_at_no_distance_from_itself(dim):
    covariance = 100 * random_covariance(dim, dim)
    mean = np.arange(dim)
    assert 0 <= gaussian_kl(mean, covariance, mean, covariance) < 1e-9
    for scale in 1 + 1e-15 * np.arange(-20, 20):
        assert gaussian_kl(mean, covariance, mean, scale * covariance) >= 0
    # Not 1e-7: the textbook's trace would cancel all but half the digits.
    assert gaussian_wasserstein(mean, covariance, mean, covariance) < 1e-11


def test_gaussian_wasserstein_of_singular_covariances():
    line = np.outer([1.0, 2.0, 2.0], [1.0, 2.0, 2.0])
    across = np.outer([2.0, 1.0, -2.0], [2.0, 1.0, -2.0])
    zero = np.zeros((3, 3))
    origin, point = np.zeros(3), np.array([2.0, 3.0, 6.0])
    assert gaussian_wasserstein(origin, zero, point, zero) == 7.0
    assert gaussian_wasserstein(origin, line, origin, zero) == pytest.approx(3)
    assert gaussian_wasserstein(origin, line, origin, line) < 1e-12
    assert gaussian_wasserstein(origin, line, origin, across) == pytest.approx(
        np.sqrt(18)
    )
    assert gaussian_wasserstein(origin, line, point, 4 * line) == pytest.approx(
        np.sqrt(58)
    )


def test_rounding_of_singular_covariances_is_no_distance():
    root = np.random.default_rng(5).standard_normal((6, 2))
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    p, q = root @ root.T, (root @ turn) @ (root @ turn).T
    mean = np.zeros(6)
    assert not np.array_equal(p, q)
    assert gaussian_wasserstein(mean, p, mean, q) < 1e-12
    assert gaussian_kl(mean, p, mean, q) < 1e-12
    for seed in range(50):
        root = np.random.default_rng(seed).standard_normal((6, 5))
        p = root @ root.T
        assert gaussian_kl(mean, p, mean, np.eye(6)) == np.inf
        assert gaussian_kl(mean, np.eye(6), mean, p) == np.inf


def test_gaussian_kl_of_singular_covariances():
    # The lecture's parallel lines, with Gaussians along them.
    vertical = np.diag([0.0, 1.0])
    assert gaussian_kl([0, 0], vertical, [2, 0], vertical) == np.inf
    assert gaussian_kl([0, 0], vertical, [0, 3], vertical) == pytest.approx(4.5)
    assert gaussian_kl([0, 0], vertical, [0, 0], np.eye(2)) == np.inf
    assert gaussian_kl([0, 0], np.eye(2), [0, 0], vertical) == np.inf
    horizontal = np.diag([1.0, 0.0])
    assert gaussian_kl([0, 0], vertical, [0, 0], horizontal) == np.inf
    diagonal = np.ones((2, 2))
    assert gaussian_kl([0, 0], diagonal, [0, 0], vertical) == np.inf
    zero = np.zeros((2, 2))
    assert gaussian_kl([0, 0], zero, [0, 0], vertical) == np.inf
    assert gaussian_kl([1, 0], zero, [1, 0], zero) == 0.0
    assert gaussian_kl([1, 0], zero, [0, 0], zero) == np.inf
    tilted = np.outer([1e-6, 3.0], [1e-6, 3.0])
    assert gaussian_kl(
        [0, 0], tilted, [1e-6, 3.0], 4 * tilted
    ) == pytest.approx(gaussian_kl(0, 1, 1, 4))


def test_gaussian_kl_does_not_take_small_units_for_singular():
    expected = gaussian_kl(0, 1, 1, 2) + gaussian_kl(0, 3, 1, 1)
    p, q = np.diag([1e-24, 3e24]), np.diag([2e-24, 1e24])
    result = gaussian_kl([0, 0], p, [1e-12, 1e12], q)
    assert result == pytest.approx(expected, rel=1e-12)
    narrow = gaussian_kl(0, 1e-24, 0, 1)
    assert narrow == pytest.approx(12 * np.log(10) - 0.5)
    p, q = np.diag([1e-24, 1.0]), np.eye(2)
    assert gaussian_kl([0, 0], p, [0, 0], q) == pytest.approx(narrow)
    p, q = np.diag([0.0, 1e-24, 1.0]), np.diag([0.0, 2e-24, 1.0])
    assert gaussian_kl([0, 0, 0], p, [0, 0, 0], q) == pytest.approx(
        gaussian_kl(0, 1, 0, 2)
    )


def test_covariances_may_be_off_by_rounding():
    covariance = np.array([[1.0, 1.0], [1.0 + 1e-8, 1.0 - 1e-9]])
    zero = np.diag([1.0, -1e-9])
    distance = gaussian_wasserstein([0, 0], covariance, [0, 0], zero)
    transposed = gaussian_wasserstein([0, 0], covariance.T, [0, 0], zero)
    assert 0 < distance == transposed
    assert gaussian_kl([0, 0], zero, [0, 0], np.eye(2)) == np.inf


# Errors.

UNIT = [[1.0, 0.0], [0.0, 1.0]]
HALVES = [0.5, 0.5]


@pytest.mark.parametrize("function", [kl, jsd, game_value])
@pytest.mark.parametrize(
    "p, q, message",
    [
        ([1.5, -0.5], HALVES, r"`p` must not be neg.*-0\.5\. Received: p=\["),
        (HALVES, [-0.5, 1.5], r"`q` must not be negative.*Received: q=\["),
        ([np.nan, 1.0], HALVES, r"`p` must be finite.*Received: p=\[ *nan"),
        (HALVES, [np.inf, 0.0], r"`q` must be finite.*Received: q=\[inf"),
        ([0.5, 0.6], HALVES, r"`p` must sum to 1.*1\.1; divide.*p=\[0\.5"),
        (HALVES, [0.5, 0.50001], r"`q` must sum to 1 .*Received: q="),
        ([HALVES, [0, 0]], HALVES, r"`p` must sum to 1.*sum is 0\.0"),
        ([], [], r"`p` must hold at least one number.*p=\[\] of shape \(0,\)"),
        (HALVES, np.empty((0, 2)), r"`q` must hold at least one number"),
        (1.0, HALVES, r"`p` must have an axis of cells.*Received: p=1\.0"),
        (HALVES, [0.2, 0.3, 0.5], r"axes of one length.*\(2,\).*\(3,\)"),
        (HALVES, [1.0], r"axes of one length.*\(2,\), q of shape \(1,\)"),
        (np.full((3, 2), 0.5), np.full((2, 2), 0.5), r"that broadcast; give"),
        (["a", "b"], HALVES, r"`p` must hold real numbers.*Received: p="),
        ([[1.0], HALVES], HALVES, r"`p` must be a number or a reg.*p=\[\[1"),
        ([0.5 + 0j, 0.5], HALVES, r"`p` must hold real numbers.*complex"),
    ],
)
def test_discrete_errors(function, p, q, message):
    with pytest.raises(ValueError, match=message):
        function(p, q)


@pytest.mark.parametrize(
    "function, arguments, message",
    [
        (optimal_discriminator, (-1, 2), r"`p` must not be neg.*p=-1\.0"),
        (optimal_discriminator, (1, np.nan), r"`q` must be finite.*q=nan"),
        (optimal_discriminator, ([1, 2], [1, 2, 3]), r"the same points.*\(2"),
        (wasserstein, ([], [1]), r"`x` must hold at least one number.*x="),
        (wasserstein, ([1], [np.nan]), r"`y` must be finite.*Received: y="),
        (wasserstein, ([[1]], [1]), r"`x` must have one axis.*`earth_mover`"),
        (wasserstein, ([1], 1.0), r"`y` must have one axis.*y of shape \(\)"),
        (wasserstein, ([1], [2], 0.5), r"`order` must be.*Received: order=0.5"),
        (wasserstein, ([1], [2], np.inf), r"`order` must be a fin.*order=inf"),
        (wasserstein, ([1], [2], np.nan), r"`order` must be a fin.*order=nan"),
        (wasserstein, ([1], [2], "2"), r"`order` must be a finite.*order='2'"),
        (wasserstein, ([1], [2], True), r"`order` must be a finite.*=True"),
        (wasserstein, ([1], [2], 1, [1, 2]), r"`x_weights` must hold one w"),
        (wasserstein, ([1], [2], 1, None, [0]), r"`y_weights`.*positive sum"),
        (wasserstein, ([1], [2], 1, [-1]), r"`x_weights` must not be neg"),
        (earth_mover, ([1, 2], [1, 3]), r"same amount.*total 3\.0.*total 4\.0"),
        (earth_mover, ([0, 0], [0]), r"`p` must have one axis and a positive"),
        (earth_mover, ([[1]], [1]), r"`p` must have one axis.*p=\[\[1"),
        (earth_mover, ([1], [-1]), r"`q` must not be negative.*q=\[-1"),
        (earth_mover, ([1], [1], [1]), r"`cost` must have a row.*\(1, 1\)\. R"),
        (earth_mover, ([1], [1], [[np.inf]]), r"`cost` must be finite.*cost="),
        (earth_mover, ([1], [1], [[]]), r"`cost` must hold at least one"),
    ],
)
def test_transport_errors(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


@pytest.mark.parametrize("function", [gaussian_kl, gaussian_wasserstein])
@pytest.mark.parametrize(
    "arguments, message",
    [
        ((0, -1, 0, 1), r"`covariance_p` must be positive semi.*-1\.0.*_p="),
        (
            ([0, 0], UNIT, [0, 0], [[1, 2], [2, 1]]),
            r"`covariance_q` must be positive semi-definite.*Received: cov",
        ),
        (
            ([0, 0], [[1, 0.1], [0, 1]], [0, 0], UNIT),
            r"`covariance_p` must be symmetric; pass .*Received: covariance_p=",
        ),
        (([0, 0], 1.0, [0, 0], UNIT), r"`covariance_p` must have.*np\.eye"),
        ((0, UNIT, 0, 1), r"`covariance_p` must have shape \(1, 1\).*\(2, 2\)"),
        (([0, 0], UNIT, 0, 1), r"same number of coordinates.*\(2,\).*\(1,\)"),
        (([[0]], 1, [[0]], 1), r"`mean_p` must be a number or have one axis"),
        ((0, 1, np.nan, 1), r"`mean_q` must be finite.*Received: mean_q=nan"),
        ((0, 1, 0, np.inf), r"`covariance_q` must be finite.*_q=inf"),
        (([], [], 0, 1), r"`mean_p` must hold at least one number"),
    ],
)
def test_gaussian_errors(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


def test_long_arrays_are_shortened_in_messages():
    with pytest.raises(ValueError) as caught:
        kl(np.ones((1000, 1000)), [1.0])
    assert "..." in str(caught.value) and len(str(caught.value)) < 600


# The house.


@pytest.mark.parametrize("module", ["discrete", "gaussian", "transport"])
def test_examples_run(module):
    module = importlib.import_module(f"kgan.divergences.{module}")
    results = doctest.testmod(module)
    assert results.attempted >= 4
    assert results.failed == 0


@pytest.mark.slow
def test_the_package_alone_loads_neither_keras_nor_scipy():
    code = """
import sys, types
package = types.ModuleType("kgan")
package.__path__ = [sys.argv[1]]
sys.modules["kgan"] = package
import kgan.divergences
print(sorted({"keras", "scipy", "jax", "torch"} & set(sys.modules)))
"""
    command = [sys.executable, "-c", code, str(PACKAGE.parent)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
