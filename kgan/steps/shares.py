"""The part of each global batch that one process trains on."""

import dataclasses

import numpy as np

UNEVEN = "kgan-uneven"
UNPACKED = "kgan-unpacked"


@dataclasses.dataclass(frozen=True)
class Share:
    """Rows `index` of `processes` equal parts of a step's batch.

    The rows of a step `(batch, per_step, ...)` are split, so that each
    discriminator update sees the samples that it has on one device.

    Args:
        replicas: Devices that the global batch must divide over.
        index: Number of the part.
        processes: Parts; 1 where the backend splits the batch itself.
        whole: Whether every process passes all of the data.
        packing: Samples of a pack, which the global batch must divide into.
    """

    replicas: int = 1
    index: int = 0
    processes: int = 1
    whole: bool = True
    packing: int = 1

    def check(self, rows: int) -> None:
        """Raises ValueError unless a batch of `rows` divides."""
        if rows % self.replicas:
            raise ValueError(uneven_message(rows, self.replicas, packs=False))
        if rows % self.packing:
            raise ValueError(uneven_message(rows, self.packing, packs=True))

    def of(self, step: np.ndarray) -> np.ndarray:
        """The rows of this process of a step `(batch, per_step, ...)`."""
        self.check(len(step))
        rows = len(step) // self.processes
        return step[self.index * rows : (self.index + 1) * rows]


def uneven_message(rows: int | str, parts: int | str, *, packs: bool) -> str:
    if packs:
        return (
            "A batch of real samples must divide into packs. Received: a batch "
            f"of {rows} samples for packing={parts}. Take a batch size that "
            f"{parts} divides."
        )
    return (
        "A batch of real samples must divide evenly over the replicas. "
        f"Received: a global batch of {rows} samples for {parts} replicas. "
        f"Take a batch size that {parts} divides."
    )
