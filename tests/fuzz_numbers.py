"""Metrics, divergences, toys, distribution and tuning, for the fuzz."""

import functools

import games
import keras
import numpy as np
from fuzz import Accepted, Target
from fuzz_kinds import (
    DEFAULT,
    Argument,
    integer,
    name,
    number,
    other,
    path,
    samples,
    text,
)

import kgan

NUMBER = "it is a real number"
FLOAT64 = "float64 has it"
SETS = ("[Rr]eal", "[Ff]ake", "[Ss]amples")
CAST = "samples are cast to float32"
CASTS = {"integer array": CAST, "boolean array": CAST}
NO_PART = "the real samples have no part in the score"
LATER = "said when the score is computed"
REAL = functools.partial(games.points, 8)
FAKE = functools.partial(games.points, 8, seed=1)


def images(num=2, size=16, channels=1):
    rng = np.random.default_rng(0)
    shape = (num, size, size, channels)
    return rng.uniform(-1, 1, shape).astype("float32")


def points(make, why=""):
    """Points in the plane; `why` those that are not finite are taken."""
    return samples(make, (8, 2), CASTS | unseen(why), named=SETS)


def pictures(channels=1, why=""):
    return samples(
        functools.partial(images, channels=channels),
        (2, 16, 16, channels),
        CASTS | unseen(why),
        named=SETS,
    )


def unseen(why):
    kinds = (
        *("array with NaN", "array with infinity"),
        *("array that overflows float32", "empty array"),
    )
    return dict.fromkeys(kinds, why) if why else {}


def scored(metric):
    cls = getattr(kgan.metrics, metric)

    def call(real, fake, **arguments):
        scores = cls(**arguments)
        scores.update_state(real, fake)
        scores.result()

    return call


def extractor(**fine):
    return other(
        lambda: None,
        {"None": "the samples' own values", "layer": "a layer is one"} | fine,
        more={
            "that raises": lambda: lambda x: 1 / 0,
            "of a number": lambda: lambda x: 3,
            "of None": lambda: lambda x: None,
            "of fewer rows": lambda: lambda x: np.asarray(x)[:1],
            "of strings": lambda: lambda x: np.full((len(x), 2), "x"),
            "of NaN": lambda: lambda x: np.full((len(x), 2), np.nan),
            "of complex numbers": lambda: lambda x: np.full((len(x), 2), 1j),
            "another model": lambda: games.critic(width=5),
        },
        named=("feature",),
    )


def classes(samples):
    return keras.ops.concatenate([samples, -samples], axis=-1)


def image_classes(samples):
    mean = keras.ops.mean(samples, axis=(1, 2))
    return keras.ops.concatenate([mean, -mean], axis=-1)


def classifier(valid, **fine):
    return other(
        lambda: valid,
        fine,
        more={
            "that raises": lambda: lambda x: 1 / 0,
            "of a number": lambda: lambda x: 3,
            "of one class": lambda: lambda x: x[:, :1],
            "another model": lambda: games.critic(width=5),
        },
        named=("classifier",),
    )


def metric(name_, options, sets=None, least=2):
    sets = sets or {"real": points(REAL), "fake": points(FAKE)}
    skip = () if least <= 2 else ("np.int64",)
    arguments = {
        **sets,
        **options,
        "num_samples": integer(None, optional=True, fine={}, skip=skip),
        "name": name(),
    }
    return Target(f"metrics.{name_}", scored(name_), arguments)


SEED = "a seed"


def seed():
    return integer(0, minimum=0, large=SEED)


def share(valid):
    return number(valid, lambda x: 0 < x < 1)


