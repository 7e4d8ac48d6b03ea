"""Memory of a search of many tiny trials, in one process.

    KERAS_BACKEND=jax python tests/tuning_memory.py --trials 50

Prints the resident memory after each trial in MiB, and the ratio of the last
to the fifth.
"""

import argparse
import os
import pathlib
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent))

from games import points
from tuning_jobs import hypermodel, tuner

import kgan.tuning


def resident() -> float:
    """MiB of this process that are in memory."""
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Weighed(kgan.tuning.GANHyperModel):
    """Notes the memory after each trial."""

    weights: list[float] = []

    def fit(self, hp, model, *args, **options):
        result = super().fit(hp, model, *args, **options)
        self.weights.append(resident())
        print(f"{self.weights[-1]:.1f} MiB", flush=True)
        return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=50)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        model = hypermodel(Weighed, clip_value=(0.001, 0.1))
        kgan.tuning.search(
            tuner("RandomSearch", model, directory, args.trials),
            points(64, seed=1),
            validation_data=points(64, seed=2),
            batch_size=8,
            verbose=0,
        )
    ratio = model.weights[-1] / model.weights[4]
    print(f"after {args.trials} trials {ratio:.3f} times that after 5")
