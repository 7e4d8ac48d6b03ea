"""A run's folder, read as data: what it holds, checked, and nothing run."""

import dataclasses
import io
import stat
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from kgan import log_table, scores
from kgan.report import records

# Folders of pictures: the first that has any. The last is the run's folder.
PICTURES = ("report", "samples", ".")
PATTERN = "epoch_*.png"
NEIGHBOURS = "report/nearest.png"
SCORES = "scores.json"
# More would make the page slow. Shows the first, the last and some between.
MOST_PICTURES = 40
MAX_PICTURE = 2**23
MAX_TABLE = 2**24


@dataclasses.dataclass(frozen=True)
class Run:
    """Holds what is known of one run.

    Args:
        name: The folder's.
        record: Of a Report, or `None`.
        logs: By epoch.
        pictures: PNG of samples by epoch.
        neighbours: PNG of samples above the nearest of the data, or `None`.
        scored: A record of scores, or `None`.
    """

    name: str
    record: dict | None
    logs: log_table.History
    pictures: dict[int, bytes]
    neighbours: bytes | None
    scored: dict | None

    @property
    def health(self) -> log_table.History:
        """Returns what was measured, by epoch."""
        return {e["epoch"]: e["health"] for e in self.entries}

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Returns what a Report noted of each epoch."""
        return self.record["epochs"] if self.record else []

    @property
    def settings(self) -> dict[str, Any]:
        """Those that a Report noted."""
        return self.record["settings"] if self.record else {}

    def setting(self, *path: str) -> Any:
        """One of them, whatever a file holds there; `None` if it is absent."""
        found: Any = self.settings
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found


def read_run(directory: Path) -> Run:
    """Reads what Report, SampleGrid, LossCurve and Scores wrote.

    Raises:
        ValueError: If there is no such folder, nothing of a run in it, or a
            file in it is damaged.
        OSError: If a file cannot be read.
    """
    if not directory.is_dir():
        raise ValueError(
            "A run must be an existing folder. Received: directory="
            f"{str(directory)!r}. Pass the one that callbacks wrote to."
        )
    record = None
    if (directory / records.NAME).exists():
        record = records.read(directory / records.NAME)
        logs = {e["epoch"]: e["logs"] for e in record["epochs"]}
    else:
        logs = _table(directory)
    last = max(logs, default=None)
    pictures = _pictures(directory, last)
    scored = None
    if (directory / SCORES).exists():
        scored = scores.read(directory / SCORES)
    if not (logs or pictures or scored or record):
        raise ValueError(
            "A run's folder must hold a file of kgan's callbacks: "
            f"{records.NAME}, losses.csv, pictures {PATTERN}, {SCORES}. "
            f"Received: directory={str(directory)!r}, without any. Train with "
            "kgan.callbacks.Report."
        )
    nearest = directory / NEIGHBOURS
    return Run(
        # Not the path: a page that is shared should not reveal a user's name.
        directory.resolve().name or str(directory),
        record,
        logs,
        pictures,
        _png(nearest) if nearest.exists() else None,
        scored,
    )


def _table(directory):
    """Reads the table of a LossCurve, whatever its name."""
    for path in sorted(directory.glob("*.csv")):
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            continue
        with open(path, "rb") as file:
            if file.read(6) != b"epoch,":
                continue  # Of another run.
        try:
            if status.st_size > MAX_TABLE:
                raise ValueError(f"{status.st_size} bytes")
            table = dict(sorted(log_table.read(path).items()))
            if not all(1 <= epoch <= records.MAX_EPOCHS for epoch in table):
                raise ValueError("its epochs are no counts")
            return table
        except ValueError as error:
            raise ValueError(
                "A table of logs must be as kgan.callbacks.LossCurve writes "
                f"it. Received: {str(path)!r} ({str(error)[:200]}). Move it "
                "away."
            ) from error
    return {}


def _pictures(directory, last):
    """Finds pictures by epoch, up to the last; later ones are another run's."""
    for name in PICTURES:
        paths = {}
        for path in (directory / name).glob(PATTERN):
            digits = path.stem.removeprefix("epoch_")
            if digits.isascii() and digits.isdigit() and len(digits) < 10:
                paths[int(digits)] = path
        epochs = sorted(e for e in paths if last is None or e <= last)
        if epochs:
            kept = np.linspace(0, len(epochs) - 1, MOST_PICTURES).round()
            some = dict.fromkeys(epochs[int(index)] for index in kept)
            return {epoch: _png(paths[epoch]) for epoch in some}
    return {}


def _png(path):
    """Returns the content of a PNG, if it is whole."""
    from PIL import Image

    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_PICTURE:
        raise ValueError(
            f"A picture must be a file of at most {MAX_PICTURE} bytes. "
            f"Received: {str(path)!r}, of {status.st_size} bytes."
        )
    content = path.read_bytes()
    try:
        with warnings.catch_warnings():
            # Pillow raises this for a picture that takes much memory.
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
                picture.verify()
    # Pillow raises errors of many kinds for what is damaged.
    except Exception as error:
        raise ValueError(
            f"A picture must be a whole PNG. Received: {str(path)!r}, which "
            f"cannot be read ({type(error).__name__}). Remove it."
        ) from error
    return content
