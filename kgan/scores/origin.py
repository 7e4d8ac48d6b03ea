"""Where a score comes from: command, versions, machine, date."""

import datetime
import importlib
import os
import platform
import shlex
import sys
from pathlib import Path

import keras

_PACKAGES = ("kgan", "keras", "numpy", "scipy")


def origin() -> dict:
    """The part of a record's `run` that this process knows by itself."""
    backend = keras.backend.backend()
    # Imported by name: the backend is one of three, and its code is not used.
    versions = {
        package: str(importlib.import_module(package).__version__)
        for package in dict.fromkeys((*_PACKAGES, backend))
    }
    return {
        "command": command(),
        "backend": backend,
        "versions": {"python": platform.python_version(), **versions},
        "machine": {
            "system": platform.system(),
            "processor": platform.processor() or platform.machine(),
            "cpu_count": os.cpu_count(),
            "device": _device(),
        },
        "date": datetime.datetime.now(datetime.UTC).isoformat(
            timespec="seconds"
        ),
    }


def command() -> str:
    """The command of this process, to be typed again in the same folder.

    The interpreter is called `python`; absolute paths below the working
    directory become relative and those below the home directory begin with
    `~`, so that a published file tells nobody's name.
    """
    arguments = [_shortened(argument) for argument in sys.orig_argv[1:]]
    return " ".join(["python", *map(_quoted, arguments)])


def _shortened(argument: str) -> str:
    if not Path(argument).is_absolute():
        # `--out=/home/...` holds a path as well.
        option, equals, value = argument.partition("=")
        if not Path(value).is_absolute():
            return argument
        return option + equals + _shortened(value)
    path, here = Path(argument), Path.cwd()
    # Unlike Path.home, this does not fail without a home.
    home = Path(os.path.expanduser("~"))
    # Everything is below the root, which names nobody.
    if here != Path(here.anchor) and path.is_relative_to(here):
        return str(path.relative_to(here))
    if home != Path(home.anchor) and path.is_relative_to(home):
        return str(Path("~") / path.relative_to(home))
    return argument


def _quoted(argument: str) -> str:
    # A shell expands no ~ within quotes.
    if argument.startswith("~/"):
        return "~/" + shlex.quote(argument.removeprefix("~/"))
    return shlex.quote(argument)


def _device() -> str:
    # "cpu", "TFRT_CPU_0" or "/job:localhost/replica:0/task:0/device:CPU:0".
    return str(keras.ops.zeros(()).device).rsplit("/", 1)[-1]
