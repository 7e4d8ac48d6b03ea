"""The score of the best generator so far, in a file next to it."""

import json
import math
from pathlib import Path
from typing import Any

from kgan import files

GENERATOR = "best_generator.keras"
RECORD = "best_generator.json"
# The written file has four short lines.
MAX_BYTES = 10_000


class BestGenerator:
    """Keeps the generator of the best epoch in a directory, and its score.

    Args:
        directory: Directory of both files.
        monitor: Name of the log to choose generators by. With `None` every
            method does nothing.
        mode: `"min"` or `"max"`: which values are better.

    Raises:
        ValueError: If `monitor` is not a name, if `mode` is neither of the two
            with a monitor, or if it is given without one.
    """

    def __init__(self, directory: Path, monitor: Any, mode: Any):
        _check_monitor(monitor, mode)
        self.directory = directory
        self.monitor = monitor
        self.mode = mode
        self.value: float | None = None
        self._seen = False

    def begin(self, restored: bool) -> None:
        """Continues from the score on disk, or from none.

        Args:
            restored: Whether the run in the directory continues.

        Raises:
            ValueError: If the record is damaged, or its generator missing.
        """
        self.value = None
        self._seen = False
        if restored and self.monitor is not None:
            self.value = self._read()

    def write_if_better(
        self, generator: memoryview, epoch: int, logs: dict
    ) -> None:
        """Writes the generator and then its score, if it is the best so far.

        Args:
            generator: Content of its `.keras` file.
            epoch: Number of epochs done, from 1.
            logs: Logs of the epoch.

        Raises:
            OSError: If a file cannot be written.
        """
        value = _number(logs.get(self.monitor))
        if self.monitor is None or not self._is_better(value):
            return
        files.write_bytes(self.directory / GENERATOR, generator)
        record = {
            "epoch": epoch,
            "monitor": self.monitor,
            "mode": self.mode,
            "value": value,
        }
        text = json.dumps(record, indent=2)
        files.write_bytes(self.directory / RECORD, f"{text}\n".encode())
        self.value = value

    def check_logs(self, logs: dict) -> None:
        """Raises ValueError if the first logs have no number to choose by."""
        # Not every epoch may be validated, but the first must tell.
        if self.monitor is None or self._seen:
            return
        if self.monitor not in logs:
            raise ValueError(
                "`monitor` must be the name of a log. Received: "
                f"monitor={self.monitor!r}; the logs of this epoch are "
                f"{', '.join(sorted(logs))}. Names that begin with val_ need "
                "`validation_data`, used in the first epoch."
            )
        value = logs[self.monitor]
        if _number(value) is None:
            raise ValueError(
                "`monitor` must be the name of a log that is a number. "
                f"Received: monitor={self.monitor!r}, which is {value!r}"
            )
        self._seen = True

    def _is_better(self, value: float | None) -> bool:
        # A value that is not finite would stay the best forever.
        if value is None or not math.isfinite(value):
            return False
        if self.value is None:
            return True
        return value < self.value if self.mode == "min" else value > self.value

    def _read(self) -> float | None:
        """Returns the score on disk, `None` if none has this log and mode."""
        path = self.directory / RECORD
        try:
            record = _checked(path)
        except FileNotFoundError:
            return None
        # Nested too deep for Python's reader is a RecursionError.
        except (OSError, RecursionError, ValueError) as error:
            raise ValueError(_unknown(path, error)) from error
        if not (self.directory / GENERATOR).is_file():
            raise ValueError(_unknown(path, f"{GENERATOR} is missing"))
        if (record["monitor"], record["mode"]) != (self.monitor, self.mode):
            return None
        return float(record["value"])


def _check_monitor(monitor: Any, mode: Any) -> None:
    if monitor is None:
        if mode is not None:
            raise ValueError(
                "`mode` says which values of `monitor` are better. "
                f"Received: mode={mode!r} without a monitor. Pass both or "
                "none."
            )
        return
    if not isinstance(monitor, str) or not monitor:
        raise ValueError(
            "`monitor` must be the name of a log, such as "
            f'"val_frechet_distance". Received: monitor={monitor!r}'
        )
    if not isinstance(mode, str) or mode not in ("min", "max"):
        raise ValueError(
            '`mode` must be "min" or "max" with a `monitor`: which of '
            f"its values are better. Received: mode={mode!r} with "
            f"monitor={monitor!r}"
        )


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _unknown(path: Path, reason: object) -> str:
    return (
        "A run goes on with a whole record of its best generator. Received: "
        f"{str(path)!r}, which cannot be used ({reason}). Remove it: the best "
        "epoch from here on is then kept. Or start over with resume=False."
    )


def _checked(path: Path) -> dict[str, Any]:
    """Returns the record; raises ValueError unless kgan may have written it."""
    if path.exists() and not path.is_file():
        raise ValueError("it is no regular file")
    with open(path, "rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES} bytes")
    record = json.loads(content.decode())
    if not isinstance(record, dict):
        raise ValueError(f"it holds a {type(record).__name__}, no record")
    missing = {"epoch", "monitor", "mode", "value"} - set(record)
    if missing:
        raise ValueError(f"{', '.join(sorted(missing))} is missing")
    _check_fields(record)
    return record


def _check_fields(record: dict[str, Any]) -> None:
    epoch, value = record["epoch"], record["value"]
    if type(epoch) is not int or epoch < 1:
        raise ValueError("its epoch must be a whole number of at least 1")
    if not isinstance(record["monitor"], str):
        raise ValueError("its monitor must be the name of a log")
    if record["mode"] not in ("min", "max"):
        raise ValueError('its mode must be "min" or "max"')
    # An integer may be larger than any float.
    if type(value) is int and abs(value) < 2**1000:
        return
    if type(value) is not float or not math.isfinite(value):
        raise ValueError("its value must be a finite number")
