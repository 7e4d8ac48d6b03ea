"""Equal time for trainings that differ: steps of a budget of seconds."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from kgan.arguments import check_number, check_path
from kgan.files import write_bytes

# Steps before the clock starts: tracing and compiling are not counted.
WARM_UP = 3
# Share of the budget in which the pace is measured.
MEASURED = 0.1


class Stopwatch(keras.callbacks.Callback):
    """Counts the seconds of the processor that a training takes.

    The first three steps, which trace and compile, are left out. Seconds of
    the processor are of this process, all its threads together: other work on
    the machine lengthens them little.

    Args:
        limit: Seconds after which the fit is ended, or `None`.

    Attributes:
        steps: Steps seen.
        seconds: Seconds of those after the first three.
    """

    def __init__(self, limit: float | None = None):
        super().__init__()
        self.limit, self.steps, self.seconds = limit, 0, 0.0

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Counts a step."""
        self.steps += 1
        if self.steps <= WARM_UP:
            self._start = time.process_time()
        self.seconds = time.process_time() - self._start
        # At least one step, to know the pace.
        if self.limit is not None and self.steps > WARM_UP:
            if self.seconds >= self.limit:
                self.model.stop_training = True

    @property
    def pace(self) -> float:
        """Seconds per step, 0 where none was counted."""
        return self.seconds / max(1, self.steps - WARM_UP)


def steps_within(
    seconds: float,
    name: str,
    path: str | Path,
    train: Callable[[Stopwatch], None],
) -> int:
    """Tells how many steps a training makes in so many seconds.

    They are measured once, in a tenth of the seconds, and kept in a file: a
    later call takes them from there, so that all seeds make the same steps,
    and another machine too where it is given a copy of the file.

    Args:
        seconds: Positive number, of the processor.
        name: Of the training, for the file.
        path: JSON file, made if need be.
        train: Trains such a model with a callback until the callback ends it.

    Returns:
        Steps, at least 1.

    Raises:
        ValueError: If `seconds` is not as above, or the file is of other
            seconds, or damaged.

    Example:

    ```python
    def train(watch):
        build().fit(batches, steps_per_epoch=10_000, callbacks=[watch])

    steps = kgan.scripts.steps_within(60.0, "dcgan", "runs/steps.json", train)
    ```
    """
    check_number("seconds", seconds, "a number above 0", lambda x: x > 0)
    path = check_path("path", path)
    known: dict[str, Any] = {"seconds": seconds, "steps": {}}
    if path.is_file():
        known = _read(path)
    if known["seconds"] != seconds:
        raise ValueError(
            f"{str(path)!r} has the steps of {known['seconds']} seconds. "
            f"Received: seconds={seconds}. Remove it, or take another folder."
        )
    if name not in known["steps"]:
        watch = Stopwatch(MEASURED * seconds)
        train(watch)
        # A clock that stood still means a budget of next to nothing.
        steps = seconds / watch.pace if watch.pace > 0 else 1
        known["steps"][name] = max(1, round(steps))
        write_bytes(path, f"{json.dumps(known, indent=1)}\n".encode())
    return known["steps"][name]


def _read(path: Path) -> dict:
    try:
        known = json.loads(path.read_bytes())
        return {"seconds": known["seconds"], "steps": dict(known["steps"])}
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{str(path)!r} must be a file of steps. Received: a damaged one "
            f"({error}). Remove it: the steps are measured again."
        ) from error
