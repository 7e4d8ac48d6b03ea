"""A page for a run, written while it is trained."""

import time
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kgan import distribution, files, images, log_table
from kgan.arguments import check_integer
from kgan.callbacks.sample_grid import SampleGrid
from kgan.pace import Pace, images_seen
from kgan.report import records
from kgan.report.neighbours import COLUMNS
from kgan.report.settings import settings_of
from kgan.report.subjects import Subjects, checked_data
from kgan.report.writing import NAME, write
from kgan.scores.origin import origin

FOLDER = "report"


class Report(keras.callbacks.Callback):
    """Writes one HTML page of a run, `report.html`, and keeps it up to date.

    The page needs no network and no other file. It shows:

    - the settings of the run, and curves of all logs;
    - samples by epoch, with a slider;
    - scores with their protocol, if `kgan.callbacks.Scores` wrote some in the
      same folder;
    - images per second and the time left;
    - the health of the discriminator;
    - the data nearest to some samples;
    - alarms in words: a saturated or flat discriminator, collapsed samples, a
      negative estimate, numbers that are not finite.

    After each epoch the discriminator judges 64 generated and 64 real samples,
    always from the same latents and data. The page shows its logits, the norms
    of its gradient by the samples, and how far apart the samples are. This
    changes no weight, seed or moving statistic. The real samples come from
    `data`, or from the array that `fit` trains on. Other data cannot be read
    without changing its order, so pass some of it as `data`.

    `report.json` keeps what was seen, so a run resumed in another process
    continues its page. If a write fails during training, that is a warning.
    `python -m kgan.report DIR...` writes the page again, or one page of
    several runs side by side.

    Put it after callbacks that add logs, and before `Checkpoint`.

    Example:

    ```python
    report = kgan.callbacks.Report("runs/digits")
    gan.fit(digits, epochs=20, callbacks=[report])
    ```

    Args:
        directory: Folder of the run, made if missing.
        data: Real samples `(n, ...)` as `fit` takes them, at least 2, or
            `(samples, labels)` for networks that take labels. `None` takes
            those that `fit` trains on, if they are an array.
        num: Samples per picture, from 1 to a million, or `None` for no
            pictures. The page then shows those of a `SampleGrid` in `samples`
            or in the folder itself.
        every: Epochs from one picture and one page to the next, at least 1.

    Raises:
        ValueError: If an argument is not as above. When training begins: if
            the files cannot be written, if the model is not kgan's, if the
            data does not fit it, or if the `report.json` of a resumed run is
            damaged.
    """

    # Between batches it only looks at the clock, so that Keras can train the
    # next step meanwhile.
    async_safe = True

    def __init__(
        self,
        directory: str | Path,
        data: Any = None,
        num: int | None = 64,
        every: int = 1,
    ):
        super().__init__()
        self.directory = files.check_path("directory", directory)
        check_integer("every", every, minimum=1, maximum=None)
        self.data = checked_data(data)
        self.every = every
        self.num = num
        self._pictures = None
        if num is not None:
            folder = self.directory / FOLDER
            self._pictures = SampleGrid(folder, num=num, every=every)
        self._grid: SampleGrid | None = None
        self._record: dict | None = None
        self._of_fit: Any = None

    def see_real(self, samples: np.ndarray | None, labels: Any) -> None:
        """Remembers the array that `fit` trains on, if it is one."""
        self._of_fit = None if samples is None else (samples, labels)

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Checks that the files can be written, and that the data fits."""
        model: Any = self.model
        if not hasattr(model, "examine"):
            raise ValueError(
                "Report is of a kgan model, such as kgan.GAN. Received: "
                f"model={model!r}"
            )
        files.check_writable("directory", self.directory)
        names = [records.NAME, NAME]
        files.check_replaceable(
            "directory", [self.directory / name for name in names]
        )
        files.remove_unfinished(self.directory, names)
        self._record = None
        self._subjects = Subjects(model, self.data, self._of_fit)
        self._grid = self._pictures
        if not images.is_drawable(model.generator.output_shape):
            self._grid = None
        if self._grid is not None:
            self._grid.set_model(model)
            self._grid.on_train_begin()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Continues the record of an earlier process; reads the clock."""
        if self._record is None:
            self._record = self._begun(epoch)
            self._record["processes"].append(
                {"epoch": epoch + 1, "origin": origin()}
            )
        self._pace = Pace()
        self._seen = images_seen(self.model)
        self._began = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Notes when a step ended."""
        self._pace.saw(batch + 1)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Notes the epoch, and writes the page if it is due."""
        record = self._record
        if record is None:  # A program may skip the hook before.
            self.on_epoch_begin(epoch)
            record = self._record or {}
        seen = images_seen(self.model)
        health = self._subjects.health(self.model)
        if self._pace.steps:
            steps = self._pace.steps_per_second() or 0.0
            per_step = (seen - self._seen) / self._pace.steps
            health["images_per_second"] = steps * per_step
        record["epochs"].append(
            {
                "epoch": epoch + 1,
                "images": seen,
                "seconds": time.monotonic() - self._began,
                "logs": log_table.numbers(logs or {}),
                "health": health,
            }
        )
        if self._grid is not None:
            self._grid.on_epoch_end(epoch)
        self._write(page=(epoch + 1) % self.every == 0)

    def on_train_end(self, logs: dict | None = None) -> None:
        """Finds the nearest data, and writes the page."""
        if self._record is None or not self._record["epochs"]:
            return
        found, picture = self._subjects.neighbours(self.model)
        self._record["neighbours"] = found
        if picture is not None:
            with files.going_on("The nearest of the data"):
                path = self.directory / FOLDER / "nearest.png"
                images.save_grid(picture, path, COLUMNS)
        self._write(page=True)
        # The callback may outlive the data.
        del self._subjects
        self._of_fit = None

    def _begun(self, epoch: int) -> dict:
        """Returns the record to continue, or a new one."""
        path = self.directory / records.NAME
        record = None
        if epoch and path.exists():
            record = records.read(path)
            kept = [e for e in record["epochs"] if e["epoch"] <= epoch]
            record |= {"epochs": kept, "neighbours": {}}
        settings = settings_of(self.model)
        planned = int(self.params.get("epochs") or 0)
        if record is None:
            return records.new(settings, planned)
        return {**record, "settings": settings, "planned": planned}

    def _write(self, page: bool) -> None:
        if distribution.process_index():
            return
        with files.going_on("The record of this run"):
            records.write(self._record or {}, self.directory / records.NAME)
        if not page:
            return
        try:
            with files.going_on("The report of this run"):
                write([self.directory])
        except ValueError as error:
            # Another callback left the file, perhaps cut short.
            warnings.warn(
                f"The report of this run could not be written, and training "
                f"goes on: {error}",
                stacklevel=2,
            )
