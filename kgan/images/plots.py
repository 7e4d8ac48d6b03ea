"""Vectors as plots: a histogram, a scatter plot, or one of each pair."""

import io
import math
from typing import Any

import numpy as np

BLUE = "#0072B2"
# Most coordinates with room beside each other, in pairs and alone.
MOST_IN_PAIRS = 8
MOST_ALONE = 64
BINS = 50


def vector_plot(vectors: np.ndarray, limit: float | None = None) -> bytes:
    """Draws vectors as one PNG.

    Args:
        vectors, limit: As of `vector_figure`.
    """
    return png_bytes(vector_figure(vectors, limit))


def png_bytes(figure: Any) -> bytes:
    """Returns a figure of matplotlib as a PNG file."""
    content = io.BytesIO()
    figure.savefig(content, format="png")
    return content.getvalue()


def vector_figure(vectors: np.ndarray, limit: float | None = None) -> Any:
    """Draws vectors as a figure of matplotlib.

    Its axes are in the order of the coordinates, pairs row by row.

    Args:
        vectors: float32 `(num, dim)`. A histogram of 1 coordinate, a scatter
            plot of 2; of up to 8 each pair's, and histograms on the diagonal;
            of more a histogram each, of the first 64.
        limit: Of all axes, to either side; `None` for the whole number that
            is large enough.
    """
    # Not pyplot: its figures and backend are global state of the program.
    from matplotlib.figure import Figure

    finite = vectors[np.isfinite(vectors).all(axis=1)]
    dim = vectors.shape[1]
    if limit is None:
        limit = limit_of(finite)
    if dim <= 2:
        figure = Figure(figsize=(5, 5), dpi=100, layout="constrained")
        _draw_alone(figure.subplots(), finite, limit)
    else:
        # With many plots, laying out their text takes seconds.
        side = 1.5 + 1.3 * _columns(dim)
        figure = Figure(figsize=(side, side), dpi=100)
        margin = 0.6 / side
        figure.subplots_adjust(margin, margin, 1 - margin / 2, 1 - margin)
        draw = _draw_pairs if dim <= MOST_IN_PAIRS else _draw_marginals
        draw(figure, finite, limit)
    return figure


def limit_of(vectors: np.ndarray) -> int:
    """The whole number that no finite entry is beyond, at least 1.

    Whole numbers keep the axes of successive pictures comparable.
    """
    finite = vectors[np.isfinite(vectors)]
    return max(1, math.ceil(float(np.abs(finite).max(initial=0.0))))


def _columns(dim):
    if dim <= MOST_IN_PAIRS:
        return dim
    return math.ceil(math.sqrt(min(dim, MOST_ALONE)))


def _draw_alone(axes, vectors, limit):
    if vectors.shape[1] == 2:
        axes.scatter(vectors[:, 0], vectors[:, 1], s=9, alpha=0.6, c=BLUE)
        axes.set(ylim=(-limit, limit), aspect="equal")
        axes.set(xlabel="first coordinate", ylabel="second coordinate")
    else:
        _count(axes, vectors[:, 0], limit)
        axes.set(xlabel="sample", ylabel="count")
    axes.set(xlim=(-limit, limit), title=f"{len(vectors)} samples")
    axes.grid(alpha=0.3)


def _draw_pairs(figure, vectors, limit):
    """Draws histograms on the diagonal, and pairs of coordinates below it."""
    dim = vectors.shape[1]
    figure.suptitle(f"{len(vectors)} samples, each pair of coordinates")
    grid = figure.add_gridspec(dim, dim)
    for row in range(dim):
        for column in range(row + 1):
            cell = figure.add_subplot(grid[row, column])
            if column == row:
                _count(cell, vectors[:, row], limit)
                cell.set_yticks([])
            else:
                pair = vectors[:, column], vectors[:, row]
                cell.scatter(*pair, s=4, alpha=0.5, c=BLUE)
                cell.set_ylim(-limit, limit)
            _finish(cell, limit, below=row == dim - 1, left=column == 0)
            if row == dim - 1:
                cell.set_xlabel(f"{column + 1}")
            if column == 0:
                cell.set_ylabel(f"{row + 1}")


def _draw_marginals(figure, vectors, limit):
    dim = vectors.shape[1]
    shown, columns = min(dim, MOST_ALONE), _columns(dim)
    which = f"{dim} coordinates"
    if shown < dim:
        which = f"the first {shown} of {which}"
    figure.suptitle(f"{len(vectors)} samples, {which}")
    figure.subplots_adjust(hspace=0.3)
    grid = figure.add_gridspec(math.ceil(shown / columns), columns)
    for index in range(shown):
        cell = figure.add_subplot(grid[index // columns, index % columns])
        _count(cell, vectors[:, index], limit)
        cell.set_yticks([])
        cell.set_title(f"{index + 1}", fontsize="x-small")
        _finish(cell, limit, below=index + columns >= shown)


def _finish(axes, limit, below, left=False):
    """Puts numbers only at the edges of the figure."""
    axes.set_xlim(-limit, limit)
    axes.grid(alpha=0.3)
    axes.tick_params(labelsize="x-small", labelbottom=below, labelleft=left)


def _count(axes, values, limit):
    counts, edges = np.histogram(values, BINS, (-limit, limit))
    # One shape instead of 50 takes a tenth of the time.
    axes.stairs(counts, edges, fill=True, color=BLUE)
