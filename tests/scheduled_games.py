"""A game whose weights are known when its rate and beta_2 follow images."""

import games
import keras
import numpy as np

import kgan
from kgan.optimizers import ScheduledAdam
from kgan.schedules import Cosine

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


def difference(**options):
    """Largest distance of the critic's weights to those of NumPy."""
    real = games.points(BATCH * STEPS * 2)
    gan = fit(scheduled(**options), real)
    rates = [cosine(0.1, 0.02, seen(i)) for i in range(STEPS)]
    betas = [cosine(0.5, 0.99, seen(i)) for i in range(STEPS)]
    found = gan.discriminator.get_weights()[0][:, 0]
    wanted = expected(real, 2, rates, betas)
    # The schedules matter.
    for other in ([0.1] * STEPS, betas), (rates, [0.5] * STEPS):
        assert np.abs(expected(real, 2, *other) - wanted).max() > 1e-3
    return float(np.abs(found - wanted).max())
