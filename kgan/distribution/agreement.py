"""Whether the processes of a job hold the same facts, and which differ."""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

# A float64 vector of each process to `(processes, num)`.
Gather = Callable[[np.ndarray], np.ndarray]

# Gloo ends a process if its message and its neighbour's differ in size. So the
# first message has one fixed size, and the second has as many whole pages as
# the longest text fills.
PAGE = 4096
FAILURE = "failure"


class DisagreementError(ValueError):
    """An error that every process of the job raises at the same place."""


def check(facts: dict[str, Any], way_out: str, gather: Gather) -> None:
    """Raises in all processes where they differ in `facts`.

    Every process must call it equally often. One small message where all
    agree, and one more with the facts themselves where they do not.

    Args:
        facts: Values by name, such as JSON holds; of others the name of the
            class counts.
        way_out: What to do about a difference.
        gather: The backend's own.

    Raises:
        DisagreementError: If a fact differs, or another process tells of a
            failure.
    """
    everyone = _exchange(facts, gather)
    for index, others in enumerate(everyone):
        if FAILURE in others:
            raise DisagreementError(
                f"No process begins, as process {index} of {len(everyone)} "
                f"cannot. Received there: {others[FAILURE]}"
            )
    found = _found(everyone)
    if not found:
        return
    first, *more = found
    also = "".join(f" Also {name}: {_shown(found[name])}." for name in more[:3])
    raise DisagreementError(
        f"All processes must have the same {first}. Received: "
        f"{_shown(found[first])} in the {len(everyone)} processes.{also} "
        f"{way_out}"
    )


def alike(facts: dict[str, Any], gather: Gather) -> bool:
    """Says whether all processes hold the same facts, as `check` asks."""
    return not _exchange(facts, gather)


def check_variable(
    path: Any, shape: Any, dtype: Any, gather: Gather, rate: float | None = None
) -> None:
    """Raises in all processes unless they make the same variable next.

    Args:
        path: Name of the variable, which may differ.
        shape: Shape of the variable.
        dtype: Type of the variable.
        gather: The backend's own.
        rate: Its value, if that is a learning rate and known.
    """
    facts = {"variable": f"{tuple(shape)} {dtype}", "learning rate": rate}
    check(
        facts,
        f"Here it is {path!r}. Build the same networks, optimizers and metrics "
        "in the same order in all of them.",
        gather,
    )


def tell(error: Exception, gather: Gather) -> None:
    """Has the others raise, who wait in `check` for this process.

    Args:
        error: What this process is about to raise.
        gather: The backend's own.
    """
    # The error itself must be raised, even if the message fails.
    with contextlib.suppress(Exception):
        _exchange({FAILURE: f"{type(error).__name__}: {error}"}, gather)


def _exchange(facts: dict[str, Any], gather: Gather) -> list[dict]:
    """Returns the facts of each process; none if they are equal."""
    text = json.dumps(facts, default=_plain).encode()
    digest = hashlib.sha256(text).digest()
    # Six bytes fit exactly into a float64.
    parts = [int.from_bytes(digest[i : i + 6]) for i in range(0, 30, 6)]
    heads = gather(np.array([len(text), *parts], "float64"))
    if (heads == heads[0]).all():
        return []
    lengths = heads[:, 0].astype(int)
    padded = np.zeros(-(-lengths.max() // PAGE) * PAGE)
    padded[: len(text)] = np.frombuffer(text, "uint8")
    return [
        # NaN as a string: two of them are the same.
        json.loads(bytes(row[:length].astype("uint8")), parse_constant=str)
        for row, length in zip(gather(padded), lengths, strict=True)
    ]


def _found(everyone: list[dict]) -> dict[str, list[tuple[str, list[Any]]]]:
    """Returns the differences of each fact that has some."""
    names = dict.fromkeys(name for facts in everyone for name in facts)
    if names and not set.intersection(*map(set, everyone)):
        calls = [", ".join([*facts][:3]) for facts in everyone]
        return {"order of calls": [("", [f"about {call}" for call in calls])]}
    found = {
        name: list(_differences([facts.get(name) for facts in everyone]))
        for name in names
    }
    return {name: parts for name, parts in found.items() if parts}


def _plain(value: Any) -> Any:
    """Makes JSON of other objects, the same in all processes."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    kind = value if hasattr(value, "__qualname__") else type(value)
    return f"{kind.__module__}.{kind.__qualname__}"


def _differences(
    values: list[Any], where: str = ""
) -> Iterator[tuple[str, list[Any]]]:
    """Finds where values differ: `(place, value in each process)` per leaf."""
    if all(value == values[0] for value in values):
        return
    if all(isinstance(value, dict) for value in values):
        keys = dict.fromkeys(key for value in values for key in value)
        kinds = [value.get("class_name") for value in values]
        # If the class differs, everything else does too.
        if any(kind != kinds[0] for kind in kinds):
            keys = {"class_name": None}
        for key in keys:
            inner = where if key == "config" else f"{where}.{key}"
            yield from _differences([v.get(key) for v in values], inner)
    elif all(isinstance(value, list) for value in values):
        lengths = [len(value) for value in values]
        if any(length != lengths[0] for length in lengths):
            yield f"{where}.length", lengths
            return
        for i, items in enumerate(zip(*values, strict=True)):
            yield from _differences(list(items), f"{where}[{i}]")
    else:
        yield where, values


def _shown(parts: list[tuple[str, list[Any]]]) -> str:
    more = f" and {len(parts) - 3} more" if len(parts) > 3 else ""
    texts = [
        f"{where.strip('.')}: {values}" if where else f"{values}"
        for where, values in parts[:3]
    ]
    return "; ".join(text[:500] for text in texts) + more
