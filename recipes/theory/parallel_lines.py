"""Moves one line onto another, by two distances and by two GANs.

    python recipes/theory/parallel_lines.py

It takes about 25 seconds on one CPU core. Real samples lie on the line (0, U),
fake ones on (theta, U), U uniform in [0, 1] (Arjovsky et al., "Wasserstein
GAN", 2017, example 1). Their Wasserstein distance is |theta|; JSD is log 2 and
KL infinite wherever theta is not 0, so that neither says which way to go. Then
two generators whose only parameter is theta start at 1: WGAN brings theta to 0,
the minimax GAN leaves it where it is.
"""

import argparse
import json
from pathlib import Path

import kgan

import keras
import matplotlib
import numpy as np
from keras import layers, ops
from scipy.special import expit

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

# Odd, so that one of them is 0, where all distances vanish.
THETAS = np.linspace(-1, 1, 41)
# Points per line: the distances are exact with any number of them.
HEIGHTS = (np.arange(20) + 0.5) / 20
STEPS = 400
# WGAN is then under way, and its theta and gradient compare with the GAN's.
UNDER_WAY = 100
BATCH_SIZE = 64
# Many, because the claim is about a discriminator that is nearly the best.
N_CRITIC = 20
# One hidden layer of 64 and weights in [-1/8, 1/8] bound the critic's slope
# along x by 64 / 8**2 = 1: its loss is the distance itself.
HIDDEN_UNITS = (64,)
CLIP_VALUE = 1 / 8
# Falls to 0, so that theta comes to rest. The sum over the steps is 2: with a
# slope of 1, twice the way that theta has to go.
LEARNING_RATE = 0.01

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--seed", type=int, default=0, help="of weights, latents, samples")
option("--out", type=Path, default=Path("runs/theory"), help="folder")
args = parser.parse_args()


def line_generator():
    """Latents N(0, 1) to the points (theta, U) of a line; theta begins at 1."""
    latents = keras.Input((1,))
    # The normal distribution's own CDF makes its samples uniform.
    height = (1 + ops.erf(latents / np.sqrt(2))) / 2
    # In a layer that sees only zeros, the bias is all there is to train.
    theta = layers.Dense(
        1, kernel_initializer="zeros", bias_initializer="ones", name="theta"
    )(ops.zeros_like(latents))
    return keras.Model(latents, ops.concatenate([theta, height], axis=1))


class History(keras.callbacks.Callback):
    """Theta after each step, and the size of the loss's gradient there."""

    def on_train_begin(self, logs=None):
        self.thetas, self.gradients = [], []
        self.on_train_batch_end(0)

    def on_train_batch_end(self, batch, logs=None):
        gan = self.model
        bias = gan.generator.get_layer("theta").bias
        theta = ops.convert_to_numpy(bias).item()
        left, middle, right = (
            ops.convert_to_numpy(gan.discriminator(line(theta + shift)))
            for shift in (-0.01, 0, 0.01)
        )
        slope = (right - left) / 0.02
        # By the chain rule from the logit to log(1 - D), in float64: where
        # the discriminator is sure, float32 would underflow.
        if isinstance(gan, kgan.GAN):
            slope = slope * expit(middle.astype("float64"))
        self.thetas.append(theta)
        self.gradients.append(abs(slope.mean()))


def line(x):
    return np.stack([np.full_like(HEIGHTS, x), HEIGHTS], axis=1)


def train(model, callbacks):
    """Returns the history of a generator against a well trained opponent."""
    keras.utils.set_random_seed(args.seed)
    gan = model(
        line_generator(),
        kgan.architectures.mlp_discriminator(2, HIDDEN_UNITS),
        n_critic=N_CRITIC,
        seed=args.seed,
    )
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, STEPS)
    # Plain gradient descent for theta: Adam and RMSprop divide the gradient
    # by its own size, and would hide that it vanishes.
    gan.compile(
        generator_optimizer=keras.optimizers.SGD(rate),
        discriminator_optimizer=keras.optimizers.RMSprop(0.005, epsilon=1e-16),
    )
    real = np.zeros((STEPS * N_CRITIC * BATCH_SIZE, 2), "float32")
    real[:, 1] = np.random.default_rng(args.seed).random(len(real))
    history = History()
    callbacks = [*callbacks, history]
    gan.fit(real, batch_size=BATCH_SIZE, callbacks=callbacks, verbose=0)
    return history


mass = np.full(len(HEIGHTS), 1 / len(HEIGHTS))
distances = []
for theta in THETAS:
    costs = np.linalg.norm(line(0)[:, None] - line(theta), axis=2)
    w, _ = kgan.divergences.earth_mover(mass, mass, costs)
    # One column of cells for each theta, of which each line fills one.
    p, q = (np.outer(THETAS == x, mass).ravel() for x in (0, theta))
    distances.append((w, kgan.divergences.jsd(p, q), kgan.divergences.kl(p, q)))
w, jsd, kl = np.transpose(distances)
apart = THETAS != 0

wgan = train(kgan.WGAN, [kgan.callbacks.WeightClip(CLIP_VALUE)])
gan = train(kgan.GAN, [])
numbers = {
    "largest_difference_of_w_and_theta": np.abs(w - np.abs(THETAS)).max(),
    "smallest_jsd_apart": jsd[apart].min(),
    "largest_jsd_apart": jsd[apart].max(),
    "share_of_infinite_kl_apart": np.isinf(kl[apart]).mean(),
    "largest_distance_at_theta_0": max(distances[len(THETAS) // 2]),
    f"wgan_gradient_at_step_{UNDER_WAY}": wgan.gradients[UNDER_WAY],
    f"gan_gradient_at_step_{UNDER_WAY}": gan.gradients[UNDER_WAY],
    f"wgan_theta_at_step_{STEPS}": wgan.thetas[-1],
    f"gan_theta_at_step_{STEPS}": gan.thetas[-1],
}

figure, (left, right) = plt.subplots(
    1, 2, figsize=(6.4, 3.2), dpi=120, layout="constrained"
)
left.plot(THETAS, w, color="#0072B2", label="W")
left.plot(THETAS, jsd, ".", color="#D55E00", label="JSD")
left.text(0, 1.1, "KL is infinite except at 0", ha="center")
left.set(xlabel="theta", ylabel="distance (W in units of x, JSD in nats)")
left.set_ylim(-0.05, 1.2)
left.legend(loc="lower left")
right.plot(wgan.thetas, color="#0072B2", label="WGAN")
right.plot(gan.thetas, "--", color="#D55E00", label="minimax GAN")
right.axhline(0, color="#000000", linewidth=0.5)
right.set(xlabel="generator step", ylabel="theta", ylim=(-0.2, 1.2))
right.legend(loc="center right")
args.out.mkdir(parents=True, exist_ok=True)
figure.savefig(args.out / "parallel_lines.png")

# Four significant digits repeat from run to run.
numbers = {name: float(f"{value:.4g}") for name, value in numbers.items()}
for name, value in numbers.items():
    print(f"{name} = {value}")
(args.out / "parallel_lines.json").write_text(json.dumps(numbers, indent=2))
