"""Trains WGAN's critic alone with four clip values: too small, too large.

    KERAS_BACKEND=jax python recipes/theory/clip_value.py

It takes about 40 seconds on one CPU core with JAX. The generator is frozen, so
that the critic has an optimum to reach: real is a Swiss roll, fake a Gaussian.
With a large clip value c the weights take long to reach their limit; with a
small one the critic's gradient at the fake samples, from which a generator
learns, is next to nothing. Through 12 hidden layers it explodes or vanishes, by
c. Arjovsky et al., "Wasserstein GAN", 2017, section 3; Gulrajani et al.,
"Improved Training of Wasserstein GANs", 2017, figure 1b.
"""

import argparse
import json
from pathlib import Path

import kgan

import keras
import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

CLIP_VALUES = (1e-3, 1e-2, 1e-1, 1.0)
# Hidden layers of the critic whose training is timed, and of the one whose
# gradient is followed from layer to layer; the figure in the paper has 12.
SHALLOW, DEEP = (64, 64), (64,) * 12
# An optimizer's step is about its learning rate, 5e-5: a weight needs 20,000
# updates to go from 0 to the largest clip value.
MAX_UPDATES = 60_000
DEEP_UPDATES = 1_000
# A critic is at its plateau when, over the last half of its updates, the
# estimate has grown by less than this share; not before it began to learn.
PLATEAU_GROWTH = 0.05
MIN_UPDATES = 1_000
# Critic updates per compiled step; the generator's update after them is null.
# One for the deep critic, which takes long to compile.
N_CRITIC, DEEP_N_CRITIC = 5, 1
BATCH_SIZE = 64
HELD_OUT_SIZE = 1_000
# Slope of keras's leaky ReLU below 0.
SLOPE = 0.2
STYLES = (("#0072B2", "o-"), ("#D55E00", "s--"), ("#009E73", "^:"))
STYLES += (("#CC79A7", "D-."),)

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--updates", type=int, default=MAX_UPDATES, help="at most, per critic")
option("--seed", type=int, default=0, help="of weights, latents, data")
option("--out", type=Path, default=Path("runs/theory"), help="folder")
args = parser.parse_args()

real = kgan.data.swiss_roll(HELD_OUT_SIZE, seed=args.seed)
fake = np.random.default_rng(args.seed).standard_normal(real.shape)


def gradient_norms(weights, x):
    """Mean norm of the critic's gradient at its inputs and each hidden layer.

    Back-propagation in float64: a small clip value leaves float32's range.
    """
    *hidden, (last_kernel, _) = [
        (kernel.astype("float64"), bias.astype("float64"))
        for kernel, bias in zip(weights[::2], weights[1::2], strict=True)
    ]
    slopes = []
    for kernel, bias in hidden:
        x = x @ kernel + bias
        slopes.append(np.where(x > 0, 1.0, SLOPE))
        x = x * slopes[-1]
    gradient = np.broadcast_to(last_kernel.T, (len(x), len(last_kernel)))
    gradients = [gradient]
    for (kernel, _), slope in zip(hidden[::-1], slopes[::-1], strict=True):
        gradient = (gradient * slope) @ kernel.T
        gradients.append(gradient)
    # (layers, samples, units) from the inputs up -> (layers,)
    return [np.linalg.norm(g, axis=1).mean() for g in gradients[::-1]]


def train_critic(hidden_units, clip_value, n_critic, max_updates):
    """Updates, estimates there, and gradient norms at the end."""
    keras.utils.set_random_seed(args.seed)
    latents = keras.Input((2,))
    identity = keras.layers.Dense(2, kernel_initializer="identity")
    critic = kgan.architectures.mlp_discriminator(2, hidden_units)
    gan = kgan.WGAN(
        keras.Model(latents, identity(latents)),
        critic,
        n_critic=n_critic,
        seed=args.seed,
    )
    # A learning rate of 0 freezes the generator; the critic has the paper's.
    gan.compile(generator_optimizer=keras.optimizers.SGD(0.0))
    clip = kgan.callbacks.WeightClip(clip_value)

    updates, estimates = [0], []
    while True:
        scores = critic.predict_on_batch(np.concatenate([real, fake]))
        estimate = scores[: len(real)].mean() - scores[len(real) :].mean()
        estimates.append(float(estimate))
        half_way = estimates[np.searchsorted(updates, updates[-1] / 2)]
        plateau = estimate - half_way <= PLATEAU_GROWTH * abs(estimate)
        if updates[-1] >= max_updates or (
            updates[-1] >= MIN_UPDATES and plateau
        ):
            break
        # A third more updates until the next measurement.
        steps = max(updates[-1] // (3 * n_critic), 1)
        batches = kgan.data.swiss_roll(
            steps * n_critic * BATCH_SIZE, seed=args.seed + updates[-1] + 1
        )
        gan.fit(batches, batch_size=BATCH_SIZE, callbacks=[clip], verbose=0)
        updates.append(updates[-1] + steps * n_critic)
    return updates, estimates, gradient_norms(critic.get_weights(), fake)


numbers = {}
curves, layer_norms = {}, {}
for clip_value in CLIP_VALUES:
    updates, estimates, norms = train_critic(
        SHALLOW, clip_value, N_CRITIC, args.updates
    )
    share = np.array(estimates) / estimates[-1]
    curves[clip_value] = updates, share
    numbers[f"updates_to_95_percent_clip_{clip_value:g}"] = updates[
        np.argmax(share >= 0.95)
    ]
    numbers[f"plateau_estimate_clip_{clip_value:g}"] = estimates[-1]
    numbers[f"gradient_at_fake_clip_{clip_value:g}"] = norms[0]
    _, _, layer_norms[clip_value] = train_critic(
        DEEP, clip_value, DEEP_N_CRITIC, min(args.updates, DEEP_UPDATES)
    )
for clip_value, norms in layer_norms.items():
    numbers[f"deep_gradient_first_layer_clip_{clip_value:g}"] = norms[0]
    numbers[f"deep_gradient_last_layer_clip_{clip_value:g}"] = norms[-1]

# Two digits: from one machine to another, long trainings part in the third.
numbers = {
    name: x if isinstance(x, int) else float(f"{x:.1e}")
    for name, x in numbers.items()
}
for name, number in numbers.items():
    print(f"{name} = {number}")
args.out.mkdir(parents=True, exist_ok=True)
(args.out / "clip_value.json").write_text(json.dumps(numbers) + "\n")

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), dpi=120)
for clip_value, (color, line) in zip(CLIP_VALUES, STYLES, strict=True):
    style = {"color": color, "markersize": 4, "label": f"c = {clip_value:g}"}
    updates, share = curves[clip_value]
    # A logarithmic axis has no update 0.
    left.plot(updates[1:], share[1:], line, **style)
    norms = layer_norms[clip_value]
    right.plot(range(len(norms)), norms, line, **style)
left.axhline(0.95, color="0.6", lw=1, zorder=0)
left.text(5, 0.965, "95 %", fontsize="small", color="0.3")
left.set(
    xscale="log",
    ylim=(-0.1, 1.1),
    xlabel="updates of the critic (2 hidden layers)",
    ylabel="estimate (share of its plateau)",
)
right.set(
    yscale="log",
    xlabel="layer of the deep critic (0: its input)",
    ylabel="mean norm of the gradient at fake samples",
)
for axes in (left, right):
    axes.legend(fontsize="small")
figure.tight_layout()
figure.savefig(args.out / "clip_value.png")
