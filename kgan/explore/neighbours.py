"""The training images that are nearest to a sample."""

import os
from typing import Any

import numpy as np

from kgan import data
from kgan.arguments import check_integer

# As float32, MNIST takes 190 MB.
MOST = 60_000
BATCH = 1_000


class Neighbours:
    """Finds the nearest of the training images, by Euclidean distance.

    A sample that is as near to one as two training images are to each other
    may be a copy.

    Args:
        name: Data set or folder, as of `kgan.data.load`; nothing is
            downloaded.
        sample_shape: `(height, width, channels)` of the generator's images,
            to which those of the data are brought.
        split: Part of the data. Of more than 60,000 images the first are
            taken.
        data_dir: Folder of tensorflow-datasets.

    Raises:
        ValueError: If the samples are no images, or as of `kgan.data.load`.
        FileNotFoundError: If `name` is a path where no folder is.

    Example:

    ```python
    neighbours = kgan.explore.Neighbours("digits", (8, 8, 1))
    images, distances = neighbours.nearest(np.zeros((8, 8, 1)), num=4)
    ```
    """

    def __init__(
        self,
        name: str | os.PathLike,
        sample_shape: tuple[int | None, ...],
        split: str = "train",
        data_dir: str | os.PathLike | None = None,
    ):
        from sklearn.neighbors import NearestNeighbors

        if len(sample_shape) != 3 or None in sample_shape:
            raise ValueError(
                "`data` are compared with images of one size. Received: "
                f"data={str(name)!r} for a generator of samples of shape "
                f"{tuple(sample_shape)}. Leave `data` out."
            )
        self.images = _read(name, sample_shape, split, data_dir)
        # Exact, unlike sums of squares and products in float32.
        self._index: Any = NearestNeighbors(algorithm="brute")
        self._index.fit(self.images.reshape(len(self.images), -1))

    def nearest(
        self, sample: np.ndarray, num: int = 4
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns the nearest images to a sample, and their distances.

        Args:
            sample: Finite numbers `(height, width, channels)`.
            num: Images to return, at least 1; fewer where there are fewer.

        Returns:
            float32 `(num, height, width, channels)`, the nearest first, and
            their distances `(num,)`.

        Raises:
            ValueError: If `num` is no positive integer, or the sample has
                another shape or is not finite.
        """
        num = min(check_integer("num", num), len(self.images))
        sample = np.asarray(sample, "float32")
        expected = self.images.shape[1:]
        if sample.shape != expected or not np.isfinite(sample).all():
            raise ValueError(
                f"`sample` must be finite numbers of shape {expected}. "
                f"Received: shape {sample.shape}, "
                f"{np.count_nonzero(~np.isfinite(sample))} not finite."
            )
        distances, rows = self._index.kneighbors(sample.reshape(1, -1), num)
        return self.images[rows[0]], distances[0]


def _read(
    name: Any, shape: tuple[int | None, ...], split: str, data_dir: Any
) -> np.ndarray:
    height, width, channels = shape
    batches = data.load(
        name,
        split,
        # Other data must be stored in the generator's size.
        height if height == width else None,
        BATCH,
        channels=channels,
        shuffle=False,
        cache=False,
        data_dir=data_dir,
        download=False,
    )
    parts, count = [], 0
    for batch in batches.as_numpy_iterator():
        parts.append(batch)
        count += len(batch)
        if count >= MOST:
            break
    images = np.concatenate(parts)[:MOST]
    if images.shape[1:] != shape:
        raise ValueError(
            "`data` must be images of the generator's size, as only square "
            f"ones are resized. Received: data={str(name)!r} of shape "
            f"{images.shape[1:]} for samples of shape {tuple(shape)}."
        )
    return images
