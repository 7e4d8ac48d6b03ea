"""The table of presets: a row for each."""

import difflib
from collections.abc import Iterable
from functools import partial
from typing import Any

import keras

from kgan.arguments import shown
from kgan.augmentations import AdaptiveAugment
from kgan.average import Average
from kgan.presets import networks
from kgan.presets.files import File
from kgan.presets.preset import Preset
from kgan.schedules import Cosine
from kgan.scripts import small_r3gan

# Steps of 64: 14,000 of `mnist`, and 20,000 of the others of 28x28.
MNIST_IMAGES, OTHER_IMAGES = 896_000, 1_280_000
# 10,000 steps: eight hundred passes over 1,500 scans, two batches a step.
DIGITS_IMAGES = 640_000
# Steps of 32: 16,000, of two batches each.
EMOJI_IMAGES, EMOJI_BATCH, EMOJI_SIZE = 512_000, 32, 64
# Half a generator's 2 MB in half precision.
EMOJI_FILTERS = 24
# Steps of 256, as of recipes/mode_collapse.py.
MIXTURE_BATCH = 256
MIXTURE_STEPS = {"ring": 15_000, "grid": 40_000}
LICENCES = {
    "digits": "CC BY 4.0 (UCI, Optical Recognition of Handwritten Digits)",
    "mnist": "CC BY-SA 3.0, as commonly stated",
    "fashion_mnist": "MIT",
    "noto_emoji64": "Apache-2.0 (Google, googlefonts/noto-emoji)",
    "ring": "none: drawn from a formula",
    "grid": "none: drawn from a formula",
}
CLASSIFIERS = {
    data: File(f"classifier_{data}.keras", sha256)
    for data, sha256 in (
        (
            "digits",
            "125b4c7aa7120418e4907550a8dd96d326dda75c4cac041474a8ef33b5af6b93",
        ),
        (
            "fashion_mnist",
            "9cef581bc9efee929a4a7dc0d994e0915ea5f4cfe43cdd36c796dff3f71b051e",
        ),
        (
            "mnist",
            "4a9b1e7de58b6438265cafc5a8d43148fbff7806db1b42a49f3183677d4d171b",
        ),
    )
}
# Size of the images that they take.
CLASSIFIED_SIZES = {"digits": 16, "fashion_mnist": 28, "mnist": 28}
EVERYTHING = ("generator", "discriminator")


def _small_arguments(images: int) -> dict:
    return small_r3gan(images)[0]


def _small_optimizers(images: int) -> tuple[keras.optimizers.Optimizer, ...]:
    return tuple(small_r3gan(images)[1])


def _r3gan(gamma: tuple[float, float], images: int, average: Average) -> dict:
    return {"gamma": Cosine(*gamma, images), "average": average}


def _adams(
    rate: tuple[float, float], images: int, epsilon: float
) -> tuple[keras.optimizers.Optimizer, ...]:
    return tuple(
        keras.optimizers.Adam(
            Cosine(*rate, images), beta_1=0.0, beta_2=0.99, epsilon=epsilon
        )
        for _ in range(2)
    )


def _images(
    name: str,
    data: str,
    size: int,
    images: int,
    num_classes: int | None = None,
    kernel_initializer: str = "normal",
    num_components: int | None = None,
    **others: Any,
) -> Preset:
    """Makes a row with R3GAN's loss and penalties and DCGAN's networks."""
    shape = (size, size, 1)
    return Preset(
        name,
        data,
        shape,
        partial(
            networks.dcgan,
            shape,
            num_classes,
            kernel_initializer=kernel_initializer,
            num_components=num_components,
        ),
        partial(_small_arguments, images),
        partial(_small_optimizers, images),
        images,
        num_classes,
        licence=LICENCES[data],
        **others,
    )


def _emoji_arguments() -> dict:
    """Returns R3GAN's, and augmentation: a picture is seen 300 times."""
    arguments, _ = small_r3gan(EMOJI_IMAGES)
    rising = Cosine(0.0, 0.5, EMOJI_IMAGES)
    augmentation = AdaptiveAugment("mirror,translation,color", rising)
    return {**arguments, "augmentation": augmentation}


def _emoji() -> Preset:
    """Makes a row with R3GAN's loss and DCGAN's networks in colour."""
    shape = (EMOJI_SIZE, EMOJI_SIZE, 3)
    return Preset(
        "emoji",
        "noto_emoji64",
        shape,
        partial(networks.dcgan, shape, None, EMOJI_FILTERS),
        _emoji_arguments,
        partial(_small_optimizers, EMOJI_IMAGES),
        EMOJI_IMAGES,
        batch_size=EMOJI_BATCH,
        licence=LICENCES["noto_emoji64"],
    )


def _mixture(name: str) -> Preset:
    """Makes a row with R3GAN on a mixture, as recipes/mode_collapse.py."""
    images = MIXTURE_STEPS[name] * MIXTURE_BATCH
    return Preset(
        name,
        name,
        (2,),
        partial(networks.of_vectors, 2),
        partial(_r3gan, (0.1, 0.001), images, Average(half_life=20_000)),
        partial(_adams, (3e-3, 3e-5), images, 1e-12),
        images,
        batch_size=MIXTURE_BATCH,
        kept=EVERYTHING,
        licence=LICENCES[name],
    )


_ROWS = (
    _images("digits", "digits", 8, DIGITS_IMAGES, 10, kept=EVERYTHING),
    _images(
        "mnist",
        "mnist",
        28,
        MNIST_IMAGES,
        kernel_initializer="fan_in",
        num_components=10,
    ),
    _images("mnist_conditional", "mnist", 28, OTHER_IMAGES, 10, "fan_in"),
    _images("fashion_mnist", "fashion_mnist", 28, OTHER_IMAGES),
    _images("fashion_mnist_conditional", "fashion_mnist", 28, OTHER_IMAGES, 10),
    _emoji(),
    _mixture("ring"),
    _mixture("grid"),
)
PRESETS = {preset.name: preset for preset in _ROWS}


def preset(name: Any) -> Preset:
    """Returns the preset of a name.

    Raises:
        ValueError: If there is none; the message has names that are near.
    """
    return PRESETS[known("name", name, PRESETS)]


def known(argument: str, name: Any, choices: Iterable[str]) -> str:
    """Returns a name that is one of several.

    Args:
        argument: Name of the argument, for the message.
        name: Its value.
        choices: The names.

    Raises:
        ValueError: If it is none of them; the message has those near to it.
    """
    choices = list(choices)
    if isinstance(name, str) and name in choices:
        return name
    near = []
    if isinstance(name, str):
        near = difflib.get_close_matches(name, choices, cutoff=0.4)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise ValueError(
        f"`{argument}` must be one of {', '.join(choices)}. Received: "
        f"{argument}={shown(name)}.{hint}"
    )
