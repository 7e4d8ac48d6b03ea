"""On TensorFlow a step and the reading of its sample are one graph."""

import games
import keras
import numpy as np
import pytest

import kgan

if games.BACKEND != "tensorflow":
    pytest.skip("TensorFlow's graphs", allow_module_level=True)

import tensorflow as tf

from kgan.speed.tensorflow_graphs import in_one_graph


def train(data, epochs=2, steps_per_epoch=None, **options):
    keras.utils.set_random_seed(0)
    gan = games.game(n_critic=2, **options)
    clip = kgan.callbacks.WeightClip(0.1)
    history = gan.fit(
        data(),
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        callbacks=[clip],
        verbose=0,
    ).history
    # Not an iterator of tf.data.
    gan.train_on_batch(games.points(16))
    return gan, history


def dataset():
    return tf.data.Dataset.from_tensor_slices(games.points(100)).batch(8)


def numbers():
    for start in range(0, 96, 8):
        yield games.points(96)[start : start + 8]


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (lambda: games.points(300), {}),
        (dataset, {}),
        (lambda: dataset().repeat(), {"steps_per_epoch": 3}),
        (numbers, {"epochs": 1}),
    ],
)
def test_it_trains_what_kerass_own_does(data, options, monkeypatch):
    gan, history = train(data, **options)
    monkeypatch.setenv("KGAN_SPEED", "0")
    expected, expected_history = train(data, **options)
    assert history.keys() == expected_history.keys()
    for name, values in expected_history.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-5, atol=1e-6)
    assert games.distance(games.weights(gan), games.weights(expected)) < 1e-6
    assert gan.optimizer.iterations == expected.optimizer.iterations > 1


@pytest.mark.parametrize(
    "options",
    [{"run_eagerly": True}, {"jit_compile": True}, {"steps_per_execution": 2}],
)
def test_kerass_own_stays(options):
    gan = games.game(**options)
    gan.make_train_function()
    assert in_one_graph(gan, "train_step", None) is None


def test_kerass_own_stays_on_replicas():
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        gan = games.game()
        gan.make_train_function()
        assert in_one_graph(gan, "train_step", None) is None
    assert in_one_graph(gan, "train_step", None) is None


def test_data_that_is_not_finite_leaves_no_half_step():
    gan = games.game(n_critic=1)
    samples = games.points(40)
    samples[20] = np.nan
    with pytest.raises(ValueError, match="finite"):
        gan.fit(tf.data.Dataset.from_tensor_slices(samples).batch(8), verbose=0)
    assert gan.optimizer.iterations == 2
