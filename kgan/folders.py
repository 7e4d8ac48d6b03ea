"""Folders that appear whole or not at all."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from kgan import files


def check_folder(
    name: str, path: Path, members: Collection[str], content: str
) -> None:
    """Raises ValueError unless a folder can be written or replaced.

    Args:
        name: The argument that the path comes from.
        path: The folder.
        members: Names of all that such a folder may hold. One that holds
            anything else is not replaced.
        content: What is to be written, for the message.

    Raises:
        ValueError: If the path has no name, is a file, holds other files or
            lies where nothing can be written.
    """
    received = f"Received: {name}={str(path)!r}"
    if not path.name:
        raise ValueError(
            f"`{name}` must name the folder to be written. {received}. Pass a "
            "name in it."
        )
    if path.is_dir():
        others = {entry.name for entry in path.iterdir()} - set(members)
        if others:
            raise ValueError(
                f"`{name}` must be no folder with other files, as it is "
                f"replaced by {content}. {received}, which holds "
                f"{sorted(others)[0]!r}. Pass a folder that is not there."
            )
    elif path.exists():
        raise ValueError(
            f"`{name}` must be a folder for {content}. {received}, which is a "
            "file. Pass another."
        )
    files.check_writable(name, path.parent)


@contextlib.contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """Yields a folder beside a path, to write in; it is gone at the end."""
    # In the same folder, so that a move only changes a name.
    made = Path(
        tempfile.mkdtemp(
            prefix=f".{path.name}.", suffix=".tmp", dir=path.parent
        )
    )
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def replace(source: Path, path: Path, aside: Path) -> None:
    """Moves a folder to a path; what is there goes into the folder `aside`."""
    if path.exists():
        os.replace(path, aside / "old")
    os.replace(source, path)
