"""What reads and writes files, and images and scores, for the fuzz."""

import contextlib
import functools
import io
import pathlib
from unittest import mock

import games
import keras
import numpy as np
from fuzz import Target
from fuzz_engine import fit, gan
from fuzz_kinds import (
    DEFAULT,
    Argument,
    boolean,
    integer,
    number,
    other,
    path,
    samples,
    text,
)

import kgan
from kgan import sample
from kgan.export import exporting
from kgan.scores import __main__ as comparing

FOLDER = {"string": "a folder of that name"}
PNG = {
    "no PNG": lambda: "x.jpg",
    "a folder": lambda: _made("folder.png"),
    "below a file": lambda: _file("a file") / "x.png",
}
BELOW = {"below a file": lambda: _file("a file") / "x"}


def _made(folder):
    pathlib.Path(folder).mkdir(exist_ok=True)
    return folder


def _file(name, content=b"x"):
    pathlib.Path(name).write_bytes(content)
    return pathlib.Path(name)


@functools.cache
def number_of_folders():
    return iter(range(10**6))


def fresh():
    """A folder that no other case has."""
    return f"run_{next(number_of_folders())}"


CALLBACKS = [
    Target(
        "callbacks.Checkpoint",
        lambda **arguments: fit(
            callbacks=[kgan.callbacks.Checkpoint(**arguments)]
        ),
        {
            "directory": path(fresh, FOLDER, more=BELOW),
            "resume": boolean(),
            "monitor": text(
                None,
                {"None": "only the last generator is kept"},
                named=("mode",),
            ),
            "mode": text(None, {"None": "without a monitor"}),
        },
        gan,
    ),
    Target(
        "callbacks.Checkpoint with a monitor",
        lambda **arguments: fit(
            callbacks=[kgan.callbacks.Checkpoint(fresh(), **arguments)]
        ),
        {
            "monitor": other(
                lambda: "generator_loss",
                late=dict.fromkeys(
                    ("string", "NUL in a string", "surrogate in a string"),
                    "names of logs are known after an epoch",
                ),
            ),
            "mode": other(lambda: "min"),
        },
        gan,
    ),
    Target(
        "callbacks.SampleGrid",
        lambda **arguments: fit(
            callbacks=[kgan.callbacks.SampleGrid(**arguments)]
        ),
        {
            "directory": path(fresh, FOLDER, more=BELOW),
            "num": integer(4),
            "seed": integer(0, minimum=0, large="a seed"),
            "every": integer(1, large="no epoch is as late"),
            "animate": boolean(),
            "log_dir": path(
                lambda: None, {**FOLDER, "None": DEFAULT}, more=BELOW
            ),
        },
        gan,
    ),
    Target(
        "callbacks.Report",
        lambda **arguments: fit(callbacks=[kgan.callbacks.Report(**arguments)]),
        {
            "directory": path(fresh, FOLDER, more=BELOW),
            "data": samples(
                lambda: None,
                (8, 2),
                {"None": "no data beside that of fit"},
                named=("data", "x"),
            ),
            "num": integer(4, optional=True),
            "every": integer(1, large="no epoch is as late"),
        },
        gan,
    ),
    Target(
        "callbacks.LossCurve",
        lambda **arguments: fit(
            callbacks=[kgan.callbacks.LossCurve(**arguments)]
        ),
        {"path": path(lambda: f"{fresh()}/x.png", {}, more=PNG)},
        gan,
    ),
]


def pixels(shape=(4, 8, 8, 1)):
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, shape).astype("float32")


def pictures(more=None):
    return samples(
        pixels,
        (4, 8, 8, 1),
        {
            **(more or {}),
            "array with NaN": "NaN is drawn black, as documented",
            "array with infinity": "values outside are clipped",
            "array that overflows float32": "values outside are clipped",
            "wider array": "three channels are colours",
        },
    )


def ways(*more):
    fine = dict.fromkeys(more, "latents of any shape")
    fine["integer array"] = "whole numbers are numbers"
    return samples(lambda: games.points(3), (3, 2), fine)


AXES = ("array of one axis more", "array of one axis less")


