"""Counts the modes that each objective finds: the mode-collapse table.

    KERAS_BACKEND=jax python recipes/mode_collapse.py --out runs/mode_collapse

Trains GAN, NonSaturatingGAN, WGAN with clipped weights and R3GAN, or any other
--objective, on the ring of 8 and the grid of 25 Gaussians. Each has ten seeds,
and networks of the same size. Prints modes found, share of good samples and
reverse KL, mean and standard error.

Each run leaves a stamped score file and its samples in --out. A run whose file
is there is not repeated: stop the command and start it again, or start it twice
with different --data to use two cores. The default takes about two hours of one
core. For numbers to expect, see docs/mode_collapse.md.
"""

import argparse
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import kgan

import keras
import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt

TABLE = kgan.objectives.table()
MIXTURES = {
    "ring": kgan.data.ring_of_gaussians(),
    "grid": kgan.data.grid_of_gaussians(),
}
OBJECTIVES = ["gan", "nsgan", "wgan", "r3gan"]
# Twice as wide is slower and loses more of the grid's modes.
UNITS = (128, 128, 128)
CLIP = 0.5
BATCH_SIZE = 256
# As in VEEGAN and PacGAN: one good sample of 2,500 finds a mode.
SAMPLES = 2_500
# More than stray samples reach by chance.
STRICT_SAMPLES = 10_000
STRICT_MIN_SAMPLES = 20


@dataclasses.dataclass(frozen=True)
class Settings:
    """How an objective is trained, as found by docs/mode_collapse.md.

    Adam without momentum. Both rates fall along a cosine, the generator's to
    0, so that it comes to rest on the modes instead of circling them. On the
    ring the discriminator's falls to a tenth, so that it goes on telling where
    the modes are, 2.5 times as narrow as the grid's.
    """

    steps: Mapping[str, int] = dataclasses.field(
        default_factory=lambda: {"ring": 8_000, "grid": 8_000}
    )
    batch_size: int = BATCH_SIZE
    # Discriminator updates per generator update.
    n_critic: int = 1
    latent_dim: int = 2
    generator_rate: float = 1e-3
    discriminator_rate: float = 2e-3
    last_share: float = 0.0
    last_share_of_discriminator: Mapping[str, float] = dataclasses.field(
        default_factory=lambda: {"ring": 0.1, "grid": 0.0}
    )
    # First and last, along a cosine.
    gamma: tuple[float, float] | None = None
    half_life: float | None = None
    # Whether the discriminator sees points in [-1, 1].
    scaled: bool = True
    # Other arguments of the constructor.
    others: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def arguments(self, images: int) -> dict:
        """Returns those of the model, for a training of so many images."""
        found = dict(self.others)
        if self.gamma is not None:
            found["gamma"] = kgan.schedules.Cosine(*self.gamma, images)
        if self.half_life is not None:
            found["average"] = kgan.Average(half_life=self.half_life)
        return found


