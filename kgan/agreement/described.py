"""Callbacks and metrics, by class and scalar arguments."""

import inspect
import re
from typing import Any

SCALARS = bool | int | float | str | None


def described(thing: Any) -> dict[str, Any]:
    """Returns class and scalar arguments of a callback or metric."""
    arguments = inspect.signature(type(thing)).parameters
    # Keras numbers the names that it makes up.
    name = re.sub(r"_\d+$", "", str(getattr(thing, "name", "")))
    return {"class": type(thing).__name__, "name": name} | {
        key: value
        for key, value in vars(thing).items()
        if key in arguments
        and key not in ("name", "verbose", "seed")
        and isinstance(value, SCALARS)
    }
