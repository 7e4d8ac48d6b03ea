"""Keeps the lines that TensorFlow prints of itself out of normal runs."""

import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

LEVEL = "TF_CPP_MIN_LOG_LEVEL"
NVIDIA_DRIVER = "/proc/driver/nvidia/version"
# TensorFlow 2.21 writes these as its libraries are loaded, before any of them
# has read LEVEL. Can go when a run with LEVEL=3 is silent.
UNFILTERABLE = (b"absl::InitializeLog()", b"cudart_stub.cc")
# TensorFlow counts functions of one source line as one and warns when five
# calls in ten trace it. Keras and kgan make these for each model, with
# reduce_retracing, so that models in a loop are what it warns of.
ONE_PER_MODEL = ("TensorFlowTrainer.", "train_function.<locals>.one_step")
# In a process of its own, which outlives a crash of this one and tells of it.
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


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Takes the lines that no level stops off what loading TensorFlow prints.

    Every other line comes out. Nothing is done where TensorFlow is loaded
    already, or where the user wants all lines with a level of 0.
    """
    reader = None
    if "tensorflow" not in sys.modules and os.environ.get(LEVEL) != "0":
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
    """The filter, or `None` where there is no stderr or no Python to run it."""
    # In a program that embeds Python, the executable may be that program.
    if not Path(sys.executable or "").name.startswith("python"):
        return None
    try:
        os.fstat(2)
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", FILTER],
            stdin=subprocess.PIPE,
            # Or Ctrl-C would reach it as well.
            start_new_session=True,
        )
    except OSError:
        return None
