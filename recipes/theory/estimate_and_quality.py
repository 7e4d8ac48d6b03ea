"""Do the estimates of WGAN and GAN follow the quality of the samples?

    KERAS_BACKEND=jax python recipes/theory/estimate_and_quality.py

It takes about a minute on one CPU core with JAX, for 3 seeds. Real samples lie
on a curved surface of 4 dimensions in 64, which those of the generator miss.
Same networks, steps and learning rates for three games: WGAN's estimate falls
with the Frechet distance of real and generated samples; the estimate of JSD
stays near log 2 = 0.693, whether the samples stand still (GAN, whose gradient
vanishes) or move (NonSaturatingGAN). Arjovsky et al., "Wasserstein GAN", 2017,
figures 3 and 4; on surfaces Arjovsky and Bottou, 2017, theorems 2.2 to 2.4.
"""

import argparse
import json
from pathlib import Path

import kgan
from kgan import divergences

import keras
import matplotlib
import numpy as np
from scipy.stats import spearmanr

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

SURFACE_DIM, DATA_DIM = 4, 64
LATENT_DIM = 16
HIDDEN_UNITS = (128, 128)
EPOCHS = 30
STEPS_PER_EPOCH = 50
N_CRITIC = 5
BATCH_SIZE = 64
HELD_OUT_SIZE = 2_000
# The paper's for the generator. Ten times as much for the discriminator, whose
# estimate means something only where it is near its optimum.
GENERATOR_RATE, DISCRIMINATOR_RATE = 5e-5, 5e-4
CLIP = 0.01
MODELS = {
    name: kgan.objectives.table()[name].model
    for name in ("wgan", "gan", "nsgan")
}
# The non-saturating game has the discriminator of the minimax game.
ESTIMATES = {
    "wgan": kgan.WGAN.estimate,
    "gan": kgan.GAN.estimate,
    "nsgan": kgan.GAN.estimate,
}

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--epochs", type=int, default=EPOCHS, help="each is measured")
option("--steps-per-epoch", type=int, default=STEPS_PER_EPOCH, help="updates")
option("--seeds", type=int, default=3, help="runs of each game")
option("--seed", type=int, default=0, help="the first one's")
option("--out", type=Path, default=Path("runs/theory"), help="folder")
args = parser.parse_args()


def surface(num, seed):
    """Points of a fixed surface, bent by two random layers of tanh."""
    weights = np.random.default_rng(0)
    first = weights.normal(size=(SURFACE_DIM, DATA_DIM)) / 2
    second = weights.normal(size=(DATA_DIM, DATA_DIM)) * 1.5 / DATA_DIM**0.5
    points = np.random.default_rng(seed).normal(size=(num, SURFACE_DIM))
    return np.tanh(np.tanh(points @ first) @ second).astype("float32")


def moments(samples):
    return samples.mean(axis=0), np.cov(samples, rowvar=False)


def train(name, seed, real):
    """Estimates and squared Frechet distances on `real`, one per epoch."""
    keras.utils.set_random_seed(seed)
    gan = MODELS[name](
        kgan.architectures.mlp_generator(DATA_DIM, LATENT_DIM, HIDDEN_UNITS),
        kgan.architectures.mlp_discriminator(DATA_DIM, HIDDEN_UNITS),
        n_critic=N_CRITIC,
        seed=seed,
    )
    callbacks = []
    if name == "wgan":
        callbacks = [kgan.callbacks.WeightClip(CLIP)]
        gan.compile(
            keras.optimizers.RMSprop(GENERATOR_RATE, rho=0.99, epsilon=1e-16),
            keras.optimizers.RMSprop(
                DISCRIMINATOR_RATE, rho=0.99, epsilon=1e-16
            ),
        )
    else:
        gan.compile(
            keras.optimizers.Adam(GENERATOR_RATE, beta_1=0.5),
            keras.optimizers.Adam(DISCRIMINATOR_RATE, beta_1=0.5),
        )
    estimates, distances = [], []
    for epoch in range(args.epochs):
        # Fresh samples, so that no discriminator learns them by heart.
        samples = args.steps_per_epoch * N_CRITIC * BATCH_SIZE
        gan.fit(
            surface(samples, seed=(seed, epoch)),
            batch_size=BATCH_SIZE,
            callbacks=callbacks,
            verbose=0,
        )
        fake = gan.generate(HELD_OUT_SIZE, seed=seed)
        estimate = ESTIMATES[name](
            gan.discriminator(real), gan.discriminator(fake)
        )
        estimates.append(float(keras.ops.convert_to_numpy(estimate)))
        distance = divergences.gaussian_wasserstein(
            *moments(real), *moments(fake)
        )
        distances.append(distance**2)
    return np.array(estimates), np.array(distances)


# No training epoch has this seed.
real = surface(HELD_OUT_SIZE, seed=(args.seed, args.epochs))
seeds = range(args.seed, args.seed + args.seeds)
numbers, runs = {}, {}
for name in MODELS:
    for seed in seeds:
        estimates, distances = runs[name, seed] = train(name, seed, real)
        run = f"{name}_seed_{seed}"
        numbers[f"{run}_spearman"] = spearmanr(estimates, distances).statistic
        for key, value in (
            ("estimate_mean", estimates.mean()),
            ("estimate_min", estimates.min()),
            ("estimate_max", estimates.max()),
            ("frechet_first", distances[0]),
            ("frechet_last", distances[-1]),
        ):
            numbers[f"{run}_{key}"] = value

numbers = {name: round(float(x), 3) for name, x in numbers.items()}
for name, number in numbers.items():
    print(f"{name} = {number}")
args.out.mkdir(parents=True, exist_ok=True)
(args.out / "estimate_and_quality.json").write_text(json.dumps(numbers) + "\n")

figure, axes = plt.subplots(
    2, 3, figsize=(9, 5), dpi=120, sharex=True, layout="constrained"
)
steps = args.steps_per_epoch * np.arange(1, args.epochs + 1)
highest = max(distances.max() for _, distances in runs.values())
for column, name in zip(axes.T, MODELS, strict=True):
    for seed, style in zip(seeds, ("-", "--", ":") * args.seeds, strict=False):
        for axis, values in zip(column, runs[name, seed], strict=True):
            color = "#0072B2" if axis is column[0] else "#D55E00"
            axis.plot(steps, values, style, color=color, label=f"seed {seed}")
    column[0].set(title=MODELS[name].__name__, ylim=(0, None))
    column[1].set(xlabel="generator updates", ylim=(0, 1.05 * highest))
    if name != "wgan":
        column[0].axhline(np.log(2), color="0.6", lw=1, zorder=0)
        column[0].set(ylabel="estimate of JSD (nats)", ylim=(0, 0.8))
        column[0].text(steps[-1], 0.71, "log 2", ha="right", fontsize="small")
axes[0, 0].set(ylabel="estimate of K x W1")
axes[1, 0].set(ylabel="squared Frechet distance")
axes[0, 0].legend(fontsize="small")
figure.savefig(args.out / "estimate_and_quality.png")
