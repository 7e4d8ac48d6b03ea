"""Measures the peak memory of one loop, in a separate process."""

import dataclasses
import importlib
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from loops import Kgan, Native
from native import Case

STEPS = 3


def peak_memory(backend, case, weights, n_critic, variant, args) -> dict:
    """Measures bytes on the host, also above imports, and on the device.

    Args:
        variant: `kgan:NAME` or `native:NAME`.
    """
    with tempfile.TemporaryDirectory() as folder:
        # The child of a hand-written loop does without Keras.
        path = Path(folder) / "weights.npz"
        arrays = {
            f"{player}_{i:03d}": w
            for player, ws in zip("gc", weights, strict=True)
            for i, w in enumerate(ws)
        }
        np.savez(path, **arrays)
        job = {
            "variant": variant,
            "weights": str(path),
            "n_critic": n_critic,
            "case": dataclasses.asdict(case),
        }
        command = [sys.executable, str(Path(__file__).with_name("step.py"))]
        command += ["--memory", json.dumps(job)]
        command += ["--device", args.device, "--dtype", args.dtype]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return dict.fromkeys(["host", "imports", "above_imports", "device"])
    return json.loads(done.stdout.splitlines()[-1])


def child(backend: str, args) -> None:
    """Runs in that process: takes a few steps and prints a line of JSON."""
    job = json.loads(args.memory)
    fields = job["case"]
    fields["sample_shape"] = tuple(fields["sample_shape"])
    case, n_critic = Case(**fields), job["n_critic"]
    kind, _, variant = job["variant"].partition(":")
    importlib.import_module("kgan" if kind == "kgan" else f"native.{backend}")
    imports = host_peak()
    num = STEPS * n_critic * case.batch_size
    shape = (num, *case.sample_shape)
    rng = np.random.default_rng(0)
    samples = rng.uniform(-1, 1, shape).astype("float32")
    if kind == "kgan":
        from cases import set_precision

        set_precision(args.dtype)
        loop = Kgan(case, n_critic, variant)
    else:
        with np.load(job["weights"]) as arrays:
            weights = [
                [arrays[k] for k in sorted(arrays) if k.startswith(player)]
                for player in "gc"
            ]
        loop = Native(backend, case, weights, n_critic, variant, args.dtype)
    loop.run(samples)
    on_device = device_peak(backend) if args.device == "gpu" else None
    host = host_peak()
    print(
        json.dumps(
            {
                "host": host,
                "imports": imports,
                "above_imports": host - imports,
                "device": on_device,
            }
        )
    )


def host_peak() -> int:
    """Returns the peak of this process in bytes.

    On Linux, `ru_maxrss` of a child includes what its parent held. VmHWM
    starts again with the program.
    """
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def device_peak(backend: str) -> int | None:
    if backend == "torch":
        import torch

        return torch.cuda.max_memory_allocated()
    if backend == "jax":
        import jax

        statistics = jax.devices()[0].memory_stats() or {}
        return statistics.get("peak_bytes_in_use")
    import tensorflow as tf

    return tf.config.experimental.get_memory_info("GPU:0")["peak"]
