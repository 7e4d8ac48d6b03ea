"""Score files: JSON, written whole or not at all, checked when read."""

import json
import math
import stat
from pathlib import Path
from typing import Any

from kgan.arguments import shown
from kgan.files import check_file, check_path, write_bytes
from kgan.terminal import one_line

FORMAT = 1
_PARTS = ("scores", "protocol", "run")
_FIELDS = {
    "protocol": (
        *("dataset", "split", "resize", "num_real", "num_fake"),
        *("metrics", "settings"),
    ),
    "run": (
        *("seed", "step", "command", "backend", "versions", "machine", "date"),
    ),
}
# JSON has no such numbers: they are written as these strings.
_NOT_FINITE = ("inf", "-inf", "nan")
# A record of ten metrics has 5 KB; one with a setting of 100,000 numbers, 2 MB.
_MAX_BYTES = 2**24
MAX_DEPTH = 100


def write(record: dict, path: str | Path) -> None:
    """Writes a record of scores as JSON.

    JSON has no infinity and no NaN, so such scores are written as the strings
    "inf", "-inf" and "nan", and `read` gives the numbers back. The file
    appears whole or not at all; missing directories are made.

    Args:
        record: What `stamp` or `read` returned.
        path: File to write, such as `runs/mnist/scores.json`.

    Raises:
        ValueError: If `record` is no record of scores, or `path` no place for
            a file.
        OSError: If the file cannot be written.

    Example:

    ```python
    kgan.scores.write(record, "runs/mnist/scores.json")
    assert kgan.scores.read("runs/mnist/scores.json") == record
    ```
    """
    path = check_file("path", path)
    text = as_json("record", checked(record, "`record`"))
    write_bytes(path, f"{text}\n".encode())


def as_json(name: str, record: dict) -> str:
    """Returns a record as JSON; raises ValueError where it holds other things.

    Args:
        name: The argument that it is, for the message.
        record: What `checked` returned.
    """
    scores = {
        score: value if math.isfinite(value) else str(value)
        for score, value in record["scores"].items()
    }
    try:
        return json.dumps(
            {**record, "scores": scores}, indent=2, allow_nan=False
        )
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"`{name}` must hold only what JSON can, as `kgan.scores.stamp` "
            f"makes it ({error}). Received: {name}={shown(record)}"
        ) from error


def read(path: str | Path) -> dict:
    """Reads a record of scores that `write` wrote.

    Args:
        path: The file.

    Returns:
        The record, scores as floats; see `stamp`.

    Raises:
        ValueError: If the file is no regular file or above 16 MiB, holds no
            record of scores, lacks some of its fields, or is of a newer
            format than this kgan knows.
        OSError: If there is no such file, or it cannot be read.

    Example:

    ```python
    scores = kgan.scores.read("runs/mnist/scores.json")["scores"]
    ```
    """
    return read_argument("path", path)


def read_argument(name: str, value: Any) -> dict:
    """Reads a record, as `read` does, from the path that an argument is."""
    path = check_path(name, value)
    source = f"the file {str(path)!r}"
    try:
        content = _content(path, source)
    except OSError as error:
        # Of the same class and number, for code that tells them apart.
        raise type(error)(
            error.errno,
            f"A score file (`{name}`) cannot be read ({error.strerror}). Pass "
            "the path of one that `kgan.scores.write` wrote. Received: "
            f"{source}",
        ) from error
    try:
        record = json.loads(content, parse_constant=_refuse_constant)
        _check_depth(record)
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"A score file must be JSON as `kgan.scores.write` writes it; "
            f"this is none ({error}). Received: {source}"
        ) from error
    return checked(record, source)


def checked(record: Any, source: str) -> dict:
    """Returns the record, scores as floats; raises unless it is a whole one."""
    expected = (
        "A record of scores must be what `kgan.scores.stamp` makes: a dict of "
        f"format, {', '.join(_PARTS)}"
    )
    if not isinstance(record, dict) or "format" not in record:
        raise ValueError(f"{expected}. Received: {source}, without a format")
    form = record["format"]
    if not isinstance(form, int) or isinstance(form, bool) or form < 1:
        raise ValueError(f"{expected}. Received: {source}, format={form!r}")
    if form > FORMAT:
        raise ValueError(
            f"This kgan reads score files of format {FORMAT}; install a newer "
            f"one. Received: {source}, format={form}"
        )
    parts = {part: record.get(part) for part in _PARTS}
    missing = [part for part in _PARTS if not isinstance(parts[part], dict)]
    missing += [
        f"{part}.{field}"
        for part, fields in _FIELDS.items()
        for field in fields
        if part not in missing and field not in record[part]
    ]
    if missing:
        raise ValueError(
            f"{expected}; make it again. Received: {source}, without "
            f"{', '.join(missing)}"
        )
    if not record["scores"]:
        raise ValueError(f"{expected}. Received: {source}, without any score")
    scores = {
        name: _number(name, value, source)
        for name, value in record["scores"].items()
    }
    return {**record, "scores": scores}


def _number(name: str, value: Any, source: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number or value in _NOT_FINITE:
        try:
            return float(value)
        except OverflowError:
            pass
    raise ValueError(
        "Scores must be numbers, or the strings "
        f"{', '.join(map(repr, _NOT_FINITE))}. Received: {source}, "
        f"{one_line(name)}={str(value)[:60]!r}"
    )


def _content(path: Path, source: str) -> bytes:
    status = path.stat()
    # A pipe or a terminal may never end.
    if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
        raise ValueError(
            f"A score file must be a regular file of at most {_MAX_BYTES} "
            f"bytes. Received: {source}, of {status.st_size} bytes"
        )
    return path.read_bytes()


def _check_depth(record: Any) -> None:
    pending = [(record, 1)]
    while pending:
        node, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise ValueError(f"it nests more than {MAX_DEPTH} deep")
        if isinstance(node, dict):
            node = list(node.values())
        if isinstance(node, list):
            pending += [(item, depth + 1) for item in node]


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
