"""Facts of data before training reads it."""

import inspect
from collections.abc import Iterator
from typing import Any

from kgan.steps import first_of


def of_data(
    data: Any, steps_per_epoch: int | None, shares: int
) -> tuple[Any, dict]:
    """Describes prepared data, as far as it is known before training.

    Args:
        data: What `kgan.steps.as_steps` returns.
        steps_per_epoch: Likewise.
        shares: Parts that a batch is cut into before a process reads it.

    Returns:
        The data again, of which a generator's first step has been looked at,
        and the facts.
    """
    rows = None
    steps = getattr(data, "num_batches", None)
    if inspect.isgenerator(data):
        data, rows = _peeked(data)
        rows = rows and rows * shares
    elif hasattr(data, "batch_rows"):
        rows = data.batch_rows()
    elif hasattr(data, "element_spec"):
        rows = first_of(data.element_spec).shape[0]
        rows = rows and rows * shares
        cardinality = int(data.cardinality())
        steps = cardinality if cardinality >= 0 else None
    return data, {
        "steps of an epoch": steps_per_epoch or steps,
        "batch size of the data": rows,
    }


def _peeked(stream: Iterator[Any]) -> tuple[Iterator[Any], int | None]:
    """Returns a generator of steps again, and the rows of its first."""
    first = next(stream, None)
    if first is None:
        return stream, None

    def restored():
        yield first
        yield from stream

    return restored(), len(first[0])
