"""Great likelihood with poor samples, and great samples with poor likelihood.

    python recipes/theory/likelihood_and_quality.py

It takes about 3 seconds on one CPU core; no network is trained. p is a mixture
of Gaussians on the principal components of scikit-learn's digits. The model
0.01 p + 0.99 noise loses at most log 100 = 4.605 nats of log-likelihood per
image, in any dimension, though 99 % of what it draws is noise; and a narrow
kernel density estimate on the training set draws perfect digits whose
likelihood, on digits held out, is worse than that of noise. Theis et al., "A
note on the evaluation of generative models", 2016, section 3.2.
"""

import argparse
import json
from pathlib import Path

import matplotlib
import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from scipy.stats import norm
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

DIMENSIONS = (1, 2, 4, 8, 16, 32, 64)
# kgan.data's split of the 1,797 digits.
TRAIN_SIZE = 1_500
# Variance added to each component's, in squared grey levels: without it p
# knows 1,500 digits too well to expect others.
NUM_COMPONENTS, EXTRA_VARIANCE = 10, 1.0
NOISE_SHARE = 0.99
# The range of a pixel, for each coordinate: broader than the digits in all.
NOISE_DEVIATION = 17.0
# A tenth of a grey level: nobody sees it.
KERNEL_DEVIATION = 0.1
NUM_SAMPLES = 10_000
# A sample passes for a digit if p finds it likelier than this share of the
# digits held out.
REJECTED_SHARE = 0.05

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--seed", type=int, default=0, help="of dequantisation, fit, samples")
option("--out", type=Path, default=Path("runs/theory"), help="folder")
args = parser.parse_args()

random = np.random.default_rng(args.seed)
pixels = load_digits().data
# Integers 0 to 16 get a density by uniform noise: without it, pixels that are
# 0 in every image would have an infinite one.
pixels = pixels + random.uniform(size=pixels.shape)
pixels -= pixels[:TRAIN_SIZE].mean(axis=0)


def log_noise(x):
    return norm.logpdf(x, scale=NOISE_DEVIATION).sum(axis=1)


def log_mixture(x, p):
    """Log density of 0.01 p + 0.99 noise."""
    terms = [p.score_samples(x), log_noise(x)]
    weights = np.array([1 - NOISE_SHARE, NOISE_SHARE])
    return logsumexp(terms, axis=0, b=weights[:, None])


def log_kernels(x, centres):
    """Log density of one narrow Gaussian on each centre, all alike likely.

    scikit-learn's KernelDensity 1.9 adds and subtracts bounds of its tree's
    nodes, and so far from all centres what is left of them is rounding: it is
    38,000 nats wrong about one digit, and on each processor in another way.
    """
    squares = cdist(x, centres, "sqeuclidean") / KERNEL_DEVIATION**2
    norms = len(x.T) * np.log(KERNEL_DEVIATION * np.sqrt(2 * np.pi))
    return logsumexp(-squares / 2, axis=1) - norms - np.log(len(centres))


log_likelihoods = {"p": [], "mixture": [], "noise": []}
largest_losses = []
for dimension in DIMENSIONS:
    # A rotation, at 64: densities are per grey level in every dimension.
    rotation = PCA(dimension, svd_solver="full").fit(pixels[:TRAIN_SIZE])
    digits = rotation.transform(pixels)
    train, held_out = digits[:TRAIN_SIZE], digits[TRAIN_SIZE:]
    p = GaussianMixture(
        NUM_COMPONENTS, reg_covar=EXTRA_VARIANCE, random_state=args.seed
    ).fit(train)
    log_p, log_model = p.score_samples(held_out), log_mixture(held_out, p)
    log_likelihoods["p"].append(log_p.mean())
    log_likelihoods["mixture"].append(log_model.mean())
    log_likelihoods["noise"].append(log_noise(held_out).mean())
    largest_losses.append((log_p - log_model).max())
log_likelihoods = {k: np.array(v) for k, v in log_likelihoods.items()}
losses = log_likelihoods["p"] - log_likelihoods["mixture"]

numbers = {"bound_log_100": np.log(100)}
for i, dimension in enumerate(DIMENSIONS):
    for name, values in log_likelihoods.items():
        numbers[f"log_likelihood_{name}_{dimension}d"] = values[i]
    numbers[f"mean_loss_{dimension}d"] = losses[i]
    numbers[f"largest_loss_{dimension}d"] = largest_losses[i]

# From here on all 64 dimensions, the loop's last.
threshold = np.quantile(p.score_samples(held_out), REJECTED_SHARE)
from_p, _ = p.sample(NUM_SAMPLES)
noise = random.normal(scale=NOISE_DEVIATION, size=from_p.shape)
is_noise = random.uniform(size=(NUM_SAMPLES, 1)) < NOISE_SHARE
jitter = random.normal(scale=KERNEL_DEVIATION, size=from_p.shape)
samples = {
    "p": from_p,
    "mixture": np.where(is_noise, noise, from_p),
    "kernels": train[random.integers(len(train), size=NUM_SAMPLES)] + jitter,
}
for name, drawn in samples.items():
    passes = p.score_samples(drawn) > threshold
    numbers[f"samples_that_pass_{name}_64d"] = passes.mean()
numbers["log_likelihood_kernels_64d"] = log_kernels(held_out, train).mean()

numbers = {name: round(float(x), 3) for name, x in numbers.items()}
for name, number in numbers.items():
    print(f"{name} = {number}")
args.out.mkdir(parents=True, exist_ok=True)
(args.out / "likelihood_and_quality.json").write_text(
    json.dumps(numbers) + "\n"
)

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), dpi=120)
left.plot(DIMENSIONS, losses, "o-", color="#0072B2", label="mean over digits")
left.plot(DIMENSIONS, largest_losses, "^:", color="#009E73", label="largest")
left.axhline(np.log(100), color="#D55E00", ls="--", label="bound, log 100")
left.set(ylabel="lost log-likelihood (nats per digit)", ylim=(0, 5.2))
for name, label, color, line in (
    ("p", "p", "#000000", "o-"),
    ("mixture", "0.01 p + 0.99 noise", "#0072B2", "s--"),
    ("noise", "noise alone", "#D55E00", "^:"),
):
    values = log_likelihoods[name]
    right.plot(DIMENSIONS, values, line, color=color, label=label)
right.set(ylabel="log-likelihood (nats per digit)")
for axes in (left, right):
    axes.set_xscale("log", base=2)
    axes.set_xticks(DIMENSIONS, DIMENSIONS)
    axes.set_xlabel("dimensions (principal components)")
    axes.legend(fontsize="small")
figure.tight_layout()
figure.savefig(args.out / "likelihood_and_quality.png")
