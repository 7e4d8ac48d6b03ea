"""Draws what trainings that go wrong look like, each beside its cure.

    KERAS_BACKEND=jax python recipes/troubles/draw.py
    KERAS_BACKEND=jax python recipes/troubles/draw.py collapse noise

Each trouble is two small trainings from one seed, the second with one thing
changed: samples of both above, a curve of both below. The pictures are those
of docs/troubles.md. Seconds to a minute of one core each.
"""

import argparse
from pathlib import Path

import kgan
import kgan.images

import keras
import matplotlib
import numpy as np
from keras import layers

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

# Okabe and Ito's colours, which colour-blind readers can tell apart.
COLORS = ("#D55E00", "#0072B2")
LATENT_DIM = 16
FILTERS = 16


class Kept(keras.callbacks.Callback):
    """Keeps what a log was in each epoch."""

    def __init__(self, log):
        super().__init__()
        self.log = log
        self.values = []

    def on_epoch_end(self, epoch, logs=None):
        self.values.append(float(logs[self.log]))


def train(gan, data, *, log, epochs, steps, batch=64, callbacks=()):
    """Trains on an array; returns what the log was in each epoch."""
    kept = Kept(log)
    needed = steps * batch * gan.n_critic
    rows = np.random.default_rng(args.seed).integers(len(data), size=needed)
    gan.fit(
        data[rows],
        batch_size=batch,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=[*callbacks, kept],
    )
    return kept.values


def adam(rate):
    return keras.optimizers.Adam(rate, beta_1=0.5)


def collapse(cured):
    """A generator that stays on few of the ring's eight modes."""
    ring = kgan.data.ring_of_gaussians()
    generator = kgan.architectures.mlp_generator(2, LATENT_DIM)
    discriminator = kgan.architectures.mlp_discriminator(2)
    coverage = kgan.metrics.ModeCoverage(ring.centres, 0.1, min_samples=20)
    if cured:
        gan = kgan.R3GAN(generator, discriminator, gamma=0.1, seed=args.seed)
    else:
        gan = kgan.NonSaturatingGAN(generator, discriminator, seed=args.seed)
    gan.compile(adam(1e-3), adam(1e-3))
    modes = []

    def count(epoch, logs):
        coverage.reset_state()
        coverage.update_state(ring.sample(10), gan.generate(1_000, seed=1))
        modes.append(float(coverage.result()["modes_found"]))

    counted = keras.callbacks.LambdaCallback(on_epoch_end=count)
    train(
        gan,
        ring.sample(10_000, seed=1).astype("float32"),
        log="generator_loss",
        epochs=40,
        steps=50,
        callbacks=[counted],
    )
    return points(gan, ring), modes


def strong(cured):
    """A discriminator that is sure of everything."""
    scans = digits()
    gan = kgan.GAN(
        *networks(),
        n_critic=4,
        penalties=[kgan.penalties.R1(3.0)] if cured else [],
        seed=args.seed,
    )
    gan.compile(adam(2e-4), adam(2e-3))
    curve = train(
        gan, scans, log="discriminator_loss", epochs=40, steps=15, batch=32
    )
    return gan.generate(64, seed=1), curve


def nan(cured):
    """A critic without any bound on its slope."""
    ring = kgan.data.ring_of_gaussians()
    gan = kgan.WGAN(
        kgan.architectures.mlp_generator(2, LATENT_DIM),
        kgan.architectures.mlp_discriminator(2),
        n_critic=5,
        seed=args.seed,
    )
    gan.compile(keras.optimizers.SGD(0.05), keras.optimizers.SGD(0.05))
    clip = [kgan.callbacks.WeightClip(0.05)] if cured else []
    curve = train(
        gan,
        ring.sample(10_000, seed=1).astype("float32"),
        log="wasserstein_estimate",
        epochs=40,
        steps=5,
        callbacks=[kgan.callbacks.TerminateOnNaN(), *clip],
    )
    return points(gan, ring), np.abs(curve)


def noise(cured):
    """A training that has hardly begun."""
    scans = digits()
    gan = kgan.WGAN(*networks(), n_critic=5, seed=args.seed)
    rate = 5e-4 if cured else 5e-5
    gan.compile(*kgan.scripts.optimizers(gan, wgan=rate))
    curve = train(
        gan,
        scans,
        log="wasserstein_estimate",
        epochs=40,
        steps=15,
        batch=32,
        callbacks=[kgan.callbacks.WeightClip(0.02)],
    )
    return gan.generate(64, seed=1), curve