IMAGES = [
    Target(
        "images.interpolate",
        lambda **arguments: kgan.images.interpolate(**arguments),
        {
            "first": ways(),
            "second": ways(),
            "num": integer(3, minimum=2),
            "method": text("linear"),
        },
    ),
    Target(
        "images.latent_walk",
        lambda **arguments: kgan.images.latent_walk(**arguments),
        {
            "latents": ways("wider array", AXES[0]),
            "steps": integer(3),
            "method": text("linear"),
        },
    ),
    Target(
        "images.truncate",
        lambda **arguments: kgan.images.truncate(**arguments),
        {
            "latents": ways("wider array", "array of rank 1", *AXES),
            "threshold": number(1.0, lambda x: 0 < x < np.inf),
            "method": text("clamp"),
        },
    ),
    Target(
        "images.save_animation",
        lambda **arguments: kgan.images.save_animation(**arguments),
        {
            "frames": pictures(dict.fromkeys(AXES, "one each, or several")),
            "path": path(lambda: "x.gif", {}, more=PNG),
            "milliseconds": integer(50, minimum=20, skip=("np.int64",)),
            "columns": integer(2, optional=True),
        },
    ),
    Target(
        "images.latents",
        lambda **arguments: kgan.images.latents(**arguments),
        {
            "num": integer(2),
            "latent_dim": integer(3),
            "seed": integer(0, minimum=0, large="a seed"),
        },
    ),
    Target(
        "images.image_grid",
        lambda **arguments: kgan.images.image_grid(**arguments),
        {"images": pictures(), "columns": integer(2, optional=True)},
    ),
    Target(
        "images.save_grid",
        lambda **arguments: kgan.images.save_grid(**arguments),
        {
            "images": pictures(),
            "path": path(lambda: "grid.png", {}, more=PNG),
            "columns": integer(2, optional=True),
        },
    ),
]


@functools.cache
def metric():
    metric = kgan.metrics.FrechetDistance()
    metric.update_state(games.points(8), games.points(8, seed=1))
    return metric


def record(**options):
    options = {
        "dataset": "d",
        "split": "s",
        "num_real": 8,
        "num_fake": 8,
        "seed": 0,
        "step": 1,
    } | options
    return kgan.scores.stamp([metric()], **options)


class Unbuilt(keras.layers.Layer):
    pass


def stamped(metrics, scores, protocol, generator, image_size, **arguments):
    return kgan.scores.stamp(
        metrics,
        scores=scores,
        protocol=protocol,
        generator=generator,
        image_size=image_size,
        **arguments,
    )


NONE = "the default: none"
STAMP = Target(
    "scores.stamp",
    stamped,
    {
        "metrics": other(
            lambda: [metric()],
            {"empty list": "the scores are given besides"},
            more={
                "a metric": metric,
                "a class": lambda: [kgan.metrics.FrechetDistance],
                "twice one": lambda: [metric(), metric()],
                "without samples": lambda: [kgan.metrics.FrechetDistance()],
            },
            named=("metrics", "FrechetDistance", "Two scores"),
        ),
        "dataset": text("d", {"string": "a name"}),
        "split": text("s", {"string": "a name"}),
        "num_real": integer(8, minimum=0, large="any count"),
        "num_fake": integer(8, minimum=0, large="any count"),
        "seed": other(
            lambda: 0,
            {
                "0": "a seed",
                "10**30": "a seed",
                "10**400": "a seed",
                "np.int64": "a seed",
                "dict": "named seeds",
                "empty dict": "no seed had a part",
            },
        ),
        "step": integer(1, minimum=0, large="any count"),
        "image_size": integer(
            None,
            optional=True,
            large="any size",
            fine={"pair": "height and width"},
            more={
                "pair": lambda: (2, 3),
                "triple": lambda: (2, 3, 4),
                "pair of strings": lambda: ("2", "3"),
            },
        ),
        "scores": other(
            lambda: {"more": 1.0},
            {
                "None": NONE,
                "empty dict": "no more than the metrics'",
                "dict": "a number by name",
            },
            more={
                "of a string": lambda: {"more": "x"},
                "of None": lambda: {"more": None},
                "of a list": lambda: {"more": [1]},
                "without a name": lambda: {"": 1.0},
                "named by a number": lambda: {3: 1.0},
                "taken": lambda: {"frechet_distance": 1.0},
            },
            named=("[Ss]cores", "`name`"),
        ),
        "protocol": other(
            lambda: {},
            {
                "empty dict": "nothing else must agree",
                "dict": "what else must agree",
            },
            more={
                "of a stranger": lambda: {"more": object()},
                "of a set": lambda: {"more": {1}},
                "within itself": lambda: _loop(),
            },
            named=("protocol",),
        ),
        "generator": other(
            lambda: games.generator(),
            {"None": NONE, "layer": "a layer without weights is built"},
            more={"not built": Unbuilt, "a class": lambda: keras.Model},
            named=("`model`",),
        ),
    },
)


