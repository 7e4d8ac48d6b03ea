"""What is measured of a discriminator, and that it leaves no trace."""

import conditional_games
import games
import keras
import numpy as np
import pytest

import kgan


def linear_game(weights, packing=1):
    """A critic of known gradient, w."""
    samples = keras.Input((len(weights),))
    layer = keras.layers.Dense(1)
    critic = keras.Model(samples, layer(samples))
    layer.set_weights([np.array(weights)[:, None], np.array([0.5])])
    maker = games.generator(len(weights) // packing)
    gan = kgan.WGAN(maker, critic, seed=1, packing=packing)
    gan.compile()
    return gan


def test_logits_and_gradients_are_those_of_a_linear_critic():
    gan = linear_game([3.0, -4.0])
    real = games.points(7)
    latents = kgan.images.latents(5, games.LATENT_DIM, seed=2)
    found = gan.examine(latents, real=real)
    np.testing.assert_allclose(
        found["samples"], gan.generate(5, seed=2), atol=1e-6
    )
    for side, samples in (("real", real), ("fake", found["samples"])):
        logits = samples @ [[3.0], [-4.0]] + 0.5
        np.testing.assert_allclose(found[f"{side}_logits"], logits, atol=1e-5)
        norms = found[f"{side}_gradients"]
        np.testing.assert_allclose(norms, np.full(len(samples), 5.0), rtol=1e-6)


@pytest.mark.once
def test_packs_are_judged_together():
    gan = linear_game([1.0, 2.0, 2.0, 4.0], packing=2)
    real = games.points(3)
    latents = kgan.images.latents(4, games.LATENT_DIM, seed=2)
    found = gan.examine(latents, real=real)
    # The last pack is filled up with the first sample.
    packs = real[[0, 1, 2, 0]].reshape(2, 4)
    logits = packs @ [[1.0], [2.0], [2.0], [4.0]] + 0.5
    np.testing.assert_allclose(found["real_logits"], logits, atol=1e-5)
    np.testing.assert_allclose(found["fake_gradients"], [5, 5], rtol=1e-6)
    assert found["samples"].shape == (4, 2)


class AlwaysNoise(keras.layers.Layer):
    """Draws at inference too, and counts its calls."""

    def build(self, shape):
        self.seed_generator = keras.random.SeedGenerator(5)
        self.calls = self.add_weight(initializer="zeros", trainable=False)

    def call(self, inputs):
        self.calls.assign_add(1.0)
        shape = keras.ops.shape(inputs)
        return inputs + keras.random.normal(shape, seed=self.seed_generator)


def behind_noise(network):
    """The network, on inputs with noise."""
    inputs = keras.Input(network.input_shape[1:])
    return keras.Model(inputs, network(AlwaysNoise()(inputs)))


@pytest.mark.slow
def test_no_trace_is_left_in_weights_seeds_or_statistics():
    networks = games.noisy_generator(), games.noisy_critic()
    gan = kgan.GAN(*map(behind_noise, networks), seed=1)
    gan.compile()
    state = [*gan.variables, *gan.optimizer.variables]
    before = games.numpy_of(state)
    latents = kgan.images.latents(5, games.LATENT_DIM, seed=2)
    first = gan.examine(latents, real=games.points(5))
    second = gan.examine(latents, real=games.points(5))
    for a, b in zip(before, games.numpy_of(state), strict=True):
        np.testing.assert_array_equal(a, b)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])


@pytest.mark.once
def test_what_there_is_not_is_not_measured():
    latents = kgan.images.latents(6, games.LATENT_DIM, seed=2)
    alone = kgan.GMMN(games.generator())
    alone.compile()
    assert set(alone.examine(latents, real=games.points(6))) == {"samples"}
    found = linear_game([3.0, -4.0]).examine(latents)
    assert set(found) == {"samples", "fake_logits", "fake_gradients"}


@pytest.mark.once
def test_labels_go_to_both_networks():
    gan = conditional_games.game()
    latents = kgan.images.latents(6, gan.latent_dim, seed=2)
    labels = np.array([0, 1, 2, 0, 1, 2], "int32")
    real = games.points(6, width=gan.sample_spec.shape[0])
    found = gan.examine(latents, labels, real)
    made = gan.generate(6, seed=2, labels=labels)
    np.testing.assert_allclose(found["samples"], made, atol=1e-6)
    logits = gan.discriminator.predict([real, labels], verbose=0)
    np.testing.assert_allclose(found["real_logits"], logits, atol=1e-5)


@pytest.mark.once
def test_gradients_of_a_curved_critic_are_numerical_ones():
    gan = games.game()
    real = games.points(4)
    latents = kgan.images.latents(4, games.LATENT_DIM, seed=2)
    found = gan.examine(latents, real=real)
    first, second = gan.discriminator.get_weights()[::2]
    bias = gan.discriminator.get_weights()[1]
    slope = 1 - np.tanh(real @ first + bias) ** 2
    gradients = (slope * second[:, 0]) @ first.T
    norms = np.linalg.norm(gradients, axis=1)
    np.testing.assert_allclose(found["real_gradients"], norms, rtol=1e-5)
