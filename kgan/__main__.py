"""Runs the commands of kgan: `python -m kgan --help` lists them."""

import importlib
import sys
from collections.abc import Sequence

from kgan.commands import kgan_parser

# Where the `main` of a command is, unless in the module of its name.
PLACES = {
    "explore": "kgan.explore.__main__",
    "export": "kgan.export.__main__",
    "presets": "kgan.presets.__main__",
    "report": "kgan.report.__main__",
    "scores": "kgan.scores.__main__",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command that comes first; returns its exit code."""
    if arguments is None:
        arguments = sys.argv[1:]
    command = kgan_parser().parse_args(arguments).command
    place = PLACES.get(command, f"kgan.{command}")
    return importlib.import_module(place).main(arguments[1:])


if __name__ == "__main__":
    sys.exit(main())