IMAGES = {"real": pictures(), "fake": pictures()}
ONLY_FAKE = {"real": points(REAL, NO_PART), "fake": points(FAKE)}
METRICS = [
    metric("FrechetDistance", {"features": extractor()}),
    metric(
        "KernelDistance",
        {
            "features": extractor(),
            "num_subsets": integer(2),
            "subset_size": integer(4, optional=True),
            "seed": seed(),
        },
        least=4,
    ),
    metric(
        "MaximumMeanDiscrepancy",
        {
            "features": extractor(),
            "bandwidths": other(
                lambda: [1.0],
                {
                    "None": "multiples of the median distance",
                    "array of rank 1": "one bandwidth",
                },
                more={
                    "of zero": lambda: [0.0],
                    "of NaN": lambda: [np.nan],
                    "of strings": lambda: ["1"],
                    "of booleans": lambda: [True],
                    "of lists": lambda: [[1.0]],
                    "of 1e-300": lambda: [1e-300],
                    "of 1e300": lambda: [1e300],
                },
            ),
            "num_permutations": integer(3),
            "seed": seed(),
        },
    ),
    metric(
        "ModeCoverage",
        {
            "centres": samples(
                lambda: np.zeros((3, 2)),
                (3, 2),
                {
                    "integer array": NUMBER,
                    "boolean array": NUMBER,
                    "array that overflows float32": FLOAT64,
                },
                named=("centre",),
            ),
            "standard_deviation": number(0.5, lambda x: x > 0),
            "weights": other(
                lambda: None,
                {"None": "equal weights", "list": "one for each centre"},
                more={
                    "list": lambda: [1, 2, 3],
                    "of two": lambda: [1, 2],
                    "of NaN": lambda: [1, 2, np.nan],
                    "negative": lambda: [1, 2, -1],
                    "of strings": lambda: ["1", "2", "3"],
                },
            ),
            "min_samples": integer(1),
        },
        ONLY_FAKE,
    ),
    metric(
        "PrecisionRecall", {"features": extractor(), "k": integer(2)}, least=3
    ),
    metric(
        "DensityCoverage", {"features": extractor(), "k": integer(2)}, least=3
    ),
    metric(
        "SlicedWasserstein",
        {
            "features": extractor(),
            "num_projections": integer(2),
            "order": number(1, lambda x: x >= 1),
            "seed": seed(),
        },
    ),
    metric("Wasserstein1", {"features": extractor()}),
    metric(
        "ClassifierTwoSampleTest",
        {
            "features": extractor(),
            "classifier": other(
                lambda: _nearest(),
                {"None": "the paper's network"},
                more={"a class": lambda: type(_nearest())},
            ),
            "test_share": share(0.5),
            "seed": integer(0, minimum=0),
        },
    ),
    metric(
        "ClassifierScore",
        {
            "classifier": classifier(classes, layer="a layer is one"),
            "from_logits": Argument(lambda: True, {"True": "logits"}),
            "num_splits": integer(1),
        },
        ONLY_FAKE,
    ),
    metric(
        "StackedModeCoverage",
        {
            "classifier": classifier(image_classes),
            "real_shares": text("uniform"),
        },
        {"real": pictures(3, NO_PART), "fake": pictures(3)},
    ),
    metric(
        "MSSSIM",
        {
            "value_range": other(
                lambda: (-1, 1),
                {"wide": "two numbers that grow"},
                more={
                    "wide": lambda: [-2, 2.5],
                    "reversed": lambda: (1, -1),
                    "of NaN": lambda: (-1, np.nan),
                    "of strings": lambda: ("-1", "1"),
                    "of booleans": lambda: (False, True),
                    "narrow": lambda: (-0.1, 0.1),
                },
            ),
            "num_scales": Argument(lambda: 1, {"None": "as many as fit"}),
        },
        IMAGES,
    ),
    metric(
        "PyramidSlicedWasserstein",
        {
            "num_patches": integer(2),
            "patch_size": integer(3),
            "num_projections": integer(2),
            "seed": seed(),
        },
        IMAGES,
    ),
]


def _nearest():
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(2)


def updated(real, fake, sample_weight):
    kgan.metrics.FrechetDistance().update_state(real, fake, sample_weight)


@functools.cache
def tested():
    metric = kgan.metrics.ClassifierTwoSampleTest(classifier=_nearest())
    metric.update_state(REAL(), FAKE())
    metric.result()
    return metric


