"""Judges a trained generator by a classifier, on the images of a test split.

    python recipes/judge.py mnist
    python recipes/judge.py mnist_conditional --extractor lenet5.keras
    python recipes/judge.py mnist_conditional --truncation 1.5
    python recipes/judge.py runs/mine/generator.keras --data fashion_mnist

Draws a sample for each test image. A generator that takes labels gets the
image's. Prints, of the samples and where it makes sense of the test images:

- the squared Frechet distance of their features to the test images', and
  precision and recall (k = 3) of the first 5,000;
- sure: the share to which the classifier gives a class with more than 0.9;
- right: the share to which it gives the class of the label.

A classifier that took no part in choosing the training is the better judge:
--extractor takes a .keras file with two outputs, features and logits.
docs/zoo.md has the numbers of the presets of MNIST.
"""

import argparse

import kgan
from kgan.arguments import check_positive
from kgan.labels import num_classes, takes_labels, with_labels
from kgan.presets.choosing import chosen_generator

import keras
import numpy as np

SURE, NEIGHBOURS, BATCH_SIZE, CLASSES = 0.9, 5_000, 500, 10

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("generator", help="a trained preset, a .keras file or a folder")
kinds = ("mnist", "fashion_mnist", "digits")
option("--data", choices=kinds, default=kinds[0], help="test images")
option("--extractor", help=".keras file; None: the classifier of the data")
pair = {"type": float, "nargs": 2, "metavar": ("LOW", "HIGH")}
option("--pixels", **pair, help="range of the extractor's; None: 0 and 1")
option("--seed", type=int, default=5, help="of the latents")
option("--truncation", type=float, help="bound of latents; None: no bound")
option("--data-dir", help="None: that of tensorflow-datasets")
args = parser.parse_args()
if args.pixels and not args.extractor:
    parser.error("--pixels needs --extractor")
try:
    if args.truncation is not None:
        check_positive("--truncation", args.truncation)
    generator = chosen_generator(args.generator, "generator")
    shape = generator.output_shape[1:]
    if len(shape) != 3 or shape[0] != shape[1] or shape[2] != 1:
        parser.error(
            f"the generator makes samples of {shape}, but the test images "
            "are square, of one channel"
        )
    if args.extractor:
        pixels = args.pixels or (0, 1)
        judge = kgan.scripts.extractor(args.extractor, shape, pixels)
    else:
        judge = kgan.presets.classifier(args.data)
    shapes = [tuple(tensor.shape) for tensor in judge.outputs]
    if len(shapes) != 2 or len(shapes[0]) != 2 or shapes[1][1:] != (CLASSES,):
        parser.error(
            "--extractor must have two outputs, features (batch, num) and "
            f"logits (batch, {CLASSES}), but has {shapes}"
        )
    if judge.input_shape[1:] != shape:
        parser.error(
            f"the generator makes images of {shape}, but the classifier takes "
            f"{judge.input_shape[1:]}; --extractor resizes them"
        )
    source = {"labels": True, "shuffle": False, "data_dir": args.data_dir}
    data = kgan.data.load(args.data, "test", shape[0], **source)
    parts = zip(*data.as_numpy_iterator(), strict=True)
    real, labels = (np.concatenate(part) for part in parts)
    dim = generator.inputs[0].shape[1]
    latents = kgan.images.latents(len(real), dim, args.seed)
    if args.truncation is not None:
        latents = kgan.images.truncate(latents, args.truncation)
    classes = num_classes(generator)
    if classes not in (None, CLASSES):
        parser.error(f"the generator knows {classes} classes, not {CLASSES}")
except (ImportError, OSError, RuntimeError, ValueError) as error:
    parser.error(str(error))

of_real = judge.predict(real, BATCH_SIZE)
if np.allclose(of_real[1].sum(1), 1, atol=1e-3):
    parser.error("--extractor must return logits, not probabilities")
fake = generator.predict(with_labels(generator, latents, labels), BATCH_SIZE)
of_fake = judge.predict(fake, BATCH_SIZE)
judged = {"samples": of_fake, "test images": of_real}
reals, fakes = of_real[0], of_fake[0]
distance = kgan.metrics.FrechetDistance()
distance.update_state(reals, fakes)
neighbours = kgan.metrics.PrecisionRecall()
neighbours.update_state(reals[:NEIGHBOURS], fakes[:NEIGHBOURS])
print(f"frechet_distance {float(distance.result()):.4g}")
for name, value in neighbours.result().items():
    print(f"{name} {float(value):.4g}")
for name, (_, logits) in judged.items():
    surest = keras.ops.convert_to_numpy(keras.ops.softmax(logits)).max(1)
    print(f"sure of {np.mean(surest > SURE):.2%} of the {name}")
    if name == "test images" or takes_labels(generator):
        right = np.mean(logits.argmax(1) == labels)
        print(f"right on {right:.2%} of the {name}")
