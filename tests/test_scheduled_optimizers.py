"""Learning rates and beta_2 that follow the images seen, against NumPy."""

import contextlib
import os

import games
import keras
import numpy as np
import pytest

import kgan
from kgan.optimizers import ScheduledAdam
from kgan.schedules import Constant, Cosine, Linear

BATCH = 8
STEPS = 5
# Of all steps but the last, so that the ends of the schedules are met.
IMAGES = BATCH * (STEPS - 1)


def cosine(initial, final, images):
    share = min(images / IMAGES, 1)
    return final + (initial - final) * (1 + np.cos(np.pi * share)) / 2


def linear(initial, final, images):
    return initial + (final - initial) * min(images / IMAGES, 1)


@keras.saving.register_keras_serializable(package="test_schedules")
class Points(kgan.AdversarialModel):
    """A game whose gradients are known."""

    @staticmethod
    def discriminator_loss(real_logits, fake_logits):
        return keras.ops.mean(keras.ops.square(real_logits))

    @staticmethod
    def generator_loss(fake_logits):
        return keras.ops.mean(fake_logits)


def scheduled_adam(**options):
    return ScheduledAdam(
        **{
            "learning_rate": Cosine(0.1, 0.02, IMAGES),
            "beta_1": 0.5,
            "beta_2": Cosine(0.5, 0.99, IMAGES),
            "epsilon": 1e-3,
        }
        | options
    )


def scheduled(n_critic=2, optimizer=scheduled_adam, **options):
    """A game of one weight a player: `w x` of real x, and `w b` of fakes b."""
    latents = keras.Input((games.LATENT_DIM,))
    constant = keras.layers.Dense(2, kernel_initializer="zeros")
    constant(latents)
    constant.trainable = False
    bias = keras.layers.Dense(2, use_bias=False)
    samples = keras.Input((2,))
    critic = keras.Model(
        samples, keras.layers.Dense(1, use_bias=False)(samples)
    )
    generator = keras.Model(latents, bias(constant(latents)))
    constant.set_weights([constant.get_weights()[0], np.ones(2)])
    bias.set_weights([np.array([[0.4, -0.3], [0.2, 0.7]])])
    critic.set_weights([np.array([[0.5], [-0.8]])])
    gan = Points(generator, critic, n_critic=n_critic, seed=1)
    gan.compile(optimizer(), optimizer(), **options)
    return gan


def expected(real, n_critic, rates, betas):
    """The discriminator's weights after each update, in float64."""
    w, m, v, product, step = np.array([0.5, -0.8]), 0.0, 0.0, 1.0, 0
    for index, (rate, b) in enumerate(zip(rates, betas, strict=True)):
        for k in range(n_critic):
            first = (index * n_critic + k) * BATCH
            x = real[first : first + BATCH].astype("float64")
            g = 2 * (x * (x @ w)[:, None]).mean(axis=0)
            step, product = step + 1, product * b
            m = 0.5 * m + 0.5 * g
            v = b * v + (1 - b) * g**2
            unbiased = rate * np.sqrt(1 - product) / (1 - 0.5**step)
            w = w - unbiased * m / (np.sqrt(v) + 1e-3)
    return w


def fit(gan, real, epochs=1, **options):
    gan.fit(
        real,
        batch_size=BATCH,
        shuffle=False,
        verbose=0,
        epochs=epochs,
        **options,
    )
    return gan


def seen(step):
    return step * BATCH


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
    real = games.points(BATCH * STEPS * 2)
    with speed(way):
        gan = fit(scheduled(**WAYS[way]), real)
    rates = [cosine(0.1, 0.02, seen(i)) for i in range(STEPS)]
    betas = [cosine(0.5, 0.99, seen(i)) for i in range(STEPS)]
    found = gan.discriminator.get_weights()[0][:, 0]
    wanted = expected(real, 2, rates, betas)
    assert np.abs(found - wanted).max() < 5e-6
    # The schedules matter.
    other = expected(real, 2, [0.1] * STEPS, betas)
    assert np.abs(other - wanted).max() > 1e-3
    other = expected(real, 2, rates, [0.5] * STEPS)
    assert np.abs(other - wanted).max() > 1e-3


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


@pytest.mark.parametrize("amsgrad", [False, True])
def test_a_constant_beta_2_is_keras_adam(amsgrad):
    real, options = games.points(160), {"amsgrad": amsgrad, "clipnorm": 0.5}
    gans = [
        fit(scheduled(optimizer=lambda c=c: c(0.05, 0.5, 0.9, **options)), real)
        for c in (ScheduledAdam, keras.optimizers.Adam)
    ]
    assert games.distance(*map(games.weights, gans)) < 2e-6


@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}])
def test_an_interrupted_run_goes_on_exactly(tmp_path, options):
    real = games.points(BATCH * 4)
    whole = fit(scheduled(**options), real, epochs=2)
    part = fit(scheduled(**options), real)
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
