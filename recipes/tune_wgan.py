"""Searches WGAN's clip value and critic iterations, and checks what it finds.

    KERAS_BACKEND=jax python recipes/tune_wgan.py --out runs/tune
    python recipes/tune_wgan.py --data fashion_mnist --out runs/tune_fashion

Every trial spends the same number of critic updates, on several seeds, and is
scored by the median Frechet distance between held-out and generated images, in
the features of a classifier of saved_models/. --out then holds the trials as
trials.csv and trials.json, score against clip value as clip_values.png, and the
best generator.

At the end it trains the best setting and the paper's defaults again, with seeds
that the search has not seen. The defaults are also trained at the search's
learning rate. The same command resumes a search that was stopped. Several
processes can share one search: see docs/tuning.md.
"""

import argparse
from pathlib import Path

import kgan
import kgan.tuning

import keras
import keras_tuner
import numpy as np

IMAGE_SIZE = {"digits": 16, "fashion_mnist": 28}
# A quarter of kgan's default: a trial has seconds, not minutes.
FILTERS = 16
LATENT_DIM = 64
# 6 x 4 trials for a grid; the other tuners draw any clip of this range.
CLIP_VALUES = [0.001, 0.003, 0.01, 0.02, 0.05, 0.1]
N_CRITIC = [1, 2, 5, 10]
# Ten times the paper's, as in digits.py, because there are few steps.
LEARNING_RATE = 5e-4
# A multiple of every n_critic: all trials have the same number of updates.
CRITIC_UPDATES = 2520
# Of Hyperband, whose trials end after some of them.
HYPERBAND_EPOCHS = 9
# Arjovsky et al. 2017, algorithm 1.
PAPER = {"clip_value": 0.01, "n_critic": 5, "learning_rate": 5e-5}
# Far from the seeds of any search.
FIRST_NEW_SEED = 1000

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--data", choices=IMAGE_SIZE, default="digits", help="images")
option("--data-dir", help="None: that of tensorflow-datasets")
option("--trials", type=int, default=24, help="at most; not of hyperband")
option("--seeds", type=int, default=3, help="runs of each trial")
option(
    "--tuner",
    choices=("grid", "random", "bayesian", "hyperband"),
    default="grid",
    help="of keras-tuner",
)
option("--critic-updates", type=int, default=CRITIC_UPDATES, help="of each run")
option("--final-updates", type=int, help="None: as many as in the search")
option("--epochs", type=int, help="None: 9 for hyperband, 1 for the others")
option(
    "--clip-values",
    type=float,
    nargs="+",
    default=CLIP_VALUES,
    help="of a grid",
)
option("--n-critic", type=int, nargs="+", default=N_CRITIC, help="to try")
option("--batch-size", type=int, default=64, help="real images per update")
option("--learning-rate", type=float, default=LEARNING_RATE, help="of both")
# keras-tuner takes a seed of 0 for none.
option("--seed", type=int, default=1, help="of the search, at least 1")
option("--out", type=Path, default=Path("runs/tune"), help="folder")
args = parser.parse_args()

size = IMAGE_SIZE[args.data]
epochs = args.epochs or (HYPERBAND_EPOCHS if args.tuner == "hyperband" else 1)


def load(split: str) -> np.ndarray:
    batches = kgan.data.load(
        args.data,
        split,
        image_size=size,
        batch_size=64,
        shuffle=False,
        data_dir=args.data_dir,
    )
    return np.concatenate([batch.numpy() for batch in batches])


# Arrays: every run shuffles them by its own seed, in a resumed search too.
data = {
    "x": load("train"),
    "validation_data": load("test"),
    "batch_size": args.batch_size,
}
classifier = keras.saving.load_model(
    Path(__file__).parents[1] / "saved_models" / f"classifier_{args.data}.keras"
)


def hypermodel(
    clip_value: kgan.tuning.Space,
    n_critic: kgan.tuning.Space,
    learning_rate: float,
    critic_updates: int,
    seeds: range,
) -> kgan.tuning.GANHyperModel:
    return kgan.tuning.GANHyperModel(
        lambda: kgan.architectures.dcgan_generator(
            (size, size, 1), LATENT_DIM, FILTERS
        ),
        lambda: kgan.architectures.dcgan_discriminator(
            (size, size, 1), FILTERS
        ),
        metrics=[kgan.metrics.FrechetDistance(classifier)],
        clip_value=clip_value,
        n_critic=n_critic,
        generator_learning_rate=learning_rate,
        discriminator_learning_rate=learning_rate,
        updates_per_epoch=critic_updates // epochs,
        seeds=seeds,
    )


searched = hypermodel(
    args.clip_values
    if args.tuner == "grid"
    else (min(args.clip_values), max(args.clip_values)),
    args.n_critic,
    args.learning_rate,
    args.critic_updates,
    range(args.seeds),
)
settings = {
    "objective": searched.objective,
    "seed": args.seed,
    "directory": args.out,
    "project_name": args.tuner,
    # Too large a clip may well fail for a row of trials.
    "max_consecutive_failed_trials": args.trials,
}
if args.tuner == "hyperband":
    tuner = keras_tuner.Hyperband(searched, max_epochs=epochs, **settings)
else:
    kind = {
        "grid": keras_tuner.GridSearch,
        "random": keras_tuner.RandomSearch,
        "bayesian": keras_tuner.BayesianOptimization,
    }[args.tuner]
    tuner = kind(searched, max_trials=args.trials, **settings)
trials = kgan.tuning.search(tuner, **data, epochs=epochs, out=args.out)
if not trials:
    raise SystemExit("A worker: the chief has the trials.")

best = trials[0]
kgan.tuning.export_best(
    tuner,
    args.out,
    validation_data=data["validation_data"],
    batch_size=args.batch_size,
    dataset=args.data,
    split="test",
    image_size=size,
)


def train_again(clip_value: float, n_critic: int, learning_rate: float) -> str:
    model = hypermodel(
        clip_value,
        n_critic,
        learning_rate,
        args.final_updates or args.critic_updates,
        range(FIRST_NEW_SEED, FIRST_NEW_SEED + args.seeds),
    )
    hp = keras_tuner.HyperParameters()
    try:
        found = model.fit(hp, model.build(hp), **data, epochs=epochs)
    except keras_tuner.errors.FailedTrialError as error:
        return str(error)
    values = [found[f"seed_{s}"] for s in model.seeds if f"seed_{s}" in found]
    return (
        f"{found[model.objective.name]:.2f} (of {len(values)} seeds, "
        f"{min(values):.2f} to {max(values):.2f}; "
        f"{found['failed_seeds']} failed)"
    )


compared = {
    "found": {
        "clip_value": best["clip_value"],
        "n_critic": best["n_critic"],
        "learning_rate": args.learning_rate,
    },
    "paper": PAPER,
    # How much of the difference is due to the learning rate.
    "paper, faster": PAPER | {"learning_rate": args.learning_rate},
}
lines = [
    f"median Frechet distance to {len(data['validation_data']):,} held-out "
    f"{args.data}, {args.final_updates or args.critic_updates:,} critic "
    f"updates, seeds from {FIRST_NEW_SEED}:"
]
print("\nTrained again:", flush=True)
for name, chosen in compared.items():
    lines.append(f"{name} {chosen}: {train_again(**chosen)}")
(args.out / "comparison.txt").write_text("\n".join(lines) + "\n")
print("\n".join(lines))
print(
    f"Written to {args.out}: trials.csv, trials.json, clip_values.png, "
    "best_generator.keras, best_generator.json, comparison.txt"
)
