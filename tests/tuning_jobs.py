"""Searches as programs of their own, for the tests that kill or join them."""

import json
import os
import pathlib
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent))

import keras
import keras_tuner
from games import critic, generator, points

import kgan
import kgan.tuning


class Quick(kgan.tuning.GANHyperModel):
    """On TensorFlow, tracing takes longer than the few steps of a test."""

    def configure(self, hp, model):
        model.run_eagerly = keras.backend.backend() == "tensorflow"


class Logged(Quick):
    """Notes each trial that begins, in a file that outlives a kill."""

    log = ""

    def fit(self, hp, model, *args, **options):
        with open(self.log, "a") as file:
            file.write(json.dumps(hp.values) + "\n")
        time.sleep(float(os.environ.get("SLEEP", "0")))
        return super().fit(hp, model, *args, **options)


def hypermodel(cls=Quick, **options):
    options = {
        "clip_value": [0.01, 0.1],
        "n_critic": [1, 2],
        "updates_per_epoch": 4,
        "seeds": (0, 1),
    } | options
    metrics = [kgan.metrics.SlicedWasserstein(num_projections=8)]
    return cls(generator, critic, metrics, **options)


def tuner(kind, model, directory, trials=4, **options):
    options = {"directory": directory, "project_name": "p", "seed": 1} | options
    if kind == "Hyperband":
        options |= {"max_epochs": trials, "factor": 2}
    else:
        options |= {"max_trials": trials}
    return getattr(keras_tuner, kind)(model, model.objective, **options)


if __name__ == "__main__":
    logged = hypermodel(Logged)
    logged.log = sys.argv[2] + ".log"
    searched = tuner(sys.argv[1], logged, sys.argv[2], int(sys.argv[3]))
    kgan.tuning.search(
        searched,
        points(64, seed=1),
        validation_data=points(64, seed=2),
        batch_size=8,
    )
