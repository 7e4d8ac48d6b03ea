"""What `python -m kgan.report` takes."""

import argparse

HELP = "write a page of one training run, or of several side by side"
DESCRIPTION = (
    "Write one HTML file of training runs: settings, curves, samples by "
    "epoch, scores, health of the discriminator and alarms, from what kgan's "
    "callbacks left in their folders. It needs no network and no other file."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the command to a parser."""
    add = parser.add_argument
    add("directories", metavar="DIR", nargs="+", help="folder of a run, to 8")
    add(
        "--out",
        metavar="HTML",
        help="file to write (default: report.html in the first folder)",
    )
