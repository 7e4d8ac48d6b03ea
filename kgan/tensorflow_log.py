"""Keeps the lines that TensorFlow prints of itself out of normal runs."""

import contextlib
import importlib.abc
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LEVEL = "TF_CPP_MIN_LOG_LEVEL"
NVIDIA_DRIVER = "/proc/driver/nvidia/version"
# TensorFlow 2.21 writes these as its libraries are loaded, before any of them
# has read LEVEL. This and all that filters can go when `TF_CPP_MIN_LOG_LEVEL=3
# python -c 'import tensorflow'` is silent.
UNFILTERABLE = (
    b"absl::InitializeLog()",
    b"cudart_stub.cc",
    b"oneDNN custom operations are on",
)
# TensorFlow 2.21 counts functions of one source line as one and warns when
# five calls in ten trace it. Keras 3.15 makes these for each model, with
# reduce_retracing, so that models in a loop are what it warns of. It can go
# once TensorFlow counts by function.
ONE_PER_MODEL = ("TensorFlowTrainer.",)
# In a separate process, which outlives a crash of this one and reports it.
FILTER = f"""
import sys
for line in sys.stdin.buffer:
    if not any(part in line for part in {UNFILTERABLE}):
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
"""


def set_level() -> None:
    """Sets TF_CPP_MIN_LOG_LEVEL where the user has not.

    Without a GPU to 3: TensorFlow logs as errors what is none (that there is
    no GPU, that its optimizer left a graph as it was); what does go wrong is
    an exception in Python, or fatal and printed at any level. With a GPU to 1,
    for why CUDA could not be used is news that only the log has.
    """
    level = "1" if os.path.exists(NVIDIA_DRIVER) else "3"
    os.environ.setdefault(LEVEL, level)


def expect_models_in_a_loop() -> None:
    """Stops TensorFlow's warning that each new model is traced."""
    logging.getLogger("tensorflow").addFilter(_is_no_trace_of_a_new_model)


def _is_no_trace_of_a_new_model(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    return "triggered tf.function retracing" not in message or not any(
        name in message for name in ONE_PER_MODEL
    )


def load_quietly() -> None:
    """Takes the lines that no level stops off what loading TensorFlow prints.

    Every other line comes out. TensorFlow may be loaded by Keras or by the
    user at any time, or never: it is not loaded here. Nothing happens where it
    is loaded already, or where the user wants all lines with a level of 0.
    """
    if "tensorflow" not in sys.modules and os.environ.get(LEVEL) != "0":
        sys.meta_path.insert(0, _Finder())


class _Finder(importlib.abc.MetaPathFinder):
    """Finds TensorFlow as the other finders do."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != "tensorflow":
            return None
        for finder in sys.meta_path:
            if finder is not self:
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    if spec.loader is not None:
                        spec.loader = _Loader(spec.loader, self)
                    return spec
        return None


class _Loader(importlib.abc.Loader):
    """Loads TensorFlow as its own loader does, with stderr filtered."""

    def __init__(self, loader: Any, finder: _Finder):
        self.loader = loader
        self.finder = finder

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)

    def create_module(self, spec: Any) -> Any:
        return self.loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        with contextlib.suppress(ValueError):
            sys.meta_path.remove(self.finder)
        module.__loader__ = module.__spec__.loader = self.loader
        with _filtered():
            self.loader.exec_module(module)


@contextlib.contextmanager
def _filtered() -> Iterator[None]:
    """Takes the lines of UNFILTERABLE off stderr, and no others."""
    reader = _start_filter()
    if reader is None or reader.stdin is None:
        yield
        return
    stderr = os.dup(2)
    os.dup2(reader.stdin.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        reader.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            reader.wait(timeout=2)


def _start_filter() -> subprocess.Popen | None:
    """Starts the filter; `None` without a stderr or a Python to run it."""
    # In a program that embeds Python, the executable may be that program.
    if not Path(sys.executable or "").name.startswith("python"):
        return None
    try:
        os.fstat(2)
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", FILTER],
            stdin=subprocess.PIPE,
            # Otherwise Ctrl-C would reach it as well.
            start_new_session=True,
        )
    except OSError:
        return None