def inception(image_shape, weights):
    """Without the network itself, which takes seconds to build."""
    network = keras.applications.InceptionV3

    def stub(weights, input_shape, **options):
        if weights not in (None, "imagenet"):
            raise Exception("Keras raises this where a file is missing.")
        pool = keras.layers.GlobalAveragePooling2D()
        return keras.Sequential([keras.Input(input_shape), pool])

    keras.applications.InceptionV3 = stub
    try:
        kgan.metrics.inception_features(weights, image_shape)
    finally:
        keras.applications.InceptionV3 = network


MORE_METRICS = [
    Target(
        "metrics.update_state",
        updated,
        {
            "real": points(REAL, LATER),
            "fake": points(FAKE, LATER),
            "sample_weight": other(
                lambda: None, {"None": "samples have no weights"}
            ),
        },
    ),
    Target(
        "metrics.density_ratio",
        lambda **arguments: tested().density_ratio(**arguments),
        {"samples": points(REAL)},
    ),
    Target(
        "metrics.inception_features",
        inception,
        {
            "image_shape": other(
                lambda: (8, 8, 3),
                {"gray": "one channel is repeated"},
                more={
                    "gray": lambda: (8, 8, 1),
                    "of two channels": lambda: (8, 8, 2),
                    "of no width": lambda: (8, 0, 3),
                    "of floats": lambda: (8.5, 8, 3),
                    "of strings": lambda: ("8", "8", "3"),
                    "of None": lambda: (None, None, 3),
                    "huge": lambda: (10**30, 8, 3),
                    "of booleans": lambda: (True, True, True),
                },
            ),
            "weights": other(
                lambda: None,
                {"None": "random weights"},
            ),
        },
    ),
]


def cells(**fine):
    return samples(
        lambda: np.array([0.25, 0.75]),
        (2,),
        fine,
        more={
            "negative": lambda: [-0.5, 1.5],
            "of another sum": lambda: [0.5, 0.6],
            "of three cells": lambda: [0.2, 0.3, 0.5],
            "of zero": lambda: [0.0, 0.0],
        },
        named=("`p` and `q`",),
    )


def two(function, **fine):
    return Target(
        f"divergences.{function}",
        lambda **arguments: getattr(kgan.divergences, function)(**arguments),
        {"p": cells(**fine), "q": cells(**fine)},
    )


POSITIVE = {
    "True": "1",
    "np.bool_": "1",
    "boolean array": "zeros and ones",
    "array that overflows float32": FLOAT64,
    "False": "0",
    "integer array": NUMBER,
    "0": NUMBER,
    "-0.0": NUMBER,
    "1.5": NUMBER,
    "1e-50": NUMBER,
    "np.float32": NUMBER,
    "np.int64": NUMBER,
    "array of rank 0": NUMBER,
    "array of rank 1": NUMBER,
}
MASSES = POSITIVE | {
    "of another sum": "the sum of a density is free",
    "of zero": "NaN where both are 0, as documented",
}


def mean():
    return samples(
        lambda: 0.5,
        (1,),
        POSITIVE
        | {
            "-1": NUMBER,
            "array of one axis less": NUMBER,
        },
        named=("mean_p` and `mean_q",),
    )


def covariance():
    return samples(
        lambda: 1.0,
        (1, 1),
        {k: v for k, v in POSITIVE.items() if k != "array of rank 1"},
        named=(),
    )


def line(valid):
    return samples(
        lambda: np.array(valid),
        (2,),
        {
            "array of rank 1": "one point",
            "integer array": NUMBER,
            "boolean array": "zeros and ones",
            "array that overflows float32": FLOAT64,
            "wider array": "sets may differ in number",
        },
    )


def weights():
    return other(
        lambda: None,
        {"None": "equal weights", "list": "one for each point"},
        more={
            "list": lambda: [1, 2],
            "negative": lambda: [1, -1],
            "of zero": lambda: [0, 0],
            "of three": lambda: [1, 2, 3],
            "of strings": lambda: ["1", "2"],
            "of NaN": lambda: [1, np.nan],
        },
    )


