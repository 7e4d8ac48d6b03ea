"""The dualing GAN against autograd, weak duality and the exact solution."""

import math

import autograd_reference as reference
import games
import keras
import numpy as np
import pytest
import test_games_and_penalties as parity
from keras import layers, ops

import kgan
from kgan.divergences import linear_game
from kgan.objectives.linear_dualing_gan import LinearDualingGAN

BATCH = 8


def numpy_of(tensor):
    return np.array(ops.convert_to_numpy(ops.stop_gradient(tensor)))


@parity.every_way
def test_cost_is_linearised(n_critic, run_eagerly, monkeypatch):
    arguments = {"linearisation": "cost", "radius": 0.3}
    monkeypatch.setitem(parity.ARGUMENTS, "DualingGAN", arguments)
    monkeypatch.setitem(
        parity.GENERATORS, "DualingGAN", lambda: reference.Dualing(radius=0.3)
    )
    found = parity.difference(
        "DualingGAN", [], n_critic, run_eagerly=run_eagerly
    )
    assert found < 5e-6


@pytest.mark.once
@pytest.mark.slow
def test_with_a_penalty():
    assert parity.difference("DualingGAN", ["R1"], 1) < 5e-6


def game_of(gan, num=BATCH, seed=0):
    gan.compile()
    draws = {"latents": ops.array(games.points(num, games.LATENT_DIM))}
    return kgan.game.Game(gan, games.points(num, seed=seed) + 1, draws)


def dual_of(gan, game, angles):
    weights = [v.value for v in gan.discriminator.trainable_variables]
    return float(numpy_of(gan.dual(game, weights, angles)))


@pytest.mark.parametrize(
    "C",
    [1.0, *(pytest.param(C, marks=pytest.mark.slow) for C in (0.01, 100.0))],
)
def test_multipliers_rise(C):
    values = []
    for steps in (1, 4, 10):
        keras.utils.set_random_seed(0)
        gan = kgan.DualingGAN(
            games.generator(), games.critic(), C=C, dual_steps=steps, seed=1
        )
        game = game_of(gan)
        start = [-game.real_logits, game.fake_logits]
        start = [ops.stop_gradient(angle) for angle in start]
        values.append(dual_of(gan, game, gan.multiplier_logits(game)))
    assert dual_of(gan, game, start) <= values[0] + 1e-6
    assert all(b >= a - 1e-6 for a, b in zip(values, values[1:], strict=False))
    # The ascent is slow where steps of the weights cost little.
    assert C < 1 or values[-1] - values[-2] < 1e-3


@pytest.mark.slow
def test_linear_critic_at_zero_is_the_exact_game():
    samples = keras.Input((2,))
    critic = keras.Model(samples, layers.Dense(1, use_bias=False)(samples))
    critic.set_weights([np.zeros((2, 1))])
    gan = kgan.DualingGAN(
        games.generator(), critic, C=0.3, dual_steps=60, seed=1
    )
    game = game_of(gan)
    exact = linear_game(
        numpy_of(game.real), numpy_of(game.fake), 2 * BATCH * 0.3
    )
    angles = gan.multiplier_logits(game)
    found = dual_of(gan, game, angles)
    assert abs(found - exact.dual / (2 * BATCH)) < 1e-5
    real, fake = (numpy_of(ops.sigmoid(angle))[:, 0] for angle in angles)
    np.testing.assert_allclose(real, exact.real_multipliers, atol=3e-3)
    np.testing.assert_allclose(fake, exact.fake_multipliers, atol=3e-3)
    # The link: one step of gradient descent with the rate 1 / C.
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(1 / 0.3))
    (_, _), (slope,) = kgan.backend.value_and_gradients(
        lambda values: (
            gan.discriminator_objective(game.with_critic(values)),
            (),
        ),
        [critic.trainable_variables[0].value],
    )
    weights = -numpy_of(slope)[:, 0] / 0.3
    np.testing.assert_allclose(weights, exact.weights, atol=3e-3)


@pytest.mark.slow
@pytest.mark.parametrize("linearisation", ["score", "cost"])
def test_estimate_is_what_both_go_up(linearisation):
    gan = kgan.DualingGAN(
        games.generator(), games.critic(), linearisation=linearisation, seed=1
    )
    gan.compile()
    logs = gan.evaluate(games.points(16), return_dict=True, verbose=0)
    assert logs["dual_estimate"] == pytest.approx(-logs["generator_loss"])


