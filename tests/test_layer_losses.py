"""Losses of layers belong to their player's loss, as NumPy has them."""

import json

import games
import jobs
import keras
import numpy as np
import pytest
import reference
from test_algorithm import BATCH, LATENT_DIM, latents_of

import kgan
from kgan.layer_losses import LayerLosses

STEPS = 4
RATE = 0.05
# Of the kernels, of the last biases, of the hidden activity, of `add_loss`.
KERNEL, BIAS, ACTIVITY, ADDED = 0.3, 0.7, 0.4, 0.9


@keras.saving.register_keras_serializable("tests")
class AddsLoss(keras.layers.Layer):
    """Leaves its inputs, and adds a loss of them."""

    def call(self, inputs):
        self.add_loss(ADDED * keras.ops.mean(inputs**2))
        return inputs


def network(width, out, seed, wrapped=False):
    l2 = keras.regularizers.L2
    inputs = keras.Input((width,))
    hidden = keras.layers.Dense(
        8,
        "tanh",
        kernel_regularizer=l2(KERNEL),
        activity_regularizer=l2(ACTIVITY),
    )(inputs)
    outputs = keras.layers.Dense(
        out, kernel_regularizer=l2(KERNEL), bias_regularizer=l2(BIAS)
    )(AddsLoss()(hidden))
    model = keras.Model(inputs, outputs)
    rng = np.random.default_rng(seed)
    weights = [0.4 * rng.standard_normal(w.shape) for w in model.weights]
    model.set_weights(weights)
    if wrapped:
        inputs = keras.Input((width,))
        model = keras.Model(inputs, model(inputs))
    return model, [w.astype("float32").astype("float64") for w in weights]


def of_weights(weights):
    """Loss and gradients of the weights' regularizers."""
    rates = [KERNEL, 0.0, KERNEL, BIAS]
    loss = sum(
        rate * (w**2).sum() for rate, w in zip(rates, weights, strict=True)
    )
    return loss, [2 * r * w for r, w in zip(rates, weights, strict=True)]


def of_activity(hidden):
    """Loss and gradient of what is asked of the hidden units."""
    each = ACTIVITY / len(hidden) + ADDED / hidden.size
    return each * (hidden**2).sum(), 2 * each * hidden


def backward(weights, x, hidden, upstream, at_hidden=0.0):
    """As `reference.backward`, with a gradient that arrives at `hidden`."""
    _, _, w2, _ = weights
    before_tanh = (upstream @ w2.T + at_hidden) * (1 - hidden**2)
    return [
        x.T @ before_tanh,
        before_tanh.sum(0),
        hidden.T @ upstream,
        upstream.sum(0),
    ]


def softplus(x):
    return np.logaddexp(0, x)


def discriminator_loss(generator, discriminator, real, z):
    """The loss of GAN and the discriminator's layers, and its gradients."""
    _, fake = reference.forward(generator, z)
    loss, total = of_weights(discriminator)
    for side, sign, batch in (("real", -1, real), ("fake", 1, fake)):
        hidden, logits = reference.forward(discriminator, batch)
        upstream = reference.LOGIT_GRADIENTS["GAN"][side](logits) / len(batch)
        activity, at_hidden = of_activity(hidden)
        loss += softplus(sign * logits).mean() + activity
        part = backward(discriminator, batch, hidden, upstream, at_hidden)
        total = [a + b for a, b in zip(total, part, strict=True)]
    return loss, total


def generator_loss(generator, discriminator, z):
    hidden, fake = reference.forward(generator, z)
    judged, logits = reference.forward(discriminator, fake)
    upstream = reference.LOGIT_GRADIENTS["GAN"]["generator"](logits) / len(z)
    # Through the discriminator as if its layers asked for nothing.
    _, at_fake = reference.backward(discriminator, fake, judged, upstream)
    activity, at_hidden = of_activity(hidden)
    part = backward(generator, z, hidden, at_fake, at_hidden)
    penalty, total = of_weights(generator)
    loss = -softplus(logits).mean() + activity + penalty
    return loss, [a + b for a, b in zip(total, part, strict=True)]