GAUSSIANS = {
    "mean_p": mean(),
    "covariance_p": covariance(),
    "mean_q": mean(),
    "covariance_q": covariance(),
}
DIVERGENCES = [
    two("kl"),
    two("jsd"),
    two("game_value"),
    two("optimal_discriminator", **MASSES),
    Target(
        "divergences.gaussian_kl",
        lambda **arguments: kgan.divergences.gaussian_kl(**arguments),
        GAUSSIANS,
    ),
    Target(
        "divergences.gaussian_wasserstein",
        lambda **arguments: kgan.divergences.gaussian_wasserstein(**arguments),
        GAUSSIANS,
    ),
    Target(
        "divergences.linear_game",
        lambda **arguments: kgan.divergences.linear_game(**arguments),
        {
            "real": points(REAL),
            "fake": points(FAKE),
            "C": number(1.0, lambda x: x > 0),
        },
    ),
    Target(
        "divergences.wasserstein",
        lambda **arguments: kgan.divergences.wasserstein(**arguments),
        {
            "x": line([0.0, 1.0]),
            "y": line([2.0, 1.0]),
            "order": number(1, lambda x: x >= 1),
            "x_weights": weights(),
            "y_weights": weights(),
        },
    ),
    Target(
        "divergences.earth_mover",
        lambda **arguments: kgan.divergences.earth_mover(**arguments),
        {
            "p": cells(),
            "q": cells(),
            "cost": samples(
                lambda: np.ones((2, 2)),
                (2, 2),
                {
                    "None": DEFAULT,
                    "integer array": NUMBER,
                    "boolean array": "zeros and ones",
                    "array that overflows float32": FLOAT64,
                },
            ),
        },
    ),
]


def spread(**options):
    return number(0.5, lambda x: 0 <= x, **options)


def ring():
    return kgan.data.ring_of_gaussians()


def toy(function):
    return lambda **arguments: _drawn(getattr(kgan.data, function)(**arguments))


def _drawn(made):
    if isinstance(made, kgan.data.Mixture):
        made.sample(3)


def batches(**arguments):
    next(ring().batches(**arguments))


TOYS = [
    Target(
        "data.ring_of_gaussians",
        toy("ring_of_gaussians"),
        {
            "num_modes": integer(3),
            "radius": spread(),
            "standard_deviation": spread(),
        },
    ),
    Target(
        "data.grid_of_gaussians",
        toy("grid_of_gaussians"),
        {
            "side": integer(3),
            "spacing": spread(),
            "standard_deviation": spread(),
        },
    ),
    Target(
        "data.gaussian_pair",
        toy("gaussian_pair"),
        {"distance": spread(), "standard_deviation": spread()},
    ),
    Target(
        "data.swiss_roll",
        toy("swiss_roll"),
        {"num": integer(3), "noise": spread(), "seed": integer(0, minimum=0)},
    ),
    Target(
        "data.Mixture",
        lambda **arguments: _drawn(kgan.data.Mixture(**arguments)),
        {
            "centres": samples(
                lambda: [[0.0, 1.0]],
                (3, 2),
                {
                    "integer array": NUMBER,
                    "boolean array": "zeros and ones",
                    "wider array": "any number of coordinates",
                },
            ),
            "standard_deviation": spread(),
            "name": text("mixture", {"string": "a name"}),
        },
    ),
    Target(
        "data.Mixture.sample",
        lambda **arguments: ring().sample(**arguments),
        {"num": integer(3), "seed": seed()},
    ),
    Target(
        "data.Mixture.batches",
        batches,
        {
            "batch_size": integer(3),
            "num_batches": integer(2, optional=True),
            "seed": seed(),
        },
    ),
]


def scope(sharded_data):
    with kgan.distribution.scope(sharded_data):
        pass


def writing(path):
    with kgan.distribution.writing(path):
        pass


DISTRIBUTION = [
    Target(
        "distribution.scope",
        scope,
        {
            "sharded_data": Argument(
                lambda: False,
                {"False": "all processes have all of the data"}
                | (
                    {}
                    if games.BACKEND == "tensorflow"
                    else {"True": "each process has its share"}
                ),
            )
        },
    ),
    Target(
        "distribution.writing",
        writing,
        {"path": path(lambda: "x.keras")},
    ),
]


