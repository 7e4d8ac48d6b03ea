"""PyTorch: torch.distributed, one process for each device."""

import atexit
import contextlib
import datetime
import os
from collections.abc import Iterator

import numpy as np
import torch
import torch.distributed as dist

# A killed process is noticed at once. This is for a host that disappears.
TIMEOUT = datetime.timedelta(minutes=10)
# Each process makes its variables by itself.
MAKES_TOGETHER = False

_sharded_data = False
_depth = 0


@contextlib.contextmanager
def scope(sharded_data: bool) -> Iterator[None]:
    global _sharded_data, _depth
    _initialize()
    before, _sharded_data = _sharded_data, sharded_data
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1
        # After the last scope the processes stay joined, and so does this.
        if _depth:
            _sharded_data = before


def num_replicas() -> int:
    return process()[1]


def process() -> tuple[int, int]:
    if is_active():
        return dist.get_rank(), dist.get_world_size()
    if os.environ.get("WORLD_SIZE", "1") == "1":
        return 0, 1
    try:
        return int(os.environ.get("RANK", 0)), int(os.environ["WORLD_SIZE"])
    except ValueError as error:
        raise ValueError(
            "RANK and WORLD_SIZE must be integers, as torchrun sets them. "
            f"Received: RANK={os.environ.get('RANK')}, "
            f"WORLD_SIZE={os.environ['WORLD_SIZE']}"
        ) from error


def share() -> tuple[int, int, int, bool]:
    """Returns what `kgan.steps.Share` takes."""
    if _sharded_data or not is_active():
        return 1, 0, 1, not _sharded_data
    rank, world = process()
    return world, rank, world, True


def evaluation(divides: bool) -> contextlib.AbstractContextManager:
    """Does nothing: every process evaluates all of the data."""
    del divides
    return contextlib.nullcontext()


def is_active() -> bool:
    """Whether the several processes train one model here."""
    return dist.is_available() and dist.is_initialized()


def gather(values: np.ndarray) -> np.ndarray:
    """The vectors of all processes, `(processes, num)`."""
    mine = torch.as_tensor(values, device=_device())
    rows = [torch.empty_like(mine) for _ in range(dist.get_world_size())]
    dist.all_gather(rows, mine)
    return torch.stack(rows).cpu().numpy()


def from_chief(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """The arrays that process 0 has."""
    tensors = [torch.as_tensor(a.copy(), device=_device()) for a in arrays]
    for tensor in tensors:
        dist.broadcast(tensor, src=0)
    return [tensor.cpu().numpy() for tensor in tensors]


def is_lost(error: Exception) -> bool:
    words = ("gloo", "nccl", "connection", "peer", "store", "timed out")
    return isinstance(error, RuntimeError) and any(
        word in str(error).lower() for word in words
    )


def _device() -> str:
    return "cuda" if dist.get_backend() == "nccl" else "cpu"


def _initialize() -> None:
    """Joins the processes that torchrun started."""
    if is_active() or os.environ.get("WORLD_SIZE", "1") == "1":
        return
    missing = [
        name
        for name in ("RANK", "MASTER_ADDR", "MASTER_PORT")
        if name not in os.environ
    ]
    if missing:
        raise ValueError(
            "Several processes on PyTorch are started by torchrun, which "
            "tells each who it is. Received: "
            f"WORLD_SIZE={os.environ['WORLD_SIZE']} and no {missing[0]}. "
            "Start the script with `torchrun --nproc-per-node 2 script.py`."
        )
    on_gpus = torch.cuda.is_available() and os.environ.get(
        "KERAS_TORCH_DEVICE", "cuda"
    ).startswith("cuda")
    if on_gpus:
        local = int(os.environ.get("LOCAL_RANK", 0))
        gpus = torch.cuda.device_count()
        if local >= gpus:
            raise ValueError(
                "PyTorch trains one process on each GPU. Received: process "
                f"{local} (from 0) of this machine, which has {gpus} GPUs. "
                f"Start torchrun with `--nproc-per-node {gpus}`."
            )
        # Keras computes on the current one.
        torch.cuda.set_device(local)
    dist.init_process_group("nccl" if on_gpus else "gloo", timeout=TIMEOUT)
    atexit.register(_leave)


def _leave() -> None:
    if is_active():
        dist.destroy_process_group()