def train(generator, discriminator, batches, latents, n_critic):
    """Weights after `STEPS` of plain gradient descent, and the mean losses."""
    losses = []
    for _ in range(STEPS):
        for _ in range(n_critic):
            judged, gradients = discriminator_loss(
                generator, discriminator, next(batches), next(latents)
            )
            discriminator = descend(discriminator, gradients)
        made, gradients = generator_loss(
            generator, discriminator, next(latents)
        )
        generator = descend(generator, gradients)
        losses.append((judged, made))
    return generator, discriminator, np.mean(losses, axis=0)


def descend(weights, gradients):
    return [w - RATE * g for w, g in zip(weights, gradients, strict=True)]


def run(n_critic=2, wrapped=False, **options):
    """Distance of weights and of losses to NumPy's; model, weights."""
    generator, generator_weights = network(LATENT_DIM, 2, 1, wrapped)
    critic, critic_weights = network(2, 1, 2, wrapped)
    gan = kgan.GAN(generator, critic, n_critic=n_critic, seed=4)
    sgd = keras.optimizers.SGD
    gan.compile(sgd(RATE), sgd(RATE), **options)
    samples = games.points(STEPS * n_critic * BATCH)
    history = gan.fit(samples, batch_size=BATCH, shuffle=False, verbose=0)
    batches = iter(samples.astype("float64").reshape(-1, BATCH, 2))
    *expected, losses = train(
        generator_weights, critic_weights, batches, latents_of(4), n_critic
    )
    weights = games.distance(games.weights(gan), sum(expected, []))
    logged = [
        history.history[f"{player}_loss"][-1]
        for player in ("discriminator", "generator")
    ]
    return weights, np.abs(np.subtract(logged, losses)).max(), gan, expected


@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}], ids=str)
@pytest.mark.parametrize("n_critic", [1, 2])
def test_regularizers_and_added_losses_train_their_player(n_critic, options):
    weights, losses, gan, _ = run(n_critic, **options)
    assert weights < 2e-6
    assert losses < 1e-5
    if games.BACKEND == "torch" and not options:
        (graph,) = gan.fast_paths.graphs._graphs.values()
        assert graph is not None


def test_losses_of_networks_within_networks():
    weights, losses, _, _ = run(wrapped=True)
    assert weights < 2e-6
    assert losses < 1e-5


def test_evaluation_logs_the_same_losses():
    _, _, gan, (generator, critic) = run()
    real = games.points(BATCH, seed=9)
    logs = gan.evaluate(real, batch_size=BATCH, return_dict=True, verbose=0)
    z = next(latents_of(5))
    expected, _ = discriminator_loss(generator, critic, real, z)
    assert logs["discriminator_loss"] == pytest.approx(expected, abs=1e-5)
    expected, _ = generator_loss(generator, critic, z)
    assert logs["generator_loss"] == pytest.approx(expected, abs=1e-5)
    # The estimate is of the logits, without what layers ask for.
    assert -0.5 < logs["jsd_estimate"] <= np.log(2)


def test_frozen_weights_are_not_regularized():
    generator, _ = network(LATENT_DIM, 2, 1)
    generator.trainable = False
    assert LayerLosses(generator).of_weights() == []


def test_networks_without_losses_are_asked_for_none():
    for plain in (games.generator(), games.noisy_critic()):
        losses = LayerLosses(plain)
        assert not losses.adds_in_call
        assert losses.of_weights() == losses.of_call() == []


@pytest.mark.once("tensorflow")
@pytest.mark.soak
def test_two_replicas_train_what_numpy_does():
    processes, form = (2, "job") if games.BACKEND == "torch" else (1, "devices")
    flags = "--xla_force_host_platform_device_count=2"
    script = jobs.TESTS / "on_replicas.py"
    started = jobs.start([script, form], processes, XLA_FLAGS=flags)
    for line in jobs.finish(started):
        found = json.loads(line)
        assert found["replicas"] == 2
        assert found["weights"] < 2e-6
        assert found["losses"] < 1e-5
        assert found["beside averages"] < 2e-6
        assert found["average"] < 1e-5
        assert found["labelled"] < 1e-5
        assert found["rate and beta"] < 5e-6
        assert found["probability"] < 1e-6
        assert found["normalized"] < 1e-5
        for objective in ("WGANGP", "R3GAN"):
            assert found[objective] < 1e-5, objective
