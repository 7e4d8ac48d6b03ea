"""A run on disk, that another process can go on with."""

import json
import math
import warnings
from pathlib import Path

import keras

from kgan import files, run_file

RUN = "run.keras"
GENERATOR = "generator.keras"
BEST_GENERATOR = "best_generator.keras"
BEST = "best_generator.json"
LOSSES = ("discriminator_loss", "generator_loss")


class Checkpoint(keras.callbacks.Callback):
    """Saves the whole run after each epoch, and goes on from there.

    After each epoch `directory` holds `generator.keras`, the generator, and
    `run.keras`, both networks with both optimizers, every seed and the number
    of epochs done; with `monitor` also `best_generator.keras` and its score
    in `best_generator.json`. Each file is replaced as a whole, `run.keras`
    last, so that a process that is killed at any moment leaves a run to go on
    with. A `fit` with the same arguments then does so, and ends with the
    weights that an uninterrupted one would have: `epochs` counts from the
    very beginning.

    An epoch whose losses are not finite is not saved, with a warning, so that
    the last good one is kept. A write that fails during training, as on a
    full disk, is a warning, and is tried again after the next epoch; only the
    last one is an error, once the training is over.

    Put it last, so that it sees the logs of the callbacks before it.

    Example:

    ```python
    checkpoint = kgan.callbacks.Checkpoint("runs/digits")
    gan.fit(digits, epochs=20, callbacks=[checkpoint])
    ```

    Args:
        directory: Directory of the files, made if missing.
        resume: Whether `fit` goes on with the run in `directory`, if there
            is one. `False` begins anew; the files of the run before are
            replaced when the first epoch ends. A run goes on with the data
            and the arguments that it began with; `"changed"` goes on with
            others.
        monitor: Name of the log that the best generator is chosen by, such as
            `"val_frechet_distance"`. Defaults to none: only the last is kept.
        mode: `"min"` or `"max"`: which values of `monitor` are better.

    Raises:
        ValueError: If `mode` is none of the two with a `monitor`, or given
            without one. When `fit` begins: if `directory` cannot be written,
            or holds the run of another model, or of other data. When the
            first epoch ends: if no log is called `monitor`.
        OSError: When `fit` begins, if the disk has no room for the files.
            When it ends, if the last files could not be written.
    """

    def __init__(
        self,
        directory: str | Path,
        resume: bool | str = True,
        monitor: str | None = None,
        mode: str | None = None,
    ):
        super().__init__()
        if resume not in (True, False, "changed"):
            raise ValueError(
                '`resume` must be True, False or "changed". Received: '
                f"resume={resume!r}"
            )
        if monitor is not None and mode not in ("min", "max"):
            raise ValueError(
                '`mode` must be "min" or "max" with a `monitor`: which of '
                f"its values are better. Received: mode={mode!r} with "
                f"monitor={monitor!r}"
            )
        if monitor is None and mode is not None:
            raise ValueError(
                "`mode` says which values of `monitor` are better. "
                f"Received: mode={mode!r} without a monitor. Pass both or "
                "none."
            )
        self.directory = Path(directory)
        self.resume = resume
        self.monitor = monitor
        self.mode = mode
        self._best: float | None = None
        self._restored = False
        self._monitor_seen = False
        self._failure: OSError | None = None

    def restore_run(self, model: keras.Model) -> int:
        """Loads the run in `directory` into `model`, if one is to go on.

        `fit` calls it before it prepares its data.

        Args:
            model: A compiled kgan model.

        Returns:
            The number of epochs done, 0 without such a run.

        Raises:
            ValueError: If the run is of another model or of other data. The
                model is then as it was.
        """
        self._restored = self.has_run()
        if not self._restored:
            return 0
        changed = self.resume == "changed"
        run_file.restore(model, self.directory / RUN, changed)
        return model.epochs_done

    def has_run(self) -> bool:
        """Whether `directory` holds a run to go on with."""
        return bool(self.resume) and (self.directory / RUN).is_file()

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Checks that the files can be written."""
        model = self.model
        if getattr(model, "generator", None) is None:
            raise ValueError(
                "Checkpoint saves the run of a kgan model. Received: "
                f"model={model!r}. For others there is "
                "keras.callbacks.BackupAndRestore."
            )
        files.check_writable("directory", self.directory)
        names = [BEST_GENERATOR, GENERATOR, RUN]
        files.remove_unfinished(self.directory, [*names, BEST])
        # Saved in memory once: metrics may bring networks of their own.
        generator = len(files.model_bytes(model.generator))
        sizes = {
            BEST_GENERATOR: generator,
            GENERATOR: generator,
            RUN: len(files.model_bytes(model)),
        }
        if self.monitor is None:
            del sizes[BEST_GENERATOR]
        files.check_space(self.directory, sizes)
        self._failure = None
        self._monitor_seen = False
        self._best = self._read_best() if self._restored else None

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Writes the run of `epoch + 1` epochs."""
        value = self._monitored(logs or {})
        if not _finite(logs or {}):
            warnings.warn(
                f"Epoch {epoch + 1} diverged: its losses are not finite. "
                f"{str(self.directory)!r} keeps the epoch before.",
                stacklevel=2,
            )
            return
        self._failure = None
        # Of several processes all save and one writes, which alone may fail.
        generator = files.model_bytes(self.model.generator)
        run = files.model_bytes(self.model)
        with files.going_on(f"Epoch {epoch + 1} of {str(self.directory)!r}"):
            try:
                if self._is_better(value):
                    self._write_best(generator, epoch + 1, value)
                files.write_bytes(self.directory / GENERATOR, generator)
                # Last: it makes the epoch count.
                files.write_bytes(self.directory / RUN, run)
            except OSError as error:
                self._failure = error
                raise

    def on_train_end(self, logs: dict | None = None) -> None:
        """Writes the generator, of which an optimizer may keep a mean."""
        if not _finite(logs or {}):
            return
        generator = files.model_bytes(self.model.generator)
        try:
            if self._failure is not None:
                raise self._failure
            files.write_bytes(self.directory / GENERATOR, generator)
        except OSError as error:
            raise OSError(
                f"The end of this run is not on disk: {error}. The files of "
                f"{str(self.directory)!r} are whole, of an epoch before. The "
                "model in memory is trained: make room and call its `save`."
            ) from error

    def _write_best(
        self, generator: memoryview, epoch: int, value: float
    ) -> None:
        files.write_bytes(self.directory / BEST_GENERATOR, generator)
        record = {
            "epoch": epoch,
            "monitor": self.monitor,
            "mode": self.mode,
            "value": value,
        }
        text = json.dumps(record, indent=2)
        files.write_bytes(self.directory / BEST, f"{text}\n".encode())
        self._best = value

    def _read_best(self) -> float | None:
        """The best value so far, `None` if chosen by another monitor."""
        try:
            record = json.loads((self.directory / BEST).read_text())
        except FileNotFoundError:
            return None
        asked = (self.monitor, self.mode)
        if (record.get("monitor"), record.get("mode")) != asked:
            return None
        return float(record["value"])

    def _monitored(self, logs: dict) -> float:
        if self.monitor in logs:
            self._monitor_seen = True
            return float(logs[self.monitor])
        # Not every epoch may be validated, but the first must tell.
        if self.monitor is not None and not self._monitor_seen:
            raise ValueError(
                "`monitor` must be the name of a log. Received: "
                f"monitor={self.monitor!r}; the logs of this epoch are "
                f"{', '.join(sorted(logs))}. Names that begin with val_ need "
                "`validation_data`, used in the first epoch."
            )
        return math.nan

    def _is_better(self, value: float) -> bool:
        if math.isnan(value):
            return False
        if self._best is None:
            return True
        return value < self._best if self.mode == "min" else value > self._best


def _finite(logs: dict) -> bool:
    losses = [v for name, v in logs.items() if name in LOSSES]
    return all(math.isfinite(float(loss)) for loss in losses)
