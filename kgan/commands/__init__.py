"""The command line: what each command takes, without what it does.

Python runs `kgan/__init__.py` before any command of kgan, and that imports
Keras, which takes seconds. Hence parsers stand here, where no import is heavy,
and `answer` lets `--help` and misuse end before Keras is imported.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from kgan.commands import explore, export, presets, report, sample, scores
from kgan.version import __version__

COMMANDS = {
    "explore": explore,
    "export": export,
    "presets": presets,
    "report": report,
    "sample": sample,
    "scores": scores,
}
_MODULES = ("kgan", *(f"kgan.{name}" for name in COMMANDS))
# Scripts that pip installs: kgan, kgan-export, kgan-presets and so on.
_SCRIPTS = {module.replace(".", "-"): module for module in _MODULES}


def command_parser(command: str) -> argparse.ArgumentParser:
    """Builds the parser of `python -m kgan.<command>`."""
    parser = argparse.ArgumentParser(
        prog=f"python -m kgan.{command}",
        description=COMMANDS[command].DESCRIPTION,
    )
    COMMANDS[command].add_arguments(parser)
    return parser


def kgan_parser() -> argparse.ArgumentParser:
    """Builds the parser of `python -m kgan`, with all commands."""
    parser = argparse.ArgumentParser(
        prog="python -m kgan",
        description="The commands of kgan, GANs for Keras 3. To train, write "
        "a script: see README.md and recipes/.",
        epilog="`python -m kgan sample --help` lists what a command takes; "
        "`python -m kgan.sample` is the same command.",
    )
    parser.add_argument(
        "--version", action="version", version=f"kgan {__version__}"
    )
    each = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, title="commands"
    )
    for name, command in COMMANDS.items():
        command.add_arguments(
            each.add_parser(
                name, help=command.HELP, description=command.DESCRIPTION
            )
        )
    return parser


def answer() -> None:
    """Ends the process if it is a command of kgan that has no work to do.

    That is `--help`, `--version` and wrong arguments, as argparse handles
    them. In all other processes nothing happens.
    """
    running = _running()
    if running is None:
        return
    module, arguments = running
    command = module.removeprefix("kgan").removeprefix(".")
    parser = command_parser(command) if command else kgan_parser()
    parser.parse_args(arguments)


def _running() -> tuple[str, Sequence[str]] | None:
    """Finds the module of this process's command, and its arguments."""
    if not sys.argv:  # Python is part of another program.
        return None
    program, *arguments = sys.argv
    if program == "-m" and len(sys.orig_argv) > len(sys.argv):
        # For `python -m`, Python imports the package before it has found the
        # module, which has this name until then. The option and the name may be
        # one word: -mkgan.sample.
        module = sys.orig_argv[-len(sys.argv)].removeprefix("-m")
    else:
        module = _SCRIPTS.get(Path(program).name.removesuffix(".exe"), "")
    return (module, arguments) if module in _MODULES else None
