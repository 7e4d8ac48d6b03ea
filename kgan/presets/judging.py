"""Scores and pictures of a trained preset."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from kgan import data, images, metrics, scores
from kgan.generating import generated
from kgan.presets.loading import classifier
from kgan.presets.preset import Preset
from kgan.presets.table import CLASSIFIERS

SEED = 1
# Most samples of distances and neighbours: the test split of MNIST.
MOST = 10_000
BATCH = 256
COLUMNS = 10
PER_CLASS = 12
# Size of the averaged pixels that judge images without a classifier.
MEANS = 8
# As in VEEGAN and PacGAN: one good sample of 2,500 finds a mode. The strict
# count asks for more than stray samples reach by chance.
MIXTURE_SAMPLES, STRICT_SAMPLES, STRICT_MIN_SAMPLES = 2_500, 10_000, 20


def mixture(name: str) -> data.Mixture:
    """Returns the mixture that a preset is trained on."""
    made = {"ring": data.ring_of_gaussians, "grid": data.grid_of_gaussians}
    return made[name]()


def draw(
    generator: keras.Model, num: int, labels: np.ndarray | None = None
) -> np.ndarray:
    """Draws samples of the seed of scores; float32 `(num, ...)`."""
    return generated(generator, num, SEED, BATCH, labels)


def classes_in_turn(preset: Preset, num: int) -> np.ndarray | None:
    """Returns labels of one class after another, or `None` without classes."""
    if preset.num_classes is None:
        return None
    return np.arange(num, dtype="int32") % preset.num_classes


def judge_images(
    preset: Preset,
    generator: keras.Model,
    real: np.ndarray,
    labels: np.ndarray | None,
    **stated: Any,
) -> dict:
    """Scores a generator of images by the classifier of its data.

    Where there is none, by their means over 8x8 squares, 64 of each colour:
    scores have other names then, which begin with `pixel`.

    As many samples as real images. A conditional generator draws one for the
    label of each real image, and its conditional accuracy is the share that
    the classifier finds of the class asked for.

    Args:
        preset: Of the generator.
        generator: Latents, or latents and labels, to images.
        real: Images of the test split.
        labels: Theirs, or `None` without classes.
        **stated: `split`, `seed` and `step` of `kgan.scores.stamp`.

    Returns:
        The record, as of `kgan.scores.stamp`.
    """
    conditional = preset.num_classes is not None
    fake = draw(generator, len(real), labels)
    judge, judges = _judges(preset)
    for metric in judges:
        metric.update_state(real, fake)
    shares = {}
    if conditional:
        _, logits = judge.predict(fake, batch_size=BATCH, verbose=0)
        shares["conditional_accuracy"] = np.mean(logits.argmax(1) == labels)
    return scores.stamp(
        judges,
        dataset=preset.data,
        num_real=len(real),
        num_fake=len(fake),
        image_size=preset.sample_shape[0],
        scores=shares,
        protocol={
            "seed_of_samples": SEED,
            "labels_of_samples": "of the real images" if conditional else None,
        },
        generator=generator,
        **stated,
    )


def _judges(preset: Preset) -> tuple[keras.Model, list[metrics.SampleMetric]]:
    """Returns the model whose features are compared, and the metrics."""
    if preset.data in CLASSIFIERS:
        judge = classifier(preset.name)
        return judge, [
            metrics.FrechetDistance(judge),
            metrics.PrecisionRecall(judge),
            metrics.DensityCoverage(judge),
        ]
    judge = mean_pixels(preset.sample_shape)
    return judge, [
        metrics.FrechetDistance(judge, name="pixel_frechet_distance"),
        metrics.PrecisionRecall(judge, name="pixel"),
    ]


def mean_pixels(image_shape: tuple[int, ...]) -> keras.Model:
    """Builds what takes the means of an image's squares, 8 a side.

    Args:
        image_shape: `(size, size, channels)`, size a multiple of 8.

    Returns:
        Keras model without weights, images `(batch, size, size, channels)` to
        features `(batch, 64 * channels)`.
    """
    images = keras.Input(image_shape)
    means = keras.layers.AveragePooling2D(image_shape[0] // MEANS)(images)
    features = keras.layers.Flatten()(means)
    return keras.Model(images, features, name="mean_pixels")


def judge_mixture(
    preset: Preset, generator: keras.Model, **stated: Any
) -> dict:
    """Scores a generator of vectors by the modes of its mixture.

    Args, returns: As of `judge_images`.
    """
    known = mixture(preset.data)
    published = metrics.ModeCoverage(known.centres, known.standard_deviation)
    strict = metrics.ModeCoverage(
        known.centres,
        known.standard_deviation,
        min_samples=STRICT_MIN_SAMPLES,
        name="strict",
    )
    for metric, num in (
        (published, MIXTURE_SAMPLES),
        (strict, STRICT_SAMPLES),
    ):
        fake = draw(generator, num)
        metric.update_state(fake, fake)
    return scores.stamp(
        [published, strict],
        dataset=preset.data,
        split="known density",
        num_real=0,
        num_fake=MIXTURE_SAMPLES,
        protocol={
            "num_fake_strict": STRICT_SAMPLES,
            "seed_of_samples": SEED,
        },
        generator=generator,
        **stated,
    )


def draw_samples(preset: Preset, generator: keras.Model, path: Path) -> None:
    """Writes a picture of samples: 100 images, or a plot of vectors."""
    num = COLUMNS**2 if preset.is_of_images else MIXTURE_SAMPLES
    images.save_grid(draw(generator, num), path, COLUMNS)


def draw_classes(
    preset: Preset,
    generator: keras.Model,
    real: np.ndarray,
    labels: np.ndarray,
    path: Path,
) -> None:
    """Writes a row per class: samples, a gray column, and real images.

    Args:
        preset: Of a conditional generator of images.
        generator: Latents and labels to images.
        real: Images, of which the first of each class are drawn.
        labels: Theirs.
        path: PNG file to write.
    """
    classes = np.unique(labels)
    fake = draw(generator, len(classes) * PER_CLASS, classes.repeat(PER_CLASS))
    rows = []
    for row, label in enumerate(classes):
        first = row * PER_CLASS
        beside = real[labels == label][:PER_CLASS]
        gray = np.zeros_like(fake, shape=(2 * PER_CLASS + 1, *fake.shape[1:]))
        gray[:PER_CLASS] = fake[first : first + PER_CLASS]
        gray[PER_CLASS + 1 : PER_CLASS + 1 + len(beside)] = beside
        rows.append(gray)
    images.save_grid(np.concatenate(rows), path, 2 * PER_CLASS + 1)


def draw_nearest(
    preset: Preset, generator: keras.Model, train: np.ndarray, path: Path
) -> None:
    """Writes samples, and below each the nearest training image in pixels.

    Samples of a conditional generator are of one class after another.
    """
    labels = classes_in_turn(preset, 2 * COLUMNS)
    fake = draw(generator, 2 * COLUMNS, labels)
    near = train[[_nearest(sample, train) for sample in fake]]
    rows = []
    for start in range(0, len(fake), COLUMNS):
        some = slice(start, start + COLUMNS)
        rows += [fake[some], near[some]]
    images.save_grid(np.concatenate(rows), path, COLUMNS)


def _nearest(sample: np.ndarray, train: np.ndarray) -> int:
    axes = tuple(range(1, train.ndim))
    return int(np.square(train - sample).sum(axis=axes).argmin())
