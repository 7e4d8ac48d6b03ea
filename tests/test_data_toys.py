"""Toy distributions: moments, modes, reproducibility and errors."""

import itertools
import subprocess
import sys

import numpy as np
import pytest

import kgan.data
from kgan.data import (
    Mixture,
    gaussian_pair,
    grid_of_gaussians,
    ring_of_gaussians,
    swiss_roll,
)

pytestmark = pytest.mark.once

NUM = 20_000
# (mixture, number of modes, dimension, variance of the centres per axis)
MIXTURES = [
    (ring_of_gaussians(), 8, 2, 2.0),
    (ring_of_gaussians(5, 3.0, 0.1), 5, 2, 4.5),
    (grid_of_gaussians(), 25, 2, 8.0),
    (grid_of_gaussians(3, 1.0, 0.1), 9, 2, 2 / 3),
    (gaussian_pair(), 2, 1, 4.0),
    (gaussian_pair(distance=10.0, standard_deviation=0.2), 2, 1, 25.0),
]
battery = pytest.mark.parametrize(
    "mixture, num_modes, dim, centre_variance",
    MIXTURES,
    ids=[f"{row[0].name}-{row[1]}" for row in MIXTURES],
)


def distances_to_centres(mixture, samples):
    return np.linalg.norm(
        samples[:, np.newaxis].astype("float64") - mixture.centres, axis=-1
    )


@battery
def test_samples_are_float32_of_the_mixtures_dimension(
    mixture, num_modes, dim, centre_variance
):
    samples = mixture.sample(7)
    assert samples.shape == (7, dim)
    assert samples.dtype == np.float32
    assert mixture.centres.shape == (num_modes, dim)
    assert mixture.centres.dtype == np.float64
    assert (mixture.num_modes, mixture.dim) == (num_modes, dim)


@battery
def test_samples_have_the_mean_and_variance_of_the_mixture(
    mixture, num_modes, dim, centre_variance
):
    samples = mixture.sample(NUM).astype("float64")
    variance = centre_variance + mixture.standard_deviation**2
    standard_error = np.sqrt(variance / NUM)
    np.testing.assert_allclose(
        samples.mean(axis=0), np.zeros(dim), atol=4 * standard_error
    )
    np.testing.assert_allclose(samples.var(axis=0), variance, rtol=0.05)


@battery
def test_every_mode_gets_its_equal_share(
    mixture, num_modes, dim, centre_variance
):
    nearest = distances_to_centres(mixture, mixture.sample(NUM)).argmin(axis=1)
    counts = np.bincount(nearest, minlength=num_modes)
    share = NUM / num_modes
    assert len(counts) == num_modes
    assert np.all(np.abs(counts - share) < 5 * np.sqrt(share))


@battery
def test_samples_lie_at_their_mode_with_the_stated_deviation(
    mixture, num_modes, dim, centre_variance
):
    distances = distances_to_centres(mixture, mixture.sample(NUM)).min(axis=1)
    root_mean_square = np.sqrt(np.mean(distances**2))
    expected = mixture.standard_deviation * np.sqrt(dim)
    np.testing.assert_allclose(root_mean_square, expected, rtol=0.03)


def test_ring_centres_lie_on_the_circle_at_even_angles():
    centres = ring_of_gaussians(num_modes=4, radius=2.0).centres
    expected = [[2, 0], [0, 2], [-2, 0], [0, -2]]
    np.testing.assert_allclose(centres, expected, atol=1e-12)


def test_grid_centres_are_minus_four_to_four():
    expected = set(itertools.product([-4, -2, 0, 2, 4], repeat=2))
    assert set(map(tuple, grid_of_gaussians().centres)) == expected


def test_same_seed_same_samples_and_another_seed_others():
    ring = ring_of_gaussians()
    np.testing.assert_array_equal(ring.sample(50, 3), ring.sample(50, 3))
    assert not np.array_equal(ring.sample(50, 3), ring.sample(50, 4))


def test_batches_are_fresh_and_reproducible():
    ring = ring_of_gaussians()
    first = [batch for (batch,) in ring.batches(16, num_batches=3, seed=5)]
    again = [batch for (batch,) in ring.batches(16, num_batches=3, seed=5)]
    assert [batch.shape for batch in first] == [(16, 2)] * 3
    assert all(batch.dtype == np.float32 for batch in first)
    np.testing.assert_array_equal(first, again)
    assert len(np.unique(np.concatenate(first), axis=0)) == 48


