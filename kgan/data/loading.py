"""`load`: images or vectors by name, as batches ready for `fit`."""

import hashlib
import os
import pathlib
import typing

from kgan.data import catalogue
from kgan.data.arguments import check_load_arguments, check_load_choices
from kgan.data.digits import digits_examples
from kgan.data.folders import folder_examples
from kgan.data.gpus import hide_gpus_from_tensorflow
from kgan.data.images import prepare_image
from kgan.data.pipeline import batch_examples
from kgan.data.prepared import INFO, prepared_builder
from kgan.data.vectors import SAMPLERS, vector_examples

if typing.TYPE_CHECKING:
    import tensorflow as tf


def load(
    name: str | os.PathLike,
    split: str = "train",
    image_size: int | None = None,
    batch_size: int = 64,
    *,
    channels: int | None = None,
    labels: bool = False,
    shuffle: bool = True,
    seed: int = 0,
    cache: bool | str | os.PathLike = True,
    data_dir: str | os.PathLike | None = None,
    download: bool = True,
    prepared: bool | None = None,
) -> "tf.data.Dataset":
    """Loads a data set as batches ready for `fit`, on every backend.

    Args:
        name: One of
            - `"digits"`: scikit-learn's 8x8 digits, no download;
            - `"ring"`, `"grid"`, `"swiss_roll"`, `"gaussian_pair"`: 100,000
              vectors of a toy distribution, not scaled;
            - an image data set of tensorflow-datasets, such as
              `"fashion_mnist"` or `"lsun/bedroom"`, downloaded and prepared
              at the first use;
            - the path of a folder of jpg, png, bmp or gif files. Every file
              is decoded once first, so an error names a broken one before the
              training starts. An animation gives its first frame. No file may
              have more than 16 megapixels. Write `"./mnist"` for a folder
              that has the name of a data set.
        split: Name of a split of the data set. `"digits"` has `"train"`,
            `"test"` and `"all"`. Toys have `"train"` and `"test"`. A folder
            has its sub-folders, or everything as `"train"`.
            tensorflow-datasets also takes slices such as `"train[:1000]"`.
        image_size: Positive integer, or `None` for the stored size. The
            centre square of each image is resized to it.
        batch_size: Positive integer. The last batch may be smaller.
        channels: 1, 3, or `None` for the stored channels. Alpha is composited
            on white.
        labels: Whether to add the class labels.
        shuffle: Whether to shuffle, with a new order in each epoch. `False`
            keeps the stored order.
        seed: Non-negative integer. The same seed gives the same order. A seed
            set with `keras.utils.set_random_seed` changes the order too.
        cache: `True` keeps the resized uint8 images in memory (up to 4 GiB).
            `False` reads them in each epoch. A folder caches them on disk:
            remove it when the source changes.
        data_dir: Folder of tensorflow-datasets, or `None` for its default.
        download: Whether to download and prepare what is missing.
        prepared: Whether to read a folder as tensorflow-datasets prepared it.
            `None` does so if the folder has a `dataset_info.json` and names
            only classes of tensorflow-datasets. `True` imports the modules
            that the folder, or the data set in `data_dir`, names. Use it only
            for data that you trust as you trust a program. `False` reads the
            image files of a folder, whatever else is in it.

    Returns:
        `tf.data.Dataset` of float32 batches: images
        `(batch_size, height, width, channels)` in [-1, 1], or vectors
        `(batch_size, dim)`. With `labels=True`, of `(batch, labels)` with
        int32 labels `(batch_size,)`.

    Raises:
        ValueError: If an argument is out of range, if the data does not have
            what is asked for, or if a file is broken, too large or not a
            regular file.
        FileNotFoundError: If `name` is a path without a folder.
        RuntimeError: If downloading or preparing fails.

    Example:
        >>> images = next(iter(load("digits", image_size=16, batch_size=32)))
        >>> images.shape
        TensorShape([32, 16, 16, 1])
    """
    check_load_arguments(
        name, split, image_size, batch_size, channels, seed, cache, prepared
    )
    check_load_choices(labels, shuffle, download, cache, data_dir)
    hide_gpus_from_tensorflow()
    if name in SAMPLERS:
        _check_vector_arguments(name, image_size, channels, labels)
        examples = vector_examples(name, split)
    else:
        examples = _image_examples(
            name, split, labels, data_dir, download, prepared
        )
        examples = _prepare_images(examples, image_size, channels)
    if not isinstance(cache, bool):
        source = (os.fspath(name), split, image_size, channels, labels)
        cache = _cache_file(cache, (*source, int(examples.cardinality())))
    return batch_examples(examples, batch_size, shuffle, seed, cache)


def _image_examples(
    name: str | os.PathLike,
    split: str,
    labels: bool,
    data_dir: str | os.PathLike | None,
    download: bool,
    prepared: bool | None,
) -> "tf.data.Dataset":
    if name == "digits":
        examples = digits_examples(split)
        return examples if labels else examples.map(lambda image, _: (image,))
    folder = pathlib.Path(name).expanduser()
    if not _is_written_as_path(name):
        if data_dir is not None:
            data_dir = os.path.expanduser(os.fspath(data_dir))
        builder = catalogue.find_builder(
            os.fspath(name), data_dir, trusted=prepared is True
        )
        if builder is not None:
            return catalogue.builder_examples(builder, split, labels, download)
        if not folder.is_dir():
            raise ValueError(
                catalogue.unknown_name_message(
                    os.fspath(name), ["digits", *SAMPLERS], data_dir
                )
            )
    if prepared is None:
        is_prepared = (folder / INFO).is_file()
    else:
        is_prepared = prepared
    if is_prepared and folder.is_dir():
        builder = prepared_builder(folder, trusted=prepared is True)
        return catalogue.builder_examples(builder, split, labels, download)
    return folder_examples(folder, split, labels)


def _is_written_as_path(name: str | os.PathLike) -> bool:
    return (
        not isinstance(name, str)
        or name.startswith((".", "~"))
        or pathlib.Path(name).is_absolute()
    )


def _prepare_images(
    examples: "tf.data.Dataset", image_size: int | None, channels: int | None
) -> "tf.data.Dataset":
    import tensorflow as tf

    height, width, _ = examples.element_spec[0].shape
    if image_size is None and None in (height, width):
        raise ValueError(
            "The images vary in size and cannot be batched as they are. Pass "
            "`image_size`, such as image_size=64. Received: image_size=None"
        )

    def prepare(image: "tf.Tensor", *label: "tf.Tensor") -> tuple:
        return (prepare_image(image, image_size, channels), *label)

    return examples.map(prepare, num_parallel_calls=tf.data.AUTOTUNE)


def _cache_file(folder: str | os.PathLike, source: tuple) -> str:
    # TensorFlow reads back any cache file, so each source and size has its own
    # file.
    key = hashlib.sha256(repr(source).encode()).hexdigest()[:16]
    return os.path.join(os.path.expanduser(os.fspath(folder)), key, "examples")


def _check_vector_arguments(
    name: str, image_size: int | None, channels: int | None, labels: bool
) -> None:
    if image_size is not None or channels is not None or labels:
        raise ValueError(
            f"{name!r} holds vectors without labels: `image_size`, `channels` "
            f"and `labels` do not apply. Received: image_size={image_size}, "
            f"channels={channels}, labels={labels}"
        )
