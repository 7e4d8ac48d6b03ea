"""What `python -m kgan.export` takes."""

import argparse

from kgan.commands.generators import add_generator

HELP = "write a generator for ONNX, TensorFlow, LiteRT or OpenVINO"
DESCRIPTION = (
    "Write a generator as a file that other programs run: float32, with any "
    "number of latents. The file is run and compared with the Keras model "
    "before it is put in its place. What this needs: pip install "
    '"kgan[export]".'
)
FORMATS = ("onnx", "tf_saved_model", "litert", "openvino")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the command to a parser."""
    add_generator(parser, "source")
    add = parser.add_argument
    add("--format", required=True, choices=FORMATS, help="what to write")
    add(
        "--out",
        required=True,
        metavar="OUT",
        help="a file; of tf_saved_model a folder; of openvino NAME.xml, with "
        "NAME.bin beside it, or a folder",
    )
