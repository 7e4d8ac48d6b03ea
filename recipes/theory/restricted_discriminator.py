"""Restricts the discriminator to lines: convex in w, and solved in its dual.

    python recipes/theory/restricted_discriminator.py

It takes about half a minute on one CPU core. With D(x) = sigmoid(w . x) and a
cost of C/2 |w|^2 the discriminator's loss P is convex, and its dual Q, over a
number in [0, 1] for each sample, has the same value at the solution (Li,
Schwing, Wang and Zemel, "Dualing GANs", 2017). A generator that ascends Q plays
no game. For large C the dual is the distance of the means, a maximum mean
discrepancy with a linear kernel. The toy: a generator trained in the dual
against lines in the plane, which see the mean alone, and against lines in 64
fixed random Fourier features, which see the distribution.
"""

import argparse
import json
from pathlib import Path

import kgan

import keras
import matplotlib
import numpy as np
from keras import layers
from scipy.special import entr

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

COSTS = np.geomspace(0.01, 1e4, 25)
STEPS = 2_000
BATCH_SIZE = 256
NUM_FEATURES = 64
# Of the toy's discriminators.
C = 0.01
LEARNING_RATE = 2e-3

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--seed", type=int, default=0, help="of samples, weights, features")
option("--steps", type=int, default=STEPS, help="generator updates of the toy")
option("--out", type=Path, default=Path("runs/theory"), help="folder")
args = parser.parse_args()
random = np.random.default_rng(args.seed)


def softplus(x):
    return np.logaddexp(0, x)


def primal(w, real, fake, cost):
    """The discriminator's loss at `w`, `(d,)`."""
    return (
        cost / 2 * w @ w + softplus(-real @ w).sum() + softplus(fake @ w).sum()
    )


def dual(real_share, fake_share, real, fake, cost):
    """The dual at multipliers in [0, 1], one for each sample."""
    moved = real_share @ real - fake_share @ fake
    entropy = sum(
        (entr(share) + entr(1 - share)).sum()
        for share in (real_share, fake_share)
    )
    return entropy - moved @ moved / (2 * cost)


# Two clouds that a line divides badly, with a bias.
real = np.column_stack([random.normal(0.5, 1, (60, 2)), np.ones(60)])
fake = np.column_stack([random.normal(-0.5, 1, (60, 2)), np.ones(60)])
games = [kgan.divergences.linear_game(real, fake, cost) for cost in COSTS]
solved = kgan.divergences.linear_game(real, fake, 1.0)

# Convex: on a line between two points P is below its chord.
ends = random.normal(0, 3, (500, 2, 3))
above = [
    primal((a + b) / 2, real, fake, 1.0)
    - (primal(a, real, fake, 1.0) + primal(b, real, fake, 1.0)) / 2
    for a, b in ends
]
shares = random.random((500, 120))
below = [
    solved.primal - dual(share[:60], share[60:], real, fake, 1.0)
    for share in shares
]
discrepancy = np.sum((real.sum(0) - fake.sum(0)) ** 2) / 8
limits = [
    cost * (120 * np.log(2) - game.dual)
    for cost, game in zip(COSTS, games, strict=True)
]


def fourier_features():
    """Cosines of 64 fixed random directions of the plane, a Keras model."""
    points = keras.Input((2,))
    phases = layers.Dense(
        NUM_FEATURES,
        kernel_initializer=keras.initializers.RandomNormal(
            stddev=1.5, seed=args.seed
        ),
        bias_initializer=keras.initializers.RandomUniform(
            0, 2 * np.pi, seed=args.seed + 1
        ),
    )(points)
    return keras.Model(points, keras.ops.cos(phases))


def trained(features):
    """Samples of a generator that was trained in the dual."""
    keras.utils.set_random_seed(args.seed)
    gan = kgan.DualingGAN(
        kgan.architectures.mlp_generator(output_dim=2, latent_dim=2),
        features=features,
        C=C,
        seed=args.seed,
        average=kgan.Average(half_life=20_000),
    )
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, args.steps)
    gan.compile(keras.optimizers.Adam(rate, beta_1=0.5))
    gan.fit(
        ring.batches(BATCH_SIZE, seed=args.seed),
        steps_per_epoch=args.steps,
        verbose=0,
    )
    return gan.generate(1_000, seed=args.seed)


ring = kgan.data.ring_of_gaussians(num_modes=5, standard_deviation=0.15)
target = ring.sample(1_000, seed=args.seed + 1)
toys = {"lines": trained(None), "features": trained(fourier_features())}
coverage = {}
for name, samples in toys.items():
    metric = kgan.metrics.ModeCoverage(ring.centres, ring.standard_deviation)
    metric.update_state(target, samples)
    coverage[name] = metric.result()

numbers = {
    "largest_rise_above_a_chord": np.max(above),
    "largest_gap_of_primal_and_dual": max(g.primal - g.dual for g in games),
    "least_primal_above_random_multipliers": np.min(below),
    "discrepancy_of_the_sums": discrepancy,
    "limit_at_the_largest_cost": limits[-1],
    "lines_distance_of_the_means": np.linalg.norm(
        toys["lines"].mean(0) - target.mean(0)
    ),
    "lines_modes": coverage["lines"]["modes_found"],
    "features_modes": coverage["features"]["modes_found"],
    "features_good_share": coverage["features"]["good_share"],
}

figure, axes = plt.subplots(
    1, 4, figsize=(10.4, 2.8), dpi=120, layout="constrained"
)
along = np.linspace(-3, 3, 121)
direction = random.normal(size=3)
axes[0].plot(
    along,
    [primal(solved.weights + t * direction, real, fake, 1.0) for t in along],
    color="#0072B2",
    label="P on a line",
)
axes[0].axhline(solved.dual, ls="--", color="#D55E00", label="Q, solved")
axes[0].set(title="convex, no gap", xlabel="way from w*", ylabel="loss")
axes[0].legend(fontsize="small")
axes[1].plot(COSTS, limits, color="#0072B2", label="C (2n log 2 - Q)")
axes[1].axhline(discrepancy, ls="--", color="#D55E00", label="linear MMD")
axes[1].set(title="large C: linear MMD", xlabel="C", xscale="log", yscale="log")
axes[1].legend(fontsize="small")
for axis, (name, samples) in zip(axes[2:], toys.items(), strict=True):
    axis.scatter(*target.T, s=2, color="#D55E00", lw=0, label="real")
    axis.scatter(*samples.T, s=2, color="#0072B2", lw=0, label="generated")
    axis.set(xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
    axis.set_title({"lines": "lines", "features": "64 Fourier features"}[name])
axes[2].legend(fontsize="small", markerscale=4)
args.out.mkdir(parents=True, exist_ok=True)
figure.savefig(args.out / "restricted_discriminator.png")

numbers = {name: float(f"{value:.4g}") for name, value in numbers.items()}
for name, value in numbers.items():
    print(f"{name} = {value}")
(args.out / "restricted_discriminator.json").write_text(
    json.dumps(numbers, indent=2)
)
