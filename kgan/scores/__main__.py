"""Compares two score files.

    python -m kgan.scores runs/wgan/scores.json runs/gan/scores.json

Prints the scores side by side, and what differs between the runs. Files of
different protocols are not compared: the differing fields are listed instead.
"""

import argparse
import sys
from collections.abc import Sequence

from kgan.scores.comparison import compare
from kgan.terminal import one_line, printable


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code, 2 for an error of the user."""
    options = _parser().parse_args(arguments)
    try:
        comparison = compare(options.a, options.b)
    except (ValueError, OSError) as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        return 2
    names = f"A: {one_line(options.a)}\nB: {one_line(options.b)}"
    print(f"{names}\n\n{printable(str(comparison))}")
    return 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m kgan.scores",
        description="Compare two score files that kgan wrote. Refuses, with "
        "exit code 2 and a list of what differs, unless both were measured "
        "in the same way: data, split, sizes, metrics, extractor.",
    )
    parser.add_argument("a", metavar="A", help="score file, JSON")
    parser.add_argument("b", metavar="B", help="score file to compare it to")
    return parser


if __name__ == "__main__":
    sys.exit(main())