@pytest.mark.once
@pytest.mark.slow
def test_a_run_goes_on(tmp_path):
    whole, gone_on = (
        kgan.DualingGAN(
            *(network for network, _ in parity.networks()),
            C=0.5,
            dual_steps=2,
            seed=1,
        )
        for _ in range(2)
    )
    for gan in (whole, gone_on):
        gan.compile()
    options = {"batch_size": BATCH, "verbose": 0}
    whole.fit(games.points(64), epochs=2, **options)
    for epochs in (1, 2):
        gone_on.fit(
            games.points(64),
            epochs=epochs,
            callbacks=[kgan.callbacks.Checkpoint(tmp_path)],
            **options,
        )
    assert games.distance(games.weights(whole), games.weights(gone_on)) == 0
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    assert type(loaded) is kgan.DualingGAN
    assert (loaded.C, loaded.dual_steps) == (0.5, 2)


def linear_model(features=True, **options):
    keras.utils.set_random_seed(0)
    samples = keras.Input((2,))
    hidden = layers.Dense(5, "tanh")(samples)
    network = keras.Model(samples, hidden) if features else None
    return kgan.DualingGAN(
        games.generator(), features=network, seed=1, **options
    )


@pytest.mark.parametrize("features", [True, False])
@pytest.mark.parametrize("C", [1e-4, 0.1])
def test_linear_form_is_solved_exactly(features, C):
    gan = linear_model(features, C=C)
    assert type(gan) is LinearDualingGAN
    game = game_of(gan)
    rows = [
        numpy_of(gan.rows(samples)).astype("float64")
        for samples in (game.real, game.fake)
    ]
    exact = linear_game(*rows, 2 * BATCH * C)
    found = float(numpy_of(gan.estimate_objective(game)))
    assert abs(found - exact.dual / (2 * BATCH)) < 1e-5

    def loss(fake):
        other = kgan.game.Game(gan, game.real, game.draws)
        other._fake = fake
        return gan.generator_objective(other), ()

    if not features:
        _, (slope,) = kgan.backend.value_and_gradients(
            lambda values: loss(values[0]), [ops.stop_gradient(game.fake)]
        )
        expected = -np.outer(exact.fake_multipliers, exact.weights)
        np.testing.assert_allclose(
            2 * BATCH * numpy_of(slope),
            expected,
            atol=2e-3 * np.abs(expected).max(),
        )


@pytest.mark.once
def test_linear_form_trains_and_is_saved(tmp_path):
    gan = linear_model(C=0.001)
    gan.compile(keras.optimizers.Adam(0.02))
    options = {"batch_size": 32, "verbose": 0}
    history = gan.fit(games.points(256) + 2, epochs=10, **options).history
    assert history["dual_estimate"][-1] > history["dual_estimate"][0] + 0.1
    assert history["dual_estimate"][-1] < math.log(2)
    assert set(history) == {"generator_loss", "dual_estimate"}
    gan.save(tmp_path / "run.keras")
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    assert type(loaded) is LinearDualingGAN and loaded.C == 0.001
    before, after = (
        model.evaluate(games.points(32), return_dict=True, verbose=0)
        for model in (gan, loaded)
    )
    assert before == after


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"C": 0}, "`C` must be a positive finite number"),
        ({"C": math.inf}, "`C` must be a positive finite number"),
        ({"radius": -1}, "`radius` must be a positive finite number"),
        ({"dual_steps": 0}, "`dual_steps` must be a positive integer"),
        ({"linearisation": "loss"}, '`linearisation` must be "score" or'),
        ({"linearisation": ["score"]}, '`linearisation` must be "score" or'),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message) as caught:
        kgan.DualingGAN(games.generator(), games.critic(), **options)
    assert "Received:" in str(caught.value)


def test_bad_networks():
    with pytest.raises(ValueError, match="differentiates .* twice.*Received"):
        kgan.DualingGAN(games.generator(), games.noisy_critic())
    with pytest.raises(ValueError, match="`C` must be"):
        kgan.DualingGAN(games.generator(), C=-1)
    with pytest.raises(ValueError, match="`features` must be"):
        kgan.DualingGAN(games.generator(), features=3)
    with pytest.raises(ValueError, match="`n_critic` is of a game with a "):
        kgan.DualingGAN(games.generator(), n_critic=2)
    with pytest.raises(ValueError, match="`features` is of a game without a "):
        kgan.DualingGAN(
            games.generator(), games.critic(), features=games.critic()
        )


@pytest.mark.once
def test_replicas_are_refused():
    gan = kgan.DualingGAN(games.generator(), games.critic(), seed=1)
    if keras.backend.backend() != "jax":
        with pytest.raises(ValueError, match="DualingGAN looks at a whole"):
            kgan.penalties.checks.check_replicas(gan, 2)
