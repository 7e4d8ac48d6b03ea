"""The argument of commands that take a generator."""

import argparse


def add_generator(parser: argparse.ArgumentParser, name: str) -> None:
    """Adds what `kgan.presets.choosing.chosen_generator` takes to a parser.

    Args:
        parser: Of the command.
        name: Of the argument in what the parser returns.
    """
    parser.add_argument(
        name,
        metavar="FILE_OR_PRESET",
        help="generator or whole run, saved as .keras; name of a preset; "
        "folder of a saved game; hf://OWNER/NAME",
    )
