"""A local folder of images as a data set."""

import concurrent.futures
import os
import pathlib
import typing

import keras

from kgan.data.pillow_files import SUFFIXES, read_image

if typing.TYPE_CHECKING:
    import tensorflow as tf

# Below this many files the check is over before a bar could be read.
PROGRESS_THRESHOLD = 2000


def folder_examples(
    folder: pathlib.Path, split: str, labels: bool
) -> "tf.data.Dataset":
    """Reads all images under a folder, decoding each once to find broken ones.

    Args:
        folder: Folder to search recursively for files with one of `SUFFIXES`.
            Links to files are read, but links to folders are not followed.
        split: The sub-folder of that name, if there is one. Else `"train"` is
            the whole folder.
        labels: Whether to number the sub-folders, in alphabetical order, as
            labels.

    Returns:
        A data set of `(image,)` or `(image, label)` in the order of the paths:
        uint8 `(height, width, channels)` and int32. Images have 1 channel if
        every file is grey, else 3. The height and width are static if all
        files share them.

    Raises:
        FileNotFoundError: If the folder does not exist.
        ValueError: If it holds no images, a broken image, a folder that cannot
            be read, no such split, or no sub-folders to take labels from.

    Example:
        >>> folder_examples(pathlib.Path("photos"), "train", labels=False)
    """
    if not folder.is_dir():
        raise FileNotFoundError(
            "`name` is a path but no folder is there. Received: "
            f"name={str(folder)!r}"
        )
    root = _split_folder(folder, split)
    paths = _image_paths(root)
    # Names are bytes. Those from other machines may not be UTF-8.
    columns: tuple[list, ...] = ([os.fsencode(path) for path in paths],)
    if labels:
        columns += (_labels(root, paths),)
    height, width, channels = _check_images(paths)

    import tensorflow as tf

    def read(path: bytes) -> typing.Any:
        pixels = read_image(os.fsdecode(path))
        if pixels.shape[-1] == channels:
            return pixels
        # A grey file in a folder that also holds coloured ones.
        return pixels.repeat(channels, axis=-1)

    def decode(path: "tf.Tensor", *label: "tf.Tensor") -> tuple:
        image = tf.numpy_function(read, [path], tf.uint8, stateful=False)
        image.set_shape((height, width, channels))
        return (image, *(tf.cast(value, "int32") for value in label))

    examples = tf.data.Dataset.from_tensor_slices(columns)
    return examples.map(decode, num_parallel_calls=tf.data.AUTOTUNE)


def _split_folder(folder: pathlib.Path, split: str) -> pathlib.Path:
    sub_folders = sorted(
        path.name for path in folder.iterdir() if path.is_dir()
    )
    if split in sub_folders:
        return folder / split
    if split == "train":
        return folder
    raise ValueError(
        f"The folder {str(folder)!r} has no sub-folder for the split. Use "
        f"split='train' for the whole folder, or one of its sub-folders: "
        f"{sub_folders}. Received: split={split!r}"
    )


def _image_paths(root: pathlib.Path) -> list[pathlib.Path]:
    paths = sorted(
        pathlib.Path(folder, name)
        # A link to a folder is not followed, so that no loop is endless.
        for folder, _, names in os.walk(root, onerror=_refuse_folder)
        for name in names
        # File managers leave hidden "._photo.jpg" files that are not images.
        if name.lower().endswith(SUFFIXES) and not name.startswith(".")
    )
    if not paths:
        raise ValueError(
            f"The folder {str(root)!r} holds no images. Files with the "
            f"suffixes {SUFFIXES} are found, also in sub-folders. "
            f"Received: name={str(root)!r}"
        )
    return paths


def _refuse_folder(error: OSError) -> None:
    raise ValueError(
        f"The folder {str(error.filename)!r} cannot be read "
        f"({error.strerror}). Allow it, or move it elsewhere."
    ) from error


def _labels(root: pathlib.Path, paths: list[pathlib.Path]) -> list[int]:
    relative_paths = [path.relative_to(root) for path in paths]
    for path in relative_paths:
        if len(path.parts) == 1:
            raise ValueError(
                f"The file {str(root / path)!r} lies in no sub-folder to take "
                "its label from. Sort the images into one sub-folder for each "
                "class, or pass labels=False. Received: labels=True"
            )
    names = [path.parts[0] for path in relative_paths]
    numbers = {name: number for number, name in enumerate(sorted(set(names)))}
    return [numbers[name] for name in names]


def _check_images(
    paths: list[pathlib.Path],
) -> tuple[int | None, int | None, int]:
    """Decodes every file; returns the common height, width and channels.

    Reading only the headers would be faster but would let a half-copied JPEG
    through, which then stops the training hours later.
    """
    bar = None
    if len(paths) > PROGRESS_THRESHOLD:
        print(f"Checking {len(paths)} image files")
        bar = keras.utils.Progbar(len(paths), unit_name="file")
    shapes = set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda path: read_image(path).shape, paths)
        for number, shape in enumerate(found, start=1):
            shapes.add(shape)
            if bar is not None:
                bar.update(number)
    heights = {height for height, _, _ in shapes}
    widths = {width for _, width, _ in shapes}
    return (
        heights.pop() if len(heights) == 1 else None,
        widths.pop() if len(widths) == 1 else None,
        max(channels for _, _, channels in shapes),
    )
