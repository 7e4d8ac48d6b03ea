"""One picture of all trained presets."""

from pathlib import Path
from typing import Any

import numpy as np

from kgan.files import check_file, write_bytes
from kgan.images.grid import image_grid
from kgan.images.plots import BLUE, limit_of, png_bytes
from kgan.images.samples import check_png_path
from kgan.presets import judging
from kgan.presets.listing import Row, names
from kgan.presets.loading import generator
from kgan.presets.table import PRESETS

IMAGES, POINTS = 12, 1_000
# In inches: of the figure, and of a row of images and one of points.
WIDTH, LOW, HIGH = 10.0, 0.75, 2.25


def draw_presets(path: str | Path) -> None:
    """Draws `presets_figure` as one PNG, which appears whole or not at all.

    Args:
        path: File to write, ending in `.png`.

    Raises:
        ValueError: If `path` is no PNG name, or the file of a preset is
            damaged.
        OSError: If the file cannot be written.
    """
    check_png_path(path)
    check_file("path", path)
    write_bytes(path, png_bytes(presets_figure()))


def presets_figure() -> Any:
    """Draws a row of samples of each trained preset, of the seed of scores.

    A preset of images has twelve, and its classes in order if it has labels.
    A preset of points has a scatter plot of 1,000.

    Returns:
        A figure of matplotlib, with axes and a name for each preset.
    """
    # Not pyplot: its figures and backend are global state of the program.
    from matplotlib.figure import Figure

    rows = [row for row in names() if row.trained]
    heights = [LOW if row.image_size else HIGH for row in rows]
    figure = Figure(figsize=(WIDTH, sum(heights)), dpi=100)
    grid = figure.add_gridspec(
        len(rows), 1, height_ratios=heights, left=0.21, right=0.995
    )
    grid.update(top=0.995, bottom=0.005, hspace=0.04)
    for index, row in enumerate(rows):
        place = grid[index]
        axes = figure.add_subplot(place)
        samples = _samples(row)
        if row.image_size:
            picture = image_grid(samples, columns=IMAGES)
            axes.imshow(picture, cmap="gray", vmin=0, vmax=255)
        else:
            limit = limit_of(samples)
            axes.scatter(samples[:, 0], samples[:, 1], s=2, c=BLUE)
            axes.set(xlim=(-limit, limit), ylim=(-limit, limit))
            axes.set_aspect("equal")
        axes.set(xticks=[], yticks=[], anchor="W")
        middle = place.get_position(figure).intervaly.mean()
        figure.text(0.005, float(middle), row.name, va="center")
    return figure


def _samples(row: Row) -> np.ndarray:
    num = IMAGES if row.image_size else POINTS
    labels = judging.classes_in_turn(PRESETS[row.name], num)
    return judging.draw(generator(row.name), num, labels)
