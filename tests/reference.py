"""The papers' algorithms in NumPy, float64, with gradients by hand.

Both networks are two dense layers with tanh between, so that the gradients
fit on a page and are smooth. Nothing here comes from kgan or Keras.
"""

import numpy as np


def forward(weights, x):
    """Dense, tanh, dense."""
    w1, b1, w2, b2 = weights
    hidden = np.tanh(x @ w1 + b1)
    return hidden, hidden @ w2 + b2


def backward(weights, x, hidden, upstream):
    """Gradients of sum(upstream * output): of the weights, and of x."""
    w1, _, w2, _ = weights
    at_hidden = (upstream @ w2.T) * (1 - hidden**2)
    gradients = [
        x.T @ at_hidden,
        at_hidden.sum(0),
        hidden.T @ upstream,
        upstream.sum(0),
    ]
    return gradients, at_hidden @ w1.T


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


class RMSprop:
    """Keras's form: the epsilon under the root."""

    def __init__(self, learning_rate, rho, epsilon):
        self.learning_rate, self.rho, self.epsilon = learning_rate, rho, epsilon
        self.squares = None

    def step(self, weights, gradients):
        if self.squares is None:
            self.squares = [np.zeros_like(w) for w in weights]
        self.squares = [
            self.rho * s + (1 - self.rho) * g**2
            for s, g in zip(self.squares, gradients, strict=True)
        ]
        return [
            w - self.learning_rate * g / np.sqrt(s + self.epsilon)
            for w, g, s in zip(weights, gradients, self.squares, strict=True)
        ]


class Adam:
    """Kingma & Ba 2015, section 2's efficient order, as Keras has it."""

    def __init__(self, learning_rate, beta_1, beta_2=0.999, epsilon=1e-7):
        self.learning_rate, self.epsilon = learning_rate, epsilon
        self.beta_1, self.beta_2 = beta_1, beta_2
        self.first = self.second = None
        self.time = 0

    def step(self, weights, gradients):
        if self.first is None:
            self.first = [np.zeros_like(w) for w in weights]
            self.second = [np.zeros_like(w) for w in weights]
        self.time += 1
        self.first = [
            self.beta_1 * m + (1 - self.beta_1) * g
            for m, g in zip(self.first, gradients, strict=True)
        ]
        self.second = [
            self.beta_2 * v + (1 - self.beta_2) * g**2
            for v, g in zip(self.second, gradients, strict=True)
        ]
        rate = (
            self.learning_rate
            * np.sqrt(1 - self.beta_2**self.time)
            / (1 - self.beta_1**self.time)
        )
        return [
            w - rate * m / (np.sqrt(v) + self.epsilon)
            for w, m, v in zip(weights, self.first, self.second, strict=True)
        ]


# Each objective by the derivatives of its losses with respect to each logit,
# times the batch size: the mean's 1/m is applied where they are used.
LOGIT_GRADIENTS = {
    "WGAN": {
        "real": lambda a: -np.ones_like(a),
        "fake": lambda a: np.ones_like(a),
        "generator": lambda a: -np.ones_like(a),
    },
    "GAN": {
        "real": lambda a: sigmoid(a) - 1,
        "fake": lambda a: sigmoid(a),
        "generator": lambda a: -sigmoid(a),
    },
    "NonSaturatingGAN": {
        "real": lambda a: sigmoid(a) - 1,
        "fake": lambda a: sigmoid(a),
        "generator": lambda a: sigmoid(a) - 1,
    },
}


def train(
    objective,
    generator,
    discriminator,
    optimizers,
    real_batches,
    latents,
    n_critic,
    steps,
    clip_value=None,
):
    """Trains both players; returns their weights.

    Args:
        objective: Key of LOGIT_GRADIENTS.
        generator, discriminator: Lists of four float64 arrays.
        optimizers: (generator's, discriminator's).
        real_batches: Iterator of real batches, one per discriminator update.
        latents: Iterator of latents, one per update of either player.
        n_critic: Discriminator updates per step.
        steps: Generator updates.
        clip_value: Bound after each discriminator update, or None.
    """
    gradient = LOGIT_GRADIENTS[objective]
    for _ in range(steps):
        for _ in range(n_critic):
            real, z = next(real_batches), next(latents)
            _, fake = forward(generator, z)
            total = None
            for side, batch in (("real", real), ("fake", fake)):
                hidden, logits = forward(discriminator, batch)
                upstream = gradient[side](logits) / len(batch)
                part, _ = backward(discriminator, batch, hidden, upstream)
                total = (
                    part
                    if total is None
                    else [a + b for a, b in zip(total, part, strict=True)]
                )
            discriminator = optimizers[1].step(discriminator, total)
            if clip_value is not None:
                discriminator = [
                    np.clip(w, -clip_value, clip_value) for w in discriminator
                ]
        z = next(latents)
        hidden_g, fake = forward(generator, z)
        hidden_d, logits = forward(discriminator, fake)
        upstream = gradient["generator"](logits) / len(z)
        _, at_fake = backward(discriminator, fake, hidden_d, upstream)
        gradients, _ = backward(generator, z, hidden_g, at_fake)
        generator = optimizers[0].step(generator, gradients)
    return generator, discriminator
