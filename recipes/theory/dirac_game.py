"""Plays the smallest game with each objective: who circles, who converges.

    python recipes/theory/dirac_game.py

It takes about 40 seconds on one CPU core. The real distribution is a point at
0, the generated one a point at theta, and the discriminator is D(x) = psi x, so
that (theta, psi) = (0, 0) is the only equilibrium. Both players begin at 1 and
take small steps of gradient descent in turns, which follow the flow of
Mescheder et al., "Which Training Methods for GANs do actually Converge?", 2018.
Without a penalty the flow turns around the equilibrium, for ever or ever more
slowly inwards; with R1, or against an unrolled discriminator, it falls into it.
Batches are of one sample, as there is no other.
"""

import argparse
import json
from pathlib import Path

import kgan

import keras
import matplotlib
import numpy as np
from keras import layers, ops

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

RATE = 0.02
# Four turns of the slowest circle, whose frequency is 1/2.
STEPS = 2_500
R1 = kgan.penalties.R1
GAMES = {
    "gan": ("GAN", {}),
    "nsgan": ("NonSaturatingGAN", {}),
    "lsgan": ("LeastSquaresGAN", {}),
    "hinge": ("HingeGAN", {}),
    "rgan": ("RelativisticGAN", {}),
    "wgan": ("WGAN", {}),
    "wgan_clipped": ("WGAN", {}),
    "wgangp": ("WGAN", {"penalties": [kgan.penalties.GradientPenalty(1.0)]}),
    "nsgan_r1": ("NonSaturatingGAN", {"penalties": [R1(0.5)]}),
    "unrolled": ("UnrolledGAN", {"unroll_steps": 5, "unroll_rate": 0.2}),
    "wgan_r1": ("WGAN", {"penalties": [R1(0.5)]}),
    "r3gan": ("R3GAN", {"gamma": 0.25}),
}
TITLES = {
    "wgan_clipped": "WGAN, clip 0.5",
    "wgangp": "WGAN-GP, weight 1",
    "nsgan_r1": "NonSaturatingGAN, R1",
    "unrolled": "UnrolledGAN, 5 steps",
    "wgan_r1": "WGAN, R1",
}
CLIP = 0.5
# What says "as likely real as generated": half-way between LSGAN's 0 and 1.
MIDDLE = {"lsgan": 0.5}

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--seed", type=int, default=0, help="of what the penalties draw")
option("--out", type=Path, default=Path("runs/theory"), help="folder")
args = parser.parse_args()


def point_generator():
    """Latents to the point theta, which begins at 1."""
    latents = keras.Input((1,))
    # In a layer that sees only zeros, the bias is all there is to train.
    theta = layers.Dense(1, kernel_initializer="zeros", bias_initializer="ones")
    return keras.Model(latents, theta(ops.zeros_like(latents)))


def line_discriminator(middle):
    """D(x) = psi x + middle, with psi 1 at first."""
    x = keras.Input((1,))
    psi = layers.Dense(1, use_bias=False, kernel_initializer="ones")
    return keras.Model(x, psi(x) + middle)


class Path2D(keras.callbacks.Callback):
    """Theta and psi after each step."""

    def on_train_begin(self, logs=None):
        self.points = []
        self.on_train_batch_end(0)

    def on_train_batch_end(self, batch, logs=None):
        theta = ops.convert_to_numpy(self.model.generator.weights[1])
        psi = ops.convert_to_numpy(self.model.discriminator.weights[0])
        self.points.append((theta.item(), psi.item()))


def play(name):
    """Returns the path of a game, `(steps + 1, 2)`."""
    objective, arguments = GAMES[name]
    gan = getattr(kgan, objective)(
        point_generator(),
        line_discriminator(MIDDLE.get(name, 0.0)),
        n_critic=1,
        seed=args.seed,
        **arguments,
    )
    gan.compile(*(keras.optimizers.SGD(RATE) for _ in range(2)))
    path = Path2D()
    clips = [kgan.callbacks.WeightClip(CLIP)] if name == "wgan_clipped" else []
    gan.fit(
        np.zeros((STEPS * gan.batches_per_step, 1), "float32"),
        batch_size=1,
        callbacks=[*clips, path],
        verbose=0,
    )
    return np.array(path.points)


paths = {name: play(name) for name in GAMES}
numbers = {}
for name, path in paths.items():
    # The largest distance in the last quarter, as circles go to and fro.
    late = np.linalg.norm(path[-STEPS // 4 :], axis=1)
    numbers[f"{name}_distance"] = late.max() / np.linalg.norm(path[0])

figure, axes = plt.subplots(
    3, 4, figsize=(9.6, 7.4), dpi=110, layout="constrained"
)
for axis, (name, path) in zip(axes.flat, paths.items(), strict=True):
    converges = numbers[f"{name}_distance"] < 0.1
    axis.plot(*path.T, color="#0072B2" if converges else "#D55E00", lw=0.8)
    axis.plot(*path[0], "o", color="#000000", markersize=3)
    axis.plot(0, 0, "+", color="#000000")
    limit = 1.15 * np.abs(path).max()
    axis.set(
        xlim=(-limit, limit),
        ylim=(-limit, limit),
        aspect="equal",
        title=TITLES.get(name, GAMES[name][0]),
        xlabel="theta",
        ylabel="psi",
    )
args.out.mkdir(parents=True, exist_ok=True)
figure.savefig(args.out / "dirac_game.png")

numbers = {name: float(f"{value:.4g}") for name, value in numbers.items()}
for name, value in numbers.items():
    print(f"{name} = {value}")
(args.out / "dirac_game.json").write_text(json.dumps(numbers, indent=2))
