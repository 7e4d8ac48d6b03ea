"""Trains discriminators to p / (p + q), and measures the value of the game.

    python recipes/theory/optimal_discriminator.py

It takes about 20 seconds on one CPU core. Real samples come from p, fake ones
from q, two known normal densities, so that the best discriminator D* = p / (p +
q) and the value of the game at it, 2 JSD(p, q) - 2 log 2, are known (Goodfellow
et al., "Generative Adversarial Networks", 2014, proposition 1 and theorem 1).
At p = q, where the generator has won, D* is 1/2 everywhere and the value -2 log
2 = -1.3863, the least of all.
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
from scipy.stats import norm

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

# Mean and standard deviation; they overlap, and D* is not monotone.
REAL = (-1.0, 1.0)
FAKE = (1.0, 1.5)
STEPS = 3_000
# Large, fresh batches and a rate that falls to 0 average the sampling noise
# away: where p + q is a fiftieth of its peak, samples are rare.
BATCH_SIZE = 2_048
LEARNING_RATE = 0.005
HIDDEN_UNITS = (64, 64)
# Where D is judged: elsewhere next to no sample ever comes.
MASS = 0.02
# Cells of width 0.01 that hold all but 1e-9 of both densities.
X = np.arange(-1_000, 1_100) * 0.01 + 0.005

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--seed", type=int, default=0, help="of weights, latents, samples")
option("--out", type=Path, default=Path("runs/theory"), help="folder")
args = parser.parse_args()


def trained_logits(fake):
    """Logits on the cells X, of a discriminator of REAL and `fake`."""
    keras.utils.set_random_seed(args.seed)
    mean, deviation = fake
    # Latents N(0, 1) to N(mean, deviation^2).
    generator = keras.Sequential(
        [
            keras.Input((1,)),
            layers.Dense(
                1,
                kernel_initializer=keras.initializers.Constant(deviation),
                bias_initializer=keras.initializers.Constant(mean),
            ),
        ]
    )
    gan = kgan.GAN(
        generator,
        kgan.architectures.mlp_discriminator(1, HIDDEN_UNITS),
        seed=args.seed,
    )
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, STEPS)
    # A rate of 0 leaves the generator as it is.
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.Adam(rate))
    random = np.random.default_rng(args.seed)
    real = random.normal(*REAL, size=(STEPS * BATCH_SIZE, 1))
    gan.fit(real.astype("float32"), batch_size=BATCH_SIZE, verbose=0)
    return gan.discriminator.predict(X[:, None], verbose=0)[:, 0]


def value(logits, p, q):
    """E log D(x) + E log(1 - D(G(z))), the expectations as sums over cells."""
    logits = logits.astype("float64")
    return -(p @ np.logaddexp(0, -logits) + q @ np.logaddexp(0, logits))


p, q = (norm.pdf(X, *normal) for normal in (REAL, FAKE))
p_cells, q_cells = p / p.sum(), q / q.sum()
best = kgan.divergences.optimal_discriminator(p, q)
judged = p + q > MASS * (p + q).max()
logits = trained_logits(FAKE)
error = np.abs(expit(logits) - best)[judged]

equal_logits = trained_logits(REAL)
equal_judged = p > MASS * p.max()
equal_error = np.abs(expit(equal_logits) - 0.5)[equal_judged]

numbers = {
    "judged_from_x": X[judged].min(),
    "judged_to_x": X[judged].max(),
    "largest_error_of_d": error.max(),
    "mean_error_of_d": error.mean(),
    "value_of_the_game": value(logits, p_cells, q_cells),
    "value_at_the_best_d": kgan.divergences.game_value(p_cells, q_cells),
    "2_jsd_less_2_log_2": 2 * kgan.divergences.jsd(p_cells, q_cells)
    - 2 * np.log(2),
    "largest_error_of_d_where_p_is_q": equal_error.max(),
    "value_of_the_game_where_p_is_q": value(equal_logits, p_cells, p_cells),
    "minus_2_log_2": -2 * np.log(2),
}

figure, (left, right) = plt.subplots(
    1, 2, figsize=(6.4, 3.4), dpi=120, layout="constrained"
)
left.plot(X, p, "-.", color="#009E73", label="p, real")
left.plot(X, q, ":", color="#000000", label="q, fake")
left.set(xlabel="x", ylabel="density (1 / unit of x)")
left.legend()
right.plot(X, best, color="#000000", label="p / (p + q)")
right.plot(X, expit(logits), "--", color="#D55E00", label="D")
right.plot(X, expit(equal_logits), ":", color="#0072B2", label="D, p = q")
right.set(xlabel="x", ylabel="probability that x is real", ylim=(0, 1.25))
right.legend(loc="upper right", ncols=2, fontsize="small")
for axes in (left, right):
    axes.set_xlim(-6, 7)
    # Outside, D is not judged.
    axes.axvspan(-6, X[judged].min(), color="#000000", alpha=0.08)
    axes.axvspan(X[judged].max(), 7, color="#000000", alpha=0.08)
args.out.mkdir(parents=True, exist_ok=True)
figure.savefig(args.out / "optimal_discriminator.png")

numbers = {name: round(float(value), 5) for name, value in numbers.items()}
for name, value in numbers.items():
    print(f"{name} = {value}")
(args.out / "optimal_discriminator.json").write_text(
    json.dumps(numbers, indent=2)
)
