"""Arguments of `python -m kgan.presets`."""

import argparse

HELP = "list the presets, or train one"
DESCRIPTION = (
    "List the presets, names of networks, settings, data and weights; or "
    "train one with its own seed and settings. A training that was stopped "
    "goes on with the same command."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the command to a parser."""
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", required=True, title="actions"
    )
    listed = actions.add_parser("list", help="print the table of presets")
    listed.add_argument(
        "--picture",
        metavar="FILE",
        help="also draw a row of samples of each trained preset (.png)",
    )
    train = actions.add_parser("train", help="train a preset, or go on")
    add = train.add_argument
    add("name", metavar="NAME", help="of the table of presets")
    add("--out", metavar="FOLDER", help="folder (default: runs/NAME)")
    add(
        "--images",
        type=int,
        help="real images to stop after, whole epochs (default: the preset's)",
    )
    add("--split", default="train", help="of the data set (default: train)")
    add("--data-dir", help="default: that of tensorflow-datasets")
    add(
        "--samples",
        type=int,
        default=10_000,
        help="most test images that scores are of (default: 10000)",
    )
    add(
        "--restart",
        action="store_true",
        help="do not go on with a run in --out",
    )