def test_batches_without_a_number_do_not_end():
    batches = gaussian_pair().batches(4)
    assert sum(1 for _ in itertools.islice(batches, 500)) == 500


def test_swiss_roll_is_a_spiral_of_about_two():
    samples = swiss_roll(5000, noise=0.0)
    assert samples.shape == (5000, 2)
    assert samples.dtype == np.float32
    assert 1.8 < np.abs(samples).max() < 2.0
    # The radius of make_swiss_roll is its angle, 1.5 pi to 4.5 pi.
    radii = np.linalg.norm(samples, axis=1) * 7.5
    assert radii.min() == pytest.approx(1.5 * np.pi, rel=1e-2)
    assert radii.max() == pytest.approx(4.5 * np.pi, rel=1e-2)
    angles = np.arctan2(samples[:, 1], samples[:, 0])
    turns = (radii - angles) / (2 * np.pi)
    np.testing.assert_allclose(turns, np.round(turns), atol=1e-4)


def test_swiss_roll_noise_and_seed_matter():
    clean, noisy = swiss_roll(2000, noise=0.0), swiss_roll(2000, noise=0.5)
    np.testing.assert_allclose((noisy - clean).std(), 0.5 / 7.5, rtol=0.1)
    np.testing.assert_array_equal(noisy, swiss_roll(2000, noise=0.5))
    assert not np.array_equal(clean, swiss_roll(2000, noise=0.0, seed=1))


def test_mixture_is_frozen_and_keeps_a_read_only_copy_of_its_centres():
    centres = np.zeros((1, 2))
    mixture = Mixture(centres, 1.0, "normal")
    centres[0, 0] = 9.0
    assert mixture.centres[0, 0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        mixture.centres[0, 0] = 1.0
    with pytest.raises(AttributeError):
        mixture.standard_deviation = 2.0


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: ring_of_gaussians(num_modes=0), "Received: num_modes=0"),
        (lambda: ring_of_gaussians(radius=-1.0), r"Received: radius=-1\.0"),
        (lambda: grid_of_gaussians(side=2.5), r"Received: side=2\.5"),
        (lambda: grid_of_gaussians(spacing="2"), "Received: spacing='2'"),
        (lambda: gaussian_pair(distance=np.inf), "Received: distance=inf"),
        (
            lambda: gaussian_pair(standard_deviation=-0.1),
            r"Received: standard_deviation=-0\.1",
        ),
        (lambda: ring_of_gaussians().sample(0), "Received: num=0"),
        (lambda: ring_of_gaussians().sample(True), "Received: num=True"),
        (lambda: ring_of_gaussians().sample(3, seed=-1), "Received: seed=-1"),
        (lambda: ring_of_gaussians().batches(-2), "Received: batch_size=-2"),
        (
            lambda: ring_of_gaussians().batches(2, num_batches=0),
            "Received: num_batches=0",
        ),
        (lambda: swiss_roll(num=-3), "Received: num=-3"),
        (lambda: swiss_roll(3, noise=np.nan), "Received: noise=nan"),
        (lambda: Mixture([1.0, 2.0], 1.0, "flat"), r"centres.shape=\(2,\)"),
        (lambda: Mixture([[np.nan]], 1.0, "nan"), "must be finite"),
    ],
)
def test_arguments_out_of_range_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.slow
def test_importing_the_data_package_stays_light():
    # A stand-in for kgan, on the numpy backend, leaves only what Keras and
    # kgan.data ask for. Keras imports scikit-learn and JAX of itself.
    program = (
        "import os; os.environ['KERAS_BACKEND'] = 'numpy'\n"
        "import sys, types\n"
        "package = types.ModuleType('kgan')\n"
        f"package.__path__ = [{kgan.__path__[0]!r}]\n"
        "sys.modules['kgan'] = package\n"
        "import kgan.data\n"
        "heavy = {'tensorflow_datasets', 'tensorflow'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )
    assert result.stdout.strip() == "[]", result.stdout + result.stderr
