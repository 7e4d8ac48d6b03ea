"""Interpolation, walks and truncation of latents, by closed forms."""

import numpy as np
import pytest
from scipy import stats

from kgan import images

pytestmark = pytest.mark.once


def test_orthogonal_latents_have_the_quarter_circle_between():
    first, second = np.eye(2)
    angles = np.linspace(0, np.pi / 2, 7)
    expected = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    path = images.interpolate(first, second, 7)
    assert path.dtype == np.float32
    np.testing.assert_allclose(path, expected, atol=1e-7)


def test_it_is_whites_formula_between_latents_of_one_length():
    first, second = images.latents(2, 64, seed=3).astype("float64")
    second *= np.linalg.norm(first) / np.linalg.norm(second)
    cosine = first @ second / (first @ first)
    angle = np.arccos(cosine)
    expected = [
        (np.sin((1 - t) * angle) * first + np.sin(t * angle) * second)
        / np.sin(angle)
        for t in np.linspace(0, 1, 5)
    ]
    path = images.interpolate(first, second, 5)
    np.testing.assert_allclose(path, expected, atol=1e-5)


def test_lengths_go_evenly_and_equal_ones_are_kept():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 50, 20))
    second[1] *= 30
    lengths = np.linalg.norm(images.interpolate(first, second, 5), axis=-1)
    begin, end = (np.linalg.norm(side, axis=-1) for side in (first, second))
    np.testing.assert_allclose(lengths, np.linspace(begin, end, 5), rtol=1e-6)
    # Straight ways are shorter in the middle.
    straight = images.interpolate(first, second, 5, method="linear")
    assert (np.linalg.norm(straight, axis=-1)[2] < lengths[2] - 0.1).all()


@pytest.mark.parametrize("method", ["spherical", "linear"])
def test_ends_are_exact(method):
    first, second = np.random.default_rng(1).normal(size=(2, 9, 33))
    path = images.interpolate(first, second, 4, method)
    assert path.shape == (4, 9, 33)
    np.testing.assert_array_equal(path[0], first.astype("float32"))
    np.testing.assert_array_equal(path[-1], second.astype("float32"))


def test_linear_is_the_straight_line():
    path = images.interpolate([0.0, 4.0], [2.0, -4.0], 5, method="linear")
    expected = [[0, 4], [0.5, 2], [1, 0], [1.5, -2], [2, -4]]
    np.testing.assert_array_equal(path, expected)


def test_latents_of_one_direction_stay_in_it():
    path = images.interpolate([3.0, 0.0], [6.0, 0.0], 4)
    np.testing.assert_allclose(path, [[3, 0], [4, 0], [5, 0], [6, 0]])
    # Nearly: the cosine of the angle is 1 in float64.
    path = images.interpolate([1.0, 0.0], [1.0, 1e-9], 3)
    np.testing.assert_allclose(path[1], [1.0, 5e-10], rtol=1e-6)


@pytest.mark.parametrize("way", [(1.0, 0.0), (0.3, -0.4)])
def test_opposite_latents_have_no_shortest_way(way):
    opposite = -2 * np.array(way)
    with pytest.raises(ValueError, match="opposite.*Received.*linear"):
        images.interpolate(way, opposite, 3)
    straight = images.interpolate(way, opposite, 3, method="linear")
    np.testing.assert_allclose(straight[1], -0.5 * np.array(way), rtol=1e-6)
    # What is not quite opposite has one, of even lengths.
    path = images.interpolate([1.0, 0.0], [-1.0, 1e-3], 5)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 1, atol=1e-6)


def test_zero_has_no_direction():
    with pytest.raises(ValueError, match="`second` must have no zero latent"):
        images.interpolate([1.0, 0.0], [0.0, 0.0], 3)
    zeros = np.zeros((2, 3))
    assert not images.interpolate(zeros, zeros, 3, method="linear").any()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (([1.0], [1.0], 1), "Received: num=1"),
        (([1.0], [1.0], 2.5), "Received: num=2.5"),
        (([1.0], [1.0, 2.0], 3), r"Received: first.shape=\(1,\)"),
        (([np.nan], [1.0], 3), "`first` must be latents.*Received: first="),
        (([1.0], [1e300], 3), "`second` must be latents"),
        (([1.0], ["a"], 3), "`second` must be latents"),
        (([1.0], 1.0, 3), "`second` must be latents"),
        (([], [], 3), "`first` must be latents"),
        (([1.0], [2.0], 3, "round"), "`method`.*Received: method='round'"),
        ((np.ones(9999), np.ones(9999), 10**9), "`num` is too large"),
    ],
)
def test_interpolate_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        images.interpolate(*arguments)


