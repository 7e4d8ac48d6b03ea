"""What a VAE's bound is made of, and which prior is the best.

    KERAS_BACKEND=jax python recipes/theory/elbo_surgery.py

It takes about half a minute on one CPU core with JAX. A VAE of two latents
learns scikit-learn's digits. Over its training images the mean KL(q(z|x) || p)
is KL(q_agg || p), of the aggregate of all posteriors, and the information that
z has of x, so that no prior is better than q_agg itself (Hoffman and Johnson
2016, "ELBO surgery"); on images held out it is not the best. A flow that is
trained as prior comes near to it. And a flow as prior is a flow as posterior.
"""

import argparse
import json
import math
from pathlib import Path

import kgan

import keras
import matplotlib
import numpy as np
from scipy.stats import norm

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

LATENT_DIM, PIXELS = 2, 64
# scikit-learn's digits have 17 grey levels.
LEVELS = 17
STEPS, FLOW_STEPS, BATCH_SIZE, RATE = 3_000, 2_000, 100, 2e-3
# Beyond it no posterior of a digit has a thousandth of its mass.
LIMIT = 7.0

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--seed", type=int, default=0, help="of weights, latents, order")
option("--out", type=Path, default=Path("runs/theory"), help="folder")
args = parser.parse_args()
keras.utils.set_random_seed(args.seed)


def load(split):
    batches = kgan.data.load("digits", split, shuffle=False, batch_size=500)
    return np.concatenate(list(batches.as_numpy_iterator())).reshape(-1, PIXELS)


def fit(model, steps):
    model.compile(keras.optimizers.Adam(RATE))
    times = steps * BATCH_SIZE // len(train)
    model.fit(np.tile(train, (times, 1)), batch_size=BATCH_SIZE, verbose=0)


train, held_out = load("train"), load("test")
dense = keras.layers.Dense
encoder = keras.Sequential(
    [
        keras.Input((PIXELS,)),
        dense(128, "relu"),
        dense(128, "relu"),
        dense(2 * LATENT_DIM),
    ]
)
decoder = kgan.architectures.mlp_generator(PIXELS, LATENT_DIM, (128, 128))
settings = {"levels": LEVELS, "seed": args.seed}
vae = kgan.FlowVAE(encoder, decoder, **settings)
fit(vae, STEPS)
# The flow alone is trained: posteriors and decoder stay as they are.
encoder.trainable = decoder.trainable = False
flow = kgan.autoencoders.RealNVP(LATENT_DIM, num_couplings=6)
with_flow = kgan.FlowVAE(encoder, decoder, flow, learn_scale=False, **settings)
with_flow.likelihood.set_weights(vae.likelihood.get_weights())
fit(with_flow, FLOW_STEPS)

# Quadrature on a grid as fine as the narrowest posterior.
means, deviations = (v.astype("float64") for v in vae.encode(train))
test_means, test_deviations = (
    v.astype("float64") for v in vae.encode(held_out)
)
step = min(deviations.min(), test_deviations.min())
axis = np.arange(-LIMIT, LIMIT, step)
cell = step**2


def factors(means, deviations):
    """Densities of each posterior along each axis, `(2, n, len(axis))`."""
    return norm.pdf(axis, means.T[..., None], deviations.T[..., None])


def aggregate(parts):
    """The mean of all posteriors' densities on the grid."""
    return parts[0].T @ parts[1] / len(parts[0])


grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
q_agg = aggregate(factors(means, deviations))
q_test = aggregate(factors(test_means, test_deviations))
flat = grid.reshape(-1, LATENT_DIM).astype("float32")
code, log_det = (
    np.concatenate(parts)
    for parts in zip(
        *(
            map(keras.ops.convert_to_numpy, flow(flat[i : i + 50_000]))
            for i in range(0, len(flat), 50_000)
        ),
        strict=True,
    )
)
log_flow = norm.logpdf(code).sum(axis=-1) + log_det
log_priors = {
    "normal": norm.logpdf(grid).sum(axis=-1),
    "flow": log_flow.reshape(q_agg.shape).astype("float64"),
    "aggregate": np.log(np.maximum(q_agg, 1e-300)),
}
log_agg = log_priors["aggregate"]


