"""The off-switch of all that is only faster."""

import os

NAME = "KGAN_SPEED"


def is_on() -> bool:
    """Reads the environment variable `KGAN_SPEED`: on unless it is 0.

    Raises:
        ValueError: If it is neither 0 nor 1.
    """
    value = os.environ.get(NAME, "1")
    if value not in ("0", "1"):
        raise ValueError(
            f"The environment variable `{NAME}` must be 0 or 1. Received: "
            f"{NAME}={value!r}. Leave it out or set 1 to train by kgan's fast "
            "paths, and 0 by Keras's own way, with the same results."
        )
    return value == "1"
