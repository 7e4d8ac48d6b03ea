"""Fine-tunes a trained preset to a few images, and compares with scratch.

    python recipes/fine_tune.py --out runs/fine_tune
    python recipes/fine_tune.py --preset digits --data fashion_mnist --seeds 1

A run trains for 5 minutes of processor time on 500 images of another data set,
drawn by the seed. Both starts have the same networks, game, settings and steps.
One begins with the weights of the preset, the other with those of its seed. The
score is the Frechet distance of the average to the held-out images, in the
features of the new data's classifier, after each fifth of the steps. Prints
mean and standard error over the seeds.

A run that is complete is not repeated: stop the command and start it again. It
takes about 35 minutes of one core. docs/zoo.md has the numbers.
"""

import argparse
from pathlib import Path

import kgan

import keras
import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt

# Half the rate of a training from scratch, for both: a higher one would make
# the network forget the trained weights.
RATE, GAMMA, BATCH_SIZE = 2e-4, 1.0, 64
# The discriminator soon knows 500 images by heart.
AUGMENTED = 0.5
PARTS, DRAWN = 5, 24
STARTS = {"preset": "#0072B2", "nothing": "#D55E00"}

rows = {row.name: row for row in kgan.presets.names() if row.image_size}
rows = {name: row for name, row in rows.items() if row.sample_shape[2] == 1}
parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--preset", choices=rows, default="mnist", help="trained")
kinds = ("fashion_mnist", "mnist", "digits")
option("--data", choices=kinds, default=kinds[0], help="new data")
option("--images", type=int, default=500, help="of the new data")
option("--minutes", type=float, default=5.0, help="of training, each run")
option("--seeds", type=int, default=3, help="runs of each start, from 0 on")
option("--samples", type=int, default=10_000, help="most held-out images")
option("--data-dir", help="None: that of tensorflow-datasets")
option("--out", type=Path, default=Path("runs/fine_tune"), help="folder")
args = parser.parse_args()
row = rows[args.preset]
try:
    trained = kgan.presets.load(args.preset)
except ValueError as error:
    parser.error(str(error))
fresh = kgan.presets.load(args.preset, trained=False)


def load(split: str) -> list[np.ndarray]:
    """Loads images of the preset's size, with labels if it takes them."""
    batches = kgan.data.load(
        args.data,
        split,
        row.image_size,
        batch_size=1_000,
        labels=True,
        shuffle=False,
        data_dir=args.data_dir,
    )
    parts = zip(*batches.as_numpy_iterator(), strict=True)
    arrays = [np.concatenate(part) for part in parts]
    return arrays if row.conditional else arrays[:1]


def batches(seed: int):
    """Yields batches without end of the few images of a seed."""
    random = np.random.default_rng(seed)
    few = random.permutation(len(train[0]))[: args.images]
    while True:
        some = few[random.integers(len(few), size=BATCH_SIZE)]
        yield tuple(array[some] for array in train)


def classifier() -> keras.Model:
    """Loads the new data's classifier, for images of the preset's size."""
    judge = kgan.presets.classifier(args.data)
    images, size = keras.Input(row.sample_shape), judge.input_shape[1]
    enlarged = keras.layers.Resizing(size, size)(images)
    return keras.Model(images, judge(enlarged), name=judge.name)


def build(start: str, steps: int, seed: int) -> kgan.R3GAN:
    """Builds a game with the networks of the preset, from one start."""
    keras.utils.set_random_seed(seed)
    players = ("generator", "discriminator")
    networks = [keras.models.clone_model(getattr(fresh, p)) for p in players]
    if start == "preset":
        for player, network in zip(players, networks, strict=True):
            network.set_weights(getattr(trained, player).get_weights())
    images = steps * BATCH_SIZE
    arguments, optimizers = kgan.scripts.small_r3gan(images, RATE, GAMMA)
    augmentation = kgan.augmentations.DiffAugment(
        "translation,cutout", probability=AUGMENTED
    )
    gan = kgan.R3GAN(
        *networks, augmentation=augmentation, seed=seed, **arguments
    )
    gan.compile(*optimizers)
    return gan


