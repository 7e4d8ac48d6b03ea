"""Keras's progress bar, with the images that are trained in a second."""

from typing import Any

import keras

from kgan.pace import Pace, images_seen

NAME = "images_per_second"


class ProgressBar(keras.callbacks.ProgbarLogger):
    """Shows the pace beside the logs, which stay as they are.

    In `fit` it takes the place of the bar that Keras would add, which looks
    for one among the callbacks. So no other callback sees the number, and
    neither does the history, which a resumed run repeats exactly.

    The images of a step are those of the epoch before; in the first one the
    batch size, where it is known before the step is called.
    """

    # Keras may call it from another thread while the next step runs, so it
    # reads no weights.
    async_safe = True

    def on_train_begin(self, logs: dict | None = None) -> None:
        super().on_train_begin(logs)
        model: Any = self.model
        self._per_step = model.run.facts.known.get("batch_size")
        model.progress.rows = None
        self._progress = model.progress

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        super().on_epoch_begin(epoch, logs)
        self._pace = Pace()
        self._seen = images_seen(self.model)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self._pace.saw(batch + 1)
        super().on_train_batch_end(batch, self._with_pace(logs))

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        trained = images_seen(self.model) - self._seen
        if self._pace.steps:
            self._per_step = trained / self._pace.steps
        super().on_epoch_end(epoch, self._with_pace(logs))

    def _with_pace(self, logs: dict | None) -> dict:
        pace = self._pace.steps_per_second()
        per_step = self._per_step or self._progress.rows
        if not pace or not per_step:
            return logs or {}
        return {**(logs or {}), NAME: pace * per_step}
