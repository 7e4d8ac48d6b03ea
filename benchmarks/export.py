"""Prints how far exported generators are from Keras, and what int8 costs.

    KERAS_BACKEND=torch python benchmarks/export.py
    KERAS_BACKEND=torch python benchmarks/export.py --int8

Exports four generators in all formats from the backend of this process: the
preset `digits`, which takes labels; the preset `ring`, dense and with layer
normalization; R3GAN's, of grouped convolutions; and one with spectral
normalization and attention. Each is a row of docs/export.md. With `--int8` the
script judges `digits` with and without `kgan.export.int8` instead, as the
preset was judged.
"""

import argparse
import tempfile
from pathlib import Path

import keras
import numpy as np

import kgan
from kgan.commands.export import FORMATS
from kgan.export import export, int8
from kgan.files import model_bytes
from kgan.presets import judging, table

architectures = kgan.architectures
GENERATORS = {
    "digits": lambda: "digits",
    "ring": lambda: "ring",
    "r3gan": lambda: architectures.r3gan_generator(
        (16, 16, 3), 32, num_classes=3
    ),
    "sngan": lambda: architectures.resnet_generator(
        (32, 32, 3), 32, filters=16, spectral=True, attention=16
    ),
}


def print_row(name: str) -> None:
    cells = []
    keras.utils.set_random_seed(1)
    source = GENERATORS[name]()
    for format in FORMATS:
        with tempfile.TemporaryDirectory() as folder:
            done = export(source, format, Path(folder, "model"))
        moved = "" if done.reason is None else "*"
        cells.append(f"{done.difference:.1e}{moved}")
    print(f"| {keras.backend.backend()} | {name} | {' | '.join(cells)} |")


def print_int8() -> None:
    preset = table.preset("digits")
    real, labels = judging.real_images(preset, "test", None, judging.MOST)
    judge = kgan.presets.classifier("digits")
    generator = kgan.presets.generator("digits")
    for name, network in (("float32", generator), ("int8", int8(generator))):
        distance = kgan.metrics.FrechetDistance(judge)
        fake = judging.draw(network, len(real), labels)
        distance.update_state(real, fake)
        _, logits = judge.predict(fake, verbose=0)
        print(
            f"| {name} | {len(model_bytes(network))} | "
            f"{float(distance.result()):.4f} | "
            f"{np.mean(logits.argmax(1) == labels):.4f} |"
        )


parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
parser.add_argument("--int8", action="store_true", help="judge int8 instead")
parser.add_argument("--generators", nargs="+", default=list(GENERATORS))
args = parser.parse_args()
if args.int8:
    print_int8()
else:
    for generator_name in args.generators:
        print_row(generator_name)
