"""Puts what was written in its place, whole or not at all."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kgan import files
from kgan.export.formats import Format

PAIR = ".xml"


def check_place(out: Any, format: Format) -> Path:
    """Returns `out` as a path; raises ValueError unless it can be written.

    Args:
        out: A path.
        format: What is to be written there.

    Raises:
        ValueError: If `out` is no path, or what is there may not be replaced.
    """
    path = files.check_path("out", out)
    if not _is_folder(path, format):
        files.check_file("out", path)
    elif not path.name:
        raise ValueError(
            "`out` must name the folder to be written. Received: "
            f"out={str(path)!r}. Pass a name in it."
        )
    elif path.is_dir():
        others = {entry.name for entry in path.iterdir()} - set(format.members)
        if others:
            raise ValueError(
                f"`out` must be no folder with other files, as it is replaced "
                f"by {format.title}. Received: out={str(path)!r}, which holds "
                f"{sorted(others)[0]!r}. Pass a folder that is not there."
            )
    elif path.exists():
        raise ValueError(
            f"`out` must be a folder for {format.title}. Received: "
            f"out={str(path)!r}, which is a file. Pass another."
        )
    files.check_writable("out", path.parent)
    return path


@contextlib.contextmanager
def placed(path: Path, format: Format) -> Iterator[Path]:
    """Yields a path to write; what is there at the end goes to `path`.

    After an error all that was written is removed.

    Args:
        path: As `check_place` returned it.
        format: What is written.
    """
    # Beside it, so that a move is a new name.
    unfinished = Path(
        tempfile.mkdtemp(
            prefix=f".{path.name}.", suffix=".tmp", dir=path.parent
        )
    )
    try:
        made = unfinished / "made"
        made.mkdir()
        yield made / format.file
        _move(made, path, format, unfinished)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _is_folder(path: Path, format: Format) -> bool:
    return bool(format.members) and path.suffix != PAIR


def _move(made: Path, path: Path, format: Format, aside: Path) -> None:
    source = made / format.file
    if path.suffix == PAIR and source.suffix == PAIR:
        # Never the weights of one beside the layers of another.
        path.unlink(missing_ok=True)
        os.replace(source.with_suffix(".bin"), path.with_suffix(".bin"))
        os.replace(source, path)
        return
    if _is_folder(path, format):
        if path.exists():
            os.replace(path, aside / "old")
        source = source if source.is_dir() else made
    os.replace(source, path)
