"""FrechetDistance against SciPy's matrix root, and its extractors."""

import games
import keras
import numpy as np
import pytest
import scipy.linalg
from keras import ops

from kgan.metrics import FrechetDistance, NotFiniteError

pytestmark = pytest.mark.once


def by_hand(real, fake):
    real, fake = real.astype("float64"), fake.astype("float64")
    s_r, s_f = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    root = scipy.linalg.sqrtm(s_r @ s_f).real
    shift = real.mean(axis=0) - fake.mean(axis=0)
    return shift @ shift + np.trace(s_r + s_f - 2 * root)


def score(real, fake, batch=None, **options):
    metric = FrechetDistance(**options)
    batch = batch or max(len(real), len(fake))
    for start in range(0, max(len(real), len(fake)), batch):
        metric.update_state(
            real[start : start + batch], fake[start : start + batch]
        )
    return metric.result()


@pytest.fixture
def sets():
    rng = np.random.default_rng(1)
    real = rng.standard_normal((300, 5)) @ rng.standard_normal((5, 5))
    fake = 2 * rng.standard_normal((200, 5)) + 1
    return real.astype("float32"), fake.astype("float32")


@pytest.mark.parametrize("batch", [1, 7, 64, None])
def test_equals_scipy_whatever_the_batch(sets, batch):
    assert score(*sets, batch) == pytest.approx(by_hand(*sets), rel=1e-9)


def test_identical_sets_score_zero(sets):
    assert score(sets[0], sets[0].copy()) == pytest.approx(0, abs=1e-12)


def test_a_shift_scores_its_squared_length(sets):
    moved = sets[0] + np.float32([3, 0, 4, 0, 0])
    assert score(sets[0], moved) == pytest.approx(25, rel=1e-5)


def test_points_on_a_line():
    # (m - m')^2 + (s - s')^2 of N(0, 1) and N(3, 4), standardised by hand.
    unit = np.random.default_rng(0).standard_normal(500)
    unit = (unit - unit.mean()) / unit.std(ddof=1)
    assert score(unit, 3 + 2 * unit) == pytest.approx(9 + 1, rel=1e-5)


def test_fewer_samples_than_coordinates():
    rng = np.random.default_rng(2)
    real, fake = rng.standard_normal((2, 6, 40)).astype("float32")
    # tr((S_r S_f)^1/2) is the sum of singular values of the centred factors.
    a, b = (x - x.mean(axis=0) for x in (real, fake))
    nuclear = np.linalg.svd(a.astype("float64") @ b.T / 5, compute_uv=False)
    shift = real.mean(axis=0) - fake.mean(axis=0)
    expected = (
        shift @ shift + (a**2).sum() / 5 + (b**2).sum() / 5 - 2 * nuclear.sum()
    )
    assert score(real, fake) == pytest.approx(expected, rel=1e-5)


def classifier():
    images = keras.Input((4, 4, 1))
    x = keras.layers.Flatten()(images)
    features = keras.layers.Dense(3, "tanh", name="features")(x)
    logits = keras.layers.Dense(2, name="logits")(features)
    return keras.Model(images, [features, logits])


def test_every_kind_of_extractor():
    rng = np.random.default_rng(3)
    real, fake = rng.uniform(-1, 1, (2, 50, 4, 4, 1)).astype("float32")
    model = classifier()
    kernel, bias = (
        np.array(w) for w in model.get_layer("features").get_weights()
    )

    def on_arrays(x):
        return np.tanh(np.reshape(x, (len(x), 16)) @ kernel + bias)

    def on_tensors(x):
        x = ops.matmul(ops.reshape(x, (-1, 16)), kernel)
        return ops.tanh(ops.add(x, bias))

    named = keras.Model(
        model.inputs,
        {"logits": model.outputs[1], "features": model.outputs[0]},
    )
    expected = by_hand(on_arrays(real), on_arrays(fake))
    for features in (model, named, on_arrays, on_tensors):
        value = score(real, fake, batch=16, features=features)
        assert value == pytest.approx(expected, rel=1e-3)
    raw = by_hand(real.reshape(50, 16), fake.reshape(50, 16))
    assert score(real, fake) == pytest.approx(raw, rel=1e-6)


def test_num_samples_takes_the_first(sets):
    real, fake = sets
    value = score(real, fake, batch=33, num_samples=100)
    assert value == pytest.approx(by_hand(real[:100], fake[:100]), rel=1e-9)


