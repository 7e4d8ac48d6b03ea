"""Puts what was written in its place, whole or not at all."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kgan import files, folders
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
    if _is_folder(path, format):
        folders.check_folder("out", path, format.members, format.title)
    else:
        files.check_file("out", path)
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
    with folders.unfinished(path) as aside:
        made = aside / "made"
        made.mkdir()
        yield made / format.file
        _move(made, path, format, aside)


def _is_folder(path: Path, format: Format) -> bool:
    return bool(format.members) and path.suffix != PAIR


def _move(made: Path, path: Path, format: Format, aside: Path) -> None:
    source = made / format.file
    if path.suffix == PAIR and source.suffix == PAIR:
        # The weights and the layers must come from the same model.
        path.unlink(missing_ok=True)
        os.replace(source.with_suffix(".bin"), path.with_suffix(".bin"))
        os.replace(source, path)
    elif _is_folder(path, format):
        folders.replace(source if source.is_dir() else made, path, aside)
    else:
        os.replace(source, path)
