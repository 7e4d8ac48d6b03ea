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
RING = kgan.data.ring_of_gaussians()


def train(gan, data, shown, *, epochs=40, steps=15, batch=32, callbacks=()):
    """Trains on an array; returns a log, or a function, of each epoch."""
    values = []

    def keep(epoch, logs):
        value = logs[shown] if isinstance(shown, str) else shown(gan)
        values.append(float(value))

    needed = steps * batch * gan.n_critic
    rows = np.random.default_rng(args.seed).integers(len(data), size=needed)
    kept = keras.callbacks.LambdaCallback(on_epoch_end=keep)
    gan.fit(
        data[rows],
        batch_size=batch,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=[*callbacks, kept],
    )
    return values


def adams(generators, discriminators):
    return [
        keras.optimizers.Adam(rate, beta_1=0.5)
        for rate in (generators, discriminators)
    ]


def collapse(cured):
    """A generator that stays on few of the ring's eight modes."""
    coverage = kgan.metrics.ModeCoverage(RING.centres, 0.1, min_samples=20)
    if cured:
        gan = kgan.R3GAN(*of_points(), gamma=0.1, seed=args.seed)
    else:
        gan = kgan.NonSaturatingGAN(*of_points(), seed=args.seed)
    gan.compile(*adams(3e-3, 3e-3))

    def modes(gan):
        coverage.reset_state()
        coverage.update_state(RING.sample(10), gan.generate(1_000, seed=1))
        return coverage.result()["modes_found"]

    curve = train(gan, ring(), modes, steps=50, batch=64)
    return gan.generate(1_000, seed=1), curve


def strong(cured):
    """A discriminator that is sure of everything."""
    gan = kgan.GAN(
        *of_images(),
        n_critic=4,
        penalties=[kgan.penalties.R1(3.0)] if cured else [],
        seed=args.seed,
    )
    gan.compile(*adams(2e-4, 2e-3))
    curve = train(gan, digits(), "discriminator_loss")
    return gan.generate(64, seed=1), curve


def nan(cured):
    """A critic without any bound on its slope."""
    gan = kgan.WGAN(*of_points(), n_critic=5, seed=args.seed)
    gan.compile(keras.optimizers.SGD(0.01), keras.optimizers.SGD(0.01))
    clip = [kgan.callbacks.WeightClip(0.03)] if cured else []
    curve = train(
        gan,
        ring(),
        "wasserstein_estimate",
        steps=3,
        callbacks=[kgan.callbacks.TerminateOnNaN(), *clip],
    )
    return gan.generate(1_000, seed=1), np.abs(curve)


def noise(cured):
    """A training that has hardly begun."""
    gan = kgan.WGAN(*of_images(), n_critic=5, seed=args.seed)
    rate = 5e-4 if cured else 5e-5
    gan.compile(*kgan.scripts.optimizers(gan, wgan=rate))
    curve = train(
        gan,
        digits(),
        "wasserstein_estimate",
        callbacks=[kgan.callbacks.WeightClip(0.02)],
    )
    return gan.generate(64, seed=1), curve


def checkerboard(cured):
    """Transposed convolutions whose kernel is no multiple of their stride."""
    x = latents = keras.Input((LATENT_DIM,))
    x = layers.Dense(4 * 4 * 2 * FILTERS, "relu")(x)
    x = layers.Reshape((4, 4, 2 * FILTERS))(x)
    for filters in (2 * FILTERS, FILTERS):
        if cured:
            x = layers.UpSampling2D(2)(x)
            x = layers.Conv2D(filters, 3, padding="same")(x)
        else:
            x = layers.Conv2DTranspose(filters, 3, 2, "same")(x)
        x = layers.ReLU()(x)
    images = layers.Conv2D(1, 3, padding="same", activation="tanh")(x)
    gan = kgan.NonSaturatingGAN(
        keras.Model(latents, images),
        kgan.architectures.dcgan_discriminator(
            (16, 16, 1), FILTERS, normalization="none"
        ),
        seed=args.seed,
    )
    gan.compile(*adams(5e-4, 5e-4))

    def unevenness(gan):
        x = gan.generate(256, seed=1)[..., 0]
        beside = x[:, :-2, 1:-1] + x[:, 2:, 1:-1]
        beside += x[:, 1:-1, :-2] + x[:, 1:-1, 2:]
        edges = (x[:, 1:-1, 1:-1] - beside / 4).mean(axis=0)
        parts = [edges[i::2, j::2].mean() for i in (0, 1) for j in (0, 1)]
        return np.std(parts)

    curve = train(gan, digits(16), unevenness, epochs=20)
    return gan.generate(64, seed=1), curve


def digits(size=None):
    scans = kgan.data.load("digits", image_size=size, shuffle=False)
    return np.concatenate(list(scans.as_numpy_iterator()))


def ring():
    return RING.sample(10_000, seed=1).astype("float32")


def of_points():
    return (
        kgan.architectures.mlp_generator(2, LATENT_DIM),
        kgan.architectures.mlp_discriminator(2),
    )


def of_images():
    return (
        kgan.architectures.dcgan_generator((8, 8, 1), LATENT_DIM, FILTERS),
        kgan.architectures.dcgan_discriminator(
            (8, 8, 1), FILTERS, normalization="none"
        ),
    )


# Function, titles of the two, what the curve is, whether on a log scale.
TROUBLES = {
    "collapse": (
        collapse,
        ("no penalty", "R3GAN: R1 and R2"),
        "modes found, of 8",
        False,
    ),
    "strong": (strong, ("no penalty", "R1"), "discriminator_loss", True),
    "nan": (nan, ("no clip", "clip 0.03"), "|wasserstein_estimate|", True),
    "noise": (
        noise,
        ("learning rate 5e-5", "5e-4"),
        "wasserstein_estimate",
        False,
    ),
    "checkerboard": (
        checkerboard,
        ("kernel 3, stride 2", "upsampling, convolution"),
        "strength of the grid",
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
        if samples.ndim == 2:
            axes[panel].scatter(*RING.centres.T, 60, "0.7")
            axes[panel].scatter(*samples.T, 3, color)
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
    axes["C"].legend(loc="best")
    args.out.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out / f"{name}.png", dpi=100)
    plt.close(figure)


parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("troubles", nargs="*", default=list(TROUBLES), help="which ones")
# Of which the ring's collapses: whether one does is chance.
option("--seed", type=int, default=1, help="of weights, latents, samples")
option("--out", type=Path, default=Path("runs/troubles"), help="folder")
args = parser.parse_args()
for trouble_name in args.troubles:
    draw(trouble_name)
