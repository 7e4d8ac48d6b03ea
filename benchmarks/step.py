"""Times kgan's WGAN step against hand-written loops of the same step.

    KERAS_BACKEND=tensorflow python benchmarks/step.py --out step.json
    KERAS_BACKEND=jax python benchmarks/step.py --case ring --n-critic 5
    KERAS_BACKEND=torch python benchmarks/step.py --device gpu --steps 200

First, two steps of every loop must give the same weights, from the same weights
and on the same latents and samples. Then rounds of all loops alternate, since
machines are noisy. The ratios are the result; the milliseconds belong to the
machine.

A variant is named by its engine: `graph` and `xla` on TensorFlow, `jit` on JAX,
`eager` and `compiled` on PyTorch. A suffix is a choice within it: `_x16` is
kgan's `steps_per_execution=16`. Without --variants, kgan's first is the user's
default. Separate processes measure peak memory. The hand-written loops are in
benchmarks/native/.
"""

import argparse
import datetime
import importlib
import json
import os
import platform
import sys
from importlib import metadata
from pathlib import Path

import memory
from loops import BACKENDS

CASES = ("ring", "dcgan28", "dcgan64")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("--case", nargs="+", choices=CASES, default=[*CASES])
    option("--n-critic", nargs="+", type=int, default=[1, 5])
    option("--steps", type=int, help="per round; by default by the case")
    option("--rounds", type=int, default=7, help="0: the check alone")
    option("--batch-size", type=int, help="by default by the case")
    option("--check-batch", type=int, default=8, help="batch of the check")
    option("--tolerance", type=float, default=0.02, help="of the check")
    option("--device", choices=["cpu", "gpu"], default="cpu")
    option("--dtype", choices=["float32", "bfloat16"], default="float32")
    option("--variants", nargs="+", help="of kgan; x16 for the ring alone")
    option("--native", nargs="+", help="variants of the hand-written loop")
    option("--date", default=str(datetime.date.today()))
    option("--out", type=Path, help="JSON file")
    option("--no-memory", action="store_true", help="leave out peak memory")
    # Given to the process that measures the memory of one loop.
    option("--memory", help=argparse.SUPPRESS)
    option("--weights", help=argparse.SUPPRESS)
    return parser.parse_args()


def choose_device(device: str) -> None:
    """Chooses the device; call it before a backend is imported."""
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        os.environ["JAX_PLATFORMS"] = "cpu"
        os.environ["KERAS_TORCH_DEVICE"] = "cpu"
    # Otherwise the memory that a loop holds could not be seen.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def accelerator(backend: str) -> str | None:
    """Returns the accelerator's name, or None without one."""
    if backend == "torch":
        import torch

        found = torch.cuda.is_available()
        return torch.cuda.get_device_name() if found else None
    if backend == "jax":
        import jax

        first = jax.devices()[0]
        return None if first.platform == "cpu" else first.device_kind
    import tensorflow as tf

    devices = tf.config.list_physical_devices("GPU")
    if not devices:
        return None
    details = tf.config.experimental.get_device_details(devices[0])
    return details.get("device_name", devices[0].name)


def cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [x.split(":")[1] for x in lines if x.startswith("model name")]
    return names[0].strip() if names else platform.processor()


def cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def versions(backend: str) -> dict[str, str]:
    packages = dict.fromkeys(["keras", "kgan", "numpy", backend])
    found = {name: metadata.version(name) for name in packages}
    return {"python": platform.python_version(), **found}


def machine(backend: str, device: str) -> dict:
    """Describes the machine; ends the program without the device."""
    name = accelerator(backend) if device == "gpu" else None
    if device == "gpu" and name is None:
        sys.exit(f"--device gpu: {backend} finds no accelerator")
    return {
        "backend": backend,
        "device": device,
        "accelerator": name,
        "cpu": cpu_model(),
        "cores": cores(),
        "versions": versions(backend),
    }


def main() -> None:
    args = parse()
    choose_device(args.device)
    # Importing Keras would add to the memory of a loop without it.
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend not in BACKENDS:
        sys.exit(f"KERAS_BACKEND={backend}: one of {', '.join(BACKENDS)}")
    if args.memory:
        memory.child(backend, args)
        return
    if args.check_batch & (args.check_batch - 1):
        sys.exit("--check-batch: a power of two, lest 1/batch be rounded")
    module = importlib.import_module(f"native.{backend}")
    facts = machine(backend, args.device)
    # They import Keras, which needs the device chosen first.
    import comparison
    from check import progress

    progress("machine peak")
    result = {
        "command": " ".join(["python", *sys.argv]),
        "date": args.date,
        "dtype": args.dtype,
        **facts,
        "peak_flops": module.peak(args.dtype, **comparison.peak_size(args)),
        "rows": [],
    }
    for case in args.case:
        for n_critic in args.n_critic:
            row = comparison.compare(args, backend, case, n_critic, result)
            result["rows"].append(row)
            print(comparison.table_row(row), flush=True)
            if args.out:
                args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
