"""Measures what `import kgan` costs beyond `import keras`.

    python benchmarks/import_time.py

On each backend, fresh processes import one and the other by turns, since
machines are noisy. The ratio of the seconds is the result; the seconds belong
to the machine. They are seconds of CPU, which other work hardly changes. The
ratio of clock seconds is printed beside it. Also lists the large packages that
each import loads. Prints one JSON line per backend.
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
start = time.process_time(), time.perf_counter()
import {module}
seconds = [time.process_time() - start[0], time.perf_counter() - start[1]]
loaded = [name for name in {packages} if name in sys.modules]
print(json.dumps([seconds, loaded]))
"""


def imported(module: str, backend: str) -> tuple[list[float], list[str]]:
    """Measures a fresh process: seconds of CPU and clock, modules loaded."""
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
    option("--rounds", type=int, default=7, help="after a first one")
    args = parser.parse_args()
    for backend in args.backend:
        seconds, loaded = {"keras": [], "kgan": []}, {}
        # The first round reads the files into the system's cache.
        for number in range(args.rounds + 1):
            for module, times in seconds.items():
                taken, loaded[module] = imported(module, backend)
                if number:
                    times.append(taken)
        cpu, clock = np.divide(seconds["kgan"], seconds["keras"]).T
        medians = {name: np.median(t, axis=0)[0] for name, t in seconds.items()}
        result = {
            "backend": backend,
            "keras_seconds": round(float(medians["keras"]), 3),
            "kgan_seconds": round(float(medians["kgan"]), 3),
            "ratio": round(float(np.median(cpu)), 3),
            "ratio_range": [round(float(r), 3) for r in (cpu.min(), cpu.max())],
            "clock_ratio": round(float(np.median(clock)), 3),
            "loaded": loaded,
        }
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
