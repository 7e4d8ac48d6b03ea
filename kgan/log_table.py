"""The logs of a training as a table: a row for each epoch, in CSV."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

History = dict[int, dict[str, float]]


def numbers(logs: Mapping) -> dict[str, float]:
    """The logs that are numbers; others may be another's message."""
    found = {}
    for name, value in logs.items():
        try:
            found[name] = float(value)
        except (TypeError, ValueError):
            continue
    return found


def names(history: History) -> list[str]:
    """Names of all logs, in the order in which they came."""
    return list(dict.fromkeys(n for logs in history.values() for n in logs))


def as_csv(history: History) -> str:
    """The table as text."""
    columns = names(history)
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(["epoch", *columns])
    for epoch, logs in history.items():
        writer.writerow([epoch, *(logs.get(name, "") for name in columns)])
    return content.getvalue()


def read(path: Path) -> History:
    """The numbers of a table that `as_csv` made.

    Raises:
        ValueError: If it holds anything else.
        OSError: If there is no such file, or it cannot be read.
    """
    try:
        with open(path, newline="") as file:
            rows = list(csv.DictReader(file))
        return {
            int(row.pop("epoch")): {
                name: float(value) for name, value in row.items() if value
            }
            for row in rows
        }
    except (csv.Error, KeyError, TypeError, ValueError) as error:
        raise ValueError(repr(error)) from error
