"""Folders in the format of tensorflow-datasets, checked before it reads them.

A folder is data, and its `features.json` is not: tensorflow-datasets imports
each module that it names.
"""

import json
import os
import pathlib
import stat
import struct
import typing

INFO = "dataset_info.json"
FEATURES = "features.json"
# A list of shards is the longest part; ImageNet's file has 20 KB.
MAX_BYTES = 2**24
CLASS_KEYS = ("pythonClassName", "python_class_name")
MODULE_KEYS = ("moduleName", "module_name")
# Forms before tensorflow-datasets 4.4, with which a file names others to read.
OLD_KEYS = ("type", "jsonFeature", "json_feature")
OWN = "tensorflow_datasets."
# Before the bytes of a record its length and a checksum, behind it another.
LENGTH = struct.Struct("<Q4x")
CHECKSUM_BYTES = 4


def prepared_builder(folder: pathlib.Path, trusted: bool) -> typing.Any:
    """Opens the folder of one prepared version of a data set.

    Args:
        folder: Folder with a `dataset_info.json`, such as `mnist/3.0.1`.
        trusted: Whether modules that the folder names may be imported.

    Returns:
        The `tfds.core.DatasetBuilder`.

    Raises:
        ValueError: If one of its files is missing, broken or not a regular
            file, or names a class that is not from tensorflow-datasets.
    """
    import tensorflow_datasets as tfds

    _check_kinds(folder)
    check_classes(folder, trusted)
    try:
        builder = tfds.builder_from_directory(folder)
        shards = [
            pathlib.Path(path)
            for split in builder.info.splits.values()
            for path in split.filepaths
        ]
        is_records = builder.info.file_format.value == "tfrecord"
    # From a protobuf error to an AttributeError, depending on the damage.
    except Exception as error:
        raise ValueError(_broken(folder, error)) from error
    for shard in shards:
        _check_shard(folder, shard, is_records)
    return builder


def check_classes(folder: pathlib.Path, trusted: bool) -> None:
    """Raises ValueError if a prepared folder names foreign code.

    Args:
        folder: Folder that may hold `dataset_info.json` and `features.json`.
        trusted: Whether such code is allowed.
    """
    for name in (INFO, FEATURES):
        path = folder / name
        if not path.exists():
            continue
        foreign = _foreign(_parsed(path))
        if foreign is not None and not trusted:
            raise ValueError(
                f"{str(path)!r} names {foreign[:80]!r}, which is not "
                "tensorflow-datasets' own: to read the folder as a prepared "
                "data set would run code that it chooses. Pass prepared=True "
                "if you trust it, or prepared=False to read its image files. "
                "Received: prepared=None"
            )


def check_data_dir(
    data_dir: str | os.PathLike, name: str, trusted: bool
) -> None:
    """Raises ValueError if a version of a data set names foreign code.

    Args:
        data_dir: Folder of prepared data sets.
        name: Name of one of them, without configuration and version.
        trusted: Whether such code is allowed.
    """
    root = pathlib.Path(data_dir) / name
    # If there is a configuration, versions are one level deeper.
    for pattern in ("*", "*/*"):
        for path in sorted(root.glob(f"{pattern}/{FEATURES}")):
            check_classes(path.parent, trusted)


def _check_kinds(folder: pathlib.Path) -> None:
    for entry in os.scandir(folder):
        try:
            mode = entry.stat().st_mode
        except OSError as error:
            raise ValueError(_broken(entry.path, error)) from error
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise ValueError(_broken(entry.path, "no regular file"))


def _parsed(path: pathlib.Path) -> typing.Any:
    try:
        # A pipe may never end.
        if not path.is_file():
            raise ValueError("no regular file")
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES} bytes")
        content = json.loads(path.read_bytes())
        if not isinstance(content, dict):
            raise ValueError("no JSON object")
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(_broken(path, error)) from error
    return content


def _foreign(content: dict) -> str | None:
    """Finds the first class or module that is not from tensorflow-datasets."""
    own = _own_classes()
    pending: list[typing.Any] = [content]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node
            continue
        if not isinstance(node, dict):
            continue
        pending += node.values()
        for key, value in node.items():
            if not isinstance(value, str):
                is_old = key in OLD_KEYS[1:]
            elif key in CLASS_KEYS and value not in own:
                return value
            elif key in MODULE_KEYS and not f"{value}.".startswith(OWN):
                return value
            else:
                is_old = key in OLD_KEYS
            if is_old:
                return f"{key}: {value}"
    return None


def _own_classes() -> set[str]:
    import tensorflow_datasets as tfds

    return {
        f"{value.__module__}.{value.__name__}"
        for value in vars(tfds.features).values()
        if isinstance(value, type)
        and issubclass(value, tfds.features.FeatureConnector)
    }


def _check_shard(
    folder: pathlib.Path, path: pathlib.Path, is_records: bool
) -> None:
    inside = path.resolve().is_relative_to(folder.resolve())
    if not inside or not path.is_file():
        raise ValueError(_broken(path, "no file of this folder"))
    if not is_records:
        return
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        while header := file.read(LENGTH.size):
            if len(header) < LENGTH.size:
                raise ValueError(_broken(path, "cut short"))
            (length,) = LENGTH.unpack(header)
            end = file.tell() + length + CHECKSUM_BYTES
            if end > size:
                raise ValueError(_broken(path, "cut short, or no records"))
            file.seek(end)


def _broken(path: str | os.PathLike, reason: object) -> str:
    reason = str(reason).strip().split("\n")[0][:200]
    return (
        f"A prepared data set cannot be read: {os.fspath(path)!r} is broken "
        f"({reason}). Prepare it again, or pass prepared=False to read the "
        "image files of its folder."
    )
