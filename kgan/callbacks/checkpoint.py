"""A run on disk that another process can resume."""

import math
import warnings
from pathlib import Path
from typing import Any

import keras

from kgan import files
from kgan.callbacks.best_generator import GENERATOR as BEST_GENERATOR
from kgan.callbacks.best_generator import RECORD as BEST_RECORD
from kgan.callbacks.best_generator import BestGenerator
from kgan.layers import baked
from kgan.logs import LOSSES
from kgan.runs.file import restore
from kgan.weight_averages import mean_generator, sampling_generator

RUN = "run.keras"
GENERATOR = "generator.keras"
NAMES = (BEST_GENERATOR, BEST_RECORD, GENERATOR, RUN)


class Checkpoint(keras.callbacks.Callback):
    """Saves the whole run after each epoch, and resumes it.

    After each epoch `directory` holds two files. `generator.keras` is the
    generator. `run.keras` has both networks with both optimizers, every seed
    and the number of epochs done. With `monitor` there are also
    `best_generator.keras` and its score in `best_generator.json`. Each file
    is replaced as a whole, and `run.keras` comes last. A process killed at any
    moment therefore leaves a run that can be resumed. Call `fit` again with
    the same arguments to resume it. It ends with the weights that an
    uninterrupted run would have. `epochs` counts from the very beginning.

    If the generator's optimizer keeps a mean of the weights (`use_ema`), both
    generators hold the mean, as the model does after `fit`. `run.keras` holds
    the weights that train, and the mean too.

    An epoch whose losses are not finite is not saved, so the last good one is
    kept; a warning says so. If a write fails during training, as on a full
    disk, that is a warning, and the next epoch tries again. Only the last
    write is an error, raised after the training.

    Put it last, so that it sees the logs of the callbacks before it.

    Example:

    ```python
    checkpoint = kgan.callbacks.Checkpoint("runs/digits")
    gan.fit(digits, epochs=20, callbacks=[checkpoint])
    ```

    Args:
        directory: Directory of the files, made if missing.
        resume: Whether `fit` resumes the run in `directory`, if there is one.
            `False` begins a new run, and replaces the files of the old one
            when the first epoch ends. `True` needs the data and the arguments
            that the run began with. `"changed"` resumes with others.
        monitor: Name of the log to choose the best generator by, such as
            `"val_frechet_distance"`. `None` keeps only the last one.
        mode: `"min"` or `"max"`: which values of `monitor` are better.

    Raises:
        ValueError: If an argument is of another kind, if `mode` is neither of
            the two with a `monitor`, or if it is given without one. When
            `fit` begins: if the files in `directory` cannot be written, are
            damaged, or are of another model or of other data. When the first
            epoch ends, after it is saved: if no log is called `monitor`.
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
        self.directory = files.check_path("directory", directory)
        if not isinstance(resume, bool) and not (
            isinstance(resume, str) and resume == "changed"
        ):
            raise ValueError(
                '`resume` must be True, False or "changed". Received: '
                f"resume={resume!r}"
            )
        self.resume = resume
        self.monitor = monitor
        self.mode = mode
        self._best = BestGenerator(self.directory, monitor, mode)
        self._restored = False
        self._saved = False
        self._failure: OSError | None = None

    def restore_run(self, model: Any) -> int:
        """Loads the run in `directory` into `model`, if it is to be resumed.

        `fit` calls it before it prepares its data.

        Args:
            model: A compiled kgan model.

        Returns:
            The number of epochs done, 0 without such a run.

        Raises:
            ValueError: If the run is of another model or of other data, if a
                file cannot be replaced, or if the record of the best
                generator is damaged. The model then stays as it was.
        """
        files.check_replaceable(
            "directory", [self.directory / name for name in NAMES]
        )
        self._restored = self.has_run()
        self._best.begin(self._restored)
        if not self._restored:
            return 0
        changed = self.resume == "changed"
        restore(model, self.directory / RUN, changed)
        return model.run.epochs_done

    def has_run(self) -> bool:
        """Says whether `directory` holds a run that can be resumed."""
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
        files.remove_unfinished(self.directory, NAMES)
        # Saved in memory once: metrics may contain networks.
        generator = len(files.model_bytes(baked(sampling_generator(model))))
        sizes = {GENERATOR: generator, RUN: len(files.model_bytes(model))}
        if self.monitor is not None:
            sizes[BEST_GENERATOR] = generator
        files.check_space(self.directory, sizes)
        self._failure = None
        self._saved = self._restored

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Writes the run of `epoch + 1` epochs."""
        if not _finite(logs or {}):
            kept = "keeps the epoch before" if self._saved else "has no epoch"
            warnings.warn(
                f"Epoch {epoch + 1} diverged: its losses are not finite. "
                f"{str(self.directory)!r} {kept}.",
                stacklevel=2,
            )
            return
        self._failure = None
        # All processes save, but only one writes, and only that one can fail.
        with mean_generator(self.model) as mean:
            generator = files.model_bytes(baked(mean))
        run = files.model_bytes(self.model)
        with files.going_on(f"Epoch {epoch + 1} of {str(self.directory)!r}"):
            try:
                self._best.write_if_better(generator, epoch + 1, logs or {})
                files.write_bytes(self.directory / GENERATOR, generator)
                # Written last: only then does the epoch count.
                files.write_bytes(self.directory / RUN, run)
                self._saved = True
            except OSError as error:
                self._failure = error
                raise
        self._best.check_logs(logs or {})

    def on_train_end(self, logs: dict | None = None) -> None:
        """Writes the generator, which other callbacks may have replaced."""
        if not _finite(logs or {}):
            return
        generator = files.model_bytes(baked(sampling_generator(self.model)))
        try:
            if self._failure is not None:
                raise self._failure
            files.write_bytes(self.directory / GENERATOR, generator)
        except OSError as error:
            raise OSError(
                f"The end of this run is not on disk: {error}. "
                f"{self._left()} The model in memory is trained: make room "
                "and call its `save`."
            ) from error

    def _left(self) -> str:
        """Says what the directory holds after a failed write."""
        if self._saved:
            return (
                f"The files of {str(self.directory)!r} are whole, of an "
                "epoch before."
            )
        if (self.directory / RUN).is_file():
            return (
                f"{str(self.directory)!r} holds the run before this one, "
                "and no epoch of this."
            )
        return f"{str(self.directory)!r} holds no run."


def _finite(logs: dict) -> bool:
    losses = [v for name, v in logs.items() if name in LOSSES]
    return all(math.isfinite(float(loss)) for loss in losses)
