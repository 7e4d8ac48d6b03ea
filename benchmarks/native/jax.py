"""Trains WGAN in JAX: one jitted pure function of donated state."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

import native
from native import CLIP, EPSILON, MOMENTUM, NORM_EPSILON, RATE, RHO, SLOPE

VARIANTS = ("jit", "jit_scan")
LAYOUT = ("NHWC", "HWIO", "NHWC")


def build(case, weights, n_critic, variant, dtype="float32", epsilon=EPSILON):
    return Loop(case, weights, n_critic, variant, dtype, epsilon)


class Loop:
    def __init__(self, case, weights, n_critic, variant, dtype, epsilon):
        self.epsilon = epsilon
        self.case, self.n_critic, self.variant = case, n_critic, variant
        self.dtype = jnp.dtype(dtype)
        trained, statistics = native.split(case, weights[0])
        generator, critic = (
            [jnp.array(w) for w in ws] for ws in (trained, weights[1])
        )
        self.state = {
            "generator": generator,
            "statistics": [jnp.array(w) for w in statistics],
            "critic": critic,
            "generator_squares": [jnp.zeros_like(w) for w in generator],
            "critic_squares": [jnp.zeros_like(w) for w in critic],
            "key": jax.random.key(0),
        }
        self.drawn = jax.jit(self.step, donate_argnums=0)
        self.given = jax.jit(self.update_all, donate_argnums=0)

    def run(self, batches):
        self.state = self.drawn(self.state, batches)

    def run_given(self, batches, latents):
        self.state = self.given(self.state, batches, np.stack(latents))

    def synchronize(self):
        jax.block_until_ready(self.state)

    def weights(self):
        trained, statistics, critic = (
            [np.asarray(w) for w in self.state[name]]
            for name in ("generator", "statistics", "critic")
        )
        return native.join(trained, statistics), critic

    def step(self, state, real):
        key, draw = jax.random.split(state["key"])
        shape = (self.n_critic + 1, self.case.batch_size, self.case.latent_dim)
        latents = jax.random.normal(draw, shape)
        return self.update_all({**state, "key": key}, real, latents)

    def update_all(self, state, real, latents):
        generator, critic = state["generator"], state["critic"]
        carry = (state["statistics"], critic, state["critic_squares"])
        one = functools.partial(self.update_critic, generator)
        inputs = latents[:-1]
        if not self.case.convolutional:
            # The samples of a batch do not depend on one another.
            flat = inputs.reshape((-1, self.case.latent_dim))
            fakes, _ = self.generate(generator, [], flat)
            inputs = fakes.reshape((*inputs.shape[:2], -1))
        if self.variant == "jit_scan":
            carry, _ = lax.scan(
                lambda carry, x: (one(carry, *x), None), carry, (inputs, real)
            )
        else:
            for i in range(self.n_critic):
                carry = one(carry, inputs[i], real[i])
        statistics, critic, critic_squares = carry

        def loss(generator):
            fake, new = self.generate(generator, statistics, latents[-1])
            return self.generator_loss(self.judge(critic, fake)), new

        gradients, statistics = jax.grad(loss, has_aux=True)(generator)
        generator, generator_squares = rmsprop(
            generator, state["generator_squares"], gradients, self.epsilon
        )
        return {
            "generator": generator,
            "statistics": statistics,
            "critic": critic,
            "generator_squares": generator_squares,
            "critic_squares": critic_squares,
            "key": state["key"],
        }

    def update_critic(self, generator, carry, x, real):
        """Updates on latents `x`, or samples of a generator without a batch."""
        statistics, critic, squares = carry
        if self.case.convolutional:
            x, statistics = self.generate(generator, statistics, x)
        both = jnp.concatenate([x, real])

        gradients = jax.grad(self.critic_loss)(critic, both)
        critic, squares = rmsprop(critic, squares, gradients, self.epsilon)
        return statistics, self.bounded(critic), squares

    def critic_loss(self, critic, both):
        fake_logits, real_logits = jnp.split(self.judge(critic, both), 2)
        return fake_logits.mean() - real_logits.mean()

    def generator_loss(self, fake_logits):
        return -fake_logits.mean()

    def bounded(self, critic):
        return [jnp.clip(w, -CLIP, CLIP) for w in critic]

    def mlp(self, w, x):
        for i in range(0, 6, 2):
            x, kernel, bias = self.cast(x, w[i], w[i + 1])
            x = jax.nn.relu(x @ kernel + bias)
        return x.astype("float32") @ w[6] + w[7]

    def cast(self, *arrays):
        return (x.astype(self.dtype) for x in arrays)

    def generate(self, w, statistics, z):
        if not self.case.convolutional:
            return self.mlp(w, z), statistics
        hidden = len(statistics) // 2
        size = native.base_size(self.case, hidden)
        new = []
        for i in range(hidden):
            if i == 0:
                z, kernel = self.cast(z, w[0])
                x = (z @ kernel).reshape((-1, size, size, len(w[1])))
            else:
                x = grow(*self.cast(x, w[3 * i]))
            x = x.astype("float32")
            mean = x.mean((0, 1, 2))
            variance = (x * x).mean((0, 1, 2)) - mean * mean
            new += [
                MOMENTUM * old + (1 - MOMENTUM) * value
                for old, value in zip(
                    statistics[2 * i : 2 * i + 2], (mean, variance), strict=True
                )
            ]
            scale = w[3 * i + 1] * lax.rsqrt(variance + NORM_EPSILON)
            x = jax.nn.relu(x * scale + (w[3 * i + 2] - mean * scale))
        return jnp.tanh(grow(x, w[-2]) + w[-1]), new

    def judge(self, w, x):
        if not self.case.convolutional:
            return self.mlp(w, x)
        x = jax.nn.leaky_relu(self.shrink(x, w[0], w[1]), SLOPE)
        for i in range(2, len(w) - 2, 4):
            x = self.shrink(x, w[i], w[i + 1]).astype("float32")
            mean = x.mean((1, 2, 3), keepdims=True)
            square = (x * x).mean((1, 2, 3), keepdims=True)
            x = (x - mean) * lax.rsqrt(square - mean * mean + NORM_EPSILON)
            x = jax.nn.leaky_relu(x * w[i + 2] + w[i + 3], SLOPE)
        x = x.reshape((len(x), -1)).astype("float32")
        return x @ w[-2] + w[-1]

    def shrink(self, x, kernel, bias):
        x, kernel, bias = self.cast(x, kernel, bias)
        x = lax.conv_general_dilated(
            x, kernel, (2, 2), "SAME", dimension_numbers=LAYOUT
        )
        return x + bias


class Penalised(Loop):
    """Trains NonSaturatingGAN with R1 and R2, which share one pass back."""

    gamma: float

    def critic_loss(self, critic, both):
        logits, back = jax.vjp(lambda x: self.judge(critic, x), both)
        (slopes,) = back(jnp.ones_like(logits))
        fake_logits, real_logits = jnp.split(logits, 2)
        loss = jax.nn.softplus(fake_logits) + jax.nn.softplus(-real_logits)
        return loss.mean() + self.gamma * (slopes**2).sum() / len(both)

    def generator_loss(self, fake_logits):
        return jax.nn.softplus(-fake_logits).mean()

    def bounded(self, critic):
        return critic


def grow(x, kernel):
    return lax.conv_transpose(
        x,
        kernel,
        (2, 2),
        "SAME",
        dimension_numbers=LAYOUT,
        transpose_kernel=True,
    )


def rmsprop(weights, squares, gradients, epsilon):
    squares = [
        RHO * s + (1 - RHO) * g * g
        for s, g in zip(squares, gradients, strict=True)
    ]
    moved = zip(weights, gradients, squares, strict=True)
    weights = [w - RATE * g * lax.rsqrt(s + epsilon) for w, g, s in moved]
    return weights, squares


def peak(dtype="float32", size=2048):
    """Measures FLOP/s of a large matrix product and a large convolution."""
    key = jax.random.key(0)
    matrix = jax.random.normal(key, (size, size), dtype)
    images = jax.random.normal(key, (size // 32, 32, 32, 64), dtype)
    kernel = jax.random.normal(key, (3, 3, 64, 128), dtype)

    def convolve(images, kernel):
        return lax.conv_general_dilated(
            images, kernel, (1, 1), "SAME", dimension_numbers=LAYOUT
        )

    product, convolve = jax.jit(jnp.matmul), jax.jit(convolve)
    operations = {
        "matrix product": (lambda: product(matrix, matrix), 2 * size**3),
        "convolution": (
            lambda: convolve(images, kernel),
            2 * (size // 32) * 32**2 * 3**2 * 64 * 128,
        ),
    }
    return native.rates(operations, jax.block_until_ready)