def checkerboard(cured):
    """Transposed convolutions whose kernel is no multiple of their stride."""
    scans = digits(16)
    x = latents = keras.Input((LATENT_DIM,))
    x = layers.Dense(4 * 4 * 2 * FILTERS, "relu")(x)
    x = layers.Reshape((4, 4, 2 * FILTERS))(x)
    size = 4 if cured else 3
    for filters in (2 * FILTERS, FILTERS):
        x = layers.Conv2DTranspose(filters, size, 2, "same")(x)
        x = layers.ReLU()(x)
    images = layers.Conv2D(1, 3, padding="same", activation="tanh")(x)
    gan = kgan.NonSaturatingGAN(
        keras.Model(latents, images),
        kgan.architectures.dcgan_discriminator(
            (16, 16, 1), FILTERS, normalization="none"
        ),
        seed=args.seed,
    )
    gan.compile(adam(5e-4), adam(5e-4))
    curve = train(
        gan, scans, log="generator_loss", epochs=20, steps=15, batch=32
    )
    return gan.generate(64, seed=1), curve


def digits(size=None):
    scans = kgan.data.load("digits", image_size=size, shuffle=False)
    return np.concatenate(list(scans.as_numpy_iterator()))


def networks():
    return (
        kgan.architectures.dcgan_generator((8, 8, 1), LATENT_DIM, FILTERS),
        kgan.architectures.dcgan_discriminator(
            (8, 8, 1), FILTERS, normalization="none"
        ),
    )


def points(gan, mixture):
    return mixture.centres, gan.generate(1_000, seed=1)


# Function, titles of the two, what the curve is, whether on a log scale.
TROUBLES = {
    "collapse": (
        collapse,
        ("no penalty", "R3GAN: R1 and R2"),
        "modes found, of 8",
        False,
    ),
    "strong": (strong, ("no penalty", "R1"), "discriminator_loss", True),
    "nan": (nan, ("no clip", "clip 0.05"), "|wasserstein_estimate|", True),
    "noise": (
        noise,
        ("learning rate 5e-5", "5e-4"),
        "wasserstein_estimate",
        False,
    ),
    "checkerboard": (
        checkerboard,
        ("kernel 3, stride 2", "kernel 4, stride 2"),
        "generator_loss",
        False,
    ),
}


def draw(name):
    """Trains both, and writes one picture."""
    trouble, titles, label, logarithmic = TROUBLES[name]
    figure, axes = plt.subplot_mosaic(
        "AB;CC", figsize=(8, 6), height_ratios=(3, 2), layout="constrained"
    )
    for cured, (panel, title, color) in enumerate(
        zip("AB", titles, COLORS, strict=True)
    ):
        keras.utils.set_random_seed(args.seed)
        samples, curve = trouble(bool(cured))
        axes[panel].set_title(title, color=color)
        if isinstance(samples, tuple):
            centres, drawn = samples
            axes[panel].scatter(*centres.T, 60, "0.7", label="modes")
            axes[panel].scatter(*drawn.T, 3, color, label="samples")
            axes[panel].set(xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
        else:
            grid = kgan.images.image_grid(samples, columns=8)
            axes[panel].imshow(grid, "gray", vmin=0, vmax=255)
            axes[panel].axis("off")
        epochs = range(1, len(curve) + 1)
        axes["C"].plot(epochs, curve, color=color, label=title)
        print(name, title, [round(float(x), 4) for x in curve[::8]], curve[-1])
    axes["C"].set(xlabel="epoch", ylabel=label)
    if logarithmic:
        axes["C"].set_yscale("log")
    axes["C"].legend(loc="lower right")
    args.out.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out / f"{name}.png", dpi=100)
    plt.close(figure)


parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("troubles", nargs="*", default=list(TROUBLES), help="which ones")
option("--seed", type=int, default=0, help="of weights, latents, samples")
option("--out", type=Path, default=Path("runs/troubles"), help="folder")
args = parser.parse_args()
for trouble_name in args.troubles:
    draw(trouble_name)
