"""MS-SSIM against TensorFlow's, and what pairs score by their definition."""

import games
import keras
import numpy as np
import pytest
import scipy.ndimage

from kgan.metrics import NotFiniteError
from kgan.metrics.ms_ssim import MSSSIM

pytestmark = pytest.mark.once

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def score(real, fake, batch=None, **options):
    metric = MSSSIM(**options)
    batch = batch or max(len(real), len(fake))
    for start in range(0, max(len(real), len(fake)), batch):
        metric.update_state(
            real[start : start + batch], fake[start : start + batch]
        )
    return metric.result()


def pictures(num, shape=(28, 28, 1), seed=0, width=2.0):
    """Smooth noise that has something in common from image to image."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((1, *shape))
    noise = 2 * common + rng.standard_normal((num, *shape))
    smooth = scipy.ndimage.gaussian_filter(noise, (0, width, width, 0))
    return np.tanh(width * smooth - 0.2).astype("float32")


def by_tensorflow(images, num_scales):
    import tensorflow as tf

    weights = np.array(WEIGHTS[:num_scales])
    with tf.device("CPU"):
        pairs = tf.image.ssim_multiscale(
            images[0::2] / 2 + 0.5,
            images[1::2] / 2 + 0.5,
            max_val=1.0,
            power_factors=list(weights / weights.sum()),
        )
    return float(np.mean(pairs))


@pytest.mark.parametrize(
    "shape, num_scales",
    [
        ((11, 11, 1), 1),
        ((20, 20, 1), 1),
        ((21, 40, 3), 2),
        ((28, 28, 1), 2),
        ((45, 51, 2), 3),
        ((83, 97, 1), 4),
        ((176, 176, 3), 5),
        ((161, 179, 1), 5),
    ],
)
def test_equals_tensorflow(shape, num_scales):
    real, fake = pictures(6, shape), pictures(4, shape, seed=1, width=1.5)
    result = score(real, fake)
    expected = [by_tensorflow(x, num_scales) for x in (fake, real)]
    assert min(expected) > 0.05 and max(expected) < 0.98
    assert list(result) == ["ms_ssim", "real_ms_ssim"]
    assert list(result.values()) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("num_scales", [1, 2, 3])
def test_fewer_scales_than_fit(num_scales):
    images = pictures(4, (48, 48, 1))
    result = score(images, images, num_scales=num_scales)
    expected = by_tensorflow(images, num_scales)
    assert result["ms_ssim"] == pytest.approx(expected, rel=1e-4)


def test_identical_pairs_score_one_and_noise_near_zero():
    noise = np.random.default_rng(0).uniform(-1, 1, (20, 28, 28, 1))
    result = score(noise, np.repeat(noise[:10], 2, axis=0))
    assert result["ms_ssim"] == pytest.approx(1, abs=1e-12)
    assert result["real_ms_ssim"] < 0.1


def test_negatives_score_zero():
    images = pictures(1)
    pair = np.concatenate([images, -images])
    assert score(pair, pair)["ms_ssim"] == 0


def test_flat_images_differ_in_luminance_alone():
    # Intensities 0.2 and 0.6, to the power of the coarser of two weights.
    pair = np.stack([np.full((28, 28, 1), -0.6), np.full((28, 28, 1), 0.2)])
    luminance = (2 * 0.2 * 0.6 + 1e-4) / (0.2**2 + 0.6**2 + 1e-4)
    expected = luminance ** (0.2856 / (0.2856 + 0.0448))
    assert score(pair, pair)["ms_ssim"] == pytest.approx(expected, rel=1e-6)


def test_pairs_are_neighbours_and_an_odd_last_one_is_left_out():
    one, other, third = pictures(3)
    pairs = [
        score(np.stack(pair), np.stack(pair))["ms_ssim"]
        for pair in ((one, other), (third, one))
    ]
    images = np.stack([one, other, third, one, other])
    result = score(images, images)
    assert result["ms_ssim"] == pytest.approx(np.mean(pairs), rel=1e-9)


@pytest.mark.parametrize("batch", [1, 7, 64])
def test_batches_have_no_part(batch, monkeypatch):
    real, fake = pictures(31), pictures(20, seed=1)
    whole = score(real, fake)
    monkeypatch.setattr("kgan.metrics.ms_ssim.PAIRS", 3)
    assert score(real, fake, batch) == pytest.approx(whole, rel=1e-12)


def test_num_samples_takes_the_first():
    images = pictures(10)
    result = score(images, images, batch=3, num_samples=6)
    assert result == pytest.approx(score(images[:6], images[:6]), rel=1e-12)


def test_value_range():
    images = pictures(6)
    expected = score(images, images)
    bytes_ = images * 127.5 + 127.5
    result = score(bytes_, bytes_, value_range=(0, 255))
    assert result == pytest.approx(expected, rel=1e-4)
    with pytest.raises(ValueError, match=r"values from .*value_range="):
        score(bytes_, images)


def test_fake_values_out_of_range_are_clipped():
    images = pictures(6)
    wild = np.where(np.abs(images) > 0.5, 5 * images, images)
    result = score(images, wild)["ms_ssim"]
    clipped = score(images, wild.clip(-1, 1))["ms_ssim"]
    assert result == pytest.approx(clipped, rel=1e-9)


def test_saved_and_restored():
    images = pictures(12, (48, 48, 1))
    metric = MSSSIM((-2, 2), num_scales=2, num_samples=8, name="mine")
    config = keras.saving.serialize_keras_object(metric)
    restored = keras.saving.deserialize_keras_object(config)
    results = []
    for each in (metric, restored):
        each.update_state(images, images[::-1])
        results.append(each.result())
    assert results[0] == results[1]
    assert list(results[0]) == ["mine_ms_ssim", "mine_real_ms_ssim"]
    assert restored.get_config() == metric.get_config()


def test_samples_that_have_no_score():
    metric = MSSSIM()
    real, fake = pictures(4), pictures(4, seed=1)
    metric.update_state(real, fake[:1])
    with pytest.raises(ValueError, match="at least 2 fake.*Received: 1"):
        metric.result()
    fake[2, 5, 5] = np.nan
    metric.update_state(real, fake[1:])
    with pytest.raises(NotFiniteError, match="1 of 4 fake"):
        metric.result()


@pytest.mark.parametrize("shape", [(2, 10, 40, 1), (2, 5), (2, 28, 28)])
def test_samples_that_are_no_images_or_too_small(shape):
    samples = np.zeros(shape, "float32")
    with pytest.raises(ValueError, match="at least 11 x 11.*Received"):
        MSSSIM().update_state(samples, samples)


def test_more_scales_than_fit():
    images = pictures(2)
    with pytest.raises(ValueError, match="2 scales.*num_scales=3"):
        MSSSIM(num_scales=3).update_state(images, images)


@pytest.mark.parametrize(
    "name, value",
    [
        ("value_range", (1, -1)),
        ("value_range", (0, 1, 2)),
        ("value_range", (0, np.inf)),
        ("value_range", 2.0),
        ("value_range", "black"),
        ("num_scales", 0),
        ("num_scales", 6),
        ("num_samples", 1),
    ],
)
def test_bad_arguments(name, value):
    with pytest.raises(ValueError, match=f"`{name}`.*Received: {name}="):
        MSSSIM(**{name: value})


def test_in_compile():
    gan = games.image_game(size=14)
    metric = MSSSIM()
    gan.compile(metrics=[metric])
    real = pictures(21, (14, 14, 1))
    expected = score(real, real)["real_ms_ssim"]
    for batch_size in (6, 21):
        logs = gan.evaluate(
            real, batch_size=batch_size, verbose=0, return_dict=True
        )
        assert logs["real_ms_ssim"] == pytest.approx(expected, rel=1e-6)
        assert 0 <= logs["ms_ssim"] <= 1