def measure(watch: kgan.scripts.Stopwatch) -> None:
    gan, data = build("nothing", 1_000, 0), batches(0)
    gan.fit(data, steps_per_epoch=1_000_000, callbacks=[watch], verbose=0)


def score(gan: kgan.R3GAN, seed: int, path: Path) -> float:
    distance = kgan.metrics.FrechetDistance(classifier())
    real, *labels = (array[: args.samples] for array in held_out)
    asked = labels[0] if labels else None
    distance.update_state(real, gan.generate(len(real), seed=1, labels=asked))
    record = kgan.scores.stamp_model(
        gan,
        [distance],
        dataset=args.data,
        split="test",
        image_size=row.image_size,
        seed=seed,
    )
    kgan.scores.write(record, path)
    return record["scores"]["frechet_distance"]


def train_and_score(start: str, seed: int, steps: int) -> None:
    name = f"{start}_{seed}"
    gan, data = build(start, steps, seed), batches(seed)
    for part in range(1, PARTS + 1):
        gan.fit(
            data,
            initial_epoch=part - 1,
            epochs=part,
            steps_per_epoch=steps // PARTS,
            verbose=0,
        )
        if part == PARTS:
            drawn = gan.generate(DRAWN, seed=seed)
            np.save(args.out / f"{name}.npy", drawn)
        # Written last: a run that has it is complete.
        value = score(gan, seed, args.out / f"{name}_{part}.json")
        print(f"{name}, {part} of {PARTS} parts: {value:.1f}", flush=True)


args.out.mkdir(parents=True, exist_ok=True)
train, held_out = load("train"), load("test")
try:
    steps = kgan.scripts.steps_within(
        60 * args.minutes, args.preset, args.out / "steps.json", measure
    )
except ValueError as error:
    parser.error(str(error))
steps = max(PARTS, steps // PARTS * PARTS)
runs = [(start, seed) for seed in range(args.seeds) for start in STARTS]
for start, seed in runs:
    if not (args.out / f"{start}_{seed}_{PARTS}.json").exists():
        train_and_score(start, seed, steps)

minutes = args.minutes * np.arange(1, PARTS + 1) / PARTS
figure = plt.figure(figsize=(9.5, 3), layout="constrained")
axes = dict(zip(["curve", *STARTS], figure.subplots(1, 3), strict=True))
print(f"\n| start | {' | '.join(f'{x:g} min' for x in minutes)} |")
print("|---" * (1 + PARTS) + "|")
for start, color in STARTS.items():
    scores = np.array(
        [
            [
                kgan.scores.read(args.out / f"{start}_{seed}_{part}.json")
                for part in range(1, PARTS + 1)
            ]
            for seed in range(args.seeds)
        ]
    )
    values = np.vectorize(lambda x: x["scores"]["frechet_distance"])(scores)
    means, errors = values.mean(axis=0), np.zeros(PARTS)
    if args.seeds > 1:
        errors = values.std(axis=0, ddof=1) / np.sqrt(args.seeds)
    pairs = zip(means, errors, strict=True)
    cells = [f"{mean:.1f} +- {error:.1f}" for mean, error in pairs]
    print(f"| {start} | {' | '.join(cells)} |")
    axes["curve"].errorbar(
        minutes, means, errors, color=color, label=start, marker="o"
    )
    samples = np.load(args.out / f"{start}_0.npy")
    axes[start].imshow(kgan.images.image_grid(samples, 6), cmap="gray")
    axes[start].set(xticks=[], yticks=[], title=f"from {start}, seed 0")
axes["curve"].set(xlabel="minutes", ylabel="Frechet distance", ylim=(0, None))
axes["curve"].legend()
figure.savefig(args.out / "fine_tune.png", dpi=130)
print(
    f"\n{args.images} images of {args.data}, the networks of {args.preset}, "
    f"{steps:,} steps of {BATCH_SIZE} in {args.minutes:g} minutes of this "
    f"processor.\nThe curves, and samples: {args.out / 'fine_tune.png'}"
)
