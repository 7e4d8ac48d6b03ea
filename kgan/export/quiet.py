"""Keeps what converters print of their own work out of a run."""

import contextlib
import os
import warnings
from collections.abc import Iterator

from kgan.tensorflow_log import LEVEL


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Hides warnings, and all that is written to stderr; errors are raised.

    LiteRT's converter logs at any level, tens of lines for a model. Where
    the user wants all lines, with TF_CPP_MIN_LOG_LEVEL=0, none is hidden.
    """
    if os.environ.get(LEVEL) == "0":
        yield
        return
    with warnings.catch_warnings(), _without_stderr():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _without_stderr() -> Iterator[None]:
    try:
        stderr = os.dup(2)
    except OSError:  # There is none.
        yield
        return
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
