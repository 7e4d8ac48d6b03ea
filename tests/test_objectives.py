"""The losses and estimates of the objectives, on numbers."""

import math

import games
import keras
import numpy as np
import pytest
from keras import ops

import kgan

ESTIMATING = [
    row.model.__name__
    for row in kgan.objectives.table().values()
    if hasattr(row.model, "estimate") and not row.model.takes_features
]
REAL = np.array([[0.5], [-1.0], [2.0]], "float32")
FAKE = np.array([[-0.3], [1.2], [0.0]], "float32")


def number(tensor):
    return float(ops.convert_to_numpy(tensor))


def softplus(x):
    return np.logaddexp(0.0, np.asarray(x, "float64"))


def gradient(function, values):
    """Gradient of a scalar function of an array, by backend."""
    values = np.asarray(values, "float32")
    if games.BACKEND == "tensorflow":
        import tensorflow as tf

        x = tf.constant(values)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return tape.gradient(y, x).numpy()
    if games.BACKEND == "jax":
        import jax

        return np.asarray(jax.grad(function)(jax.numpy.asarray(values)))
    import torch

    x = torch.tensor(values, requires_grad=True)
    with torch.device("cpu"):
        function(x).backward()
    return x.grad.numpy()


def test_losses_of_the_game_are_literal():
    want = softplus(-REAL).mean() + softplus(FAKE).mean()
    for objective in (kgan.GAN, kgan.NonSaturatingGAN):
        got = number(objective.discriminator_loss(REAL, FAKE))
        assert got == pytest.approx(want, rel=1e-6)
    zeros = np.zeros((4, 1), "float32")
    loss = number(kgan.GAN.discriminator_loss(zeros, zeros))
    assert loss == pytest.approx(2 * math.log(2), rel=1e-6)


def test_losses_are_those_of_probabilities():
    d_real, d_fake = (1 / (1 + np.exp(-a.astype("f8"))) for a in (REAL, FAKE))
    value = np.log(d_real).mean() + np.log(1 - d_fake).mean()
    loss = number(kgan.GAN.discriminator_loss(REAL, FAKE))
    assert loss == pytest.approx(-value, rel=1e-6)
    saturating = number(kgan.GAN.generator_loss(FAKE))
    assert saturating == pytest.approx(np.log(1 - d_fake).mean(), rel=1e-6)
    loss = number(kgan.NonSaturatingGAN.generator_loss(FAKE))
    assert loss == pytest.approx(-np.log(d_fake).mean(), rel=1e-6)


def test_losses_of_wgan_are_literal():
    assert number(kgan.WGAN.discriminator_loss(REAL, FAKE)) == pytest.approx(
        0.3 - 0.5, rel=1e-5
    )
    assert number(kgan.WGAN.generator_loss(FAKE)) == pytest.approx(
        -0.3, rel=1e-5
    )
    assert number(kgan.WGAN.estimate(REAL, FAKE)) == pytest.approx(
        0.2, rel=1e-5
    )


@pytest.mark.parametrize("real", [1e4, -1e4])
@pytest.mark.parametrize("fake", [1e4, -1e4])
@pytest.mark.parametrize("name", ESTIMATING)
def test_finite_at_huge_logits(name, real, fake):
    objective = getattr(kgan, name)
    real = np.full((2, 1), real, "float32")
    fake = np.full((2, 1), fake, "float32")
    for loss in (
        objective.discriminator_loss(real, fake),
        objective.generator_loss(fake),
        objective.estimate(real, fake),
    ):
        assert math.isfinite(number(loss))
    for function, at in (
        (lambda x: objective.discriminator_loss(x, ops.array(fake)), real),
        (lambda x: objective.discriminator_loss(ops.array(real), x), fake),
        (objective.generator_loss, fake),
    ):
        got = gradient(function, at)
        assert np.isfinite(got).all()
        assert np.abs(got).max() <= 0.5 + 1e-6  # The mean of two.


def test_gradients_have_the_sign_of_the_game():
    fixed = ops.array(FAKE)
    for name in ESTIMATING:
        objective = getattr(kgan, name)
        loss = objective.discriminator_loss
        up = gradient(lambda x, loss=loss: loss(x, fixed), REAL)
        down = gradient(lambda x, loss=loss: loss(fixed, x), FAKE)
        made = gradient(objective.generator_loss, FAKE)
        assert (up < 0).all() and (down > 0).all() and (made < 0).all()


def test_saturating_gradient_vanishes_where_the_discriminator_wins():
    logits = np.full((1, 1), -20.0)
    assert abs(gradient(kgan.GAN.generator_loss, logits)).max() < 1e-8
    kept = gradient(kgan.NonSaturatingGAN.generator_loss, logits)
    assert kept == pytest.approx(-1.0, abs=1e-6)


@pytest.mark.parametrize("name", ["GAN", "NonSaturatingGAN"])
def test_saturation_in_training(name):
    """Logits near -20 stop GAN's generator and not the other one."""
    generator, discriminator = games.generator(), games.critic()
    *_, kernel, bias = discriminator.weights
    kernel.assign(np.full((6, 1), 0.1))
    bias.assign([-20.0])
    gan = getattr(kgan, name)(generator, discriminator, seed=2)
    gan.compile(keras.optimizers.SGD(1.0), keras.optimizers.SGD(0.0))
    before = generator.get_weights()
    gan.fit(games.points(8), batch_size=8, verbose=0)
    moved = games.distance(before, generator.get_weights())
    if name == "GAN":
        assert moved < 1e-8
    else:
        assert moved > 1e-3


