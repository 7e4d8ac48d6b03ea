"""The spread of a batch as channels, against NumPy."""

import types

import games
import keras
import numpy as np
import pytest
from keras import layers, ops

import kgan
from kgan.layers import MinibatchStandardDeviation
from kgan.penalties.checks import check_replicas


def expected(samples, group_size, num_channels):
    """Sample by sample, of StyleGAN2's strided groups."""
    batch = len(samples)
    num_groups = batch // min(group_size, batch)
    result = []
    for index in range(batch):
        group = samples[index % num_groups :: num_groups].astype("float64")
        deviations = np.sqrt(group.var(axis=0) + 1e-8)
        parts = np.split(deviations, num_channels, axis=-1)
        result.append([part.mean() for part in parts])
    spread = np.array(result)
    axes = tuple(range(1, samples.ndim - 1))
    spread = np.broadcast_to(
        np.expand_dims(spread, axes), (*samples.shape[:-1], num_channels)
    )
    return np.concatenate([samples, spread], axis=-1)


@pytest.mark.parametrize("shape", [(8, 6), (8, 3, 5, 6), (3, 6), (4, 2, 6)])
@pytest.mark.parametrize(("group_size", "channels"), [(4, 1), (2, 3), (8, 2)])
def test_values_are_numpys(shape, group_size, channels):
    if shape[0] == 3 and group_size == 2:
        pytest.skip("3 samples are no groups of 2")
    rng = np.random.default_rng(0)
    samples = rng.standard_normal(shape).astype("float32")
    layer = MinibatchStandardDeviation(group_size, channels)
    found = ops.convert_to_numpy(layer(samples))
    np.testing.assert_allclose(
        found, expected(samples, group_size, channels), atol=1e-6
    )
    assert layer(keras.Input(shape[1:])).shape == (None, *found.shape[1:])


def critic(group_size=4):
    samples = keras.Input((2,))
    x = layers.Dense(6, "tanh")(samples)
    x = MinibatchStandardDeviation(group_size)(x)
    return keras.Model(samples, layers.Dense(1)(x), name="critic")


def test_second_derivative():
    """Of the slopes' square by a shift of the samples, by differences."""
    network = critic()
    gan = kgan.GAN(
        games.generator(), network, seed=1, penalties=[kgan.penalties.R1(1.0)]
    )
    gan.compile()
    samples = games.points(8)

    def penalty(moved):
        game = kgan.game.Game(gan, moved, {"latents": ops.ones((8, 3))})
        return gan.penalties[0](game)

    (_, ()), (gradient,) = kgan.backend.value_and_gradients(
        lambda values: (penalty(values[0]), ()), [ops.array(samples)]
    )
    gradient = ops.convert_to_numpy(gradient)
    for place in [(0, 0), (5, 1)]:
        step = np.zeros_like(samples)
        step[place] = 1e-2
        ends = [
            float(ops.convert_to_numpy(ops.stop_gradient(penalty(x))))
            for x in (samples + step, samples - step)
        ]
        slope = (ends[0] - ends[1]) / 2e-2
        assert abs(slope - gradient[place]) < 2e-3 * np.abs(gradient).max()


def test_penalties_tie_no_real_to_generated_samples():
    gan = kgan.GAN(
        games.generator(),
        critic(),
        seed=1,
        penalties=[kgan.penalties.R1(1.0), kgan.penalties.R2(1.0)],
    )
    gan.compile()
    real, draws = games.points(8), {"latents": games.points(8, 3)}
    alone = kgan.game.Game(gan, real, draws)
    single = ops.convert_to_numpy(alone.input_gradients(alone.real))
    together = kgan.game.Game(gan, real, draws)
    together.will_differentiate([together.real, together.fake])
    both = ops.convert_to_numpy(together.input_gradients(together.real))
    np.testing.assert_allclose(both, single, atol=1e-6)


@pytest.mark.parametrize("run_eagerly", [True, False])
def test_it_trains_and_is_saved(tmp_path, run_eagerly):
    gan = kgan.GAN(games.generator(), critic(), seed=1)
    gan.compile(run_eagerly=run_eagerly)
    gan.fit(games.points(32), batch_size=8, verbose=0)
    gan.save(tmp_path / "run.keras")
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    assert games.distance(games.weights(gan), games.weights(loaded)) == 0
    assert loaded.discriminator.layers[2].group_size == 4


def test_batch_that_is_no_multiple_is_refused():
    layer = MinibatchStandardDeviation(4)
    with pytest.raises(
        ValueError, match="`group_size` must divide .*batch of 6"
    ):
        layer(games.points(6))
    gan = kgan.GAN(games.generator(), critic(), seed=1)
    gan.compile()
    with pytest.raises(ValueError, match="`group_size` must divide"):
        gan.fit(games.points(12), batch_size=6, verbose=0)


def test_bad_arguments():
    for wrong in (0, 1.5, True, None):
        with pytest.raises(ValueError, match="`group_size` must be"):
            MinibatchStandardDeviation(wrong)
        with pytest.raises(ValueError, match="`num_channels` must be"):
            MinibatchStandardDeviation(4, wrong)
    with pytest.raises(ValueError, match="`num_channels` must divide"):
        MinibatchStandardDeviation(4, 4)(games.points(4, 6))


def test_replicas_are_refused_but_on_jax():
    model = types.SimpleNamespace(
        is_mean_over_samples=True, penalties=(), judges=(critic(),)
    )
    check_replicas(model, 1)
    if keras.backend.backend() == "jax":
        check_replicas(model, 2)
        return
    with pytest.raises(ValueError, match="looks at a whole.*Received: 2"):
        check_replicas(model, 2)
