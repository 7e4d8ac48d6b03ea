"""Models, what they do, callbacks and architectures, for the fuzz."""

import functools

import games
import keras
import numpy as np
from fuzz import Target
from fuzz_kinds import (
    LARGE,
    LONG,
    NUMPY,
    Argument,
    Stranger,
    boolean,
    flag,
    integer,
    name,
    number,
    other,
    samples,
    text,
)

import kgan

TORCH = games.BACKEND == "torch"
DATA = (r"[Rr]eal samples", r"[Dd]ata", r"Images", r"batch")
LISTS = "lists of numbers are an array"
IGNORED = "ignored, so that labelled data can be passed as it is"


@functools.cache
def gan():
    """The model that most cases share."""
    return games.game("GAN", n_critic=2)


@functools.cache
def compiled():
    """The one that is compiled again and again."""
    return games.game("GAN", n_critic=1)


@functools.cache
def networks():
    return games.generator(), games.critic()


def nets(*layers, width=2):
    return keras.Sequential([keras.Input((width,)), *layers])


def dense(units, activation=None):
    return keras.layers.Dense(units, activation)


def two_inputs():
    a, b = keras.Input((3,)), keras.Input((1,))
    x = keras.layers.Concatenate()([a, b])
    return keras.Model([a, b], dense(2)(x))


def two_outputs(width=2):
    a = keras.Input((width,))
    return keras.Model(a, [dense(1)(a), dense(1)(a)])


