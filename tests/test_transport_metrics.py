"""Sliced Wasserstein and Wasserstein1 against POT, SciPy, closed forms."""

import os

import keras
import numpy as np
import pytest
import scipy.ndimage
import scipy.stats

import kgan
from kgan.metrics import NotFiniteError
from kgan.metrics.pyramid_sliced_wasserstein import PyramidSlicedWasserstein
from kgan.metrics.sliced_wasserstein import SlicedWasserstein
from kgan.metrics.wasserstein1 import Wasserstein1

pytestmark = pytest.mark.once

METRICS = (SlicedWasserstein, PyramidSlicedWasserstein, Wasserstein1)


@pytest.fixture(scope="module")
def ot():
    for framework in ("TENSORFLOW", "JAX", "PYTORCH", "CUPY"):
        os.environ[f"POT_BACKEND_DISABLE_{framework}"] = "1"
    import ot

    return ot


def score(metric, real, fake, batch=None):
    batch = batch or max(len(real), len(fake))
    for start in range(0, max(len(real), len(fake)), batch):
        metric.update_state(
            real[start : start + batch], fake[start : start + batch]
        )
    return metric.result()


def clouds(n, m, dim, seed=0):
    rng = np.random.default_rng(seed)
    real = rng.standard_normal((n, dim)) @ rng.standard_normal((dim, dim))
    fake = 1.5 * rng.standard_normal((m, dim)) + 0.5
    return real.astype("float32"), fake.astype("float32")


