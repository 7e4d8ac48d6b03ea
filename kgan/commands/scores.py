"""Arguments of `python -m kgan.scores`."""

import argparse

HELP = "compare two score files"
DESCRIPTION = (
    "Compare two score files that kgan wrote. Refuses, with exit code 2 and a "
    "list of what differs, unless both were measured in the same way: data, "
    "split, sizes, metrics, extractor."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the command to a parser."""
    parser.add_argument("a", metavar="A", help="score file, JSON")
    parser.add_argument("b", metavar="B", help="score file to compare it to")
