"""The command line: what each command takes, without what it does.

Python runs `kgan/__init__.py` before any command of kgan, and that imports
Keras, which takes seconds. Hence parsers stand here, where no import is heavy,
and `answer` lets `--help` and misuse end before Keras is imported.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from kgan.commands import sample, scores

COMMANDS = {"sample": sample, "scores": scores}
_MODULES = {"kgan": None} | {f"kgan.{name}": name for name in COMMANDS}
_SCRIPTS = {name.replace(".", "-"): name for name in _MODULES}


def parser(command: str | None = None) -> argparse.ArgumentParser:
    """Builds the parser of `python -m kgan.<command>`, or of `kgan` itself."""
    if command is not None:
        own = argparse.ArgumentParser(
            prog=f"python -m kgan.{command}",
            description=COMMANDS[command].DESCRIPTION,
        )
        COMMANDS[command].add_arguments(own)
        return own
    from kgan import __version__

    whole = argparse.ArgumentParser(
        prog="python -m kgan",
        description="The commands of kgan, GANs for Keras 3. To train, write "
        "a script: see README.md and recipes/.",
        epilog="`python -m kgan sample --help` lists what a command takes; "
        "`python -m kgan.sample` is the same command.",
    )
    whole.add_argument(
        "--version", action="version", version=f"kgan {__version__}"
    )
    each = whole.add_subparsers(
        dest="command", metavar="COMMAND", required=True, title="commands"
    )
    for name, module in COMMANDS.items():
        module.add_arguments(
            each.add_parser(
                name, help=module.HELP, description=module.DESCRIPTION
            )
        )
    return whole


def answer() -> None:
    """Ends the process if it is a command of kgan that has no work to do.

    That is `--help`, `--version` and wrong arguments, as argparse handles
    them. In all other processes nothing happens.
    """
    running = _running()
    if running is not None:
        command, arguments = running
        parser(command).parse_args(arguments)


def _running() -> tuple[str | None, Sequence[str]] | None:
    """The command that this process is, and its arguments."""
    if not sys.argv:  # Python is part of another program.
        return None
    program, *arguments = sys.argv
    if program == "-m":
        # Python's name for the module of `python -m` until it has found the
        # module, for which it imports the package, us. The option and the
        # name may be one word: -mkgan.sample.
        module = sys.orig_argv[-len(sys.argv)].removeprefix("-m")
    else:
        name = Path(program).name.removesuffix(".exe")
        module = _SCRIPTS.get(name, "")
    if module not in _MODULES:
        return None
    return _MODULES[module], arguments
