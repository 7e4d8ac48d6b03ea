"""A run on disk, that another process can go on with."""

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
    """Saves the whole run after each epoch, and goes on from there.

    After each epoch `directory` holds `generator.keras`, the generator, and
    `run.keras`, both networks with both optimizers, every seed and the number
    of epochs done; with `monitor` also `best_generator.keras` and its score
    in `best_generator.json`. Each file is replaced as a whole, `run.keras`
    last, so that a process that is killed at any moment leaves a run to go on
    with. A `fit` with the same arguments then does so, and ends with the
    weights that an uninterrupted one would have: `epochs` counts from the
    very beginning.

    Where the generator's optimizer keeps a mean of the weights (`use_ema`),
    both generators hold the mean, as the model does after `fit`, and
    `run.keras` the weights that train, with the mean beside them.

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
            is one. `False` begins a new run; the files of the run before are
            replaced when the first epoch ends. A run goes on with the data
            and the arguments that it began with; `"changed"` goes on with
            others.
        monitor: Name of the log that the best generator is chosen by, such as
            `"val_frechet_distance"`. Defaults to none: only the last is kept.
        mode: `"min"` or `"max"`: which values of `monitor` are better.

    Raises:
        ValueError: If an argument is of another kind, or `mode` is none of
            the two with a `monitor`, or given without one. When `fit`
            begins: if the files in `directory` cannot be written, are
            damaged, or are of another model or of other data. When the first
            epoch ends, which is saved: if no log is called `monitor`.
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
        """Loads the run in `directory` into `model`, if one is to go on.

        `fit` calls it before it prepares its data.

        Args:
            model: A compiled kgan model.

        Returns:
            The number of epochs done, 0 without such a run.

        Raises:
            ValueError: If the run is of another model or of other data, a
                file cannot be replaced, or the record of the best generator
                is damaged. The model is then as it was.
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
        files.remove_unfinished(self.directory, NAMES)
        # Saved in memory once: metrics may bring networks along.
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
        # Of several processes all save and one writes, which alone may fail.
        with mean_generator(self.model) as mean:
            generator = files.model_bytes(baked(mean))
        run = files.model_bytes(self.model)
        with files.going_on(f"Epoch {epoch + 1} of {str(self.directory)!r}"):
            try:
                self._best.write_if_better(generator, epoch + 1, logs or {})
                files.write_bytes(self.directory / GENERATOR, generator)
                # Last: it makes the epoch count.
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
        """Says what the directory holds where a write has failed."""
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
