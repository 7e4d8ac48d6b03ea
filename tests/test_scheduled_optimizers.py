"""Learning rates and beta_2 that follow the images seen, against NumPy."""

import contextlib
import os

import games
import keras
import numpy as np
import pytest
from scheduled_games import (
    BATCH,
    IMAGES,
    STEPS,
    difference,
    fit,
    linear,
    scheduled,
    scheduled_adam,
    seen,
)

import kgan
from kgan.optimizers import ScheduledAdam
from kgan.schedules import Constant, Cosine, Linear

WAYS = {
    "plain": {},
    "eagerly": {"run_eagerly": True},
    "without speed": {},
    "several steps": {"steps_per_execution": STEPS},
    "jit": {"jit_compile": True},
}


@contextlib.contextmanager
def speed(way):
    before = os.environ.get("KGAN_SPEED")
    os.environ["KGAN_SPEED"] = "0" if way == "without speed" else "1"
    try:
        yield
    finally:
        del os.environ["KGAN_SPEED"]
        if before is not None:
            os.environ["KGAN_SPEED"] = before


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "way",
    [
        pytest.param(way, marks=[pytest.mark.slow] if way == "jit" else [])
        for way in WAYS
    ],
)
def test_rate_and_beta_2_are_numpys(way):
    if way == "several steps" and games.BACKEND == "torch":
        pytest.skip("Keras has no steps_per_execution there")
    with speed(way):
        assert difference(**WAYS[way]) < 5e-6


def test_any_optimizer_takes_a_schedule_of_its_rate():
    real = games.points(BATCH * STEPS * 2)
    gan = fit(
        scheduled(
            optimizer=lambda: keras.optimizers.SGD(Linear(0.3, 0.1, IMAGES))
        ),
        real,
    )
    w = np.array([0.5, -0.8])
    for index in range(STEPS * 2):
        x = real[index * BATCH :][:BATCH].astype("float64")
        rate = linear(0.3, 0.1, seen(index // 2))
        w = w - rate * 2 * (x * (x @ w)[:, None]).mean(axis=0)
    found = gan.discriminator.get_weights()[0][:, 0]
    assert np.abs(found - w).max() < 5e-6
    present = keras.ops.convert_to_numpy(gan.generator_optimizer.learning_rate)
    assert present == pytest.approx(0.1)


def test_schedules_of_keras_count_the_updates_of_a_player():
    real = games.points(BATCH * STEPS * 2)

    def optimizer():
        halves = keras.optimizers.schedules.ExponentialDecay(0.2, 1, 0.5)
        return keras.optimizers.SGD(halves)

    gan = fit(scheduled(optimizer=optimizer), real)
    w = np.array([0.5, -0.8])
    for index in range(STEPS * 2):
        x = real[index * BATCH :][:BATCH].astype("float64")
        w = w - 0.2 * 0.5**index * 2 * (x * (x @ w)[:, None]).mean(axis=0)
    found = gan.discriminator.get_weights()[0][:, 0]
    assert np.abs(found - w).max() < 5e-6


@pytest.mark.once
@pytest.mark.parametrize("amsgrad", [False, True])
def test_a_constant_beta_2_is_keras_adam(amsgrad):
    real, options = games.points(160), {"amsgrad": amsgrad, "clipnorm": 0.5}
    gans = [
        fit(scheduled(optimizer=lambda c=c: c(0.05, 0.5, 0.9, **options)), real)
        for c in (ScheduledAdam, keras.optimizers.Adam)
    ]
    assert games.distance(*map(games.weights, gans)) < 2e-6


@pytest.mark.slow
def test_an_interrupted_run_goes_on_exactly(tmp_path):
    real = games.points(BATCH * 4)
    whole = fit(scheduled(), real, epochs=2)
    part = fit(scheduled(), real)
    part.save(tmp_path / "run.keras")
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    assert (
        loaded.discriminator_optimizer.get_config()["beta_2"]
        == (part.discriminator_optimizer.get_config()["beta_2"])
    )
    for gan in (part, loaded):
        fit(gan, real)
        assert games.distance(games.weights(gan), games.weights(whole)) == 0
        variables = (
            games.numpy_of(model.optimizer.variables) for model in (gan, whole)
        )
        assert games.distance(*variables) == 0


@pytest.mark.slow
def test_a_checkpoint_goes_on_and_another_schedule_is_refused(tmp_path):
    def trained(epochs, directory, optimizer=scheduled_adam):
        checkpoint = kgan.callbacks.Checkpoint(tmp_path / directory)
        gan = scheduled(optimizer=optimizer)
        fit(gan, games.points(64), epochs, callbacks=[checkpoint])
        return games.numpy_of([*gan.variables, *gan.optimizer.variables])

    whole = trained(3, "whole")
    trained(2, "killed")
    assert games.distance(trained(3, "killed"), whole) == 0
    with pytest.raises(ValueError, match="run of another model"):
        trained(
            4,
            "killed",
            lambda: scheduled_adam(beta_2=Cosine(0.5, 0.98, IMAGES)),
        )


def test_two_models_follow_their_own_images():
    schedule = Linear(0.3, 0.1, IMAGES)
    first, second = (
        scheduled(optimizer=lambda: keras.optimizers.SGD(schedule))
        for _ in range(2)
    )
    fit(first, games.points(64))
    rates = [
        float(keras.ops.convert_to_numpy(gan.generator_optimizer.learning_rate))
        for gan in (first, second)
    ]
    assert rates == pytest.approx([0.1, 0.3])
    first.compile(first.generator_optimizer, first.discriminator_optimizer)
    rate = first.generator_optimizer.learning_rate
    assert float(keras.ops.convert_to_numpy(rate)) == pytest.approx(0.1)


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"beta_2": 1.0}, "`beta_2` must be a number in"),
        ({"beta_2": "0.9"}, "`beta_2` must be a number in"),
        ({"beta_2": Constant(1.0)}, "`beta_2` must follow numbers in"),
        ({"beta_2": Cosine(0.9, 1.1, 10)}, "which is 1.1 after"),
        ({"beta_1": -0.1}, "`beta_1` must be a number in"),
        ({"gradient_accumulation_steps": 2}, "accumulates no gradients"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        ScheduledAdam(1e-3, **arguments)


@pytest.mark.once
def test_bad_rates():
    with pytest.raises(ValueError, match="`learning_rate of gen.*-0.1 after"):
        games.game().compile(keras.optimizers.SGD(Linear(0.1, -0.1, 100)))
    alone = ScheduledAdam(1e-3, beta_2=Cosine(0.9, 0.99, 100))
    variable = keras.Variable(np.ones(2, "float32"))
    with pytest.raises(ValueError, match="no kgan model is compiled with"):
        alone.apply([keras.ops.ones(2)], [variable])


@pytest.mark.once
def test_an_unrolled_game_refuses_it():
    gan = kgan.UnrolledGAN(
        games.generator(), games.critic(), unroll_optimizer="adam"
    )
    with pytest.raises(ValueError, match="ScheduledAdam"):
        gan.compile(discriminator_optimizer=scheduled_adam())
