"""The better the discriminator, the smaller the saturating loss's gradient.

    python recipes/theory/vanishing_gradients.py

It takes about 20 seconds on one CPU core. An untrained generator, whose samples
lie near 0, stays as it is while a discriminator learns to tell them from a ring
of Gaussians. After ever more updates of the discriminator, this measures the
gradient that the generator would get on 64 batches of latents: of log(1 - D) it
vanishes (Arjovsky and Bottou, "Towards Principled Methods for Training
Generative Adversarial Networks", 2017, theorem 2.4, figure 2), of -log D it
stays large, and its variance over batches grows (theorem 2.6, figure 3).
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

# As far as the paper's figures go.
UPDATES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 4_000)
REPORTED = (1, 10, 100, 1_000, 4_000)
BATCH_SIZE = 64
GRADIENTS = 64
# Name, objective, colour, line of each loss in the figure.
LOSSES = (
    ("saturating", kgan.GAN, "#D55E00", "o--"),
    ("non_saturating", kgan.NonSaturatingGAN, "#0072B2", "s-"),
)

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--seed", type=int, default=0, help="of weights, latents, samples")
option("--out", type=Path, default=Path("runs/theory"), help="folder")
args = parser.parse_args()


class KeepGradient(keras.optimizers.Optimizer):
    """Changes no weight, and keeps the gradient that it was given.

    So the very gradients of kgan's train step are measured, in float32 of
    full relative precision, on every backend.
    """

    def build(self, variables):
        if not self.built:
            super().build(variables)
            self.gradients = self.add_optimizer_variables(variables, "kept")

    def update_step(self, gradient, variable, learning_rate):
        kept = self.gradients[self._get_variable_index(variable)]
        self.assign(kept, gradient)

    def as_vector(self):
        """The gradient with respect to all weights, in one float64 array."""
        parts = map(keras.ops.convert_to_numpy, self.gradients)
        return np.concatenate([part.ravel() for part in parts]).astype(float)


keras.utils.set_random_seed(args.seed)
generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
discriminator = kgan.architectures.mlp_discriminator(input_dim=2)
real = kgan.data.ring_of_gaussians().sample(
    UPDATES[-1] * BATCH_SIZE, seed=args.seed
)
trainer = kgan.GAN(generator, discriminator, seed=args.seed)
# The discriminator's optimizer is kgan's default, Adam(2e-4, beta_1=0.5).
trainer.compile(generator_optimizer=KeepGradient(0.0))
probes = {}
for name, objective, _, _ in LOSSES:
    # One seed: both losses are measured on the same latents.
    probe = objective(generator, discriminator, seed=args.seed)
    # A rate of 0 leaves the discriminator to the trainer.
    probe.compile(KeepGradient(0.0), keras.optimizers.SGD(0.0))
    probes[name] = probe

numbers, done = {}, 0
norms = {name: [] for name in probes}
variances = {name: [] for name in probes}
for updates in UPDATES:
    history = trainer.fit(
        real[done * BATCH_SIZE : updates * BATCH_SIZE],
        batch_size=BATCH_SIZE,
        shuffle=False,
        verbose=0,
    ).history
    done = updates
    for name, probe in probes.items():
        gradients = []
        for _ in range(GRADIENTS):
            probe.train_on_batch(real[:BATCH_SIZE])
            gradients.append(probe.generator_optimizer.as_vector())
        norm = np.linalg.norm(gradients, axis=1).mean()
        # The trace of the covariance: the variance of all weights, summed.
        variance = np.var(gradients, axis=0, ddof=1).sum()
        norms[name].append(norm)
        variances[name].append(variance)
        if updates in REPORTED:
            numbers[f"{name}_norm_after_{updates}"] = norm
            numbers[f"{name}_variance_after_{updates}"] = variance
numbers["jsd_estimate_at_the_end"] = history["jsd_estimate"][0]
for name in probes:
    fall = max(norms[name]) / norms[name][-1]
    numbers[f"{name}_orders_of_magnitude_lost"] = np.log10(fall)

figure, (left, right) = plt.subplots(
    1, 2, figsize=(6.4, 3.4), dpi=120, layout="constrained"
)
for name, _, colour, line in LOSSES:
    label = {"saturating": "log(1 - D)", "non_saturating": "-log D"}[name]
    left.loglog(UPDATES, norms[name], line, color=colour, label=label)
    right.loglog(UPDATES, variances[name], line, color=colour, label=label)
left.set(ylabel="mean norm of the generator's gradient")
right.set(ylabel="variance of the gradient over batches")
for axes in (left, right):
    axes.set(xlabel="updates of the discriminator")
    axes.legend(loc="lower left")
args.out.mkdir(parents=True, exist_ok=True)
figure.savefig(args.out / "vanishing_gradients.png")

# Three significant digits repeat from run to run.
numbers = {name: float(f"{value:.3g}") for name, value in numbers.items()}
for name, value in numbers.items():
    print(f"{name} = {value}")
(args.out / "vanishing_gradients.json").write_text(
    json.dumps(numbers, indent=2)
)
