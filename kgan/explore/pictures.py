"""Samples as pictures of the page: PNG and GIF."""

import dataclasses
import io
import threading
from typing import Any

import numpy as np

from kgan.explore.explorer import Explorer, View
from kgan.explore.marked_plot import MarkedPlot
from kgan.images.grid import to_uint8
from kgan.images.saving import gif_bytes

# Frames of an interpolation.
FRAMES = 24
MILLISECONDS = 80
# The page enlarges images; a viewer of GIFs may not.
MIN_SIDE = 256
# Colours of a plot, and Pillow's number for its fastest way to choose them.
COLOURS, FAST_OCTREE = 128, 2


class Pictures:
    """Draws what the page shows.

    Args:
        explorer: Of the generator.
    """

    def __init__(self, explorer: Explorer):
        self.explorer = explorer
        # The latest plot, and its samples.
        self._plot: tuple[View, MarkedPlot] | None = None
        # Two threads must not draw into one figure of matplotlib.
        self._lock = threading.Lock()

    def selected(self, view: View) -> bytes:
        """Returns the selected sample as a PNG.

        An image has its own size. A vector is marked in a plot of all
        samples of the seed.

        Args:
            view: What is looked at.

        Raises:
            ValueError: As of `Explorer.samples`.
        """
        sample = self.explorer.selected(view)
        if self.explorer.is_of_images:
            return image_png(sample)
        with self._lock:
            return self._plot_of(view).png(sample)

    def way(self, view: View, other: int) -> bytes:
        """Returns the way from the selected sample to another, and back.

        Args:
            view: What is looked at.
            other: Index of the other sample.

        Returns:
            A GIF that repeats without end.

        Raises:
            ValueError: As of `Explorer.way`.
        """
        way = self.explorer.way(view, other, FRAMES)
        if self.explorer.is_of_images:
            pictures = [_enlarged(_picture(image)) for image in way]
        else:
            with self._lock:
                plot = self._plot_of(view)
                # As GIF has them, in a tenth of the time of its default.
                pictures = [
                    plot.picture(vector).quantize(COLOURS, FAST_OCTREE)
                    for vector in way
                ]
        # Neither end is shown twice.
        return gif_bytes(pictures + pictures[-2:0:-1], MILLISECONDS)

    def _plot_of(self, view: View) -> MarkedPlot:
        cloud = dataclasses.replace(view, selected=0, moves=())
        if self._plot is None or self._plot[0] != cloud:
            self._plot = cloud, MarkedPlot(self.explorer.samples(cloud))
        return self._plot[1]


def image_png(image: np.ndarray) -> bytes:
    """Returns one image as a PNG of its size.

    Args:
        image: Numbers in [-1, 1], `(height, width, 1 or 3)`.
    """
    content = io.BytesIO()
    _picture(image).save(content, format="PNG")
    return content.getvalue()


def _picture(image: np.ndarray) -> Any:
    from PIL import Image

    pixels = to_uint8(image)
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def _enlarged(picture: Any) -> Any:
    from PIL import Image

    width, height = picture.size
    factor = -(-MIN_SIDE // max(width, height))
    size = width * factor, height * factor
    return picture.resize(size, Image.Resampling.NEAREST)
