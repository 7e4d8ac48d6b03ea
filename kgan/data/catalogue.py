"""Image data sets of tensorflow-datasets, or prepared in its format."""

import difflib
import os
import re
import typing

import numpy as np

from kgan.data.prepared import check_data_dir

if typing.TYPE_CHECKING:
    import tensorflow as tf


def find_builder(
    name: str, data_dir: str | None, trusted: bool = False
) -> typing.Any | None:
    """Looks up a data set in tensorflow-datasets and among prepared ones.

    Args:
        name: Name as tensorflow-datasets spells it: `"fashion_mnist"`,
            `"lsun/bedroom"`, `"mnist:3.0.1"`.
        data_dir: Folder of prepared data sets, or `None` for the default of
            tensorflow-datasets.
        trusted: Whether modules that files in `data_dir` name may be imported.

    Returns:
        The `tfds.core.DatasetBuilder`, or `None` if there is none.

    Raises:
        ValueError: If the data set exists, but not with this configuration or
            version, or if its files name a class that is not from
            tensorflow-datasets.
    """
    import tensorflow_datasets as tfds

    base = re.split("[/:]", name)[0]
    known = base in tfds.list_builders(with_community_datasets=False)
    # A colon after an unknown name is a remote namespace to tensorflow-datasets
    # ("huggingface:..."), which would go to the network.
    if ":" in name and not known:
        return None
    if data_dir is not None:
        check_data_dir(data_dir, base, trusted)
    try:
        return tfds.builder(name, data_dir=data_dir)
    # An unknown version is an AssertionError there.
    except (ValueError, AssertionError) as error:
        if not known:
            return None
        raise ValueError(_configuration_message(name, base, error)) from error


def builder_examples(
    builder: typing.Any, split: str, labels: bool, download: bool
) -> "tf.data.Dataset":
    """Prepares a data set if needed, and reads its images.

    Args:
        builder: A `tfds.core.DatasetBuilder`.
        split: Split as tensorflow-datasets spells it, including slices such
            as `"train[:1000]"`.
        labels: Whether to read the class labels.
        download: Whether to download and prepare what is not there.

    Returns:
        A data set of `(image,)` or `(image, label)` in the stored order:
        uint8 `(height, width, channels)` and int32.

    Raises:
        ValueError: If the data set has no images, no labels or no such split,
            or if it is not prepared and `download` is `False`.
        RuntimeError: If downloading or preparing fails.
    """
    import tensorflow as tf
    import tensorflow_datasets as tfds

    _check_image_feature(builder)
    label_key = _label_key(builder) if labels else None
    keys = ["image"] + ([label_key] if label_key else [])
    _prepare(builder, download)
    _check_split(builder, split)
    examples = builder.as_dataset(
        split=split,
        shuffle_files=False,
        decoders=tfds.decode.PartialDecoding(dict.fromkeys(keys, True)),
        read_config=tfds.ReadConfig(
            # The pipeline caches after resizing; shards are read one after
            # the other so that the order does not depend on the machine.
            try_autocache=False,
            interleave_cycle_length=1,
        ),
    )

    def pick(example: dict) -> tuple:
        image = example["image"]
        if label_key is None:
            return (image,)
        return image, tf.cast(example[label_key], "int32")

    return examples.map(pick, num_parallel_calls=tf.data.AUTOTUNE)


def unknown_name_message(
    name: str, built_in: list[str], data_dir: str | None
) -> str:
    """Says that a name is unknown, and suggests similar known names.

    Args:
        name: The name that the user asked for.
        built_in: The names that do not come from tensorflow-datasets.
        data_dir: Folder whose prepared data sets are suggested too, or `None`.

    Returns:
        The message of a `ValueError`.
    """
    import tensorflow_datasets as tfds

    known = built_in + tfds.list_builders(with_community_datasets=False)
    if data_dir is not None and os.path.isdir(data_dir):
        known += sorted(set(os.listdir(data_dir)) - {"downloads"})
    return (
        "`name` is neither a data set nor an existing folder. "
        f"{_nearest(name, known)} Data sets are {built_in}, those of "
        "tensorflow-datasets (`tfds.list_builders()`) and those prepared in "
        f"`data_dir`. Received: name={name!r}"
    )


def _nearest(name: str, known: list[str]) -> str:
    spelling = name.lower().replace("-", "_").replace(" ", "_")
    matches = difflib.get_close_matches(spelling, known, n=3, cutoff=0.5)
    if not matches:
        return "No known name is like it."
    return f"Did you mean {' or '.join(repr(match) for match in matches)}?"


def _configuration_message(name: str, base: str, error: Exception) -> str:
    import tensorflow_datasets as tfds

    configurations = list(tfds.builder_cls(base).builder_configs)
    asked = re.split("[/:]", name)[1] if name != base else ""
    advice = ""
    if configurations:
        advice = (
            f"{_nearest(asked, configurations)} Its configurations are "
            f"{configurations}. "
        )
    return (
        f"The data set {base!r} has no such configuration or version. "
        f"{advice}Received: name={name!r} ({error})"
    )


def _check_image_feature(builder: typing.Any) -> None:
    import tensorflow_datasets as tfds

    names = _feature_names(builder)
    image = builder.info.features["image"] if "image" in names else None
    if (
        not isinstance(image, tfds.features.Image)
        or np.dtype(image.np_dtype) != np.uint8
    ):
        raise ValueError(
            "`name` must be a data set with a feature 'image' of 8-bit "
            f"images. Received: name={builder.name!r}, whose features are "
            f"{names}"
        )


def _label_key(builder: typing.Any) -> str:
    import tensorflow_datasets as tfds

    features = builder.info.features
    supervised_keys = builder.info.supervised_keys or ("image", "label")
    for key in (supervised_keys[-1], "label"):
        if isinstance(key, str) and key in features:
            if isinstance(features[key], tfds.features.ClassLabel):
                return key
    raise ValueError(
        f"The data set {builder.name!r} has no class labels; its features are "
        f"{_feature_names(builder)}. Pass labels=False. Received: labels=True"
    )


def _feature_names(builder: typing.Any) -> list[str]:
    return sorted(builder.info.features or [])


def _prepare(builder: typing.Any, download: bool) -> None:
    if builder.is_prepared():
        return
    if not download:
        raise ValueError(
            f"The data set {builder.info.full_name!r} is not prepared in "
            f"{str(builder.data_dir)!r}. Pass download=True once while online, "
            "or the `data_dir` where it is prepared. Received: download=False"
        )
    try:
        builder.download_and_prepare()
    # Anything may fail: the connection, a full disk, a file that must be
    # fetched by hand. tensorflow-datasets has no exception for it.
    except Exception as error:
        raise RuntimeError(
            f"The data set {builder.info.full_name!r} could not be downloaded "
            f"and prepared in {str(builder.data_dir)!r}. Check the connection "
            "and the space on disk, or pass the `data_dir` of a machine that "
            f"has it prepared. {type(error).__name__}: {error}"
        ) from error


def _check_split(builder: typing.Any, split: str) -> None:
    splits = builder.info.splits
    if not splits:
        return
    try:
        splits[split]
    except (KeyError, ValueError, AssertionError) as error:
        sizes = {name: splits[name].num_examples for name in sorted(splits)}
        raise ValueError(
            f"`split` of {builder.name!r} must be one of {sorted(splits)} "
            f"(examples in each: {sizes}), or a part of one such as "
            f"'train[:1000]'. Received: split={split!r} ({error})"
        ) from error
