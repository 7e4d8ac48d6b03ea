"""TensorFlow's own lines stay out, and all other lines come out."""

import os
import pathlib
import subprocess
import sys

import pytest

from kgan import tensorflow_log

pytestmark = pytest.mark.once
SOURCE = pathlib.Path(tensorflow_log.__file__)
# The module alone, without Keras.
PROGRAM = f"""
import importlib.util, os, sys
spec = importlib.util.spec_from_file_location("log", {str(SOURCE)!r})
log = importlib.util.module_from_spec(spec)
spec.loader.exec_module(log)
"""
LINES = """
with log.loading():
    os.write(2, b"All log messages before absl::InitializeLog() is called\\n")
    os.write(2, b"I0000 cudart_stub.cc:31] Could not find cuda drivers\\n")
    os.write(2, b"F0000 a real error\\n")
    print("of Python", file=sys.stderr)
    {last}
os.write(2, b"cudart_stub.cc after it\\n")
"""


def errors(program, level="3", returncode=0):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + program],
        env={**os.environ, tensorflow_log.LEVEL: level},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == returncode, done.stderr
    return done.stderr.splitlines()


def test_only_the_known_lines_are_taken_out():
    expected = ["F0000 a real error", "of Python", "cudart_stub.cc after it"]
    assert errors(LINES.format(last="pass")) == expected


def test_a_crash_is_still_explained():
    lines = errors(LINES.format(last="os.abort()"), returncode=-6)
    assert lines == ["F0000 a real error", "of Python"]


def test_an_exception_is_still_shown():
    program = LINES.format(last="raise ImportError('no such library')")
    lines = errors(program, returncode=1)
    assert lines[:2] == ["F0000 a real error", "of Python"]
    assert lines[-1] == "ImportError: no such library"


def test_all_lines_come_out_on_request():
    assert len(errors(LINES.format(last="pass"), level="0")) == 5


def test_no_stderr_is_no_error():
    errors("os.close(2)\nwith log.loading():\n    pass\n")


@pytest.mark.parametrize(
    ("has_gpu", "users", "expected"),
    [
        (False, None, "3"),
        (True, None, "1"),
        (False, "0", "0"),
        (True, "2", "2"),
    ],
)
def test_level_is_set_where_the_user_has_not(
    monkeypatch, tmp_path, has_gpu, users, expected
):
    driver = tmp_path / "version"
    if has_gpu:
        driver.touch()
    monkeypatch.setattr(tensorflow_log, "NVIDIA_DRIVER", str(driver))
    if users is None:
        # Set first, so that it is put back afterwards.
        monkeypatch.setenv(tensorflow_log.LEVEL, "")
        monkeypatch.delenv(tensorflow_log.LEVEL)
    else:
        monkeypatch.setenv(tensorflow_log.LEVEL, users)
    tensorflow_log.set_level()
    assert os.environ[tensorflow_log.LEVEL] == expected
