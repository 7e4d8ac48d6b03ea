"""Which fast paths a model does not take, said once."""

import logging
import weakref
from typing import Any

_LOGGER = logging.getLogger("kgan.speed")
_said: weakref.WeakKeyDictionary[Any, set[str]] = weakref.WeakKeyDictionary()


def say_once(model: Any, text: str) -> None:
    """Logs, at level INFO, a line that this model has not logged yet.

    Where Keras's own way costs little it is no reason for a warning:
    `logging.basicConfig(level="INFO")` shows it.

    Args:
        model: A kgan model.
        text: Which way is taken, and why.
    """
    said = _said.setdefault(model, set())
    if text not in said:
        said.add(text)
        _LOGGER.info("%s: %s", model.name, text)
