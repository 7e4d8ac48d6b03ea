"""Compares two score files.

    python -m kgan.scores runs/wgan/scores.json runs/gan/scores.json

Prints the scores side by side, and what differs between the runs. Files of
different protocols are not compared: the differing fields are listed instead.
"""

import sys
from collections.abc import Sequence

from kgan.commands import command_parser
from kgan.scores.comparison import compare
from kgan.terminal import one_line, printable


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code, 2 for an error of the user."""
    options = command_parser("scores").parse_args(arguments)
    try:
        comparison = compare(options.a, options.b)
    except (ValueError, OSError) as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        return 2
    names = f"A: {one_line(options.a)}\nB: {one_line(options.b)}"
    print(f"{names}\n\n{printable(str(comparison))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