def space(**options):
    return other(
        lambda: 0.01,
        {
            "1.5": "one number",
            "10**30": "one number, which float32 has",
            "np.float32": "one number",
            "np.int64": "one number",
            **options,
        },
        more={
            "reversed": lambda: (2, 1),
            "of one": lambda: (1,),
            "twice one": lambda: [1, 1],
            "of NaN": lambda: [float("nan")],
            "of strings": lambda: ["1"],
            "of zero": lambda: (0, 1),
        },
        named=("updates_per_epoch",),
    )


def builder():
    return other(
        lambda: games.generator,
        {
            "lambda": "a builder is called when a trial begins",
            "class": "a class is a function that makes something",
        },
        more={
            "a model": games.generator,
            "of two arguments": lambda: lambda a, b: None,
        },
    )


def hypermodel(**arguments):
    from kgan import tuning

    tuning.GANHyperModel(**arguments)


def sliced():
    return kgan.metrics.SlicedWasserstein(num_projections=4)


HYPERMODEL = Target(
    "tuning.GANHyperModel",
    hypermodel,
    {
        "generator": builder(),
        "discriminator": builder(),
        "metrics": other(
            lambda: [sliced()],
            {},
            more={
                "a metric": sliced,
                "a class": lambda: [kgan.metrics.SlicedWasserstein],
                "Keras's own": lambda: [keras.metrics.MeanSquaredError()],
                "a name": lambda: ["sliced_wasserstein"],
                "twice one": lambda: [sliced(), sliced()],
            },
        ),
        "objective": other(
            lambda: None,
            {"None": "the first metric", "a name": "a metric's log"},
            more={
                "a name": lambda: "val_sliced_wasserstein",
                "a loss": lambda: "val_generator_loss",
            },
        ),
        "model": other(
            lambda: kgan.WGAN,
            {
                "lambda": "a function that makes a model",
                "class": "a class of a model",
            },
            more={"a model": lambda: games.game(), "a name": lambda: "WGAN"},
        ),
        "clip_value": space(**{"None": "no clip"}),
        "n_critic": other(
            lambda: 1,
            {"np.int64": "one number"},
            more={
                "reversed": lambda: (2, 1),
                "of floats": lambda: [1.5],
                "of strings": lambda: ["1"],
                "twice one": lambda: [1, 1],
            },
            named=("updates_per_epoch",),
        ),
        "generator_learning_rate": space(**{"None": DEFAULT}),
        "discriminator_learning_rate": space(**{"None": DEFAULT}),
        "budget": text("critic_updates"),
        "updates_per_epoch": integer(4),
        "seeds": other(
            lambda: [0],
            {"a range": "distinct integers"},
            more={
                "a range": lambda: range(2),
                "twice one": lambda: [0, 0],
                "of a string": lambda: ["0"],
                "negative": lambda: [-1],
                "too large": lambda: [2**31],
                "of a float": lambda: [0.0],
            },
        ),
        "min_variance_share": number(1e-4, lambda x: 0 <= x <= 1),
    },
)


@functools.cache
def tuner():
    """keras-tuner's, whose search ends where a trial would begin."""
    import keras_tuner

    from kgan import tuning

    hypermodel = tuning.GANHyperModel(
        games.generator,
        games.critic,
        [sliced()],
        n_critic=1,
        updates_per_epoch=2,
        seeds=[0],
    )
    tuner = keras_tuner.RandomSearch(
        hypermodel, hypermodel.objective, max_trials=1, directory="tuner"
    )

    def search(*arguments, **options):
        raise Accepted

    tuner.search = search
    return tuner


def searched(**arguments):
    from kgan import tuning

    tuning.search(**{"tuner": tuner()} | arguments)


def other_tuner():
    import keras_tuner

    return keras_tuner.RandomSearch(
        lambda hp: None, "val_loss", max_trials=1, directory="other"
    )


HELD_OUT = games.points(8, seed=2)
DATA = ("[Dd]ata",)


