"""What `python -m kgan.explore` takes."""

import argparse

from kgan.commands.generators import add_generator

HELP = "look at a generator on a page of this machine"
DESCRIPTION = (
    "Open a page on which a generator is explored: samples of a seed, sliders "
    "along the directions that change a sample most, ways from one sample to "
    "another, classes, truncation, and the nearest training images. It needs "
    'no network. What it needs: pip install "kgan[explore]".'
)
HOST = "127.0.0.1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the command to a parser."""
    add_generator(parser, "source")
    add = parser.add_argument
    add(
        "--data",
        metavar="NAME_OR_FOLDER",
        help="show the nearest of these training images beside a sample: a "
        "folder of images, or a data set that is already on this machine, as "
        "of kgan.data.load (default: none)",
    )
    add("--split", default="train", help="of the data (default: train)")
    add("--data-dir", help="default: that of tensorflow-datasets")
    add(
        "--host",
        default=HOST,
        help="address to listen on; any but the default lets other machines "
        f"in (default: {HOST})",
    )
    add(
        "--port",
        type=int,
        help="port to listen on (default: the first free one from 7860)",
    )
