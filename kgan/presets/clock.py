"""How long a training has taken, over all its interruptions."""

import json
import time
from pathlib import Path

import keras
import numpy as np

from kgan import files

NAME = "time.json"


class Clock(keras.callbacks.Callback):
    """Counts the seconds of a training, and says after each epoch how it is.

    Args:
        directory: Folder of the run, in which the count is kept.
        images: Real images of the whole training.
        resume: Whether to go on counting from what is in the folder.
    """

    def __init__(self, directory: Path, images: int, resume: bool):
        super().__init__()
        self._path = directory / NAME
        self._images = images
        self.seconds = 0.0
        if resume and self._path.is_file():
            self.seconds = _seconds(self._path)

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Begins to count."""
        self._last = time.monotonic()
        self._begun = self.seconds
        self._seen_at_begin = self._seen()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Keeps the count, and prints the images seen and the time left."""
        now = time.monotonic()
        self.seconds += now - self._last
        self._last = now
        seen = self._seen()
        pace = (self.seconds - self._begun) / max(1, seen - self._seen_at_begin)
        left = pace * max(0, self._images - seen) / 60
        print(
            f"{seen:,} of {self._images:,} images, "
            f"{self.seconds / 60:.1f} minutes, about {left:.1f} to go",
            flush=True,
        )
        with files.going_on("The time of this training"):
            text = json.dumps({"seconds": self.seconds})
            files.write_bytes(self._path, text.encode())

    def _seen(self) -> int:
        seen = keras.ops.convert_to_numpy(self.model.progress.images_seen)
        return int(np.asarray(seen))


def _seconds(path: Path) -> float:
    try:
        return float(json.loads(path.read_text())["seconds"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{str(path)!r} must hold the seconds of a training. Received: a "
            f"damaged file ({error}). Remove it: the count starts over."
        ) from error
