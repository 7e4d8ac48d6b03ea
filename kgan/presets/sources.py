"""Where the images of presets come from."""

from pathlib import Path
from typing import Any

import numpy as np

from kgan import data
from kgan.presets.preset import Preset

# How to get data that kgan does not download.
BY_HAND = {
    "noto_emoji64": (
        "git clone --depth 1 https://github.com/googlefonts/noto-emoji, and "
        "put a copy of its png/128/*.png into FOLDER/train, but every seventh "
        "by name into FOLDER/test. A FOLDER with noto_emoji64/, as "
        "tensorflow-datasets prepares it, serves too"
    ),
}


def batches(
    preset: Preset, split: str, data_dir: Any = None, **options: Any
) -> Any:
    """Loads a preset's images as `kgan.data.load` does.

    Args:
        preset: One of images.
        split: Part of its data.
        data_dir: Folder of tensorflow-datasets, `None` for its default; for
            data that are fetched by hand, that folder or one with image files
            in a sub-folder for each split.
        **options: Others of `kgan.data.load`.

    Returns:
        `tf.data.Dataset` of batches, with labels where the preset has classes.

    Raises:
        ValueError: If data that are to be fetched by hand are not in the
            folder, and as of `kgan.data.load`.
        RuntimeError: As of `kgan.data.load`.
    """
    options["labels"] = preset.num_classes is not None
    if preset.data not in BY_HAND:
        return data.load(preset.data, split, data_dir=data_dir, **options)
    folder = None if data_dir is None else Path(data_dir).expanduser()
    if folder is not None and (folder / preset.data).is_dir():
        return data.load(preset.data, split, data_dir=folder, **options)
    name = split.partition("[")[0]
    if folder is None or not (folder / name).is_dir():
        raise ValueError(
            f"The data of the preset {preset.name!r}, {preset.data}, are not "
            f"downloaded: {BY_HAND[preset.data]}. Then pass it: --data-dir "
            f"FOLDER. Received: split={split!r}, data_dir={data_dir!r}"
        )
    size, _, channels = preset.sample_shape
    # A path, so that it is not taken for the name of a data set.
    return data.load(
        folder.absolute(), split, size, channels=channels, **options
    )


def images(
    preset: Preset, split: str, data_dir: Any = None, most: int | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Reads images in their stored order.

    Args:
        preset, split, data_dir: As of `batches`.
        most: Images to return; `None` for all.

    Returns:
        Float32 images `(num, size, size, channels)` in [-1, 1], and int32
        labels `(num,)`, or `None` for a preset without classes.
    """
    read = batches(preset, split, data_dir, batch_size=1_000, shuffle=False)
    parts = list(read.as_numpy_iterator())
    if preset.num_classes is None:
        return np.concatenate(parts)[:most], None
    pixels, labels = map(np.concatenate, zip(*parts, strict=True))
    return pixels[:most], labels[:most]
