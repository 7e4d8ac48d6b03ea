"""Compares games and networks on Fashion-MNIST in equal time: a grid.

    python recipes/zoo_grid.py --out runs/zoo_grid
    python recipes/zoo_grid.py --network mlp --game wgan r3gan --seeds 2

Trains each game with each kind of network for as many steps as this machine
makes in --seconds of processor time. They are measured once for each pair and
kept in steps.json, so that all seeds make the same steps. With a copy of
steps.json another machine makes them too. The score is the Frechet distance of
the average to the 10,000 test images, in the features of
saved_models/classifier_fashion_mnist.keras. Prints mean and standard error.

Each run leaves a stamped score file and its samples in --out. A run whose file
is there is not repeated: stop the command and start it again. It takes about 80
minutes of one core. docs/zoo.md has the numbers.
"""

import argparse
from pathlib import Path

import kgan

import keras
import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt

SHAPE, LATENT_DIM, BATCH_SIZE = (28, 28, 1), 64, 64
# Small, so that a minute is some hundreds of updates of the slowest.
FILTERS = {"dcgan": 32, "resnet": 16}
UNITS = (256, 256, 256)
# As in fashion_mnist.py: WGAN's default 5e-5 hardly moves in a minute.
WGAN_RATE = 2e-4
R1_GAMMA = 1.0
DRAWN = 24
# Name, objective, normalization of DCGAN's discriminator; the others have none,
# but for the spectral one.
GAMES = {
    "wgan": ("WGAN, clipped", "wgan", "layer"),
    "nsgan": ("NonSaturatingGAN", "nsgan", "layer"),
    "nsgan_r1": ("NonSaturatingGAN, R1", "nsgan", "none"),
    "hinge": ("HingeGAN, spectral", "hinge", "spectral"),
    "wgangp": ("WGANGP", "wgangp", "layer"),
    "r3gan": ("R3GAN", "r3gan", "none"),
}
NETWORKS = ("mlp", "dcgan", "resnet")

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--game", choices=GAMES, nargs="+", default=[*GAMES])
option("--network", choices=NETWORKS, nargs="+", default=NETWORKS)
option("--seeds", type=int, default=3, help="runs of each pair, from 0 on")
option("--seconds", type=float, default=60.0, help="of training, each run")
option("--samples", type=int, default=10_000, help="most scored, and images")
option("--data-dir", help="None: that of tensorflow-datasets")
option("--out", type=Path, default=Path("runs/zoo_grid"), help="folder")
args = parser.parse_args()


def images(split: str) -> np.ndarray:
    batches = kgan.data.load(
        "fashion_mnist",
        split,
        batch_size=1_000,
        shuffle=False,
        data_dir=args.data_dir,
    )
    return np.concatenate(list(batches.as_numpy_iterator()))


def batches(seed: int):
    """Yields batches without end, each of images drawn again."""
    random = np.random.default_rng(seed)
    while True:
        yield (train_images[random.integers(NUM_TRAIN, size=BATCH_SIZE)],)


def spectral(network: keras.Model) -> keras.Model:
    """Copies a network, with its kernels spectrally normalized."""
    wrapped = (keras.layers.Dense, keras.layers.Conv2D)

    def copied(layer: keras.Layer) -> keras.Layer:
        copy = type(layer).from_config(layer.get_config())
        if isinstance(layer, wrapped):
            return kgan.layers.SpectralNormalization(copy)
        return copy

    return keras.models.clone_model(network, clone_function=copied)


def build_networks(network: str, normalization: str) -> list[keras.Model]:
    """Builds a generator and a discriminator of 28x28 images."""
    kinds, layers = kgan.architectures, keras.layers
    plain = "none" if normalization == "spectral" else normalization
    if network == "mlp":
        dim = int(np.prod(SHAPE))
        generator = kinds.mlp_generator(dim, LATENT_DIM, UNITS, "tanh")
        discriminator = kinds.mlp_discriminator(dim, UNITS)
        before, after = layers.Flatten(), layers.Reshape(SHAPE)
    elif network == "resnet":
        # SNGAN's networks have 32 pixels: cut off or add two at each side.
        generator = kinds.resnet_generator(
            (32, 32, 1), LATENT_DIM, FILTERS["resnet"]
        )
        discriminator = kinds.resnet_discriminator(
            (32, 32, 1), FILTERS["resnet"], normalization="none"
        )
        before, after = layers.ZeroPadding2D(2), layers.Cropping2D(2)
    else:
        generator = kinds.dcgan_generator(SHAPE, LATENT_DIM, FILTERS["dcgan"])
        discriminator = kinds.dcgan_discriminator(
            SHAPE, FILTERS["dcgan"], plain
        )
        before = after = layers.Identity()
    if normalization == "spectral":
        discriminator = spectral(discriminator)
    latents, samples = keras.Input((LATENT_DIM,)), keras.Input(SHAPE)
    return [
        keras.Model(latents, after(generator(latents)), name="generator"),
        keras.Model(samples, discriminator(before(samples)), name="critic"),
    ]