@pytest.mark.parametrize("prior", [0.1, 0.3, 0.5, 0.9])
def test_class_prior_weighs_real_and_fake(prior):
    want = prior * softplus(-REAL).mean() + (1 - prior) * softplus(FAKE).mean()
    got = number(kgan.GAN.discriminator_loss(REAL, FAKE, class_prior=prior))
    assert got == pytest.approx(want, rel=1e-6)


def test_class_prior_of_half_is_half_the_usual_loss():
    usual = number(kgan.GAN.discriminator_loss(REAL, FAKE))
    half = number(kgan.GAN.discriminator_loss(REAL, FAKE, class_prior=0.5))
    assert half == pytest.approx(usual / 2, rel=1e-6)


@pytest.mark.parametrize("name", ["GAN", "NonSaturatingGAN"])
def test_class_prior_reaches_training_and_logs(name):
    generator, discriminator = games.generator(), games.critic()
    real = games.points(16)
    gan = getattr(kgan, name)(generator, discriminator, class_prior=0.3, seed=5)
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0))
    logs = gan.evaluate(real, batch_size=16, verbose=0, return_dict=True)
    latents = ops.convert_to_numpy(
        keras.random.normal((16, 3), seed=keras.random.SeedGenerator(6))
    )
    real_logits = discriminator.predict(real, verbose=0)
    fake = generator.predict(latents, verbose=0)
    fake_logits = discriminator.predict(fake, verbose=0)
    want = (
        0.3 * softplus(-real_logits).mean() + 0.7 * softplus(fake_logits).mean()
    )
    entropy = -0.3 * math.log(0.3) - 0.7 * math.log(0.7)
    # XLA's generator of random numbers draws others; their mean is close.
    tolerance = 1e-5
    if games.BACKEND == "tensorflow":
        tolerance = 0.3
    assert logs["discriminator_loss"] == pytest.approx(want, abs=tolerance)
    assert logs["jsd_estimate"] == pytest.approx(
        entropy - logs["discriminator_loss"], abs=1e-5
    )


@pytest.mark.once
@pytest.mark.parametrize(
    "prior", [0.0, 1.0, -0.1, 1.5, math.nan, math.inf, "0.5", True, 1, [0.5]]
)
@pytest.mark.parametrize("name", ["GAN", "NonSaturatingGAN"])
def test_class_prior_out_of_range(name, prior):
    with pytest.raises(
        ValueError, match="`class_prior`.*Received: class_prior"
    ):
        getattr(kgan, name)(
            games.generator(), games.critic(), class_prior=prior
        )


def test_jsd_estimate_is_half_of_value_and_two_log_two():
    value = -number(kgan.GAN.discriminator_loss(REAL, FAKE))
    want = (value + 2 * math.log(2)) / 2
    assert number(kgan.GAN.estimate(REAL, FAKE)) == pytest.approx(
        want, rel=1e-5
    )


def test_jsd_estimate_at_its_ends():
    zeros = np.zeros((4, 1), "float32")
    assert number(kgan.GAN.estimate(zeros, zeros)) == pytest.approx(0, abs=1e-6)
    perfect = number(kgan.GAN.estimate(zeros + 100, zeros - 100))
    assert perfect == pytest.approx(math.log(2), rel=1e-6)
    prior = 0.3
    entropy = -prior * math.log(prior) - (1 - prior) * math.log(1 - prior)
    got = number(kgan.GAN.estimate(zeros + 100, zeros - 100, prior))
    assert got == pytest.approx(entropy, rel=1e-6)
    # A discriminator that knows the prior alone learns nothing.
    knows = zeros + np.float32(math.log(prior / (1 - prior)))
    assert number(kgan.GAN.estimate(knows, knows, prior)) == pytest.approx(
        0, abs=1e-6
    )


def test_estimates_are_logged():
    data = games.points(32)
    for name, estimate in (
        ("GAN", "jsd_estimate"),
        ("NonSaturatingGAN", "jsd_estimate"),
        ("WGAN", "wasserstein_estimate"),
    ):
        gan = games.game(name)
        clip = kgan.callbacks.WeightClip(0.5)
        history = gan.fit(data, batch_size=8, callbacks=[clip], verbose=0)
        logs = history.history
        assert set(logs) == {
            "discriminator_loss",
            "generator_loss",
            estimate,
            "clipped_share",
        }
        loss = logs["discriminator_loss"][0]
        want = -loss if name == "WGAN" else math.log(2) - loss / 2
        assert logs[estimate][0] == pytest.approx(want, abs=1e-5)


def test_objective_of_a_user_in_two_functions():
    class LeastSquaresGAN(kgan.AdversarialModel):
        @staticmethod
        def discriminator_loss(real_logits, fake_logits):
            return ops.mean((real_logits - 1) ** 2) + ops.mean(fake_logits**2)

        @staticmethod
        def generator_loss(fake_logits):
            return ops.mean((fake_logits - 1) ** 2)

    gan = LeastSquaresGAN(games.generator(), games.critic(), n_critic=2)
    gan.compile()
    before = games.weights(gan)
    history = gan.fit(games.points(32), batch_size=8, verbose=0).history
    assert set(history) == {"discriminator_loss", "generator_loss"}
    assert games.distance(before, games.weights(gan)) > 1e-5
