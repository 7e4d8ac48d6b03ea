"""Compares the cost of a step with that of another checkout of kgan.

    git worktree add ../before HEAD~20
    KERAS_BACKEND=torch python benchmarks/versions.py ../before --case ring

A process of each version trains the same case of cases.py. They take turns,
round by round, since machines are noisy. The result is the ratio of this
version's time to the other's. Fits of two lengths separate the cost of a step
from the cost of a fit. Prints one JSON line.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parents[1]
CASES = ("ring", "dcgan28", "dcgan64")
VARIANTS = ("graph", "xla", "graph_x16", "jit", "jit_x16", "eager", "compiled")
DEFAULTS = {"tensorflow": "graph", "jax": "jit", "torch": "eager"}


def work(args: argparse.Namespace) -> None:
    """Trains a fit for each line of input, and prints how long it took."""
    answers = os.fdopen(os.dup(1), "w")
    # Only answers go to stdout: libraries now print to stderr.
    os.dup2(2, 1)
    root = str(args.checkout)
    sys.path[:0] = [root, f"{root}/benchmarks"]
    import cases
    import loops

    import kgan

    if not Path(kgan.__file__).is_relative_to(root):
        raise RuntimeError(f"kgan comes from {kgan.__file__}, not from {root}.")
    case = cases.CASES[args.case]
    loop = loops.Kgan(case, args.n_critic, args.variant)
    step = args.n_critic * case.batch_size
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        samples = cases.samples(case, int(line) * step)
        began = time.perf_counter()
        loop.run(samples)
        print(time.perf_counter() - began, file=answers, flush=True)


class Version:
    """A process that trains one version."""

    def __init__(self, checkout: Path, args: argparse.Namespace):
        options = [f"--case={args.case}", f"--n-critic={args.n_critic}"]
        options += [f"--variant={args.variant}", "--worker"]
        environment = {**os.environ, "PYTHONPATH": str(checkout)}
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(checkout), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._answer()

    def seconds(self, steps: int) -> float:
        print(steps, file=self._process.stdin, flush=True)
        return float(self._answer())

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _answer(self) -> str:
        for answer in self._process.stdout or ():
            return answer
        raise SystemExit("A version's process ended; its words are above.")


def compare(args: argparse.Namespace) -> dict:
    lengths = [max(1, args.steps // 4), args.steps]
    versions = {"this": HERE, "other": args.checkout}
    running = {name: Version(at, args) for name, at in versions.items()}
    times: dict[str, list] = {name: [] for name in running}
    try:
        for version in running.values():
            # The first fits compile.
            for steps in (*lengths, *lengths):
                version.seconds(steps)
        for number in range(args.rounds):
            # Either goes first in half of the rounds.
            for name in [*running][:: 1 if number % 2 else -1]:
                version = running[name]
                times[name].append([version.seconds(n) for n in lengths])
            print(f"round {number + 1} of {args.rounds}", file=sys.stderr)
    finally:
        for version in running.values():
            version.stop()
    rounds = {name: np.array(seconds) for name, seconds in times.items()}
    ratios = rounds["this"][:, 1] / rounds["other"][:, 1]
    report = {
        "case": args.case,
        "n_critic": args.n_critic,
        "variant": args.variant,
        "ratio_of_fits": round(float(np.median(ratios)), 3),
        "range": [round(float(r), 3) for r in (ratios.min(), ratios.max())],
    }
    step = {}
    for name, seconds in rounds.items():
        short, whole = np.median(seconds, axis=0)
        step[name] = (whole - short) / (lengths[1] - lengths[0])
        once = short - lengths[0] * step[name]
        report[f"{name}_milliseconds"] = {
            "step": round(1e3 * step[name], 3),
            "fit_once": round(1e3 * once, 1),
        }
    report["ratio_of_steps"] = round(step["this"] / step["other"], 3)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    option = parser.add_argument
    option("checkout", type=Path, help="the folder of the other version")
    option("--case", choices=CASES, default="ring", help="of cases.py")
    option("--n-critic", type=int, default=1, help="critic updates per step")
    option("--variant", choices=VARIANTS, help="None: the backend's default")
    option("--steps", type=int, default=200, help="of a fit, at least 2")
    option("--rounds", type=int, default=15, help="fits of each version")
    option("--worker", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.checkout = args.checkout.resolve()
    args.variant = args.variant or DEFAULTS[os.environ["KERAS_BACKEND"]]
    if args.steps < 2:
        parser.error("--steps must be at least 2")
    if not (args.checkout / "benchmarks/cases.py").exists():
        parser.error(f"{args.checkout} is no checkout of kgan")
    if args.worker:
        work(args)
    else:
        print(json.dumps(compare(args)))


if __name__ == "__main__":
    main()