SETTINGS = {
    "r3gan": Settings(
        steps={"ring": 15_000, "grid": 40_000},
        latent_dim=8,
        generator_rate=3e-3,
        discriminator_rate=3e-3,
        last_share=0.01,
        last_share_of_discriminator={"ring": 0.01, "grid": 0.01},
        gamma=(0.1, 0.001),
        half_life=20_000,
        scaled=False,
    ),
    "wgan": Settings(n_critic=2),
    # Slopes are of the points as they are, and the weight is that of the
    # paper's toy data.
    "wgangp": Settings(
        n_critic=2,
        scaled=False,
        others={"penalties": [kgan.penalties.GradientPenalty(0.1)]},
    ),
    "swgan": Settings(others={"num_projections": 50}),
    "swm": Settings(others={"num_projections": 50}),
    # A slow discriminator, as in the paper. At 2e-3 the ring loses modes.
    "unrolled": Settings(discriminator_rate=1e-4),
    # From the width of a mode to the distance of two.
    "gmmn": Settings(others={"bandwidths": (0.01, 0.1, 1.0)}),
    # The kernels of 256 samples take most of the time.
    "mmdgan": Settings(
        batch_size=64,
        n_critic=2,
        discriminator_rate=1e-3,
        scaled=False,
        others={
            "kernel": kgan.kernels.RationalQuadratic(),
            "unbiased": True,
            "penalties": [kgan.penalties.WitnessPenalty()],
        },
    ),
    # With a radius of 0.1 the discriminator wins for good.
    "dualing": Settings(others={"linearisation": "cost", "radius": 0.02}),
}

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--data", choices=MIXTURES, nargs="+", default=list(MIXTURES))
option("--objective", choices=TABLE, nargs="+", default=OBJECTIVES)
option("--seeds", type=int, default=10, help="runs of each objective")
option("--first-seed", type=int, default=0, help="the others follow it")
option("--steps", type=int, help="generator updates; None: the objective's")
option("--batch-size", type=int, help="None: the objective's, mostly 256")
option("--n-critic", type=int, help="None: the objective's, mostly 1")
option("--clip", type=float, default=CLIP, help="bound of wgan's weights")
option("--precision", default="float32", help="or mixed_bfloat16")
option("--out", type=Path, default=Path("runs/mode_collapse"), help="folder")
args = parser.parse_args()
keras.config.set_dtype_policy(args.precision)
seeds = range(args.first_seed, args.first_seed + args.seeds)


def adam(
    rate: float, updates: int, last_share: float = 0.0
) -> keras.optimizers.Optimizer:
    schedule = keras.optimizers.schedules.CosineDecay(
        rate, updates, alpha=last_share
    )
    return keras.optimizers.Adam(
        schedule, beta_1=0.0, beta_2=0.99, epsilon=1e-12
    )


def build_generator(dim: int, settings: Settings) -> keras.Model:
    latents = keras.Input((settings.latent_dim,))
    x = latents
    for units in UNITS:
        x = keras.layers.Dense(units)(x)
        # Without it some of WGAN's runs lost modes for good.
        x = keras.layers.LayerNormalization()(x)
        x = keras.layers.ReLU()(x)
    # As in kgan's own networks: outputs are float32 whatever the policy.
    outputs = keras.layers.Dense(dim, dtype="float32")(x)
    return keras.Model(latents, outputs)


def build_discriminator(dim: int, scale: float, outputs: int) -> keras.Model:
    # Points in [-1, 1]: the biases are clipped too, and a clipped critic bends
    # only where its units switch, not far from the origin.
    points = keras.Input((dim,))
    x = keras.layers.Rescaling(1 / scale, dtype="float32")(points)
    for units in UNITS:
        x = keras.layers.Dense(units, "leaky_relu")(x)
    x = keras.layers.Dense(outputs, dtype="float32")(x)
    return keras.Model(points, x)


def train(data: str, objective: str, seed: int) -> kgan.AdversarialModel:
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    mixture, settings = MIXTURES[data], SETTINGS.get(objective, Settings())
    steps = args.steps or settings.steps[data]
    row = TABLE[objective]
    clips = objective == "wgan"
    batch_size = args.batch_size or settings.batch_size
    arguments = settings.arguments(steps * batch_size)
    n_critic = args.n_critic or settings.n_critic
    networks = [build_generator(mixture.dim, settings)]
    optimizers = [adam(settings.generator_rate, steps, settings.last_share)]
    if row.has_discriminator:
        scale = np.abs(mixture.centres).max() if settings.scaled else 1.0
        features = 16 if row.model.takes_features else 1
        networks.append(build_discriminator(mixture.dim, scale, features))
        last_share = settings.last_share_of_discriminator[data]
        optimizers.append(
            adam(settings.discriminator_rate, steps * n_critic, last_share)
        )
        arguments["n_critic"] = n_critic
    gan = kgan.objectives.build(objective, *networks, seed=seed, **arguments)
    gan.compile(*optimizers)
    gan.fit(
        mixture.batches(batch_size, seed=seed),
        epochs=10,
        steps_per_epoch=steps // 10,
        callbacks=[kgan.callbacks.WeightClip(args.clip)] if clips else [],
        verbose=2,
    )
    return gan


