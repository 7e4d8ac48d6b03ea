"""Arguments of `python -m kgan.sample`."""

import argparse

HELP = "draw samples from a saved generator"
DESCRIPTION = (
    "Draw samples from a saved generator: standard normal latents in, one "
    "picture out. Equal seeds give equal latents on every Keras backend."
)
DEFAULT_OUT = "samples.png"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the command to a parser."""
    add = parser.add_argument
    add("file", metavar="FILE", help="generator or whole run, saved as .keras")
    add("--num", type=int, default=64, help="number of samples (default: 64)")
    add("--seed", type=int, default=0, help="seed of the latents (default: 0)")
    add(
        "--out",
        metavar="PNG",
        help=f"picture to write (default: {DEFAULT_OUT}, or none with --npy)",
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
