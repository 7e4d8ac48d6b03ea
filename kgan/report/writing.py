"""Writes a report of runs from their folders to a file."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from kgan.files import check_file, check_path, write_bytes
from kgan.report.charts import COLORS
from kgan.report.folder import Run, read_run
from kgan.report.page import page

NAME = "report.html"
# Each run needs a different colour.
MOST_RUNS = len(COLORS)


def write(
    directories: Sequence[str | Path], path: str | Path | None = None
) -> Path:
    """Writes one page of one run, or of several side by side.

    It shows what `kgan.callbacks.Report` noted. For a run without it, the page
    shows what LossCurve, SampleGrid and Scores wrote. The files are data. Their
    text is escaped, their sizes are checked, and nothing in them is run.

    Example:

    ```python
    kgan.report.write(["runs/wgan", "runs/gan"], "runs/both.html")
    ```

    Args:
        directories: Folders of runs, 1 to 8.
        path: HTML file to write; `None` for `report.html` in the folder of the
            first run.

    Returns:
        The path of the file.

    Raises:
        ValueError: If an argument is not as above, a folder has nothing of a
            run, or a file in it is damaged.
        OSError: If a file cannot be read or written.
    """
    if not isinstance(directories, list | tuple) or not (
        1 <= len(directories) <= MOST_RUNS
    ):
        raise ValueError(
            f"`directories` must be a list of 1 to {MOST_RUNS} folders of "
            f"runs. Received: directories={directories!r}"
        )
    folders = [check_path("directories", value) for value in directories]
    path = folders[0] / NAME if path is None else check_file("path", path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(
            "`path` must end in .html, the only format written. Received: "
            f"path={str(path)!r}"
        )
    write_bytes(path, page(_named_apart(folders)).encode())
    return path


def _named_apart(folders: list[Path]) -> list[Run]:
    """Reads the runs; those with equal folder names get whole paths."""
    runs = [read_run(folder) for folder in folders]
    names = [run.name for run in runs]
    return [
        dataclasses.replace(run, name=str(folder))
        if names.count(run.name) > 1
        else run
        for run, folder in zip(runs, folders, strict=True)
    ]
