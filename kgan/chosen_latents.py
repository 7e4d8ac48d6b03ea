"""Which latents `python -m kgan.sample` draws, and how they are laid out."""

import argparse
import dataclasses
from typing import Any

import keras
import numpy as np

from kgan import images
from kgan.arguments import check_integer, check_positive
from kgan.labels import chosen_labels, rows_of_classes

# Samples of a picture, and walks side by side.
NUM, NUM_WALKS = 64, 16
# Steps from one seed's latent to the other's.
COLUMNS = 8


@dataclasses.dataclass(frozen=True)
class ChosenLatents:
    """Latents, their labels, and how their samples are shown.

    Args:
        latents: float32 `(num, latent_dim)`.
        labels: Integers `(num,)`, or `None`.
        columns: Samples per row of the picture, or `None`.
        frames: Pictures of the walk that the samples are, in order; `None`
            where they are one picture.
    """

    latents: np.ndarray
    labels: np.ndarray | None
    columns: int | None
    frames: int | None = None


def check(options: argparse.Namespace) -> int:
    """Checks what was asked for; returns the number of samples.

    Raises:
        ValueError: If an option is out of its range.
    """
    if options.num is None:
        options.num = NUM if options.walk is None else NUM_WALKS
    check_integer("num", options.num, minimum=1)
    check_integer("seed", options.seed, minimum=0, maximum=None)
    check_integer("stops", options.stops, minimum=2)
    check_integer("steps", options.steps, minimum=1)
    if options.columns is not None:
        check_integer("columns", options.columns, minimum=1)
    if options.truncation is not None:
        check_positive("truncation", options.truncation)
    if options.walk is not None:
        for name in ("out", "interpolate"):
            if getattr(options, name) is not None:
                raise ValueError(
                    f"`walk` is drawn alone. Received: walk={options.walk!r} "
                    f"and {name}={getattr(options, name)!r}. Run the command "
                    "twice."
                )
        return options.num * options.stops * options.steps
    if options.interpolate is not None:
        _two_seeds(options.interpolate)
        return _rows(options) * _steps(options)
    return options.num


def choose(
    options: argparse.Namespace, generator: keras.Model
) -> ChosenLatents:
    """The latents of options that `check` has seen."""
    if options.walk is not None:
        return _walk(options, generator)
    if options.interpolate is not None:
        return _between_seeds(options, generator)
    labels, columns = _labels(options, generator, options.num)
    latents = _latents(options, generator, options.num, options.seed)
    return ChosenLatents(latents, labels, options.columns or columns)


def _walk(options, generator):
    num, stops = options.num, options.stops
    drawn = _latents(options, generator, stops * num, options.seed)
    walk = images.latent_walk(
        drawn.reshape(stops, num, -1), options.steps, _method(options)
    )
    # Each of the walks keeps its class.
    labels, columns = _labels(options, generator, num)
    if labels is not None:
        labels = np.tile(labels, len(walk))
    return ChosenLatents(
        walk.reshape(-1, walk.shape[-1]),
        labels,
        options.columns or columns,
        len(walk),
    )


def _between_seeds(options, generator):
    rows, steps = _rows(options), _steps(options)
    first, second = (
        _latents(options, generator, rows, seed)
        for seed in _two_seeds(options.interpolate)
    )
    path = images.interpolate(first, second, steps, _method(options))
    labels, _ = _labels(options, generator, rows)
    if labels is not None:
        labels = np.repeat(labels, steps)
    latents = path.swapaxes(0, 1).reshape(-1, path.shape[-1])
    return ChosenLatents(latents, labels, steps)


def _steps(options):
    steps = COLUMNS if options.columns is None else options.columns
    return check_integer("columns", steps, minimum=2)


def _rows(options):
    return max(1, options.num // _steps(options))


def _method(options):
    return "linear" if options.linear else "spherical"


def _latents(options, generator, num, seed):
    latent_dim = generator.inputs[0].shape[-1]
    drawn = images.latents(num, latent_dim, seed)
    if options.truncation is None:
        return drawn
    return images.truncate(drawn, options.truncation)


def _two_seeds(text):
    try:
        seeds = [int(part) for part in text.split(",")]
    except ValueError:
        seeds = []
    if len(seeds) != 2 or min(seeds) < 0:
        raise ValueError(
            "`interpolate` must be two seeds with a comma between, integers "
            f"of at least 0. Received: interpolate={text!r}. Write "
            "--interpolate 1,2."
        )
    return seeds


def _labels(options, generator, num):
    """Returns labels of `num` samples, and columns of their picture."""
    if options.label is None:
        return chosen_labels(None, num, options.seed, generator), None
    try:
        labels = [int(text) for text in options.label.split(",")]
    except ValueError:
        raise ValueError(
            "`label` must be an integer, or several with commas between. "
            f"Received: label={options.label!r}. Write --label 7, or --label "
            "0,1,2."
        ) from None
    rows: Any = rows_of_classes(labels, num, generator)
    even = num // len(rows) if num % len(rows) == 0 and len(rows) > 1 else None
    return rows[np.arange(num) * len(rows) // num], even
