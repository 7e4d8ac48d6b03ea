"""Files that appear whole or not at all: every write of this package."""

import contextlib
import io
import os
import shutil
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import keras

from kgan import distribution


def check_path(name: str, value: Any) -> Path:
    """Returns `value` as a path; raises ValueError unless it names one.

    Args:
        name: Name of the argument, for the message.
        value: String or `os.PathLike` of a string.

    Raises:
        ValueError: If `value` is of another kind, is empty, holds a NUL or
            cannot be encoded as a file name.
    """
    path = value
    if isinstance(value, os.PathLike):
        path = os.fspath(value)
    if not isinstance(path, str):
        problem = "a string or a pathlib.Path"
    elif not path:
        problem = 'not empty ("." is the current directory)'
    elif "\0" in path:
        problem = "without a NUL character"
    elif not _encodes(path):
        problem = "a name that the file system can encode"
    else:
        return Path(path)
    raise ValueError(
        f"`{name}` must be {problem}. Received: {name}={value!r} of type "
        f"{type(value).__name__}"
    )


def _encodes(path: str) -> bool:
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return False
    return True


def write_bytes(path: str | Path, content: bytes | memoryview) -> None:
    """Writes a file so that no reader ever sees half of it.

    A process that is killed leaves the old file, and perhaps a hidden one
    that `remove_unfinished` takes away.

    Of the processes of a job, all of which hold the same, the first writes.

    Args:
        path: File to write; missing directories are made.
        content: All of it.

    Raises:
        OSError: If the file cannot be written; an old one is left as it was.
    """
    if distribution.process_index():
        return
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The process id keeps ranks that share a directory apart.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(unfinished, "wb") as file:
            file.write(content)
            file.flush()
            # Otherwise a power failure may leave the new name on an empty file.
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def model_bytes(model: keras.Model) -> memoryview:
    """Returns the content of a `.keras` file of the model."""
    content = _KerasBuffer()
    model.save(content)
    return content.getbuffer()


class _KerasBuffer(io.BytesIO):
    """Buffers a file; Keras takes it for a path in its format."""

    def __str__(self) -> str:
        return "buffer.keras"


def remove_unfinished(directory: Path, names: Iterable[str]) -> None:
    """Removes what killed processes began to write, by names or patterns."""
    if distribution.process_index():
        return
    for name in names:
        for path in directory.glob(f".{name}.*.tmp"):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def check_writable(name: str, directory: Path) -> None:
    """Makes `directory`; raises ValueError unless files can be written in."""
    if distribution.process_index():
        return
    probe = directory / ".write_test"
    try:
        write_bytes(probe, b"")
        probe.unlink(missing_ok=True)
    except OSError as error:
        raise ValueError(
            f"`{name}` must lie in a directory that can be made and written "
            f"({error.strerror}); pass another. "
            f"Received: directory={str(directory)!r}"
        ) from error


def check_replaceable(name: str, paths: Iterable[Path]) -> None:
    """Raises ValueError unless a file can be put in place of each path.

    Args:
        name: Name of the argument that the paths come from.
        paths: Files to write later on, which may be there already.

    Raises:
        ValueError: If one of them is a directory, or no regular file.
    """
    if distribution.process_index():
        return
    for path in paths:
        if path.exists() and not path.is_file():
            kind = "a directory" if path.is_dir() else "no regular file"
            raise ValueError(
                f"`{name}` leads to a file that cannot be replaced. Received: "
                f"{str(path)!r}, which is {kind}. Move it away, or pass "
                "another."
            )


def check_file(name: str, value: Any) -> Path:
    """Returns `value` as a path; raises ValueError unless a file can be there.

    Args:
        name: Name of the argument, for the message.
        value: Its value, a path whose directories may have to be made.

    Raises:
        ValueError: If `value` is no path, names a directory, or lies below a
            file.
    """
    path = check_path(name, value)
    above = next((p for p in path.parents if p.exists()), Path())
    if not path.name or path.is_dir() or not above.is_dir():
        raise ValueError(
            f"`{name}` must be a file, in a directory that is there or can be "
            f"made. Received: {name}={str(path)!r}. Pass another."
        )
    return path


def check_space(directory: Path, sizes: dict[str, int]) -> None:
    """Raises OSError unless files of these sizes can be written and renewed.

    Args:
        directory: An existing directory.
        sizes: Bytes of each file, by its name. A file that is there already
            needs room beside it while it is written again.

    Raises:
        OSError: If the disk has less room than that.
    """
    if distribution.process_index():
        return
    missing = [s for n, s in sizes.items() if not (directory / n).exists()]
    needed = sum(missing) + max(sizes.values())
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise OSError(
            f"The disk of {str(directory)!r} has too little room for "
            f"{', '.join(sizes)}. Received: {free / 2**20:.1f} MiB free, "
            f"{needed / 2**20:.1f} MiB needed. Make room or pass another "
            "directory."
        )


@contextlib.contextmanager
def going_on(what: str) -> Iterator[None]:
    """Turns a failed write into a warning: training is worth more."""
    try:
        yield
    except OSError as error:
        warnings.warn(
            f"{what} could not be written, and training goes on: {error}",
            stacklevel=3,
        )
