"""The scores of validation as a file that says how they were made."""

import math
import warnings
from pathlib import Path
from typing import Any

import keras

from kgan import files, scores
from kgan.arguments import check_text


class Scores(keras.callbacks.Callback):
    """Writes the metrics of `compile` after each validated epoch.

    The file holds the scores, and all that other scores must share to be
    comparable: see `kgan.scores.stamp`. It is replaced as a whole. If the
    scores are not finite, or a write fails, the file of the epoch before
    stays, and a warning says so.

    Put it before `Checkpoint`, so that every saved epoch has its scores.

    Example:

    ```python
    gan.compile(metrics=[kgan.metrics.FrechetDistance(classifier)])
    written = kgan.callbacks.Scores(
        "runs/digits/scores.json", dataset="digits", split="test"
    )
    gan.fit(digits, epochs=20, validation_data=held_out, callbacks=[written])
    ```

    Args:
        path: File to write, such as `runs/digits/scores.json`.
        dataset: Name of the data set.
        split: Part of it that the validation data come from, such as "test".
        image_size: Side, or (height, width), that images were resized to.
            `None` if they were not.

    Raises:
        ValueError: If an argument is not as above. When training begins: if
            `compile` had no metrics or the file cannot be written.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        dataset: str,
        split: str,
        image_size: int | tuple[int, int] | None = None,
    ):
        super().__init__()
        self.path = files.check_path("path", path)
        self._stated: dict[str, Any] = {
            "dataset": check_text("dataset", dataset, "a name"),
            "split": check_text("split", split, "a name"),
            "image_size": image_size,
        }
        self._validated = False

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Checks that there will be scores, and that they can be written."""
        if not getattr(self.model, "sample_metrics", None):
            raise ValueError(
                "Scores writes the metrics of a kgan model's `compile`. "
                f"Received: model={self.model!r} without any. Pass "
                "`metrics=[kgan.metrics.SlicedWasserstein()]` to `compile`, "
                "say."
            )
        # Checks the description of the data before any epoch is trained.
        nothing: Any = {"num_real": 0, "num_fake": 0, "seed": 0, "step": 0}
        scores.stamp(
            scores={"none": 0.0}, protocol={}, **self._stated, **nothing
        )
        files.check_writable("path", self.path.parent)
        files.check_replaceable("path", [self.path])
        files.remove_unfinished(self.path.parent, [self.path.name])
        self._validated = False

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Writes the scores of epoch `epoch + 1`, if it was validated."""
        values = self._values(logs or {})
        if not values:
            return
        self._validated = True
        if not all(map(math.isfinite, values)):
            warnings.warn(
                f"Epoch {epoch + 1} has a score that is not finite; "
                f"{str(self.path)!r} is left as it was.",
                stacklevel=2,
            )
            return
        record = scores.stamp_model(self.model, **self._stated)
        with files.going_on(f"The scores of epoch {epoch + 1}"):
            scores.write(record, self.path)

    def on_train_end(self, logs: dict | None = None) -> None:
        """Warns if there was nothing to write."""
        if logs and not self._validated:
            warnings.warn(
                f"No scores for {str(self.path)!r}: no epoch was validated. "
                "Pass `validation_data` to `fit`.",
                stacklevel=2,
            )

    def _values(self, logs: dict) -> list[float]:
        """Returns the metrics in the logs of an epoch; none without."""
        names = [
            f"val_{name}"
            for metric in self.model.sample_metrics
            for name in _names(metric)
        ]
        return [float(logs[name]) for name in names if name in logs]


def _names(metric: Any) -> list[str]:
    return metric.keys() if hasattr(metric, "keys") else [metric.name]
