"""Penalties, schedules, averages and augmentations, for the fuzz."""

import functools

import games
from fuzz import Target
from fuzz_engine import construct, model
from fuzz_kinds import (
    DEFAULT,
    LONG,
    boolean,
    integer,
    number,
    other,
    text,
)

import kgan

A_NAME = {"string": "it is a name"}


def log_name(valid):
    return text(valid, A_NAME)


def anything(**options):
    """A finite number of any sign."""
    return number(1.0, lambda x: True, **options)


def weight(name):
    return number(
        1.0,
        lambda x: x >= 0,
        more={
            "a schedule": lambda: kgan.schedules.Constant(1.0),
            "Keras's schedule": keras_schedule,
        },
        fine={"a schedule": "it follows the images seen"},
        named=(name,),
    )


def keras_schedule():
    import keras

    return keras.optimizers.schedules.CosineDecay(0.1, 10)


@functools.cache
def networks():
    return games.generator(), games.critic()


def in_a_game(make, game=kgan.GAN):
    """Builds a part, and a game of it."""

    def call(**arguments):
        part = make(**arguments)
        generator, critic = networks()
        game(generator, critic, penalties=[part])

    return call


def penalty(name, game=kgan.GAN, **options):
    cls = getattr(kgan.penalties, name)
    first = "gamma" if name in ("R1", "R2") else "weight"
    return Target(
        f"penalties.{name}",
        in_a_game(cls, game),
        {first: weight(first), **options, "name": log_name("p")},
    )


def above_zero(valid, **options):
    return number(valid, lambda x: x > 0, **options)


def followed(valid, fits, **options):
    """A number in a range, or one of our schedules within it."""
    return number(
        valid,
        fits,
        more={
            "a schedule": lambda: kgan.schedules.Linear(0.1, 0.9, 10),
            "out of range": lambda: kgan.schedules.Linear(0.1, 1.9, 10),
            "Keras's schedule": keras_schedule,
        },
        fine={"a schedule": "it follows the images seen"},
        **options,
    )


def chance(**options):
    return followed(0.5, lambda x: 0 <= x <= 1, **options)


def beta():
    return followed(0.9, lambda x: 0 <= x < 1)


PENALTIES = [
    penalty("R1"),
    penalty("R2"),
    penalty(
        "GradientPenalty",
        target=number(1.0, lambda x: x >= 0),
        one_sided=boolean(),
    ),
    penalty("DRAGAN", scale=above_zero(0.5), centred=boolean()),
    penalty("LeCam", decay=number(0.9, lambda x: 0 <= x < 1)),
    penalty("FiniteDifference", sigma=above_zero(0.01)),
    penalty("WitnessPenalty", kgan.MMDGAN),
    penalty("FeatureNorm", kgan.MMDGAN),
]
SCHEDULES = [
    Target(
        "schedules.Constant", kgan.schedules.Constant, {"value": anything()}
    ),
    *(
        Target(
            f"schedules.{name}",
            getattr(kgan.schedules, name),
            {
                "initial": anything(),
                "final": anything(),
                "images": integer(10, large=LONG),
            },
        )
        for name in ("Linear", "Cosine")
    ),
]
AVERAGES = [
    Target(
        "Average",
        kgan.Average,
        {
            "half_life": above_zero(
                10.0,
                more={"a schedule": lambda: kgan.schedules.Constant(1.0)},
                fine={"a schedule": "it follows the images seen"},
            ),
            "ramp_up": above_zero(0.05, optional=True),
        },
    ),
    Target(
        "Average of a decay",
        kgan.Average,
        {"decay": number(0.9, lambda x: 0 <= x < 1)},
    ),
]
AUGMENTATIONS = [
    Target(
        "augmentations.DiffAugment",
        kgan.augmentations.DiffAugment,
        {
            "policy": text("color"),
            "probability": number(0.5, lambda x: 0 <= x <= 1),
        },
    ),
    Target(
        "augmentations.AdaptiveAugment",
        kgan.augmentations.AdaptiveAugment,
        {
            "policy": text("color"),
            "probability": chance(optional=True),
            "target": number(0.6, lambda x: -1 < x < 1),
            "interval": integer(4, large=LONG),
            "images": above_zero(1000.0),
        },
    ),
]
OPTIMIZERS = [
    Target(
        "optimizers.ScheduledAdam",
        kgan.optimizers.ScheduledAdam,
        {
            "beta_1": number(0.5, lambda x: 0 <= x < 1),
            "beta_2": beta(),
            "epsilon": above_zero(1e-8),
        },
    ),
]


def parts():
    """What every objective takes besides its networks."""
    return {
        "penalties": other(
            lambda: (),
            {"empty list": "no penalties", "no list": "one is a list of one"},
            more={
                "a class": lambda: [kgan.penalties.R1],
                "one twice": lambda: [kgan.penalties.R1(1.0)] * 2,
                "a number in a list": lambda: [3],
                "no list": lambda: kgan.penalties.R1(1.0),
            },
            named=("penalt",),
        ),
        "augmentation": other(
            lambda: None,
            {"None": DEFAULT},
            more={
                "a class": lambda: kgan.augmentations.DiffAugment,
                "of images": lambda: kgan.augmentations.DiffAugment(),
            },
            named=("augmentation",),
        ),
        "average": number(
            None,
            lambda x: 0 <= x < 1,
            optional=True,
            more={
                "an average": lambda: kgan.Average(half_life=10.0),
                "a class": lambda: kgan.Average,
            },
            fine={"an average": "it is one"},
        ),
    }


MODELS = [
    Target(name, construct(name), model(name, **options))
    for name, options in (
        ("HingeGAN", parts()),
        ("LeastSquaresGAN", {}),
        ("RelativisticGAN", {}),
        ("RelativisticAverageGAN", {}),
        ("R3GAN", {"gamma": weight("gamma")}),
    )
]
TARGETS = [
    *PENALTIES,
    *SCHEDULES,
    *AVERAGES,
    *AUGMENTATIONS,
    *OPTIMIZERS,
    *MODELS,
]
