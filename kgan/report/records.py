"""What a Report has seen of a run, as a file that is checked when read."""

import json
import math
import stat
from pathlib import Path
from typing import Any

from kgan.files import write_bytes

NAME = "report.json"
FORMAT = 1
# An epoch takes 2 KB: this is 30,000 of them.
MAX_BYTES = 2**26
MAX_DEPTH = 30
# JSON has no such numbers: they are written as these strings.
NOT_FINITE = ("inf", "-inf", "nan")
MAX_EPOCHS = 10**9
# Errors from a record of another form.
BAD_FORM = (AttributeError, KeyError, TypeError, ValueError)


def new(settings: dict, planned: int) -> dict:
    """The record of a run that begins."""
    return {
        "format": FORMAT,
        "settings": settings,
        "planned": planned,
        "processes": [],
        "epochs": [],
        "neighbours": {},
    }


def write(record: dict, path: Path) -> None:
    """Writes the record, whole or not at all; raises OSError."""
    write_bytes(path, json.dumps(_written(record), allow_nan=False).encode())


def read(path: Path) -> dict:
    """Reads a record.

    Args:
        path: A file that `write` wrote, or that anybody did.

    Raises:
        ValueError: If it holds no such record.
        OSError: If there is no such file, or it cannot be read.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
        raise ValueError(_refusal(path, f"{status.st_size} bytes, or no file"))
    try:
        record = json.loads(path.read_bytes())
        _check(record)
    # Nested too deep for Python's reader is a RecursionError.
    except (*BAD_FORM, RecursionError) as error:
        raise ValueError(_refusal(path, repr(error))) from error
    for entry in record["epochs"]:
        for group in ("logs", "health"):
            entry[group] = {n: float(x) for n, x in entry[group].items()}
    record["neighbours"] = {
        name: float(x) for name, x in record["neighbours"].items()
    }
    return record


def _refusal(path, reason):
    return (
        "A record of a run must be as kgan.callbacks.Report writes it. "
        f"Received: {str(path)!r}, which is none ({reason[:200]}). Move it "
        "away: the report then starts over."
    )


def _written(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _written(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_written(item) for item in node]
    if isinstance(node, float) and not math.isfinite(node):
        return str(node)
    return node


def _check(record: Any) -> None:
    """Raises what `read` catches if it is not in the form of a record."""
    _check_depth(record)
    if type(record["format"]) is not int or record["format"] < 1:
        raise ValueError("its format is no number")
    if record["format"] > FORMAT:
        raise ValueError("it is of a newer kgan")
    for name, kind in (
        ("settings", dict),
        ("neighbours", dict),
        ("processes", list),
        ("epochs", list),
    ):
        if not isinstance(record[name], kind):
            raise ValueError(f"its {name} are no {kind.__name__}")
    _check_count("planned", record["planned"])
    _check_numbers(record["neighbours"])
    before = 0
    for entry in record["epochs"]:
        _check_count("epoch", entry["epoch"])
        if entry["epoch"] <= before:
            raise ValueError("its epochs are not in order")
        before = entry["epoch"]
        _check_count("images", entry["images"], most=2**63)
        seconds = entry["seconds"]
        if type(seconds) not in (int, float) or not 0 <= seconds < 1e12:
            raise ValueError("an epoch has no seconds")
        _check_numbers(entry["logs"])
        _check_numbers(entry["health"])
    for process in record["processes"]:
        _check_count("epoch", process["epoch"])
        if not isinstance(process["origin"], dict):
            raise ValueError("a process has no origin")


def _check_count(name, value, most=MAX_EPOCHS):
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"{name} is no count")


def _check_numbers(numbers):
    for name, value in numbers.items():
        number = type(value) in (int, float) and abs(value) < 1e308
        if not number and value not in NOT_FINITE:
            raise ValueError(f"{name[:50]} is no number")


def _check_depth(node):
    pending = [(node, 0)]
    while pending:
        node, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise ValueError("it nests too deep")
        if isinstance(node, dict):
            node = list(node.values())
        if isinstance(node, list):
            pending += [(item, depth + 1) for item in node]