def _loop():
    loop = {}
    loop["loop"] = loop
    return loop


def broken(**changes):
    def make():
        made = record()
        for field, value in changes.items():
            made[field] = value
        return made

    return make


RECORDS = {
    "without scores": broken(scores={}),
    "of scores of strings": broken(scores={"a": "x"}),
    "of scores of None": broken(scores={"a": None}),
    "of scores of 10**400": broken(scores={"a": 10**400}),
    "of the next format": broken(format=2),
    "of format True": broken(format=True),
    "without a protocol": broken(protocol=None),
    "of an empty run": broken(run={}),
    "with a stranger": broken(more=object()),
    "with a set": broken(more={1}),
    "within itself": broken(more=_loop()),
    "with keys of tuples": broken(more={(1,): 2}),
}


def score_file():
    """In the folder of the target, which is another each time."""
    path = pathlib.Path("scores.json")
    if not path.exists():
        kgan.scores.write(record(), path)
    return str(path.absolute())


def contents(content):
    return lambda: str(_file("content.json", content))


FILES = {
    "missing": lambda: "missing.json",
    "a folder": lambda: _made("folder"),
    "empty": contents(b""),
    "not JSON": contents(b"{"),
    "JSON of a list": contents(b"[]"),
    "JSON of NaN": contents(b'{"format": NaN}'),
    "JSON too deep": contents(b"[" * 100_000),
    "not UTF-8": contents(b"\xff\xfe"),
    "a long number": contents(b'{"format": 1' + b"0" * 5000 + b"}"),
}
SOURCES = ("A score file", "A record of scores", "This kgan", "`path`")

SCORES = [
    STAMP,
    Target(
        "scores.weights_hash",
        lambda **arguments: kgan.scores.weights_hash(**arguments),
        {
            "model": other(
                games.generator,
                {"layer": "a layer without weights is built"},
                more={"not built": Unbuilt, "a class": lambda: keras.Model},
            )
        },
    ),
    Target(
        "scores.write",
        lambda **arguments: kgan.scores.write(**arguments),
        {
            "record": other(record, {}, more=RECORDS, named=SOURCES),
            "path": path(
                lambda: "written.json",
                more={"a folder": lambda: _made("folder"), **BELOW},
            ),
        },
    ),
    Target(
        "scores.read",
        lambda **arguments: kgan.scores.read(**arguments),
        {"path": path(score_file, {}, more=FILES, named=SOURCES)},
    ),
    Target(
        "scores.compare",
        lambda **arguments: kgan.scores.compare(**arguments),
        {
            "a": other(record, {}, more=RECORDS | FILES, named=SOURCES),
            "b": other(record, {}, more=RECORDS | FILES, named=SOURCES),
        },
    ),
]


def command(main):
    """Runs a command; its exit code 2 is its refusal."""

    def call(**arguments):
        words = []
        for name, value in arguments.items():
            if name in ("file", "a", "b"):
                words.append(value)
            elif value is not None:
                words += [f"--{name}", value]
        said = io.StringIO()
        try:
            with contextlib.redirect_stderr(said):
                code = main(words)
        except SystemExit as error:
            # argparse's own errors name the option and the value.
            raise ValueError(f"Received: {said.getvalue()}") from error
        if code:
            raise ValueError(said.getvalue())

    return call


WORDS = (
    *("empty string", "string", "NUL in a string"),
    "surrogate in a string",
)


def word(valid, fine=None, **values):
    more = {kind: (lambda v=value: v) for kind, value in values.items()}
    return Argument(
        lambda: valid,
        fine or {},
        more,
        only=(*WORDS, *more),
        named=("path", "out", "npy", *SOURCES),
    )


NUMERALS = {
    "zero": "0",
    "negative": "-1",
    "huge": "1" + "0" * 30,
    "half": "1.5",
}


def saved():
    path = pathlib.Path("generator.keras")
    if not path.exists():
        games.generator().save(path)
    return str(path.absolute())


