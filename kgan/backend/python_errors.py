"""Exceptions of Python code that TensorFlow runs, as they were raised."""

import collections
import contextlib
import functools
import sys
from collections.abc import Iterator

Errors = collections.deque[BaseException]

_recordings: dict[int, Errors] = {}


@contextlib.contextmanager
def recorded() -> Iterator[Errors]:
    """Collects what Python code in tf.data pipelines raises meanwhile."""
    errors: Errors = collections.deque(maxlen=8)
    if "tensorflow" in sys.modules:
        _record_from_now_on()
    _recordings[id(errors)] = errors
    try:
        yield errors
    finally:
        del _recordings[id(errors)]


def original(error: Exception, errors: Errors) -> BaseException | None:
    """The exception of `errors` that TensorFlow's `error` is made of."""
    if not type(error).__module__.startswith("tensorflow."):
        return None
    text = str(error)
    for wanted in (_beginning, _name):
        for raised in reversed(errors):
            if wanted(raised) in text:
                return raised
    # A signal that came between two lines of TensorFlow's own Python.
    return KeyboardInterrupt() if "KeyboardInterrupt: " in text else None


def _beginning(error: BaseException) -> str:
    return f"{_name(error)}{error}"[:200]


def _name(error: BaseException) -> str:
    return f"{type(error).__name__}: "


@functools.cache
def _record_from_now_on() -> None:
    """Looks at each call of Python that TensorFlow's C++ makes.

    TensorFlow (2.21) makes another error of whatever a generator, a
    PyDataset or a `tf.py_function` raises, KeyboardInterrupt included, and
    keeps its text alone. It has no public hook: all such calls go through
    this method. It can go once TensorFlow keeps the exception as the cause;
    no issue of TensorFlow is known to ask for it.
    """
    from tensorflow.python.ops import script_ops

    call = script_ops.FuncRegistry.__call__

    @functools.wraps(call)
    def recording(self, token, device, args):
        try:
            return call(self, token, device, args)
        except StopIteration:  # The end of a generator.
            raise
        except BaseException as error:
            for errors in list(_recordings.values()):
                errors.append(error)
            raise

    script_ops.FuncRegistry.__call__ = recording