def test_reset_forgets(sets):
    metric = FrechetDistance()
    metric.update_state(sets[1], sets[1])
    metric.reset_state()
    metric.update_state(*sets)
    assert metric.result() == pytest.approx(by_hand(*sets), rel=1e-9)


@pytest.mark.parametrize("side", ["real", "fake"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite(sets, side, value):
    broken = dict(zip(("real", "fake"), sets, strict=True))
    broken[side] = broken[side].copy()
    broken[side][2, 1] = value
    metric = FrechetDistance()
    metric.update_state(**broken)
    with pytest.raises(NotFiniteError, match=f"1 of .* {side} samples"):
        metric.result()


def test_too_few_samples(sets):
    metric = FrechetDistance()
    with pytest.raises(ValueError, match="at least 2 real.*Received: 0"):
        metric.result()
    metric.update_state(sets[0], sets[1][:1])
    with pytest.raises(ValueError, match="at least 2 fake.*Received: 1"):
        metric.result()


def test_shapes_that_do_not_fit(sets):
    real, fake = sets
    metric = FrechetDistance()
    with pytest.raises(ValueError, match=r"real samples of shape \(5,\).*\(4,"):
        metric.update_state(real, fake[:, :4])
    metric.update_state(real, fake)
    with pytest.raises(ValueError, match=r"built for samples of shape \(5,\)"):
        metric.update_state(real[:, :4], fake[:, :4])
    with pytest.raises(ValueError, match="single number"):
        metric.update_state(1.0, 2.0)
    with pytest.raises(ValueError, match="sample_weight"):
        metric.update_state(real, fake, sample_weight=np.ones(300))
    images = np.zeros((3, 8, 8, 1), "float32")
    with pytest.raises(ValueError, match=r"input_shape=.*Resizing"):
        FrechetDistance(classifier()).update_state(images, images)


def test_bad_arguments(sets):
    with pytest.raises(ValueError, match="features='inception'"):
        FrechetDistance("inception")
    with pytest.raises(ValueError, match="num_samples"):
        FrechetDistance(num_samples=0)
    with pytest.raises(ValueError, match="at least 2"):
        FrechetDistance(num_samples=1)

    def broken(x):
        raise KeyError("no weights")

    with pytest.raises(ValueError, match="KeyError: 'no weights'"):
        FrechetDistance(broken).update_state(*sets)
    with pytest.raises(ValueError, match="one row of features"):
        FrechetDistance(lambda x: np.asarray(x).mean()).update_state(*sets)


@pytest.mark.parametrize(
    "samples, message",
    [
        (np.full((4, 2), "1"), "`fake` must hold real numbers"),
        (np.ones((4, 2)) + 1j, "`fake` must hold real numbers"),
        (np.full((4, 2), None), "`fake` must hold real numbers"),
        (None, "`fake` must hold real numbers"),
        ([[1.0, 2.0], [3.0]], "`fake` must be a regular array"),
        (ops.cast(np.ones((4, 2)), "complex64"), "`fake` must hold real"),
    ],
)
def test_samples_that_are_no_real_numbers(samples, message):
    with pytest.raises(ValueError, match=f"{message}.*Received: fake"):
        FrechetDistance().update_state(np.ones((4, 2)), samples)


@pytest.mark.parametrize("dtype", ["float16", "float64", "uint8", "bool"])
def test_other_numbers_become_float32(dtype):
    x = np.arange(8).reshape(4, 2).astype(dtype)
    metric = FrechetDistance()
    metric.update_state(x.tolist(), ops.convert_to_tensor(x))
    assert metric.result() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("num_samples, kept", [(None, 65), (50, 50)])
def test_arrays_add_to_the_samples_of_an_evaluation(num_samples, kept):
    metric = FrechetDistance(num_samples=num_samples)
    gan = games.game(metrics=[metric])
    for _ in range(2):
        gan.evaluate(games.points(45), batch_size=10, verbose=0)
        assert metric.counts == {"real": 45, "fake": 45}
        before = metric.result()
        metric.update_state(games.points(20) + 9, games.points(20) - 9)
        assert metric.counts == {"real": kept, "fake": kept}
        assert metric.result() > before + 1
    metric.reset_state()
    assert metric.counts == {"real": 0, "fake": 0}