def score(gan: kgan.AdversarialModel, data: str, seed: int) -> dict:
    mixture = MIXTURES[data]
    published = kgan.metrics.ModeCoverage(
        mixture.centres, mixture.standard_deviation
    )
    strict = kgan.metrics.ModeCoverage(
        mixture.centres,
        mixture.standard_deviation,
        min_samples=STRICT_MIN_SAMPLES,
        name="strict",
    )
    for metric, num in ((published, SAMPLES), (strict, STRICT_SAMPLES)):
        fake = gan.generate(num, seed=seed)
        metric.update_state(fake, fake)
    return kgan.scores.stamp_model(
        gan,
        [published, strict],
        dataset=data,
        split="known density",
        num_real=0,
        num_fake=SAMPLES,
        seed=seed,
        protocol={"num_fake_strict": STRICT_SAMPLES},
    )


args.out.mkdir(parents=True, exist_ok=True)
for data in args.data:
    for objective in args.objective:
        for seed in seeds:
            name = f"{data}_{objective}_{seed}"
            if (args.out / f"{name}.json").exists():
                continue
            print(name, flush=True)
            gan = train(data, objective, seed)
            np.save(args.out / f"{name}.npy", gan.generate(SAMPLES, seed=seed))
            record = score(gan, data, seed)
            # Last: a run with a score file is complete.
            kgan.scores.write(record, args.out / f"{name}.json")
            print(record["scores"], flush=True)


def mean_and_error(values: list[float], digits: int) -> str:
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{np.mean(values):.{digits}f} +- {error:.{digits}f}"


figure, axes = plt.subplots(
    len(args.data),
    len(args.objective),
    figsize=(2.6 * len(args.objective), 2.7 * len(args.data)),
    squeeze=False,
    layout="constrained",
)
print("\n| data | objective | seeds | modes | good % | reverse KL | strict |")
print("|---|---|---|---|---|---|---|")
for row, data in enumerate(args.data):
    for column, objective in enumerate(args.objective):
        records = [
            kgan.scores.read(args.out / f"{data}_{objective}_{seed}.json")
            for seed in seeds
        ]
        of = {
            name: [record["scores"][name] for record in records]
            for name in records[0]["scores"]
        }
        cells = [
            data,
            objective,
            str(len(records)),
            mean_and_error(of["modes_found"], 1),
            mean_and_error([100 * x for x in of["good_share"]], 1),
            mean_and_error(of["reverse_kl"], 3),
            mean_and_error(of["strict_modes_found"], 1),
        ]
        print("| " + " | ".join(cells) + " |")
        axis = axes[row, column]
        samples = np.load(args.out / f"{data}_{objective}_{seeds[0]}.npy")
        axis.scatter(*samples.T, s=2, color="#0072B2", linewidths=0)
        axis.scatter(
            *MIXTURES[data].centres.T, s=18, marker="+", color="#D55E00", lw=0.8
        )
        limit = 1.25 * np.abs(MIXTURES[data].centres).max()
        axis.set(
            xlim=(-limit, limit),
            ylim=(-limit, limit),
            aspect="equal",
            title=f"{data}, {objective}",
            xlabel="first coordinate",
            ylabel="second coordinate" if column == 0 else None,
        )
figure.savefig(args.out / "mode_collapse.png", dpi=130)
print(
    f"\nMean and standard error over seeds. modes, good %, reverse KL: of "
    f"{SAMPLES:,} samples, a mode found by 1 good sample; strict: modes with "
    f"at least {STRICT_MIN_SAMPLES} good of {STRICT_SAMPLES:,}. A sample is "
    "good within 3 standard deviations of its nearest centre.\n"
    f"Samples of seed {seeds[0]} (blue) and the centres (orange): "
    f"{args.out / 'mode_collapse.png'}"
)