def build(game: str, network: str, steps: int, seed: int) -> kgan.WGAN:
    """Builds a compiled game, whose schedules end after so many steps."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    _, objective, normalization = GAMES[game]
    settings, optimizers = kgan.scripts.small_r3gan(steps * BATCH_SIZE)
    # The same average for all: what it is worth is another question.
    arguments = {"average": settings["average"], "seed": seed}
    if game == "r3gan":
        arguments["gamma"] = settings["gamma"]
    if game == "nsgan_r1":
        arguments["penalties"] = [kgan.penalties.R1(R1_GAMMA)]
    networks = build_networks(network, normalization)
    gan = kgan.objectives.build(objective, *networks, **arguments)
    if game != "r3gan":
        optimizers = kgan.scripts.optimizers(gan, wgan=WGAN_RATE)
    gan.compile(*optimizers)
    return gan


def fit(
    gan: kgan.WGAN, steps: int, seed: int, watch: kgan.scripts.Stopwatch
) -> None:
    clip = gan.default_clip_value
    clips = [kgan.callbacks.WeightClip(clip)] if clip else []
    gan.fit(
        batches(seed),
        steps_per_epoch=steps,
        callbacks=[*clips, watch],
        verbose=0,
    )


def steps_of(game: str, network: str) -> int:
    """Returns the steps of a pair in the budget, kept or measured now."""

    def train(watch: kgan.scripts.Stopwatch) -> None:
        fit(build(game, network, 1_000, 0), 1_000_000, 0, watch)

    name, path = f"{network}_{game}", args.out / "steps.json"
    try:
        return kgan.scripts.steps_within(args.seconds, name, path, train)
    except ValueError as error:
        parser.error(str(error))


def score(gan: kgan.WGAN, seed: int, watch: kgan.scripts.Stopwatch) -> dict:
    distance = kgan.metrics.FrechetDistance(
        kgan.presets.classifier("fashion_mnist")
    )
    real = images("test")[: args.samples]
    fake = gan.generate(len(real), seed=seed)
    distance.update_state(real, fake)
    record = kgan.scores.stamp_model(
        gan, [distance], dataset="fashion_mnist", split="test", seed=seed
    )
    record["run"]["seconds"] = round(watch.pace * watch.steps, 1)
    return record


def mean_and_error(values: list[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:.1f}"
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{np.mean(values):.1f} +- {error:.1f}"


args.out.mkdir(parents=True, exist_ok=True)
train_images = images("train")
NUM_TRAIN = len(train_images)
# Seed by seed, so that an early end leaves whole grids.
runs = [
    (game, network, seed)
    for seed in range(args.seeds)
    for network in args.network
    for game in args.game
]
for number, (game, network, seed) in enumerate(runs, start=1):
    name = f"{network}_{game}_{seed}"
    if (args.out / f"{name}.json").exists():
        continue
    steps = steps_of(game, network)
    print(f"{name}, run {number} of {len(runs)}: {steps} steps", flush=True)
    gan, watch = build(game, network, steps, seed), kgan.scripts.Stopwatch()
    fit(gan, steps, seed, watch)
    np.save(args.out / f"{name}.npy", gan.generate(DRAWN, seed=seed))
    record = score(gan, seed, watch)
    # Written last: a run with a score file is complete.
    kgan.scores.write(record, args.out / f"{name}.json")
    print(record["scores"], f"{record['run']['seconds']} seconds", flush=True)

figure, axes = plt.subplots(
    len(args.network),
    len(args.game),
    figsize=(2.1 * len(args.game), 1.7 * len(args.network)),
    squeeze=False,
    layout="constrained",
)
print(f"\n| network | {' | '.join(GAMES[game][0] for game in args.game)} |")
print("|---" * (1 + len(args.game)) + "|")
for row, network in enumerate(args.network):
    cells = [network]
    for column, game in enumerate(args.game):
        records = [
            kgan.scores.read(args.out / f"{network}_{game}_{seed}.json")
            for seed in range(args.seeds)
        ]
        distances = [x["scores"]["frechet_distance"] for x in records]
        steps = records[0]["run"]["step"]
        cells.append(f"{mean_and_error(distances)} ({steps:,})")
        samples = np.load(args.out / f"{network}_{game}_0.npy")
        axis = axes[row, column]
        axis.imshow(kgan.images.image_grid(samples, columns=6), cmap="gray")
        axis.set(xticks=[], yticks=[])
        axis.set_title(GAMES[game][0] if row == 0 else None, fontsize=8)
        axis.set_ylabel(network if column == 0 else None)
        axis.set_xlabel(f"{np.mean(distances):.1f}", fontsize=8)
    print("| " + " | ".join(cells) + " |")
figure.savefig(args.out / "zoo_grid.png", dpi=130)
print(
    f"\nFrechet distance, mean and standard error of {args.seeds} seeds, and "
    f"(steps in {args.seconds:g} seconds of this processor).\nSamples of seed "
    f"0 above the mean distance: {args.out / 'zoo_grid.png'}"
)
