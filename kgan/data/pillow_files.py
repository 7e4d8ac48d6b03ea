"""Reads image files with Pillow, the same way for checking and training."""

import contextlib
import io
import os
import pathlib
import stat
import threading
import typing

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from kgan.data.jpeg_scans import num_scans

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
# Pillow knows about forty more, and starts programs for a few of them.
FORMATS = ("BMP", "GIF", "JPEG", "PNG")
# A photograph of 16 megapixels takes 120 MB while it is decoded; one of half as
# many in several scans, whose coefficients are all kept, takes as much.
MAX_PIXELS = 2**24
# In these formats, no file of so many pixels is larger.
MAX_BYTES = 2**28
# An honest image is read in pieces of kilobytes.
FREE_READS, BYTES_PER_READ = 1_000, 100
STRIP_PIXELS = 2**20
KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def read_image(path: str | pathlib.Path) -> np.ndarray:
    """Decodes one file as people see it.

    Photographs are turned upright by their EXIF orientation. Alpha is
    composited on white, and 16 bits become 8. An animation gives its first
    frame.

    Args:
        path: A BMP, GIF, JPEG or PNG file, whatever its name ends in. It has
            at most 2**24 pixels (16 megapixels), a progressive JPEG half that.

    Returns:
        Uint8 array `(height, width, channels)`, with 1 channel if the file is
        grey, else 3.

    Raises:
        ValueError: If it is not a regular file, is larger, has another format,
            or cannot be decoded to its last row.
    """
    check_regular(path)
    try:
        with _CountedFile(path) as file, _opened(file) as image:
            is_jpeg = image.format in ("JPEG", "MPO")
            copies = 2 if is_jpeg and num_scans(file) > 1 else 1
            num_pixels = image.width * image.height * copies
            if num_pixels > MAX_PIXELS:
                raise Image.DecompressionBombError(
                    f"{image.width}x{image.height}"
                )
            with _share_of_memory(num_pixels):
                return _decoded(image)
    # Pillow warns or raises itself above some limits.
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as e:
        raise ValueError(
            f"The image file {str(path)!r} is too large ({e}): {MAX_PIXELS} "
            "pixels are the most, in a progressive JPEG half as many. Shrink "
            "or remove it."
        ) from e
    # Pillow's decoders raise OSError, SyntaxError, struct.error, zlib.error
    # and more for a damaged file; all of them mean the same here.
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        if isinstance(error, UnidentifiedImageError):
            reason = f"none of {', '.join(FORMATS)}"
        raise ValueError(
            f"The image file {str(path)!r} cannot be decoded ({reason}). "
            "Repair or remove it."
        ) from error


def check_regular(path: str | pathlib.Path) -> None:
    """Raises ValueError unless a file can be read to its end."""
    try:
        status = os.stat(path)
    except OSError as error:
        raise ValueError(
            f"The image file {str(path)!r} cannot be read ({error.strerror}). "
            "Repair or remove it."
        ) from error
    if not stat.S_ISREG(status.st_mode):
        kind = KINDS.get(stat.S_IFMT(status.st_mode), "no regular file")
        raise ValueError(
            f"The image file {str(path)!r} is {kind}, no file with an image. "
            "Repair or remove it."
        )
    if status.st_size > MAX_BYTES:
        raise ValueError(
            f"The image file {str(path)!r} has {status.st_size} bytes, where "
            f"{MAX_BYTES} are the most. Shrink or remove it."
        )


class _CountedFile(io.FileIO):
    """Refuses to be read in too many pieces.

    Pillow looks for the parts of a file one by one: of a file that holds
    nothing else, or nothing between two of them, for minutes.
    """

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > FREE_READS:
            position = self.tell()
            if self.reads > FREE_READS + position // BYTES_PER_READ:
                raise ValueError(f"{self.reads} parts in {position} bytes")
        return super().read(-1 if size is None else size) or b""


def _opened(file: _CountedFile) -> Image.Image:
    return Image.open(file, formats=FORMATS)


_free_pixels = MAX_PIXELS
_freed = threading.Condition()


@contextlib.contextmanager
def _share_of_memory(num_pixels: int) -> typing.Iterator[None]:
    """Waits until images of `MAX_PIXELS` in all are decoded at a time.

    As many threads decode as there are processors.
    """
    global _free_pixels
    with _freed:
        _freed.wait_for(lambda: num_pixels <= _free_pixels)
        _free_pixels -= num_pixels
    try:
        yield
    finally:
        with _freed:
            _free_pixels += num_pixels
            _freed.notify_all()


def _decoded(image: Image.Image) -> np.ndarray:
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    return _flatten(image)


def _flatten(image: Image.Image) -> np.ndarray:
    """Returns the pixels on white, uint8 `(height, width, 1 or 3)`."""
    grey = image.mode in ("1", "L", "LA") or image.mode.startswith("I")
    mode = "L" if grey else "RGB"
    pixels = np.empty((image.height, image.width, len(mode)), "uint8")
    # Strip by strip: whole, there would be four copies at a time.
    num_rows = max(1, STRIP_PIXELS // image.width)
    for top in range(0, image.height, num_rows):
        bottom = min(top + num_rows, image.height)
        strip = _opaque(image.crop((0, top, image.width, bottom)), mode)
        pixels[top:bottom] = strip.reshape(pixels[top:bottom].shape)
    return pixels


def _opaque(image: Image.Image, mode: str) -> np.ndarray:
    if image.mode.startswith("I"):
        return np.asarray(image).astype("uint32") >> 8
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return np.asarray(image.convert(mode))
