"""What `import kgan` costs beyond `import keras`.

    python benchmarks/import_time.py

On each backend, fresh processes import the one and the other by turns, since
machines are noisy: the ratio of the seconds is the result, the seconds belong
to the machine. Also says which large packages each import brings along.
Prints one JSON line per backend.
"""

import argparse
import json
import os
import subprocess
import sys

import numpy as np

PACKAGES = (
    "tensorflow",
    "torch",
    "jax",
    "keras_tuner",
    "matplotlib",
    "tensorflow_datasets",
)
PROGRAM = """
import json, sys, time
start = time.perf_counter()
import {module}
seconds = time.perf_counter() - start
loaded = [name for name in {packages} if name in sys.modules]
print(json.dumps([seconds, loaded]))
"""


def imported(module: str, backend: str) -> tuple[float, list[str]]:
    """Seconds of the import in a fresh process, and what it loaded."""
    program = PROGRAM.format(module=module, packages=PACKAGES)
    output = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "KERAS_BACKEND": backend},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
        text=True,
    ).stdout
    seconds, loaded = json.loads(output.splitlines()[-1])
    return seconds, loaded


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    backends = ["tensorflow", "jax", "torch"]
    option = parser.add_argument
    option("--backend", nargs="+", choices=backends, default=backends)
    option("--rounds", type=int, default=7, help="after one not counted")
    args = parser.parse_args()
    for backend in args.backend:
        seconds, loaded = {"keras": [], "kgan": []}, {}
        # The first round reads the files into the system's cache.
        for number in range(args.rounds + 1):
            for module, times in seconds.items():
                taken, loaded[module] = imported(module, backend)
                if number:
                    times.append(taken)
        ratios = np.divide(seconds["kgan"], seconds["keras"])
        result = {
            "backend": backend,
            "keras_seconds": round(float(np.median(seconds["keras"])), 3),
            "kgan_seconds": round(float(np.median(seconds["kgan"])), 3),
            "ratio": round(float(np.median(ratios)), 3),
            "ratio_range": [
                round(float(r), 3) for r in (ratios.min(), ratios.max())
            ],
            "loaded": loaded,
        }
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