def entropies(deviations):
    """Entropy of each Gaussian posterior, in closed form."""
    return (np.log(deviations) + 0.5 * math.log(2 * math.pi * math.e)).sum(1)


def mean_of(q, values):
    return float((q * values).sum() * cell)


closed = (means**2 + deviations**2 - 1) / 2 - np.log(deviations)
kl = float(closed.sum(axis=1).mean())
information = -mean_of(q_agg, log_agg) - entropies(deviations).mean()
marginal = {
    name: mean_of(q_agg, log_agg - log_p) for name, log_p in log_priors.items()
}
test_kl = {
    name: -entropies(test_deviations).mean() - mean_of(q_test, log_p)
    for name, log_p in log_priors.items()
}
posterior = kgan.FlowVAE(
    encoder,
    with_flow.generator,
    flow,
    form="posterior",
    learn_scale=False,
    **settings,
)
posterior.likelihood.set_weights(vae.likelihood.get_weights())
one, other = (model.elbo(held_out) for model in (with_flow, posterior))

numbers = {
    "mass_of_the_aggregate_on_the_grid": mean_of(q_agg, 1.0),
    "mean_kl_in_closed_form": kl,
    "information_of_z_and_x": information,
    "log_of_the_training_images": math.log(len(train)),
    "kl_of_the_aggregate": marginal["normal"],
    "gap_of_the_two_sides": abs(kl - information - marginal["normal"]),
    "kl_of_the_aggregate_to_the_flow": marginal["flow"],
    "kl_of_the_aggregate_to_itself": marginal["aggregate"],
    "train_bound_gained_by_the_flow": kl - information - marginal["flow"],
    "train_bound_gained_by_the_aggregate": kl - information,
    "test_bound_gained_by_the_flow": test_kl["normal"] - test_kl["flow"],
    "test_bound_gained_by_the_aggregate": test_kl["normal"]
    - test_kl["aggregate"],
    "test_bound": float(vae.elbo(held_out, 20).mean()),
    "difference_of_prior_and_posterior": float(np.abs(one - other).max()),
}
numbers = {
    name: float(f"{x:.2g}") if x < 1e-3 else round(x, 4)
    for name, x in numbers.items()
}
for name, number in numbers.items():
    print(f"{name} = {number}")
args.out.mkdir(parents=True, exist_ok=True)
(args.out / "elbo_surgery.json").write_text(json.dumps(numbers) + "\n")

figure, panels = plt.subplots(1, 3, figsize=(11, 3.6), dpi=120)
shown = np.abs(axis) < 4
window = np.ix_(shown, shown)
for panel, (title, log_p) in zip(
    panels,
    (
        ("aggregate of the posteriors", log_agg),
        ("flow as prior", log_priors["flow"]),
    ),
    strict=False,
):
    density = np.exp(log_p)[window].T
    panel.imshow(
        density,
        origin="lower",
        extent=(-4, 4, -4, 4),
        cmap="Blues",
        vmax=np.quantile(density, 0.995),
    )
    for radius in (1, 2):
        circle = plt.Circle((0, 0), radius, fill=False, ls=":", color="#D55E00")
        panel.add_patch(circle)
    panel.set_title(f"{title}; dotted: N(0, I) at 1 and 2", fontsize="small")
bars = panels[2]
bottom = information
names = list(marginal)
bars.bar(names, [information] * 3, color="#0072B2", label="I[x, z]")
bars.bar(
    names,
    list(marginal.values()),
    bottom=bottom,
    color="#D55E00",
    label="KL(q_agg || prior)",
)
bars.axhline(kl, color="#000000", ls="--", label="mean KL, closed form")
bars.set_ylabel("nats per digit")
bars.set_title("KL of the bound, by prior (training images)", fontsize="small")
bars.legend(fontsize="small", loc="lower right")
figure.tight_layout()
figure.savefig(args.out / "elbo_surgery.png")
