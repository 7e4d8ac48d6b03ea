"""Where a game is: a preset's name, a folder, or an address."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kgan.files import check_path
from kgan.presets import hub, table


def folder_of(name: Any, files: Sequence[str]) -> Path | None:
    """Returns the folder that `name` leads to, `None` for a preset's name.

    A preset's name goes before a folder of that name; `./ring` is the folder.

    Args:
        name: One of `kgan.presets.names()`, a folder, or `hf://OWNER/NAME`.
        files: Names of the files that are wanted of the folder.

    Raises:
        ValueError: If it is none of these.
        ImportError, RuntimeError: As of `kgan.presets.hub.fetch`.
    """
    if isinstance(name, str):
        if name in table.PRESETS:
            return None
        if name.startswith(hub.SCHEME):
            return hub.fetch(name, files)
    if isinstance(name, str | os.PathLike):
        path = check_path("name", name)
        if path.is_dir():
            return path
    try:
        table.preset(name)
    except ValueError as error:
        raise ValueError(
            f"{error} A folder that kgan.presets.save wrote and "
            "hf://OWNER/NAME will do as well."
        ) from error
    return None
