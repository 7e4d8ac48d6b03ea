"""The course of training as one picture and one table."""

import io
import math
from pathlib import Path

import keras
import numpy as np

from kgan import files, images, log_table
from kgan.logs import LOSSES

# Okabe and Ito's colours, which colour-blind readers can tell apart.
BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
COLORS = dict(zip(LOSSES, (BLUE, VERMILION), strict=True))
CLOSER = {"min": "lower is closer", "max": "higher is closer"}


class LossCurve(keras.callbacks.Callback):
    """Draws every logged number against the epoch when training ends.

    The upper panel holds both players' losses, and each other number has a
    panel below. Validation values are dashed. After each epoch the numbers
    are also written to a CSV file of the same name, next to the picture. A
    fit that goes back to an earlier epoch replaces the epochs from there on.
    So a fresh fit starts an empty curve, and a resumed one continues it. In
    another process it continues from the CSV file. If a write fails during
    training, that is a warning.

    The picture also says which values of the model's estimate mean closer
    samples, and what its bound is.

    Example:

    ```python
    curve = kgan.callbacks.LossCurve("runs/loss.png")  # and runs/loss.csv
    gan.fit(dataset, epochs=20, callbacks=[curve])
    ```

    Args:
        path: PNG file to write; missing directories are made.

    Raises:
        ValueError: If `path` is not a path or does not end in `.png`. When
            training begins: if it or its table cannot be written, or if the
            table of a resumed fit cannot be read.
    """

    def __init__(self, path: str | Path):
        super().__init__()
        self.path = files.check_path("path", path)
        images.check_png_path(self.path)
        self._table = self.path.with_suffix(".csv")
        self._history: dict[int, dict[str, float]] = {}

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Checks that the picture can be written."""
        files.check_writable("path", self.path.parent)
        paths = [self.path, self._table]
        files.check_replaceable("path", paths)
        names = [path.name for path in paths]
        files.remove_unfinished(self.path.parent, names)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Reads the table of an earlier process, before training continues."""
        if epoch and not self._history:
            self._history = _read_table(self._table)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Notes the logged numbers of epoch `epoch + 1` in the table."""
        self.on_epoch_begin(epoch)
        self._history = {e: h for e, h in self._history.items() if e <= epoch}
        self._history[epoch + 1] = log_table.numbers(logs or {})
        table = log_table.as_csv(self._history)
        with files.going_on(f"The losses of epoch {epoch + 1}"):
            files.write_bytes(self._table, table.encode())

    def on_train_end(self, logs: dict | None = None) -> None:
        """Writes the picture, if any epoch ended."""
        if self._history:
            with files.going_on("The loss curve"):
                picture = _picture(self._history, _estimate(self.model))
                files.write_bytes(self.path, picture)


def _estimate(model):
    """Returns the log of a model's estimate, a text for it, and its bound."""
    name = getattr(model, "estimate_name", None)
    if name is None:
        return None, "", None
    return name, CLOSER[model.estimate_mode], model.estimate_limit


def _read_table(path):
    """Reads the numbers of a table that an earlier process wrote, if any."""
    try:
        return log_table.read(path)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ValueError(
            "`path` leads to a table of an earlier fit that this one cannot "
            f"go on with. Received: {str(path)!r}, which cannot be read "
            f"({error}). Move it away: the curve then begins with this "
            "epoch."
        ) from error


def _picture(history, estimate):
    # Not pyplot: its figures and backend are global state of the program.
    from matplotlib.figure import Figure

    names = [name.removeprefix("val_") for name in log_table.names(history)]
    others = [name for name in dict.fromkeys(names) if name not in LOSSES]
    columns = min(2, max(1, len(others)))
    rows = math.ceil(len(others) / columns)
    figure = Figure(figsize=(8, 3.5 + 2.5 * rows), dpi=100)
    figure.set_layout_engine("constrained")
    layout = figure.add_gridspec(
        1 + rows, columns, height_ratios=[3.5] + [2.5] * rows
    )

    axes = figure.add_subplot(layout[0, :])
    for name, color in COLORS.items():
        _draw(axes, history, name, color)
    _finish(axes, "loss", history)
    for index, name in enumerate(others):
        axes = figure.add_subplot(layout[1 + index // columns, index % columns])
        _draw(axes, history, name, GREEN)
        quantity = name.replace("_", " ")
        if name == estimate[0]:
            quantity += f" ({estimate[1]})"
            _draw_limit(axes, estimate[2])
        _finish(axes, quantity, history)

    content = io.BytesIO()
    figure.savefig(content, format="png")
    return content.getvalue()


def _draw_limit(axes, limit):
    if limit is not None:
        height, label = limit
        axes.axhline(height, color="black", linestyle=":", label=label)


def _draw(axes, history, name, color):
    for key, linestyle, marker in (
        (name, "-", "o"),
        (f"val_{name}", "--", "s"),
    ):
        points = {e: n[key] for e, n in history.items() if key in n}
        if not points:
            continue
        values = np.array(list(points.values()))
        finite = np.isfinite(values)
        label = key.replace("_", " ")
        if not finite.all():
            label += f" ({np.count_nonzero(~finite)} not finite)"
        axes.plot(
            list(points),
            np.where(finite, values, math.nan),
            color=color,
            linestyle=linestyle,
            # A line through one epoch shows nothing.
            marker=marker,
            markersize=4 if len(points) <= 50 else 2,
            fillstyle="full" if key == name else "none",
            label=label,
        )


def _finish(axes, quantity, history):
    from matplotlib.ticker import MaxNLocator

    axes.set(xlabel="epoch", ylabel=quantity)
    axes.set_xlim(min(history) - 0.5, max(history) + 0.5)
    whole = MaxNLocator(integer=True, min_n_ticks=1)
    axes.xaxis.set_major_locator(whole)
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize="small")
