"""Measures the share of an epoch that a Frechet distance after it costs.

    KERAS_BACKEND=tensorflow python benchmarks/frechet_share.py --data-dir DIR

Trains recipes/fashion_mnist.py's nets with the test set for `validation_data`
and a `FrechetDistance` of saved_models/classifier_fashion_mnist.keras. Each
epoch is timed, training and validation together. Between the epochs, `evaluate`
of the same images runs with and without the metric, by turns. The difference of
the medians is what the metric adds to an epoch. The share is the result; the
seconds belong to the machine. Prints one JSON line.
"""

import argparse
import json
import time
from pathlib import Path

import keras
import numpy as np

import kgan

TABLE = kgan.objectives.table()
ROOT = Path(__file__).parents[1]

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
option = parser.add_argument
option("--objective", choices=TABLE, default="wgan")
option("--epochs", type=int, default=3, help="after a first one")
option("--turns", type=int, default=3, help="of evaluate, each epoch")
option("--images", type=int, default=10_000, help="images of the test set")
option("--data-dir", help="None: that of tensorflow-datasets")
args = parser.parse_args()

keras.utils.set_random_seed(0)
load = {"batch_size": 64, "data_dir": args.data_dir}
data = kgan.data.load("fashion_mnist", "train", seed=0, **load)
held_out = kgan.data.load(
    "fashion_mnist", f"test[:{args.images}]", shuffle=False, **load
)
classifier = keras.saving.load_model(
    ROOT / "saved_models" / "classifier_fashion_mnist.keras"
)


def game(metrics: list) -> kgan.AdversarialModel:
    generator = kgan.architectures.dcgan_generator((28, 28, 1), 64, 32)
    discriminator = kgan.architectures.dcgan_discriminator((28, 28, 1), 32)
    gan = kgan.objectives.build(
        args.objective, generator, discriminator, seed=0
    )
    gan.compile(metrics=metrics)
    return gan


def seconds_of_evaluate(gan: kgan.AdversarialModel) -> float:
    start = time.perf_counter()
    gan.evaluate(held_out, verbose=0)
    return time.perf_counter() - start


class Clock(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.epochs, self.scores = [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(time.perf_counter() - self.start)
        self.scores.append(logs["val_frechet_distance"])


scored = game([kgan.metrics.FrechetDistance(classifier)])
plain = game([])
clock = Clock()
callbacks = [clock]
if clip_value := TABLE[args.objective].clip_value:
    callbacks.append(kgan.callbacks.WeightClip(clip_value))
with_metric, without = [], []
# The first epoch compiles.
for epoch in range(args.epochs + 1):
    scored.fit(
        data,
        validation_data=held_out,
        initial_epoch=epoch,
        epochs=epoch + 1,
        callbacks=callbacks,
        verbose=2,
    )
    for _ in range(args.turns):
        with_metric.append(seconds_of_evaluate(scored))
        without.append(seconds_of_evaluate(plain))

counted = slice(args.turns, None)
metric_seconds = np.median(with_metric[counted]) - np.median(without[counted])
epoch_seconds = np.median(clock.epochs[1:])
result = {
    "backend": keras.backend.backend(),
    "objective": args.objective,
    "images": args.images,
    "share": round(float(metric_seconds / epoch_seconds), 4),
    "epoch_seconds": round(float(epoch_seconds), 1),
    "metric_seconds": round(float(metric_seconds), 2),
    "evaluate_with_metric": [round(x, 2) for x in with_metric[counted]],
    "evaluate_without": [round(x, 2) for x in without[counted]],
    "frechet_distances": [round(score, 2) for score in clock.scores],
}
print(json.dumps(result))
