"""Two records side by side, if they were measured in the same way."""

import dataclasses
import hashlib
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kgan.scores.files import as_json, checked, read_argument
from kgan.terminal import one_line

_ABSENT = "absent"
_WIDEST = 100


class ScoreRow(NamedTuple):
    """Holds a score of A and of B, and `difference`, B minus A."""

    name: str
    a: float
    b: float
    difference: float

    @property
    def relative(self) -> float:
        """The difference divided by |A|; NaN where that is undefined."""
        if not self.a or not math.isfinite(self.a):
            return math.nan
        return self.difference / abs(self.a)


class Difference(NamedTuple):
    """Holds a field of the records that differs, and its values as text."""

    field: str
    a: str
    b: str


class ProtocolMismatch(ValueError):
    """Says that two records were not measured in the same way.

    Args:
        differences: The fields that differ, kept as `differences`.
    """

    def __init__(self, differences: Sequence[Difference]):
        self.differences = list(differences)
        lines = [f"  {field}: {a} | {b}" for field, a, b in self.differences]
        super().__init__(
            "The scores do not compare: their protocols differ. Score both "
            "with the same protocol. Received, A | B:\n" + "\n".join(lines)
        )


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Holds scores of one protocol side by side; `print` it for a table.

    Args:
        rows: One per score, in the order of A.
        run_differences: Fields of the runs that differ, such as the seed, the
            backend or a version.
    """

    rows: list[ScoreRow]
    run_differences: list[Difference]

    def __str__(self) -> str:
        table = [("score", "A", "B", "B - A", "relative")]
        for row in self.rows:
            relative = f"{row.relative:+.1%}"
            table.append(
                (
                    one_line(row.name),
                    f"{row.a:.6g}",
                    f"{row.b:.6g}",
                    f"{row.difference:+.3g}",
                    relative if math.isfinite(row.relative) else "",
                )
            )
        lines = _aligned(table, right=True)
        if self.run_differences:
            lines += ["", "The protocols agree. The runs differ:"]
            lines += _aligned([("field", "A", "B"), *self.run_differences])
        return "\n".join(lines)


def compare(a: dict | str | Path, b: dict | str | Path) -> Comparison:
    """Compares two records, if they were measured in the same way.

    Args:
        a: What `stamp` or `read` returned, or the path of a score file.
        b: The same.

    Returns:
        The scores side by side, and what differs between the runs: seeds,
        versions, backend and the like may differ.

    Raises:
        ProtocolMismatch: If a field of the protocols differs or one has a
            score that the other lacks; a `ValueError` that lists them.
        ValueError: If `a` or `b` is no record of scores.
        OSError: If a file is missing or cannot be read.

    Example:

    ```python
    print(kgan.scores.compare("runs/wgan/scores.json", "runs/gan/scores.json"))
    ```
    """
    first, second = _record("a", a), _record("b", b)
    scores = [record["scores"] for record in (first, second)]
    mismatches = _differences(first["protocol"], second["protocol"])
    # Values are compared; names must agree.
    mismatches += [
        Difference(
            one_line(f"scores.{name}"), *(_shown(side, name) for side in scores)
        )
        for name in dict.fromkeys((*scores[0], *scores[1]))
        if not all(name in side for side in scores)
    ]
    if mismatches:
        raise ProtocolMismatch(mismatches)
    rows = [
        ScoreRow(name, value, scores[1][name], scores[1][name] - value)
        for name, value in scores[0].items()
    ]
    return Comparison(rows, _differences(first["run"], second["run"]))


def _record(name: str, value: Any) -> dict:
    if isinstance(value, str | Path):
        return read_argument(name, value)
    record = checked(value, f"`{name}`")
    as_json(name, record)  # Later code needs values that a file can hold.
    return record


def _differences(a: dict, b: dict, path: str = "") -> list[Difference]:
    found = []
    for key in dict.fromkeys((*a, *b)):
        field = f"{path}{key}"
        if isinstance(a.get(key), dict) and isinstance(b.get(key), dict):
            found += _differences(a[key], b[key], f"{field}.")
        # A missing field differs from a null one.
        elif key not in a or key not in b or a[key] != b[key]:
            values = _shown(a, key), _shown(b, key)
            found.append(Difference(one_line(field), *values))
    return found


def _shown(side: dict, key: str) -> str:
    if key not in side:
        return _ABSENT
    # JSON's own escapes leave some that a terminal acts on.
    text = one_line(json.dumps(side[key], ensure_ascii=False))
    if key.endswith("sha256"):
        return text.strip('"')[:12]
    if len(text) <= _WIDEST:
        return text
    # Long values may look equal as far as they are shown.
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{text[: _WIDEST - 30]}... (sha256 {digest[:12]})"


def _aligned(table: Sequence[Sequence[str]], right: bool = False) -> list[str]:
    """Aligns columns; all but the first to the right if asked."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = []
    for row in table:
        cells = [
            cell.rjust(width) if right and column else cell.ljust(width)
            for column, (cell, width) in enumerate(
                zip(row, widths, strict=True)
            )
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
