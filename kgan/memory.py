"""Checks of what arrays take, before the machine runs out of memory."""

import os
from typing import Any

from kgan.arguments import shown

# Used if the system does not say.
ASSUMED = 2**36


def machine_memory() -> int:
    """Bytes of memory of this machine."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf.
        return ASSUMED


def check_memory(name: str, value: Any, num_bytes: int, what: str) -> None:
    """Raises ValueError if `num_bytes` are more than this machine has.

    Args:
        name: Argument to blame.
        value: Its value.
        num_bytes: Memory that is needed.
        what: Plural of what needs it.
    """
    most = machine_memory()
    if num_bytes > most:
        raise ValueError(
            f"`{name}` is too large: the {what} would take "
            f"{_gibibytes(num_bytes)} of memory, and this machine has "
            f"{_gibibytes(most)}. Received: {name}={shown(value)}. Take less."
        )


def _gibibytes(num_bytes: int) -> str:
    # Integers: one larger than any float has no quotient.
    return f"{-(-num_bytes // 2**30):,} GiB"
