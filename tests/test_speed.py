"""What is only faster trains the weights of Keras's own way."""

import logging

import games
import keras
import numpy as np
import pytest

import kgan
from kgan import penalties
from kgan.backend.demands import TrainedModel
from kgan.speed.switch import is_on

BACKEND = games.BACKEND
# XLA compiles for a minute, and test_jax_convolutions has JAX's fast path.
LONG = pytest.mark.soak if BACKEND == "jax" else pytest.mark.slow
SGD = keras.optimizers.SGD
STEPS = 5


def dense():
    return games.generator(), games.critic()


def convolutional():
    return (
        kgan.architectures.dcgan_generator((8, 8, 1), 3, 4),
        kgan.architectures.dcgan_discriminator((8, 8, 1), 4),
    )


def trained(networks, objective="NonSaturatingGAN", n_critic=2, **parts):
    """A model after five steps with SGD."""
    keras.utils.set_random_seed(0)
    generator, critic = networks()
    gan = getattr(kgan, objective)(
        generator, critic, n_critic=n_critic, seed=3, **parts
    )
    gan.compile(SGD(0.05), SGD(0.05))
    rng = np.random.default_rng(0)
    shape = (STEPS * n_critic * games.BATCH, *generator.output_shape[1:])
    samples = rng.uniform(-1, 1, shape).astype("float32")
    clips = [kgan.callbacks.WeightClip(0.1)] if objective == "WGAN" else []
    gan.fit(
        samples,
        batch_size=games.BATCH,
        shuffle=False,
        callbacks=clips,
        verbose=0,
    )
    assert gan.optimizer.iterations == STEPS
    return gan


def takes_fast_paths(gan):
    """Whether the last training took any."""
    paths = gan.fast_paths
    if BACKEND == "torch":
        return paths.graphs is not None and all(paths.graphs._graphs.values())
    if BACKEND == "jax":
        return "train_step" in vars(gan)
    return "play" in vars(gan)


def difference(monkeypatch, *arguments, **parts):
    """Largest distance of any weight or moving average, on and off."""
    states = []
    for value in ("1", "0"):
        monkeypatch.setenv("KGAN_SPEED", value)
        gan = trained(*arguments, **parts)
        assert takes_fast_paths(gan) == (value == "1")
        states.append(games.numpy_of(gan.variables))
    keras.utils.set_random_seed(0)
    generator, critic = arguments[0]()
    start = generator.get_weights() + critic.get_weights()
    assert games.distance(games.weights(gan), start) > 1e-3
    return games.distance(*states)


@pytest.mark.parametrize(
    ("objective", "n_critic"),
    [
        ("GAN", 1),
        ("WGAN", 2),
        pytest.param("GAN", 2, marks=pytest.mark.soak),
        pytest.param("WGAN", 1, marks=pytest.mark.soak),
    ],
)
def test_dense_networks(objective, n_critic, monkeypatch):
    assert difference(monkeypatch, dense, objective, n_critic) < 5e-6


PENALTIES = {
    "R1 and R2": lambda: [penalties.R1(0.7), penalties.R2(0.7)],
    "GradientPenalty": lambda: [penalties.GradientPenalty()],
}


@pytest.mark.parametrize("names", PENALTIES)
def test_penalties(names, monkeypatch):
    parts = {"penalties": PENALTIES[names]()}
    assert difference(monkeypatch, dense, **parts) < 5e-6


@LONG
@pytest.mark.parametrize("names", [None, *PENALTIES])
def test_convolutions_and_normalizations(names, monkeypatch):
    parts = {"penalties": PENALTIES[names]()} if names else {}
    assert difference(monkeypatch, convolutional, **parts) < 5e-6


def test_the_switch_counts_when_a_step_is_built(monkeypatch):
    gan = games.game(n_critic=1)
    gan.train_on_batch(games.points(8))
    gan.train_on_batch(games.points(8))
    assert takes_fast_paths(gan)
    monkeypatch.setenv("KGAN_SPEED", "0")
    gan.train_on_batch(games.points(8))
    assert takes_fast_paths(gan)
    gan.make_train_function(force=True)
    gan.make_test_function(force=True)
    gan.train_on_batch(games.points(8))
    assert not takes_fast_paths(gan)
    assert not {"play", "train_step", "test_step"} & {*vars(gan)}


@pytest.mark.parametrize("value", ["", "off", "2", "true"])
def test_other_values_are_refused_before_training(value, monkeypatch):
    monkeypatch.setenv("KGAN_SPEED", value)
    with pytest.raises(ValueError, match=r"`KGAN_SPEED` must be 0 or 1\. Rec"):
        is_on()
    gan = games.game()
    before = games.weights(gan)
    with pytest.raises(ValueError, match="KGAN_SPEED"):
        gan.fit(games.points(64), batch_size=8, verbose=0)
    assert games.distance(before, games.weights(gan)) == 0
    monkeypatch.setenv("KGAN_SPEED", "1")
    gan.fit(games.points(64), batch_size=8, verbose=0)


def test_a_path_that_is_not_taken_is_said_once(caplog):
    """Torch: no graph. TensorFlow: Keras's function. JAX: no loop in XLA."""
    caplog.set_level(logging.INFO, "kgan.speed")
    if BACKEND == "jax":
        keras.utils.set_random_seed(0)
        gan = kgan.GAN(*convolutional(), seed=1)
        gan.compile(steps_per_execution=2)
        for _ in range(2):
            gan.make_train_function(force=True)
        expected = "a call of XLA for each step: convolutions on a CPU"
    else:
        gan = games.game(run_eagerly=True)
        for _ in range(3):
            gan.fit(games.points(64), batch_size=8, verbose=0)
        expected = {
            "torch": "no graph of a step: run_eagerly=True",
            "tensorflow": "Keras's function of a train_step: run_eagerly=True",
        }[BACKEND]
    said = [r.message for r in caplog.records if r.name == "kgan.speed"]
    assert said == [f"{gan.name}: {expected}"]


@pytest.mark.skipif(BACKEND != "torch", reason="torch.compile's graphs")
def test_no_graph_for_torch_compile_is_said(monkeypatch):
    monkeypatch.setenv("KGAN_SPEED", "0")
    gan = games.game(jit_compile=True)
    with pytest.warns(UserWarning, match="KGAN_SPEED=0, jit_compile=True"):
        gan.train_on_batch(games.points(16))


def test_a_model_has_what_a_backend_demands():
    gan = games.game()
    assert isinstance(gan, TrainedModel)
    assert not isinstance(keras.Model(), TrainedModel)
