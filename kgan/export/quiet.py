"""Hides what converters print while they work."""

import contextlib
import os
import warnings
from collections.abc import Iterator

from kgan.tensorflow_log import LEVEL


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Hides warnings and all that is written to stderr. Errors are raised.

    LiteRT's converter logs at any level, tens of lines for a model. Nothing is
    hidden with TF_CPP_MIN_LOG_LEVEL=0, by which a user asks for all lines.
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
    except OSError:  # There is no stderr.
        yield
        return
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