def pictures(num, shape=(20, 18, 2), seed=0):
    """Noise of several widths, so that all levels of a pyramid differ."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((num, *shape))
    smooth = scipy.ndimage.gaussian_filter(noise, (0, 3, 3, 0)) * 4
    return np.tanh(smooth + 0.3 * noise).astype("float32")


def small(metric_class, **options):
    """A metric, and sets `(real, fake)` that it takes."""
    if metric_class is PyramidSlicedWasserstein:
        options = {"num_patches": 4, "num_projections": 8} | options
        sets = pictures(22), 0.5 * pictures(22, seed=1)
    else:
        sets = clouds(22, 22, 3)
    return metric_class(**options), sets


# Sliced.


@pytest.mark.parametrize("order", [1, 2, 3.5])
@pytest.mark.parametrize("n, m", [(60, 60), (60, 45), (7, 5), (1, 9)])
def test_sliced_equals_pot(ot, n, m, order):
    real, fake = clouds(n, m, 4)
    draws = np.random.default_rng(3).normal(size=(50, 4))
    directions = (draws / np.sqrt((draws**2).sum(axis=1, keepdims=True))).T
    expected = ot.sliced_wasserstein_distance(
        real.astype("float64"),
        fake.astype("float64"),
        projections=directions,
        p=order,
    )
    metric = SlicedWasserstein(num_projections=50, order=order, seed=3)
    assert score(metric, real, fake) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("n, m", [(40, 40), (40, 33)])
def test_sliced_equals_scipy_per_direction(n, m):
    real, fake = clouds(n, m, 3)
    draws = np.random.default_rng(0).normal(size=(20, 3))
    expected = np.mean(
        [
            scipy.stats.wasserstein_distance(real @ u, fake @ u)
            for u in draws / np.linalg.norm(draws, axis=1)[:, np.newaxis]
        ]
    )
    metric = SlicedWasserstein(num_projections=20)
    assert score(metric, real, fake) == pytest.approx(expected, rel=1e-6)


def test_sliced_on_the_line_is_the_distance_itself():
    real, fake = np.float32([0, 1, 5]), np.float32([2, 2, 4])
    # Sorted, the points move by 2, 1 and 1.
    assert score(SlicedWasserstein(), real, fake) == pytest.approx(4 / 3)
    squared = score(SlicedWasserstein(order=2), real, fake) ** 2
    assert squared == pytest.approx(6 / 3)


def test_sliced_shift_is_its_length_over_the_root_of_dim():
    real, _ = clouds(30, 1, 5)
    shift = np.float32([3, 0, 0, 4, 0])
    metric = SlicedWasserstein(num_projections=20_000, order=2)
    squared = score(metric, real, real + shift) ** 2
    # <u, v>^2 / |v|^2 is Beta(1/2, 2): mean 1/5, deviation 0.214.
    assert squared == pytest.approx(25 / 5, abs=4 * 25 * 0.214 / 20_000**0.5)


def test_sliced_in_blocks(monkeypatch):
    real, fake = clouds(30, 20, 3)
    whole = score(SlicedWasserstein(order=2), real, fake)
    module = "kgan.metrics.sliced_wasserstein.BLOCK"
    for block in (1, 7 * 30, 511 * 30):
        monkeypatch.setattr(module, block)
        in_blocks = score(SlicedWasserstein(order=2), real, fake)
        assert in_blocks == pytest.approx(whole, rel=1e-12)


def test_high_orders_do_not_overflow():
    far = np.float32([[1e30, 0], [0, 1e30]])
    value = score(SlicedWasserstein(order=20), far, 0 * far)
    assert 1e29 < value < 1e30


# The pyramid.


def by_karras(real, fake, num_patches, size, num_projections, seed):
    """Their code on arrays `(num, channels, height, width)`, in float64."""
    line = np.array([1, 4, 6, 4, 1])
    window = np.outer(line, line)[np.newaxis, np.newaxis] / 256
    pyramids = []
    for images in (real, fake):
        levels = [np.moveaxis(images.astype("float64"), 3, 1)]
        while min(levels[-1].shape[2:]) > 30:
            down = scipy.ndimage.convolve(levels[-1], window, mode="mirror")
            down = down[:, :, ::2, ::2]
            up = np.zeros(levels[-1].shape)
            up[:, :, ::2, ::2] = down
            up = scipy.ndimage.convolve(up, 4 * window, mode="mirror")
            levels[-1] -= up
            levels.append(down)
        pyramids.append(levels)
    rng, scores = np.random.default_rng(seed), []
    for levels in zip(*pyramids, strict=True):
        _, channels, height, width = levels[0].shape
        corners = rng.integers(
            [height - size + 1, width - size + 1],
            size=(max(len(real), len(fake)), num_patches, 2),
        )
        directions = rng.normal(size=(num_projections, channels * size**2))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        sets = []
        for level in levels:
            patches = np.array(
                [
                    level[image, :, y : y + size, x : x + size]
                    for image in range(len(level))
                    for y, x in corners[image]
                ]
            )
            patches -= patches.mean(axis=(0, 2, 3), keepdims=True)
            patches /= patches.std(axis=(0, 2, 3), keepdims=True)
            sets.append(patches.reshape(len(patches), -1))
        distances = [
            scipy.stats.wasserstein_distance(sets[0] @ u, sets[1] @ u)
            for u in directions
        ]
        scores.append(1000 * np.mean(distances))
    return scores


@pytest.mark.parametrize(
    "shape, sizes",
    [
        ((16, 16, 1), [16]),
        ((64, 64, 3), [64, 32, 16]),
        ((37, 50, 2), [37, 19]),
        ((30, 31, 1), [30]),
        ((31, 31, 1), [31, 16]),
    ],
)
def test_pyramid_equals_their_code(shape, sizes, monkeypatch):
    monkeypatch.setattr("kgan.metrics.pyramid_sliced_wasserstein.IMAGES", 5)
    monkeypatch.setattr("kgan.metrics.pyramid_sliced_wasserstein.BLOCK", 300)
    real, fake = pictures(12, shape), 0.3 + 0.5 * pictures(9, shape, seed=1)
    options = {"num_patches": 6, "patch_size": 7, "num_projections": 10}
    metric = PyramidSlicedWasserstein(**options, seed=4)
    result = score(metric, real, fake)
    expected = by_karras(real, fake, *options.values(), seed=4)
    levels = [f"sliced_wasserstein_{size}" for size in sizes]
    assert list(result) == ["sliced_wasserstein_mean", *levels]
    assert metric.keys() == list(result)
    assert list(result.values()) == pytest.approx(
        [np.mean(expected), *expected], rel=1e-4
    )


def test_pyramid_of_flat_images_is_zero():
    flat = np.full((5, 32, 32, 1), 0.3, "float32")
    result = score(PyramidSlicedWasserstein(num_patches=3), flat, 0.5 * flat)
    assert set(result.values()) == {0.0}


def test_pyramid_refuses_small_images_and_points():
    metric = PyramidSlicedWasserstein()
    for shape in [(3, 15, 40, 1), (3, 2), (3, 16, 16)]:
        samples = np.zeros(shape, "float32")
        with pytest.raises(ValueError, match="at least 16 x 16.*Sliced"):
            metric.update_state(samples, samples)


# Wasserstein1.


@pytest.mark.parametrize(
    "n, m, dim",
    [(50, 50, 2), (50, 50, 20), (60, 45, 3), (83, 71, 2), (1, 5, 2)],
)
def test_wasserstein1_equals_pot(ot, n, m, dim):
    real, fake = clouds(n, m, dim)
    costs = ot.dist(
        real.astype("float64"), fake.astype("float64"), metric="euclidean"
    )
    expected = ot.emd2(np.full(n, 1 / n), np.full(m, 1 / m), costs)
    assert score(Wasserstein1(), real, fake) == pytest.approx(
        expected, rel=1e-6
    )


@pytest.mark.parametrize("n, m", [(2_000, 2_000), (2_000, 1_999)])
def test_wasserstein1_on_the_line_equals_scipy(n, m):
    real, fake = clouds(n, m, 1)
    expected = scipy.stats.wasserstein_distance(real[:, 0], fake[:, 0])
    for x, y in ((real, fake), (real[:, 0], fake[:, 0])):
        assert score(Wasserstein1(), x, y) == pytest.approx(expected, rel=1e-6)


def test_wasserstein1_of_a_shift_is_its_length():
    real, _ = clouds(200, 1, 4)
    shift = np.float32([3, 0, 0, 4])
    moved = np.random.default_rng(1).permutation(real + shift)
    assert score(Wasserstein1(), real, moved) == pytest.approx(5, rel=1e-6)


def test_wasserstein1_refuses_a_program_too_large():
    real, fake = clouds(1_000, 999, 2)
    with pytest.raises(ValueError, match="999,000 var.*num_samples=999 or"):
        score(Wasserstein1(), real, fake)
    assert score(Wasserstein1(num_samples=20), real, fake) > 0


# All of them.


@pytest.mark.parametrize("metric_class", METRICS)
def test_batches_have_no_part(metric_class):
    whole = None
    for batch in (None, 1, 7):
        metric, sets = small(metric_class)
        result = score(metric, *sets, batch)
        whole = result if whole is None else whole
        assert result == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("metric_class", METRICS)
def test_identical_sets_score_zero(metric_class):
    metric, (real, _) = small(metric_class)
    result = score(metric, real, real.copy())
    values = list(result.values()) if isinstance(result, dict) else [result]
    assert values == [0.0] * len(values)


@pytest.mark.parametrize("metric_class", METRICS)
def test_saved_and_restored(metric_class):
    settings = {"num_samples": 15, "name": "mine"}
    if metric_class is not Wasserstein1:
        settings |= {"seed": 5, "num_projections": 9}
    metric, sets = small(metric_class, **settings)
    config = keras.saving.serialize_keras_object(metric)
    restored = keras.saving.deserialize_keras_object(config)
    assert score(restored, *sets) == score(metric, *sets)
    assert metric.keys() == restored.keys()
    assert all(key.startswith("mine") for key in metric.keys())
    assert restored.get_config() == metric.get_config()


@pytest.mark.parametrize("metric_class", METRICS)
def test_samples_that_have_no_score(metric_class):
    metric, (real, fake) = small(metric_class)
    with pytest.raises(ValueError, match="at least 1 real.*Received: 0"):
        metric.result()
    fake[3].flat[2] = np.nan
    with pytest.raises(NotFiniteError, match="1 of 22 fake"):
        score(metric, real, fake)


@pytest.mark.parametrize(
    "metric_class, name, value",
    [
        (SlicedWasserstein, "num_projections", 0),
        (SlicedWasserstein, "order", 0.5),
        (SlicedWasserstein, "order", np.inf),
        (SlicedWasserstein, "order", True),
        (SlicedWasserstein, "order", "2"),
        (SlicedWasserstein, "seed", -1),
        (SlicedWasserstein, "features", "inception"),
        (PyramidSlicedWasserstein, "num_patches", 0),
        (PyramidSlicedWasserstein, "patch_size", 17),
        (PyramidSlicedWasserstein, "num_projections", 2.5),
        (PyramidSlicedWasserstein, "seed", None),
        (Wasserstein1, "num_samples", 0),
    ],
)
def test_bad_arguments(metric_class, name, value):
    with pytest.raises(ValueError, match=f"`{name}`.*Received: {name}="):
        metric_class(**{name: value})


def constant_game(shape):
    """Its samples are all of 0.25, whatever the batches of latents."""
    latents = keras.Input((3,))
    dense = keras.layers.Dense(
        int(np.prod(shape)),
        kernel_initializer="zeros",
        bias_initializer=keras.initializers.Constant(0.25),
    )
    samples = keras.layers.Reshape(shape)(dense(latents))
    seen = keras.Input(shape)
    logits = keras.layers.Dense(1)(keras.layers.Flatten()(seen))
    return kgan.GAN(keras.Model(latents, samples), keras.Model(seen, logits))


@pytest.mark.parametrize("metric_class", METRICS)
def test_in_compile(metric_class):
    by_hand, (real, _) = small(metric_class)
    expected = score(by_hand, real, np.full_like(real, 0.25))
    if not isinstance(expected, dict):
        expected = {by_hand.name: expected}
    metric, _ = small(metric_class)
    gan = constant_game(real.shape[1:])
    gan.compile(metrics=[metric])
    assert metric.keys() == list(expected)
    for batch_size in (5, 11):
        logs = gan.evaluate(
            real, batch_size=batch_size, verbose=0, return_dict=True
        )
        for key, value in expected.items():
            assert logs[key] == pytest.approx(value, rel=1e-5)
