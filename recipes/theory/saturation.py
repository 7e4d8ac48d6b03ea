"""Between two Gaussians a discriminator saturates, and a critic does not.

    python recipes/theory/saturation.py

It takes about 10 seconds on one CPU core. Real and fake samples come from two
Gaussians that do not overlap; only the discriminator or the critic is trained,
until it is nearly the best. The discriminator D of the GAN's game is flat at
the fake samples, so that log(1 - D) has no gradient for a generator there. The
critic of WGAN is close to one straight line, and as steep at the fake samples
as between (Arjovsky et al., "Wasserstein GAN", 2017, figure 2).
"""

import argparse
import json
from pathlib import Path

import kgan

import keras
import matplotlib
import numpy as np
from keras import layers
from scipy.special import expit

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

# More than twelve standard deviations apart, within [-1, 1] as images are.
REAL_MEAN, FAKE_MEAN, DEVIATION = -0.5, 0.5, 0.08
STEPS = 500
# Discriminator updates per step, the paper's.
N_CRITIC = 5
BATCH_SIZE = 64
LEARNING_RATE = 0.002
# One hidden layer of 64 and weights in [-1/8, 1/8] bound the critic's slope
# by 64 / 8**2 = 1: its loss is the distance itself.
HIDDEN_UNITS = (64,)
CLIP_VALUE = 1 / 8
# Spacing of the points between which slopes are taken.
WIDTH = 0.002
X = np.arange(-500, 501) * WIDTH
SAMPLES = 10_000

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--seed", type=int, default=0, help="of weights, latents, samples")
option("--out", type=Path, default=Path("runs/theory"), help="folder")
args = parser.parse_args()


def trained_logits(model, callbacks):
    """Logits (or scores) on X, of a discriminator trained to the end."""
    keras.utils.set_random_seed(args.seed)
    # Latents N(0, 1) to the fake samples.
    generator = keras.Sequential(
        [
            keras.Input((1,)),
            layers.Dense(
                1,
                kernel_initializer=keras.initializers.Constant(DEVIATION),
                bias_initializer=keras.initializers.Constant(FAKE_MEAN),
            ),
        ]
    )
    gan = model(
        generator,
        kgan.architectures.mlp_discriminator(1, HIDDEN_UNITS),
        n_critic=N_CRITIC,
        seed=args.seed,
    )
    # A rate of 0 leaves the generator as it is.
    gan.compile(
        keras.optimizers.SGD(0.0),
        keras.optimizers.RMSprop(LEARNING_RATE, epsilon=1e-16),
    )
    num = STEPS * N_CRITIC * BATCH_SIZE
    gan.fit(
        random.normal(REAL_MEAN, DEVIATION, (num, 1)).astype("float32"),
        batch_size=BATCH_SIZE,
        callbacks=callbacks,
        verbose=0,
    )
    logits = gan.discriminator.predict(X[:, None], verbose=0)[:, 0]
    return logits.astype("float64")


random = np.random.default_rng(args.seed)
critic = trained_logits(kgan.WGAN, [kgan.callbacks.WeightClip(CLIP_VALUE)])
logits = trained_logits(kgan.GAN, [])
real = random.normal(REAL_MEAN, DEVIATION, SAMPLES)
fake = random.normal(FAKE_MEAN, DEVIATION, SAMPLES)


def mean(values, samples):
    """Mean of a function given on X, over samples."""
    return np.interp(samples, X, values).mean()


# D' = D (1 - D) logit', which a difference of Ds would round to 0.
d_slope = expit(logits) * expit(-logits) * np.gradient(logits, WIDTH)
critic_slope = np.gradient(critic, WIDTH)
between = (X >= REAL_MEAN) & (X <= FAKE_MEAN)
line = np.polyfit(X[between], critic[between], 1)
residual = critic[between] - np.polyval(line, X[between])
value = -mean(np.logaddexp(0, -logits), real) - mean(
    np.logaddexp(0, logits), fake
)
numbers = {
    "jsd_by_the_discriminator": value / 2 + np.log(2),
    "log_2": np.log(2),
    "distance_by_the_critic": mean(critic, real) - mean(critic, fake),
    "wasserstein_distance": kgan.divergences.gaussian_wasserstein(
        [REAL_MEAN], [[DEVIATION**2]], [FAKE_MEAN], [[DEVIATION**2]]
    ),
    "mean_slope_of_d_at_fake_samples": mean(np.abs(d_slope), fake),
    "mean_slope_of_critic_at_fake_samples": mean(np.abs(critic_slope), fake),
    "mean_slope_of_critic_between": np.abs(critic_slope[between]).mean(),
    "smallest_slope_of_critic_between": np.abs(critic_slope[between]).min(),
    "largest_slope_of_critic_between": np.abs(critic_slope[between]).max(),
    "r_squared_of_a_line_between": 1 - residual.var() / critic[between].var(),
}

figure, (left, right) = plt.subplots(
    1, 2, figsize=(6.4, 3.2), dpi=120, layout="constrained"
)
for name, mean_of, colour, style in (
    ("real", REAL_MEAN, "#009E73", "-."),
    ("fake", FAKE_MEAN, "#000000", ":"),
):
    bell = np.exp(-(((X - mean_of) / DEVIATION) ** 2) / 2)
    left.plot(X, bell, style, color=colour, label=f"{name} samples")
left.plot(X, expit(logits), color="#D55E00", label="D")
left.plot(X, critic, "--", color="#0072B2", label="critic")
left.set(
    xlabel="x",
    ylabel="D; critic; density over its peak",
    ylim=(-1, 2.4),
)
left.legend(loc="upper center", ncols=2, fontsize="small")
right.semilogy(X, np.abs(d_slope), color="#D55E00", label="D")
right.semilogy(X, np.abs(critic_slope), "--", color="#0072B2", label="critic")
right.set(xlabel="x", ylabel="absolute slope (1 / unit of x)")
right.legend(loc="lower center")
args.out.mkdir(parents=True, exist_ok=True)
figure.savefig(args.out / "saturation.png")

# Four significant digits repeat from run to run.
numbers = {name: float(f"{value:.4g}") for name, value in numbers.items()}
for name, value in numbers.items():
    print(f"{name} = {value}")
(args.out / "saturation.json").write_text(json.dumps(numbers, indent=2))