COMMANDS = [
    Target(
        "sample.main",
        command(sample.main),
        {
            "file": other(
                saved,
                {},
                more={
                    "missing": lambda: "missing.keras",
                    "empty": lambda: str(_file("empty.keras", b"")),
                    "no zip": lambda: str(_file("no.keras", b"no")),
                    "a folder": lambda: _made("folder.keras"),
                },
                only=(*WORDS, "missing", "empty", "no zip", "a folder"),
                named=("path",),
            ),
            "num": word("4", **NUMERALS),
            "seed": word("0", {"zero": "a seed", "huge": "a seed"}, **NUMERALS),
            "out": word("x.png", **{"no PNG": "x.jpg"}),
            "columns": word("2", **NUMERALS),
            "npy": word(None, {"string": "a file of that name"}),
        },
    ),
    Target(
        "sample.load_generator",
        lambda **arguments: sample.load_generator(**arguments),
        {
            "path": path(
                saved,
                {},
                more={
                    "missing": lambda: "missing.keras",
                    "empty": lambda: _file("empty.keras", b""),
                    "no zip": lambda: _file("no.keras", b"no"),
                    "a folder": lambda: _made("folder.keras"),
                },
            )
        },
    ),
    Target(
        "scores.main",
        command(comparing.main),
        {
            "a": Argument(
                score_file, {}, FILES, SOURCES, only=(*WORDS, *FILES)
            ),
            "b": Argument(
                score_file, {}, FILES, SOURCES, only=(*WORDS, *FILES)
            ),
        },
    ),
]

LOAD = Target(
    "data.load",
    lambda **arguments: kgan.data.load(**arguments),
    {
        "name": other(
            lambda: "ring",
            {},
            more={
                "missing": lambda: "./missing",
                "a file": lambda: pathlib.Path(_file("a file")),
                "an empty folder": lambda: pathlib.Path(_made("empty")),
            },
            named=("data set", "folder"),
            skip=("string",),
        ),
        "split": text("train"),
        # Of a toy, whose vectors have neither size nor channels nor labels.
        "image_size": Argument(lambda: None, {"None": DEFAULT}),
        "batch_size": integer(8),
        "channels": text(None, {"None": DEFAULT}),
        "labels": Argument(lambda: False, {"False": "no labels"}),
        "shuffle": boolean(),
        "seed": integer(0, minimum=0, large="a seed"),
        "cache": other(
            lambda: False,
            {
                "True": "in memory",
                "False": "no cache",
                "string": "a folder of that name",
            },
        ),
        "data_dir": path(
            lambda: None, {"None": DEFAULT, "string": "vectors have no files"}
        ),
        "download": boolean(True),
    },
)


@functools.cache
def _ring():
    return kgan.presets.load("ring")


PRESETS = [
    Target(
        "presets.load",
        kgan.presets.load,
        {"name": text("ring"), "trained": boolean(True)},
    ),
    Target("presets.generator", kgan.presets.generator, {"name": text("ring")}),
    Target(
        "presets.classifier", kgan.presets.classifier, {"name": text("mnist")}
    ),
    Target(
        "presets.save",
        kgan.presets.save,
        {
            "gan": other(_ring),
            # A string would be written to.
            "directory": path(lambda: "saved", {}, skip=("string",)),
            "data": text("ring", {"None": DEFAULT, "string": "it is text"}),
            "licence": text("none", {"None": DEFAULT, "string": "it is text"}),
            "scores": other(lambda: None, {"None": DEFAULT}),
        },
    ),
]


def _export(**arguments):
    """Checks as ever, and writes an empty folder: TensorFlow takes seconds."""

    def write(model, format, path):
        path.mkdir()

    with (
        mock.patch.object(exporting.writing, "write", write),
        mock.patch.object(exporting.elsewhere, "write", write),
        mock.patch.object(exporting, "largest_difference", return_value=0.0),
    ):
        kgan.export.export(**arguments)


EXPORTS = [
    Target(
        "export.export",
        _export,
        {
            "source": text("ring"),
            "format": text("tf_saved_model"),
            # A string would be written to.
            "out": path(lambda: "exported", {}, skip=("string",)),
        },
    ),
    Target(
        "export.int8",
        kgan.export.int8,
        {"model": other(lambda: kgan.presets.generator("ring"))},
    ),
]

TARGETS = [*CALLBACKS, *IMAGES, *SCORES, *COMMANDS, LOAD, *PRESETS, *EXPORTS]
