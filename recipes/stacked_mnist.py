"""Trains a GAN on stacked MNIST: 1,000 modes that a classifier can count.

    python recipes/stacked_mnist.py
    python recipes/stacked_mnist.py --objective nsgan --steps 4000
    python recipes/stacked_mnist.py --resume

Three random digits are the red, green and blue of one 28x28 image, so that
there are 10 x 10 x 10 modes. At the end 26,000 samples are generated, as in the
papers, a classifier of digits looks at each channel alone, and the modes found
and the reverse KL go into scores.json. tensorflow-datasets downloads 11 MB at
the first use. --out then also holds pictures of samples, the losses and the
generator. A run that was stopped goes on with --resume. Time and numbers to
expect: recipes/README.md.
"""

import argparse
from pathlib import Path

import kgan

import keras
import numpy as np

# Half of kgan's default: a quarter of the arithmetic.
FILTERS = 32
LATENT_DIM = 64
# As in mnist.py: four times the paper's 5e-5, a quarter of the steps.
LEARNING_RATE = 2e-4
STEPS = 4_000
# Pictures, and lines of the loss curve.
EPOCHS = 8
# The papers' number; fewer samples find fewer modes.
SCORE_SAMPLES = 26_000
CLASSIFIER = (
    Path(__file__).parents[1] / "saved_models" / "classifier_mnist.keras"
)

MODELS = {"gan": kgan.GAN, "nsgan": kgan.NonSaturatingGAN, "wgan": kgan.WGAN}
N_CRITIC = {"gan": 1, "nsgan": 1, "wgan": 5}

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--objective", choices=MODELS, default="wgan", help="the game")
option("--steps", type=int, default=STEPS, help="generator updates")
option("--batch-size", type=int, default=64, help="real images per update")
option("--n-critic", type=int, help="None: 5 for wgan, 1 for the others")
option("--clip", type=float, default=0.01, help="bound of wgan's weights")
option("--score-samples", type=int, default=SCORE_SAMPLES, help="to count in")
option("--data-dir", help="None: that of tensorflow-datasets")
option("--seed", type=int, default=0, help="of weights, latents, stacks")
option("--out", type=Path, default=Path("runs/stacked_mnist"), help="folder")
option("--resume", action="store_true", help="go on from --out's last epoch")
args = parser.parse_args()

keras.utils.set_random_seed(args.seed)
digits = np.concatenate(
    list(
        kgan.data.load(
            "mnist",
            "train",
            batch_size=1_000,
            shuffle=False,
            data_dir=args.data_dir,
        ).as_numpy_iterator()
    )
)


def stacks():
    """Batches without end, each of three fresh digits per image."""
    random = np.random.default_rng(args.seed)
    while True:
        chosen = random.integers(len(digits), size=(3, args.batch_size))
        yield (np.concatenate([digits[i] for i in chosen], axis=-1),)


n_critic = args.n_critic or N_CRITIC[args.objective]
gan = MODELS[args.objective](
    kgan.architectures.dcgan_generator((28, 28, 3), LATENT_DIM, FILTERS),
    kgan.architectures.dcgan_discriminator((28, 28, 3), FILTERS),
    n_critic=n_critic,
    seed=args.seed,
)
if args.objective == "wgan":
    gan.compile(
        keras.optimizers.RMSprop(LEARNING_RATE, rho=0.99, epsilon=1e-16),
        keras.optimizers.RMSprop(LEARNING_RATE, rho=0.99, epsilon=1e-16),
    )
else:
    # Adam(2e-4, beta_1=0.5), DCGAN's choice.
    gan.compile()

callbacks = [
    kgan.callbacks.SampleGrid(args.out / "samples"),
    kgan.callbacks.LossCurve(args.out / "losses.png"),
    # Last, so that a run counts an epoch whose pictures and logs are there.
    kgan.callbacks.Checkpoint(args.out, resume=args.resume),
]
if args.objective == "wgan":
    # First, so that the loss curve sees the share of clipped weights.
    callbacks.insert(0, kgan.callbacks.WeightClip(args.clip))
epochs = min(EPOCHS, args.steps)
gan.fit(
    stacks(),
    epochs=epochs,
    steps_per_epoch=args.steps // epochs,
    callbacks=callbacks,
)

coverage = kgan.metrics.StackedModeCoverage(keras.saving.load_model(CLASSIFIER))
for start in range(0, args.score_samples, 1_000):
    num = min(1_000, args.score_samples - start)
    fake = gan.generate(num, seed=args.seed + start)
    coverage.update_state(fake, fake)
record = kgan.scores.stamp(
    [coverage],
    dataset="stacked mnist",
    split="uniform over 1,000 modes",
    num_real=0,
    num_fake=args.score_samples,
    seed=args.seed,
    step=int(gan.optimizer.iterations.numpy()),
    generator=gan.generator,
)
kgan.scores.write(record, args.out / "scores.json")
scores = record["scores"]
print(
    f"{scores['modes_found']:.0f} of 1,000 modes found, reverse KL "
    f"{scores['reverse_kl']:.3f}, of {args.score_samples:,} samples.\n"
    f"Written to {args.out}: samples/, losses.png, losses.csv, scores.json, "
    "generator.keras and run.keras."
)