class Subclassed(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.dense = dense(units)

    def call(self, x):
        return self.dense(x)


def half(units):
    return nets(keras.layers.Dense(units, dtype="float16"), width=3)


GENERATORS = {
    "no latents": lambda: nets(dense(2), width=0),
    "too wide": lambda: nets(dense(3), width=3),
    "two inputs": two_inputs,
    "two outputs": lambda: two_outputs(3),
    "not built": lambda: keras.Sequential([dense(2)]),
    "subclassed": lambda: Subclassed(2),
    "float16": lambda: half(2),
    "the class of a model": lambda: keras.Model,
    "the discriminator": lambda: networks()[1],
    "too narrow": lambda: nets(dense(1), width=3),
    "integer latents": lambda: keras.Sequential(
        [
            keras.Input((3,), dtype="int32"),
            keras.layers.Embedding(4, 2),
            keras.layers.GlobalAveragePooling1D(),
        ]
    ),
}
DISCRIMINATORS = {
    f"ends in {activation}": lambda activation=activation: nets(
        dense(1, activation)
    )
    for activation in (
        *("sigmoid", "tanh", "relu", "softsign", "log_sigmoid", "softplus"),
        *("hard_sigmoid", "relu6", "exponential"),
    )
} | {
    "ends in a Lambda": lambda: nets(
        dense(1), keras.layers.Lambda(keras.ops.sigmoid, output_shape=(1,))
    ),
    "ends in a wrapped sigmoid": lambda: nets(
        keras.layers.Reshape((2, 1)),
        keras.layers.TimeDistributed(dense(1, "sigmoid")),
        keras.layers.Flatten(),
        keras.layers.Lambda(lambda x: x[:, :1], output_shape=(1,)),
    ),
    "two logits": lambda: nets(dense(2)),
    "too wide": lambda: nets(dense(1), width=3),
    "two outputs": two_outputs,
    "not built": lambda: keras.Sequential([dense(1)]),
    "subclassed": lambda: Subclassed(1),
    "the class of a model": lambda: keras.Model,
    "the generator": lambda: networks()[0],
    "a layer of the generator": lambda: shares_a_layer(),
}


def shares_a_layer():
    inputs = keras.Input((2,))
    x = networks()[0].layers[-1](dense(6)(inputs))
    return keras.Model(inputs, dense(1)(x))


def model(objective, **options):
    critic = "critic" if objective == "WGAN" else "discriminator"
    n_critic = LONG + "; a fit that has too little says so"
    return {
        "generator": other(
            lambda: networks()[0], more=GENERATORS, named=("generator",)
        ),
        critic: other(
            lambda: networks()[1],
            more=DISCRIMINATORS,
            named=("discriminator", "critic"),
        ),
        "n_critic": integer(1, large=n_critic),
        "seed": integer(1, minimum=0, optional=True),
        "name": name(),
        **options,
    }


def prior():
    return number(
        None, lambda x: 0 < x < 1, optional=True, named=("class_prior",)
    )


def construct(objective):
    def call(**arguments):
        gan = getattr(kgan, objective)(**arguments)
        gan.compile()
        gan.generate(2)

    return call


MODELS = [
    Target("WGAN", construct("WGAN"), model("WGAN")),
    Target("GAN", construct("GAN"), model("GAN", class_prior=prior())),
    Target(
        "NonSaturatingGAN",
        construct("NonSaturatingGAN"),
        model("NonSaturatingGAN", class_prior=prior()),
    ),
]


def an_optimizer(**options):
    return other(
        lambda: None,
        {"None": "the default of the paper", **options},
        more={
            "name of an optimizer": lambda: "adam",
            "unknown name": lambda: "adamw2",
            "a schedule": lambda: keras.optimizers.schedules.CosineDecay(
                0.1, 10
            ),
            "a class": lambda: keras.optimizers.Adam,
            "used elsewhere": lambda: gan().generator_optimizer,
        },
        named=("optimizer",),
    )


def foreign_metric():
    return [keras.metrics.MeanSquaredError()]


COMPILE = Target(
    "GAN.compile",
    lambda **arguments: compiled().compile(**arguments),
    {
        "generator_optimizer": an_optimizer(
            **{"name of an optimizer": "Keras knows it by name"}
        ),
        "discriminator_optimizer": an_optimizer(
            **{"name of an optimizer": "Keras knows it by name"}
        ),
        "metrics": other(
            lambda: None,
            {
                "None": "no metrics",
                "empty list": "no metrics",
                "a function": "functions of (real, fake) are averaged",
                "Keras's own": "it has update_state(real, fake)",
                "a class": "Keras makes one of it",
            },
            more={
                "accuracy": lambda: ["accuracy"],
                "unknown name": lambda: ["nothing"],
                "a class": lambda: [kgan.metrics.FrechetDistance],
                "no list": kgan.metrics.FrechetDistance,
                "one twice": lambda: [kgan.metrics.FrechetDistance()] * 2,
                "of images": lambda: [kgan.metrics.MSSSIM()],
                "of other points": lambda: [
                    kgan.metrics.ModeCoverage([[0.0]], 1.0)
                ],
                "a number": lambda: [3],
                "a function": lambda: [difference],
                "Keras's own": foreign_metric,
            },
            named=("metric", "num_samples"),
        ),
        "run_eagerly": boolean(),
        "steps_per_execution": Argument(
            lambda: 1, {} if TORCH else {"np.int64": NUMPY}
        ),
        "jit_compile": boolean("auto"),
    },
)


def difference(real, fake):
    return keras.ops.mean(real - fake, axis=-1)


POINTS = functools.partial(games.points, 16)


DATA_KINDS = {
    "generator of integers": lambda: iter(range(9)),
    "generator of strings": lambda: iter(["a", "b"]),
    "generator of None": lambda: iter([None, None]),
    "generator of wrong shapes": lambda: iter([np.zeros((8, 5), "f4")] * 4),
    "generator of two shapes": lambda: iter(
        [np.zeros((8, 2), "f4"), np.zeros((8, 3), "f4")] * 2
    ),
    "generator of NaN": lambda: iter([np.full((8, 2), np.nan, "f4")] * 4),
    "generator that overflows": lambda: iter([np.full((8, 2), 1e39)] * 4),
    "generator of masked arrays": lambda: iter(
        [np.ma.masked_less(games.points(8), 0)] * 4
    ),
    "generator of dicts": lambda: iter([{"x": games.points(8)}] * 4),
    "generator that is empty": lambda: (b for b in ()),
    "array of points": lambda: games.points(16).tolist(),
    "tuple of arrays": lambda: (games.points(16), games.points(16)),
    "dict of arrays": lambda: {"x": games.points(16)},
    "too small": lambda: games.points(3),
    "NCHW images": lambda: np.zeros((8, 1, 4, 4), "float32"),
    "a keras model": lambda: networks()[0],
    "a KerasTensor": lambda: keras.Input((2,)),
}


def data(make=POINTS, fine=None, **options):
    return samples(make, (8, 2), fine, more=DATA_KINDS, named=DATA, **options)


def callbacks():
    return other(
        lambda: None,
        dict.fromkeys(("None", "empty list", "empty dict"), "no callbacks"),
        more={
            "a class": lambda: keras.callbacks.LambdaCallback,
            "list of a class": lambda: [keras.callbacks.LambdaCallback],
            "list of a function": lambda: [print],
            "of another model": lambda: [keras.callbacks.BackupAndRestore],
            "a number in a list": lambda: [3],
        },
        named=("callback",),
    )


def fit(**arguments):
    options = {"batch_size": 8, "verbose": 0, "x": games.points(48)}
    gan().fit(**options | arguments)


VERBOSE = {
    "True": "Keras's 1",
    "False": "Keras's 0",
    "0": "silence",
    "np.int64": "Keras's 2",
    "np.bool_": "Keras's 1",
}
NO_WEIGHTS = "no weights, which a GAN's samples do not have"

FIT = Target(
    "GAN.fit",
    fit,
    {
        "x": data(functools.partial(games.points, 48)),
        "y": other(
            lambda: None,
            dict.fromkeys(("None", "array of rank 1", "stranger"), IGNORED),
            only=("None", "array of rank 1", "stranger"),
        ),
        # None is 64, more than there are here.
        "batch_size": integer(8, named=("data",)),
        "epochs": integer(1),
        "verbose": other(lambda: 0, VERBOSE),
        "callbacks": callbacks(),
        "validation_split": other(
            lambda: 0.0,
            {
                "None": "no split",
                "0": "no split",
                "-0.0": "no split",
                "np.float32": "half of the data is held out",
            },
        ),
        "validation_data": data(
            lambda: None,
            {
                "None": "no validation",
                "too small": "every sample counts, however few",
                "tuple of arrays": "samples and labels",
            },
            # Read after the epoch, which stays trained.
            skip=("generator of two shapes",),
        ),
        "shuffle": flag(),
        "class_weight": other(lambda: None, {"None": NO_WEIGHTS}),
        "sample_weight": other(lambda: None, {"None": NO_WEIGHTS}),
        # Two epochs begun of one, two steps of data for one: refused.
        "initial_epoch": Argument(
            lambda: 0, {"0": "from the beginning"}, named=("epochs",)
        ),
        "steps_per_epoch": Argument(
            lambda: None,
            {"None": "all of the data", "np.int64": NUMPY},
            named=("data",),
        ),
    },
    gan,
)


def fit_validated(**arguments):
    fit(validation_data=games.points(16, seed=1), **arguments)


VALIDATED = Target(
    "GAN.fit with validation",
    fit_validated,
    {
        "validation_steps": integer(1, optional=True),
        "validation_batch_size": integer(8, optional=True),
        "validation_freq": integer(1),
    },
    gan,
)

EVALUATE = Target(
    "GAN.evaluate",
    lambda **arguments: gan().evaluate(**arguments),
    {
        "x": data(
            fine={
                "too small": "every sample counts, however few",
                "tuple of arrays": "samples and labels, as validation data",
            }
        ),
        "y": other(lambda: None, {"stranger": IGNORED}, only=("stranger",)),
        "batch_size": integer(8, optional=True),
        "verbose": other(lambda: 0, VERBOSE),
        "sample_weight": other(lambda: None, {"None": NO_WEIGHTS}),
        "steps": integer(1, optional=True, named=("data",)),
        "callbacks": callbacks(),
        "return_dict": flag(),
    },
    gan,
)

LATENTS = samples(
    lambda: np.zeros((4, 3), "float32"),
    (4, 3),
    {
        "integer array": "Keras casts latents to float32",
    },
    named=("latents",),
)

METHODS = [
    COMPILE,
    FIT,
    VALIDATED,
    EVALUATE,
    Target(
        "GAN.generate",
        lambda **arguments: gan().generate(**arguments),
        {
            "num": integer(2),
            "seed": integer(1, minimum=0, optional=True, large="a seed"),
            "batch_size": integer(4, large=LARGE),
        },
        gan,
    ),
    Target(
        "GAN.predict",
        lambda x, **arguments: gan().predict(x, **arguments),
        {
            "x": LATENTS,
            "batch_size": integer(4, optional=True),
            "verbose": other(lambda: 0, VERBOSE),
            "steps": integer(1, optional=True, named=("data",)),
        },
        gan,
    ),
    Target(
        "GAN.train_on_batch",
        lambda **arguments: gan().train_on_batch(**arguments),
        {
            "x": data(fine={"array of points": LISTS}),
            "sample_weight": other(lambda: None, {"None": NO_WEIGHTS}),
            "class_weight": other(lambda: None, {"None": NO_WEIGHTS}),
            "return_dict": flag(),
        },
        gan,
    ),
    Target(
        "GAN.test_on_batch",
        lambda **arguments: gan().test_on_batch(**arguments),
        {
            "x": data(
                fine={
                    "too small": "a batch of any size",
                    "array of points": LISTS,
                }
            ),
            "sample_weight": other(lambda: None, {"None": NO_WEIGHTS}),
            "return_dict": flag(),
        },
        gan,
    ),
    Target(
        "GAN.clip_weights",
        lambda **arguments: clip(**arguments),
        {
            "clip_value": number(
                0.1,
                lambda x: 1e-30 < x < 1e30,
                optional=True,
                fine={"None": "ends the clip"},
            )
        },
        gan,
    ),
]


def clip(clip_value):
    gan().clip_weights(clip_value)
    gan().clip_weights(None)


def clip_callback(clip_value):
    callback = kgan.callbacks.WeightClip(clip_value)
    gan().fit(POINTS(), batch_size=8, verbose=0, callbacks=[callback])


def schedule(value):
    return lambda: lambda epoch: value


CALLBACKS = [
    Target(
        "callbacks.WeightClip",
        clip_callback,
        {
            "clip_value": number(
                0.1,
                lambda x: 1e-30 < x < 1e30,
                more={
                    "schedule of NaN": schedule(float("nan")),
                    "schedule of a string": schedule("x"),
                    "schedule that takes nothing": lambda: lambda: 0.1,
                    "schedule of a class": lambda: Stranger,
                },
            )
        },
        gan,
    ),
    Target(
        "callbacks.TerminateOnNaN",
        lambda **arguments: fit(
            callbacks=[kgan.callbacks.TerminateOnNaN(**arguments)]
        ),
        {"raise_error": boolean()},
        gan,
    ),
]

TARGETS_OF_SCORES = [
    Target(
        "callbacks.Scores",
        lambda **arguments: kgan.callbacks.Scores("scores.json", **arguments),
        {
            "dataset": text("digits", {"string": "it is a name"}),
            "split": text("test", {"string": "it is a name"}),
        },
    )
]

WIDTHS = {
    "array of rank 1": "one layer of 2 units",
    "empty list": "no hidden layer: a linear network",
    "list": "a list of widths",
}


def hidden():
    return other(
        lambda: (4,),
        WIDTHS,
        more={
            "list": lambda: [3, 3],
            "list of floats": lambda: [1.5],
            "list of nested lists": lambda: [[3]],
            "list of strings": lambda: ["x"],
            "list of zero": lambda: [0],
            "list of a huge one": lambda: [10**30],
        },
    )


def shape(valid=(8, 8, 1), fine=None):
    return other(
        lambda: valid,
        fine or {},
        more={
            "odd size": lambda: (9, 9, 1),
            "not square": lambda: (8, 16, 1),
            "no channels": lambda: (8, 8),
            "two channels": lambda: (8, 8, 2),
            "huge": lambda: (10**30, 10**30, 1),
            "of strings": lambda: ("8", "8", "1"),
            "of floats": lambda: (8.5, 8.5, 1),
            "of None": lambda: (None, None, 1),
        },
    )


def classes():
    return integer(None, optional=True)


MODEL_NAME = {"None": "Keras makes one up", "string": "it is a name"}


def model_name():
    return Argument(lambda: "net", MODEL_NAME)


def built(builder):
    def call(**arguments):
        getattr(kgan.architectures, builder)(**arguments)

    return call


def r3gan():
    """What both networks of R3GAN take."""
    return {
        "image_shape": shape(
            fine={"not square": "images of any shape that the stages halve"}
        ),
        "widths": other(
            lambda: (4, 4),
            {
                "array of rank 1": "one stage of 2 channels",
                "list": "a list of widths",
            },
            more=hidden().more,
        ),
        "blocks": integer(1),
        "cardinality": integer(2, optional=True),
        "name": model_name(),
        "num_classes": classes(),
        "embedding_dim": integer(3, optional=True),
    }


ARCHITECTURES = [
    Target(
        "architectures.mlp_generator",
        built("mlp_generator"),
        {
            "num_classes": classes(),
            "output_dim": integer(2),
            "latent_dim": integer(3),
            "hidden_units": hidden(),
            "output_activation": text(
                None,
                {
                    "None": "linear",
                    "tanh": "for data in [-1, 1]",
                    "layer": "Keras takes a layer for an activation",
                },
                more={"tanh": lambda: "tanh"},
            ),
            "name": model_name(),
        },
    ),
    Target(
        "architectures.mlp_discriminator",
        built("mlp_discriminator"),
        {
            "num_classes": classes(),
            "input_dim": integer(2),
            "hidden_units": hidden(),
            "name": model_name(),
        },
    ),
    Target(
        "architectures.dcgan_generator",
        built("dcgan_generator"),
        {
            "num_classes": classes(),
            "image_shape": shape(),
            "latent_dim": integer(3),
            "filters": integer(2),
            "name": model_name(),
            "base_convolutions": integer(0, minimum=0),
            "kernel_initializer": text("normal"),
            "num_components": integer(2, minimum=2, optional=True),
        },
    ),
    Target(
        "architectures.dcgan_discriminator",
        built("dcgan_discriminator"),
        {
            "num_classes": classes(),
            "image_shape": shape(),
            "filters": integer(2),
            "normalization": text("layer"),
            "name": model_name(),
            "base_convolutions": integer(0, minimum=0),
            "kernel_initializer": text("normal"),
        },
    ),
    Target(
        "architectures.resnet_generator",
        built("resnet_generator"),
        {
            "num_classes": classes(),
            "image_shape": shape((32, 32, 1)),
            "latent_dim": integer(3),
            "filters": integer(2, optional=True),
            "name": model_name(),
            "attention": other(lambda: None, {"None": "no attention"}),
            "spectral": boolean(),
        },
    ),
    Target(
        "architectures.resnet_discriminator",
        built("resnet_discriminator"),
        {
            "num_classes": classes(),
            "image_shape": shape((32, 32, 1)),
            "filters": integer(2, optional=True),
            "normalization": text("spectral"),
            "name": model_name(),
            "attention": other(lambda: None, {"None": "no attention"}),
            "use_bias": boolean(),
        },
    ),
    Target(
        "architectures.r3gan_generator",
        built("r3gan_generator"),
        {"latent_dim": integer(3), **r3gan()},
    ),
    Target(
        "architectures.r3gan_discriminator",
        built("r3gan_discriminator"),
        r3gan(),
    ),
]

TARGETS = [
    *MODELS,
    *METHODS,
    *CALLBACKS,
    *TARGETS_OF_SCORES,
    *ARCHITECTURES,
]