def trial(**changes):
    return {
        "trial": "0",
        "status": "COMPLETED",
        "objective": "val_sliced_wasserstein",
        "score": 1.0,
        "clip_value": 0.01,
        "n_critic": 1,
        "seeds": {0: 1.0},
        "smallest": 1.0,
        "largest": 1.0,
        "failed_seeds": 0,
        "budget": "critic_updates",
        "critic_updates": 2,
        "generator_updates": 2,
        "seconds": 1.0,
        "reason": "",
    } | changes


def trials(**fine):
    return other(
        lambda: [trial()],
        fine,
        more={
            "a trial": lambda: trial(),
            "of strings": lambda: ["x"],
            "of dicts without a trial": lambda: [{}],
            "of a score that is no number": lambda: [trial(score="x")],
            "without seeds": lambda: [trial(seeds=None)],
        },
    )


def tuned(function):
    def call(**arguments):
        from kgan import tuning

        getattr(tuning, function)(**arguments)

    return call


def exported(**arguments):
    """Of a tuner without a trial, which is looked at last."""
    from kgan import tuning

    given = arguments["tuner"]
    try:
        tuning.export_best(**arguments)
    except ValueError as error:
        if given is tuner() and "none of whose trials" in str(error):
            raise Accepted from error
        raise


FOLDER = {"string": "a folder of that name"}
TUNING = [
    HYPERMODEL,
    Target(
        "tuning.search",
        searched,
        {
            "tuner": other(tuner, {}, more={"of another": other_tuner}),
            "x": samples(
                REAL,
                (8, 2),
                {"lambda": "a function of the seed"},
                more={"the held-out samples": lambda: HELD_OUT},
                named=DATA,
            ),
            "validation_data": samples(lambda: HELD_OUT, (8, 2), named=DATA),
            "out": path(lambda: None, {**FOLDER, "None": "the tuner's own"}),
            "verbose": other(
                lambda: 0,
                {
                    "True": "Keras's 1",
                    "False": "silence",
                    "0": "silence",
                    "np.int64": "Keras's 2",
                    "np.bool_": "Keras's 1",
                },
            ),
            "epochs": integer(1),
            "batch_size": integer(4, optional=True),
            "validation_freq": other(
                lambda: 1,
                {"set": "Keras's set of epochs, with the last"},
                named=("epochs",),
            ),
            "steps_per_epoch": other(
                lambda: None, {"None": "follows from the budget"}
            ),
            "callbacks": other(
                lambda: None,
                {"None": "no callbacks", "empty list": "no callbacks"},
                more={
                    "a class": lambda: [keras.callbacks.LambdaCallback],
                    "a clip": lambda: [kgan.callbacks.WeightClip()],
                },
            ),
        },
    ),
    Target("tuning.results", tuned("results"), {"tuner": other(tuner)}),
    Target(
        "tuning.write_results",
        tuned("write_results"),
        {
            "trials": trials(**{"empty list": "a table without rows"}),
            "directory": path(lambda: "results", FOLDER),
        },
    ),
    Target(
        "tuning.plot",
        tuned("plot"),
        {"trials": trials(), "path": path(lambda: "plot.png", {})},
    ),
    Target(
        "tuning.write_hparams",
        tuned("write_hparams"),
        {
            "trials": trials(**{"empty list": "no sessions"}),
            "log_dir": path(lambda: "hparams", FOLDER),
        },
    ),
    Target(
        "tuning.export_best",
        exported,
        {
            "tuner": other(tuner, {}, more={"of another": other_tuner}),
            "directory": path(lambda: "best", FOLDER),
            # Arrays of a wrong shape are refused by `evaluate`.
            "validation_data": other(
                lambda: HELD_OUT,
                skip=(
                    *("np.int64", "np.float32", "np.bool_"),
                    *("array of rank 0", "array of rank 1"),
                ),
            ),
            "dataset": text("d", {"string": "a name"}),
            "split": text("s", {"string": "a name"}),
            "image_size": integer(
                None,
                optional=True,
                fine={"pair": "height and width"},
                more={"pair": lambda: (2, 3), "triple": lambda: (2, 3, 4)},
            ),
        },
    ),
]

TARGETS = [*METRICS, *MORE_METRICS, *DIVERGENCES, *TOYS, *DISTRIBUTION, *TUNING]
