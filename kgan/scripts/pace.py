"""Images per second of a training, and scores against its minutes."""

import csv
import io
import time
from pathlib import Path

import keras

from kgan import files

HEADER = ("epoch", "images", "minutes", "images_per_second")
NAME = "pace.csv"


class Pace(keras.callbacks.Callback):
    """Writes how fast a training is, and what it has reached by then.

    A row of `pace.csv` after each epoch: the real images that the
    discriminator was trained on, the minutes of training (validation and
    callbacks are left out, compiling is not), the images per second of this
    epoch, and each logged number that is asked for. A fit that goes on adds
    to the rows before it.

    Args:
        directory: Folder of the run.
        *names: Logs to write, such as `"val_frechet_distance"`.

    Raises:
        ValueError: When a fit goes on, if the file of the epochs before is
            damaged.

    Example:

    ```python
    pace = kgan.scripts.Pace("runs/cifar10", "val_frechet_distance")
    gan.fit(images, epochs=20, callbacks=[pace])
    ```
    """

    def __init__(self, directory: str | Path, *names: str):
        super().__init__()
        self.path = files.check_path("directory", directory) / NAME
        self._names = names
        self._rows: list[dict[str, str]] = []
        self._begun = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Begins to count, after the rows of the epochs before."""
        if epoch and not self._rows and self.path.is_file():
            self._rows = _read(self.path)
        self._rows = [row for row in self._rows if int(row["epoch"]) <= epoch]
        self._seconds, self._begun = 0.0, time.monotonic()
        self._before = self._images()

    def on_test_begin(self, logs: dict | None = None) -> None:
        """Stops the clock for the validation of an epoch."""
        self._seconds += time.monotonic() - self._begun

    def on_test_end(self, logs: dict | None = None) -> None:
        """Lets the clock go on."""
        self._begun = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Writes a row."""
        self._seconds += time.monotonic() - self._begun
        earlier = float(self._rows[-1]["minutes"]) if self._rows else 0.0
        images = self._images()
        rate = (images - self._before) / max(self._seconds, 1e-9)
        numbers = (images, earlier + self._seconds / 60, rate)
        row = {"epoch": str(epoch + 1)}
        row |= dict(zip(HEADER[1:], map(_text, numbers), strict=True))
        for name in self._names:
            row[name] = _text((logs or {}).get(name, float("nan")))
        self._rows.append(row)
        with files.going_on(f"The pace of epoch {epoch + 1}"):
            files.write_bytes(self.path, self._table().encode())

    def _images(self) -> int:
        seen = keras.ops.convert_to_numpy(self.model.progress.images_seen)
        # In a step with several updates, one batch counts.
        return int(seen) * max(1, self.model.n_critic)

    def _table(self) -> str:
        text = io.StringIO()
        writer = csv.DictWriter(text, [*HEADER, *self._names], "")
        writer.writeheader()
        writer.writerows(self._rows)
        return text.getvalue()


def _text(number: float) -> str:
    return f"{float(number):.8g}"


def _read(path: Path) -> list[dict[str, str]]:
    try:
        rows = list(csv.DictReader(path.read_text().splitlines()))
        for row in rows:
            _ = int(row["epoch"]), float(row["minutes"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{str(path)!r} must be the table of a run's pace. Received: a "
            f"damaged file ({error}). Remove it: the minutes start over."
        ) from error
    return rows
