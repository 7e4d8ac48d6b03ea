"""TensorFlow's own lines stay out, and all other lines come out."""

import os
import pathlib
import signal
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
# What the stand-in for TensorFlow does when it is imported.
LINES = """
import os, sys
os.write(2, b"All log messages before absl::InitializeLog() is called\\n")
os.write(2, b"I0000 cudart_stub.cc:31] Could not find cuda drivers\\n")
os.write(2, b"F0000 a real error\\n")
print("of Python", file=sys.stderr)
{last}
"""
LOAD = """
log.load_quietly()
assert importlib.util.find_spec("tensorflow").origin == {origin!r}
import tensorflow
os.write(2, b"cudart_stub.cc after it\\n")
assert type(tensorflow.__loader__).__name__ == "SourceFileLoader"
assert tensorflow.__spec__.loader is tensorflow.__loader__
"""


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Loads a stand-in for TensorFlow; returns the lines on stderr."""
    package = tmp_path / "tensorflow"
    package.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def load(last="", **options):
        source = package / "__init__.py"
        source.write_text(LINES.format(last=last))
        return errors(LOAD.format(origin=str(source)), **options)

    return load


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


def test_only_the_known_lines_are_taken_out(load):
    expected = ["F0000 a real error", "of Python", "cudart_stub.cc after it"]
    assert load() == expected


def test_a_crash_is_still_explained(load):
    lines = load("os.abort()", returncode=-signal.SIGABRT)
    assert lines == ["F0000 a real error", "of Python"]


def test_an_exception_is_still_shown(load):
    lines = load("raise ImportError('no such library')", returncode=1)
    assert lines[:2] == ["F0000 a real error", "of Python"]
    assert lines[-1] == "ImportError: no such library"


def test_all_lines_come_out_on_request(load):
    assert len(load(level="0")) == 5


def test_no_stderr_is_no_error(load, tmp_path):
    (tmp_path / "tensorflow" / "__init__.py").write_text("")
    assert errors("os.close(2)\nlog.load_quietly()\nimport tensorflow\n") == []


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
