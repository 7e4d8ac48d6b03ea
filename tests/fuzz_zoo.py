"""Objectives beyond the papers' first, kernels and layers, for the fuzz."""

import dataclasses

import games
import keras
from fuzz import Target
from fuzz_engine import construct, model
from fuzz_kinds import (
    DEFAULT,
    boolean,
    integer,
    number,
    other,
    text,
)

import kgan
from kgan import layers


def above_zero(valid, **options):
    return number(valid, lambda x: x > 0, **options)


def numbers(valid):
    """A number that float32 can square, or a few."""
    return number(
        valid,
        lambda x: 1e-12 <= x <= 1e12,
        fine={
            "array of rank 1": "a few numbers",
            "a list": "a few numbers",
        },
        more={
            "a list": lambda: [1.0, 2.0],
            "one of no size": lambda: [1.0, 0.0],
            "NaN in a list": lambda: [float("nan")],
            "names": lambda: ["x"],
        },
    )


def features(units=3):
    """A discriminator that gives features in place of logits."""
    return games.critic(units=units)


def network(make, **options):
    """An optional network beside the two players."""
    return other(
        lambda: None,
        {"None": DEFAULT},
        more={
            "of other samples": lambda: games.critic(width=5),
            "unbuilt": lambda: keras.Sequential([keras.layers.Dense(2)]),
            **options,
        },
    )


def one_player(objective, **options):
    """Arguments of a model whose samples no network need fit."""
    arguments = model(objective, **options)
    generator = arguments["generator"]
    fits = ("too wide", "too narrow", "the discriminator")
    arguments["generator"] = dataclasses.replace(
        generator, fine=dict.fromkeys(fits, "no network judges the samples")
    )
    return {
        key: argument
        for key, argument in arguments.items()
        if key not in ("discriminator", "critic", "n_critic")
    }


def of_features(objective, **options):
    """Arguments of a model whose discriminator gives features."""
    return model(objective, **options) | {
        "discriminator": other(
            features,
            more={
                "of other samples": lambda: games.critic(width=5, units=3),
                "subclassed": lambda: keras.Sequential(),
            },
            named=("discriminator", "critic"),
        )
    }


KERNELS = [
    Target(f"kernels.{cls.__name__}", cls, arguments)
    for cls, arguments in (
        (kgan.kernels.Gaussian, {"sigmas": numbers(1.0)}),
        (kgan.kernels.SquaredExponential, {"bandwidths": numbers(1.0)}),
        (
            kgan.kernels.RationalQuadratic,
            {"alphas": numbers(1.0), "linear": boolean()},
        ),
    )
]
ROWS = {
    "GMMN": one_player(
        "GMMN", bandwidths=numbers(1.0), features=network(features)
    ),
    "SlicedWassersteinModel": one_player(
        "SlicedWassersteinModel",
        num_projections=integer(3),
        features=network(features),
    ),
    "SlicedWassersteinGAN": model(
        "SlicedWassersteinGAN", num_projections=integer(3)
    ),
    "MaxSlicedWassersteinGAN": model("MaxSlicedWassersteinGAN"),
    "FeatureMatchingGAN": model(
        "FeatureMatchingGAN", distance=text("squared_l2")
    ),
    "MMDGAN": of_features(
        "MMDGAN",
        kernel=other(
            kgan.kernels.Gaussian,
            {"None": DEFAULT},
            more={"a class": lambda: kgan.kernels.Gaussian},
        ),
        unbiased=boolean(),
        decoder=network(features),
        feasible_weight=number(16.0, lambda x: x >= 0),
        reconstruction_weight=number(8.0, lambda x: x >= 0),
    ),
    "DualingGAN": model(
        "DualingGAN",
        C=above_zero(1.0),
        linearisation=text("score"),
        radius=above_zero(0.1),
        dual_steps=integer(2),
    ),
    "UnrolledGAN": model(
        "UnrolledGAN",
        unroll_steps=integer(2),
        unroll_rate=above_zero(0.1),
        unroll_optimizer=text("sgd"),
    ),
    "GAN with packing": model("GAN", packing=integer(1, skip=("np.int64",))),
}
MODELS = [
    Target(row, construct(row.split()[0]), arguments)
    for row, arguments in ROWS.items()
]


def called(make, width=4):
    """Builds a layer, and a network of it."""

    def call(**arguments):
        samples = keras.Input((width,))
        keras.Model(samples, make(**arguments)(samples))

    return call


LAYERS = [
    Target(
        "layers.MinibatchStandardDeviation",
        called(layers.MinibatchStandardDeviation),
        {
            "group_size": integer(2),
            "num_channels": integer(1),
        },
    ),
    Target(
        "layers.SpectralNormalization",
        called(layers.SpectralNormalization),
        {"layer": other(lambda: keras.layers.Dense(2))},
    ),
    Target(
        "layers.bake",
        lambda model: layers.bake(model),
        {
            "model": other(
                games.critic,
                more={"unbuilt": lambda: keras.Sequential()},
            )
        },
    ),
]
TARGETS = [*KERNELS, *MODELS, *LAYERS]
