"""Arguments of `python -m kgan.sample`."""

import argparse

from kgan.commands.generators import add_generator

HELP = "draw samples from a saved generator"
DESCRIPTION = (
    "Draw samples from a saved generator: standard normal latents in, one "
    "picture out. Equal seeds give equal latents on every Keras backend."
)
DEFAULT_OUT = "samples.png"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the command to a parser."""
    add_generator(parser, "file")
    add = parser.add_argument
    add(
        "--num",
        type=int,
        help="number of samples (default: 64), or of walks (default: 16)",
    )
    add("--seed", type=int, default=0, help="seed of the latents (default: 0)")
    add(
        "--out",
        metavar="PNG",
        help=f"picture to write (default: {DEFAULT_OUT}, or none with --npy "
        "or --walk)",
    )
    add(
        "--label",
        metavar="LABELS",
        help="class of the samples of a conditional generator, an integer, or "
        "several as 0,1,2 in equal shares, a row of the picture each "
        "(default: drawn by the seed)",
    )
    add("--columns", type=int, help="images per row (default: a square grid)")
    add(
        "--npy",
        metavar="NPY",
        help="also write the samples as a float32 NumPy array",
    )
    add(
        "--truncation",
        type=float,
        metavar="T",
        help="draw latents from the normal distribution within [-T, T]: less "
        "varied and more typical samples (default: all of it)",
    )
    _add_ways(parser.add_argument_group("ways between latents"))


def _add_ways(group) -> None:
    add = group.add_argument
    add(
        "--interpolate",
        metavar="SEEDS",
        help="two seeds as 1,2: each row of the picture goes from a sample of "
        "the first to one of the second, in as many steps as there are columns "
        "(default: 8)",
    )
    add(
        "--walk",
        metavar="GIF",
        help="animation to write, of walks through latents that end where "
        "they began, side by side",
    )
    add("--stops", type=int, default=4, help="latents of a walk (default: 4)")
    add(
        "--steps",
        type=int,
        default=12,
        help="frames from one stop of a walk to the next (default: 12)",
    )
    add(
        "--linear",
        action="store_true",
        help="go straight from one latent to the next (default: on a sphere, "
        "near which normal latents lie)",
    )