def test_a_walk_passes_every_stop_and_closes():
    stops = images.latents(4, 6, seed=2)
    walk = images.latent_walk(stops, steps=5)
    assert walk.shape == (20, 6) and walk.dtype == np.float32
    np.testing.assert_array_equal(walk[::5], stops)
    last = images.interpolate(stops[3], stops[0], 6)
    np.testing.assert_array_equal(walk[15:], last[:-1])
    np.testing.assert_array_equal(images.latent_walk(stops, 1), stops)


def test_walks_side_by_side_are_those_alone():
    stops = images.latents(6, 5, seed=2).reshape(3, 2, 5)
    walks = images.latent_walk(stops, 4, "linear")
    assert walks.shape == (12, 2, 5)
    for i in range(2):
        alone = images.latent_walk(stops[:, i], 4, "linear")
        np.testing.assert_array_equal(walks[:, i], alone)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((np.ones((1, 3)),), "at least 2 stops.*shape=\\(1, 3\\)"),
        ((np.ones(3),), "at least 2 stops"),
        ((np.ones((2, 3)), 0), "Received: steps=0"),
        ((np.ones((2, 3)), 3, None), "Received: method=None"),
    ],
)
def test_walk_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        images.latent_walk(*arguments)


@pytest.mark.parametrize("threshold", [0.02, 0.7, 2.0])
def test_truncated_latents_are_of_the_truncated_normal(threshold):
    latents = images.latents(20_000, 2, seed=5)
    inside = np.abs(latents) <= threshold
    assert not inside.all()
    likely = images.truncate(latents, threshold)
    assert np.abs(likely).max() <= threshold
    assert likely.dtype == np.float32
    np.testing.assert_array_equal(likely[inside], latents[inside])
    # The whole, and what was drawn again, against SciPy's distribution.
    expected = stats.truncnorm(-threshold, threshold).cdf
    for drawn in (likely.ravel(), likely[~inside]):
        assert stats.kstest(drawn, expected).pvalue > 0.01
    # Coordinates stay independent, and signs what they were.
    assert abs(np.corrcoef(likely.T)[0, 1]) < 0.02
    np.testing.assert_array_equal(np.sign(likely), np.sign(latents))


def test_the_first_latents_of_a_seed_stay_the_first():
    many = images.truncate(images.latents(50, 8, seed=1), 0.5)
    few = images.truncate(images.latents(3, 8, seed=1), 0.5)
    np.testing.assert_array_equal(many[:3], few)


def test_clamped_entries_lie_at_the_bound():
    latents = np.array([[-3.0, -0.5, 0.0, 0.7, 1.2]], "float32")
    clamped = images.truncate(latents, 0.75, method="clamp")
    np.testing.assert_array_equal(
        clamped, [[-0.75, -0.5, 0, np.float32(0.7), 0.75]]
    )


@pytest.mark.parametrize("method", ["resample", "clamp"])
@pytest.mark.parametrize("threshold", [0.1, 1e-30, 38.0, 1e300])
def test_no_bound_is_passed_by_rounding(method, threshold):
    latents = np.array([0.0, 0.1, -0.1, 1.0, -5.0, 50.0, -1e30])
    likely = images.truncate(latents, threshold, method)
    assert np.isfinite(likely).all()
    assert (np.abs(likely.astype("float64")) <= threshold).all()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (([1.0], 0), "Received: threshold=0"),
        (([1.0], np.inf), "Received: threshold=inf"),
        (([1.0], "1"), "Received: threshold='1'"),
        (([1.0], 1.0, "cut"), "Received: method='cut'"),
        (([np.inf], 1.0), "`latents` must be latents"),
    ],
)
def test_truncate_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        images.truncate(*arguments)
