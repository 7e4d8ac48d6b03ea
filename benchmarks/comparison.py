"""Makes one row of step.py: a case, an n_critic, every loop of a backend."""

import dataclasses
import gc
import importlib
import time

import cases
import numpy as np
from check import check, progress
from loops import Kgan, Native
from memory import peak_memory

STEPS = {"ring": 480, "dcgan28": 20, "dcgan64": 4}
# The user's default first.
KGAN_VARIANTS = {
    "tensorflow": ["graph", "xla", "graph_x16"],
    "jax": ["jit", "jit_x16"],
    "torch": ["eager", "compiled"],
}


def compare(args, backend, name, n_critic, result) -> dict:
    """Checks, then times, every loop; returns a dict for the JSON file."""
    cases.set_precision(args.dtype)
    case = cases.CASES[name]
    if args.batch_size:
        case = dataclasses.replace(case, batch_size=args.batch_size)
    kgan_names = args.variants or [
        v for v in KGAN_VARIANTS[backend] if name == "ring" or "_x" not in v
    ]
    module = importlib.import_module(f"native.{backend}")
    native_names = args.native or list(module.VARIANTS)
    row = {
        "case": name,
        "n_critic": n_critic,
        "batch_size": case.batch_size,
        "kgan_default": KGAN_VARIANTS[backend][0],
    }
    if args.dtype == "float32":
        small = dataclasses.replace(case, batch_size=args.check_batch)
        row["check"] = check(
            backend, small, n_critic, kgan_names, native_names, args.tolerance
        )
    else:
        row["check"] = "none: bfloat16 rounds each library's steps apart"
        progress("check:", row["check"])
    if args.rounds == 0:
        return row
    networks = cases.networks(case)
    weights = cases.weights_of(networks)
    row["flops"] = cases.step_flops(networks, n_critic, case.batch_size)
    loops = {f"kgan:{v}": Kgan(case, n_critic, v) for v in kgan_names}
    for v in native_names:
        loops[f"native:{v}"] = Native(
            backend, case, weights, n_critic, v, args.dtype
        )
    steps = args.steps or STEPS[name]
    row |= time_loops(case, n_critic, loops, steps, args.rounds)
    del loops
    gc.collect()
    row["memory"] = {}
    if not args.no_memory:
        for variant in row["ms"]:
            progress("memory of", variant)
            row["memory"][variant] = peak_memory(
                backend, case, weights, n_critic, variant, args
            )
    row |= ratios(row)
    # The largest of all: other work on the machine can only lower it.
    for operation, flops in module.peak(args.dtype, **peak_size(args)).items():
        known = result["peak_flops"].get(operation, 0.0)
        result["peak_flops"][operation] = max(known, flops)
    peak = max(result["peak_flops"].values())
    row["share_of_peak"] = {
        v: row["flops"] / (ms / 1e3) / peak for v, ms in row["ms"].items()
    }
    return row


def peak_size(args) -> dict[str, int]:
    return {"size": 8192 if args.device == "gpu" else 2048}


def time_loops(case, n_critic, loops, steps, rounds) -> dict:
    """Measures seconds of first calls, and milliseconds per step of rounds."""
    per_step = n_critic * case.batch_size
    samples = cases.samples(case, steps * per_step)
    first, ms = {}, {name: [] for name in loops}
    for name, loop in loops.items():
        progress(f"{case.name}, n_critic {n_critic}: first call of {name}")
        first[name] = seconds_of(loop.run, samples[:per_step])
    for number in range(rounds + 1):  # The first one warms up.
        for name, loop in loops.items():
            seconds = seconds_of(loop.run, samples)
            if number:
                ms[name].append(seconds / steps * 1e3)
        progress(f"round {number} of {rounds}")
    return {
        "steps": steps,
        "first_call_seconds": first,
        "ms_rounds": ms,
        "ms": {name: float(np.median(x)) for name, x in ms.items()},
    }


def seconds_of(run, *arguments) -> float:
    start = time.perf_counter()
    run(*arguments)
    return time.perf_counter() - start


def ratios(row) -> dict:
    """Divides kgan by the best hand-written loop, of all and of its engine."""
    ms = row["ms"]
    natives = [v for v in ms if v.startswith("native:")]
    found = {"ratio": {}, "ratio_same_engine": {}, "memory_ratio": {}}
    for v in (v for v in ms if v.startswith("kgan:")):
        same = [n for n in natives if engine(n) == engine(v)]
        for key, rivals in (("ratio", natives), ("ratio_same_engine", same)):
            if not rivals:
                continue
            best = min(rivals, key=ms.get)
            each = np.divide(row["ms_rounds"][v], row["ms_rounds"][best])
            found[key][v] = {
                "against": best,
                "median": float(np.median(each)),
                "range": [float(each.min()), float(each.max())],
            }
        best = found["ratio"][v]["against"] if natives else None
        if row["memory"] and best:
            found["memory_ratio"][v] = {
                place: quotient(
                    row["memory"][v][place], row["memory"][best][place]
                )
                for place in ("host", "above_imports", "device")
            }
    return found


def quotient(one, other):
    return one / other if one and other else None


def engine(variant: str) -> str:
    return variant.partition(":")[2].partition("_")[0]


def table_row(row) -> str:
    """Formats a line of Markdown, with kgan's first variant in front."""
    head = f"| {row['case']} | {row['n_critic']} | "
    if "ms" not in row:
        return head + "checked |"
    cells = []
    for v, ms in row["ms"].items():
        cell = f"{v} {ms:.3g} ms, {row['share_of_peak'][v]:.1%} of peak"
        cell += f", first call {row['first_call_seconds'][v]:.1f} s"
        held = row["memory"].get(v, {})
        if held.get("host"):
            cell += f", {held['above_imports'] / 2**20:.0f} MiB and imports"
        if held.get("device"):
            cell += f" and {held['device'] / 2**20:.0f} MiB on the device"
        for key, label in (("ratio", "x"), ("ratio_same_engine", "x like")):
            if v in row[key]:
                found = row[key][v]
                low, high = found["range"]
                cell += (
                    f", {found['median']:.2f} ({low:.2f} to {high:.2f}) "
                    f"{label} {found['against']}"
                )
        cells.append(cell)
    return head + " | ".join(cells) + " |"
