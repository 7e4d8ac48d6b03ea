"""Measures how a step's cost grows with n_critic and the batch size.

    KERAS_BACKEND=tensorflow python benchmarks/growth.py --out growth

    python benchmarks/growth.py --join tf.json jax.json --out growth

Trains the WGAN of a case of benchmarks/step.py by `fit`, in rounds of all
settings by turns. One panel is over n_critic, at the case's batch size. The
other is over the batch size, at n_critic 1. Least squares of relative distances
put a line through the medians of each. The largest distance of a median from
its line is the result; the milliseconds belong to the machine. Writes OUT.json
and OUT.png, and prints one JSON line. --join draws such files in one figure.
"""

import argparse
import dataclasses
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
from loops import Kgan


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("--case", choices=["ring", "dcgan28", "dcgan64"], default="ring")
    numbers = {"nargs": "+", "type": int}
    option("--n-critic", **numbers, default=[1, 2, 3, 5, 8, 10])
    option("--batch", **numbers, default=[16, 32, 64, 128, 256, 512, 1024])
    option("--batch-size", type=int, help="fixed; None: the case's")
    option("--variant", help="as in step.py; None: the user's default")
    option("--steps", type=int, default=50, help="per round")
    option("--rounds", type=int, default=5)
    option("--device", choices=["cpu", "gpu"], default="cpu")
    option("--out", type=Path, default=Path("growth"), help="without suffix")
    option("--join", nargs="+", type=Path, help="JSON files; nothing is run")
    return parser.parse_args()


def measure(case, settings, variant, steps, rounds) -> list[float]:
    """Measures median milliseconds per step of `(n_critic, batch size)`."""
    import cases

    loops, samples = [], []
    for n_critic, batch_size in settings:
        sized = dataclasses.replace(case, batch_size=batch_size)
        loops.append(Kgan(sized, n_critic, variant))
        samples.append(cases.samples(case, steps * n_critic * batch_size))
        # The first run compiles, and is not timed.
        loops[-1].run(samples[-1])
        print("compiled", n_critic, batch_size, file=sys.stderr, flush=True)
    times = np.zeros((rounds, len(settings)))
    for row in times:
        for i, (loop, array) in enumerate(zip(loops, samples, strict=True)):
            start = time.perf_counter()
            loop.run(array)
            row[i] = (time.perf_counter() - start) / steps * 1e3
        print("a round is done", file=sys.stderr, flush=True)
    return np.median(times, axis=0).tolist()


def line(x: list[int], y: list[float]) -> dict:
    slope, intercept = np.polyfit(x, y, 1, w=1 / np.asarray(y))
    fitted = slope * np.asarray(x) + intercept
    return {
        "x": x,
        "ms": y,
        "slope": float(slope),
        "intercept": float(intercept),
        "largest_deviation": float(np.max(np.abs(y / fitted - 1))),
    }


def draw(results: list[dict], path: Path) -> None:
    """Draws a line and its points per result, in a panel per axis."""
    from matplotlib.figure import Figure

    figure = Figure((8, 3.5), layout="constrained")
    first = results[0]
    figure.suptitle(first["case"])
    labels = list(first["panels"])
    fixed = f", batch size {first['batch_size']}", ", n_critic 1"
    panels = zip(figure.subplots(1, 2), labels, fixed, strict=True)
    for axes, label, rest in panels:
        for i, result in enumerate(results):
            panel = result["panels"][label]
            ends = np.array([0, max(panel["x"])])
            off = panel["largest_deviation"]
            axes.plot(ends, panel["slope"] * ends + panel["intercept"], f"C{i}")
            axes.plot(
                *(panel["x"], panel["ms"], f"{'o^s'[i % 3]}C{i}"),
                # A later result does not hide an earlier one.
                markersize=9 - 2 * (i % 3),
                label=f"{result['backend']}: at most {off:.0%} off its line",
            )
        axes.set(xlabel=label + rest, ylabel="ms per generator update")
        axes.set_ylim(0)
        axes.legend(fontsize="small")
    figure.savefig(path, dpi=150)


def main() -> None:
    args = parse()
    if args.join:
        results = [json.loads(path.read_text()) for path in args.join]
        draw(results, args.out.with_suffix(".png"))
        return
    from step import choose_device, machine

    choose_device(args.device)
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    facts = machine(backend, args.device)
    import cases
    from comparison import KGAN_VARIANTS

    case = cases.CASES[args.case]
    batch_size = args.batch_size or case.batch_size
    variant = args.variant or KGAN_VARIANTS[backend][0]
    over = {
        "n_critic": ([(n, batch_size) for n in args.n_critic], args.n_critic),
        "batch size": ([(1, size) for size in args.batch], args.batch),
    }
    panels = {}
    for label, (settings, x) in over.items():
        ms = measure(case, settings, variant, args.steps, args.rounds)
        panels[label] = line(x, ms)
    result = {
        "case": args.case,
        "variant": variant,
        "batch_size": batch_size,
        "steps": args.steps,
        "rounds": args.rounds,
        **facts,
        "panels": panels,
    }
    args.out.with_suffix(".json").write_text(json.dumps(result, indent=1))
    draw([result], args.out.with_suffix(".png"))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
