"""Labels of conditional games, for the fuzz."""

import functools

import conditional_games
import games
import numpy as np
from conditional_games import CLASSES, labels
from fuzz import Target
from fuzz_files import fresh
from fuzz_kinds import Argument, other

import kgan

NUM = 16
NAMED = (r"[Ll]abels", "data", "batch")
INTEGERS = "one integer for each sample"


@functools.cache
def gan():
    return conditional_games.game("GAN", n_critic=1)


def wrong(num, dtype="int32"):
    """Labels that are wrong for `num` samples, by kind."""

    def full(value, dtype="int64"):
        return np.full(num, value, dtype)

    def with_one(value, dtype="int64"):
        array = full(0, dtype)
        array[-1] = value
        return array

    return {
        "one too large": lambda: with_one(CLASSES),
        "one below 0": lambda: with_one(-1),
        "beyond 32 bits": lambda: with_one(2**32),
        "beyond 63 bits": lambda: with_one(2**63, "uint64"),
        "one too many": lambda: np.zeros(num + 1, "int32"),
        "one too few": lambda: np.zeros(num - 1, "int32"),
        "none": lambda: np.zeros(0, "int32"),
        "floats": lambda: full(1, "float32"),
        "NaN": lambda: full(np.nan, "float32"),
        "booleans": lambda: full(True, "bool"),
        "strings": lambda: full("1", "U1"),
        "objects": lambda: full(1, "O"),
        "complex": lambda: full(1, "complex64"),
        "dates": lambda: full(1, "M8[s]"),
        "one-hot": lambda: np.eye(CLASSES, dtype="int32")[full(1)],
        "of a second axis": lambda: full(1)[:, None],
        "masked": lambda: np.ma.masked_equal(labels(num), 1),
        "ragged list": lambda: [[1, 2], [0]],
        "list of strings": lambda: ["1"] * num,
        "list": lambda: [1] * num,
        "small integers": lambda: full(1, "uint8"),
    }


# One for all of the samples.
SCALARS = {
    "0": "the class of all samples",
    "np.int64": "the class of all samples",
    "array of rank 0": "the class of all samples",
}
ARRAYS = {"list": INTEGERS, "small integers": INTEGERS}


def fit(y, **options):
    gan().fit(games.points(NUM), y, batch_size=8, verbose=0, **options)


def batches(y):
    """The labels within a generator of batches."""
    gan().fit(iter([(games.points(NUM), y)] * 4), verbose=0)


def validated(validation_data):
    fit(
        y=labels(NUM),
        validation_data=(games.points(NUM), validation_data),
    )


def sample_grid(**arguments):
    grid = kgan.callbacks.SampleGrid(fresh(), num=6, **arguments)
    fit(y=labels(NUM), callbacks=[grid])


def given(fine=None, num=NUM, **options):
    """Labels that come with samples."""
    return other(
        lambda: labels(num),
        ARRAYS if fine is None else fine,
        more=wrong(num),
        named=NAMED,
        **options,
    )


TARGETS = [
    Target(
        "GAN.generate of labels",
        lambda **arguments: gan().generate(4, seed=1, **arguments),
        {
            "labels": given(
                {"None": "classes are drawn", **SCALARS, **ARRAYS}, num=4
            )
        },
        gan,
    ),
    Target(
        "GAN.generate without labels",
        lambda **arguments: unconditional().generate(4, **arguments),
        {"labels": Argument(lambda: None, {"None": "there are none"})},
        lambda: unconditional(),
    ),
    Target("GAN.fit of labels", fit, {"y": given()}, gan),
    Target("GAN.fit of a generator of labels", batches, {"y": given()}, gan),
    Target(
        "GAN.fit with validation of labels",
        validated,
        {"validation_data": given()},
        gan,
    ),
    Target(
        "GAN.evaluate of labels",
        lambda y: gan().evaluate(games.points(NUM), y, verbose=0),
        {"y": given()},
        gan,
    ),
    Target(
        "GAN.train_on_batch of labels",
        lambda y: gan().train_on_batch(games.points(NUM), y),
        {"y": given()},
        gan,
    ),
    Target(
        "GAN.test_on_batch of labels",
        lambda y: gan().test_on_batch(games.points(NUM), y),
        {"y": given()},
        gan,
    ),
    Target(
        "GAN.predict of labels",
        lambda y: gan().predict(
            [np.zeros((NUM, games.LATENT_DIM), "float32"), y], verbose=0
        ),
        {"y": given()},
        gan,
    ),
    Target(
        "callbacks.SampleGrid of labels",
        sample_grid,
        {
            "labels": given(
                {
                    "None": "all classes",
                    "one too few": "fewer rows than samples",
                    "of a second axis": "the rows in their order",
                    **SCALARS,
                    **ARRAYS,
                    "array of rank 1": "one row",
                },
                num=6,
            )
        },
        gan,
    ),
]


@functools.cache
def unconditional():
    return games.game("GAN", n_critic=1)
