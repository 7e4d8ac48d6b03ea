"""Features of Inception V3 for the metrics, with Keras's weights."""

import os
from collections.abc import Sequence
from typing import Any

import keras

from kgan.arguments import is_integer, shown

SIZE = 299
# Images are resized to it.
LARGEST_SIDE = 2**15
WEIGHTS = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"


def inception_features(
    weights: str | os.PathLike | None = "imagenet",
    image_shape: Sequence[int] = (299, 299, 3),
) -> keras.Model:
    """Builds Inception V3 up to its last pooling, for `features=`.

    The weights are Keras's, trained on ImageNet. Published FIDs and KIDs use
    the weights of the graph of 2015, and another resizing. Do not compare
    kgan's scores with them, only with each other.

    The weights are downloaded once (88 MB) into Keras's folder. One image
    takes 6 billion multiply-adds.

    Reference: Szegedy et al. 2016, "Rethinking the Inception Architecture for
    Computer Vision"; Heusel et al. 2017 for the use of these features.

    Args:
        weights: "imagenet"; or the path of a weights file of
            `keras.applications.InceptionV3(include_top=False)`; or `None` for
            random weights.
        image_shape: `(height, width, channels)` of the images, with 1 channel
            (repeated) or 3. Sizes other than 299 are resized bilinearly, with
            antialiasing where they shrink.

    Returns:
        Functional `keras.Model`, float32 images `(batch, *image_shape)` in
        [-1, 1] to features `(batch, 2048)`.

    Raises:
        ValueError: If `image_shape` is not such a shape, or if the weights
            can be neither found nor downloaded.

    Example:

    ```python
    inception = kgan.metrics.inception_features(image_shape=(32, 32, 3))
    metric = kgan.metrics.FrechetDistance(inception, num_samples=10_000)
    metric.update_state(real, gan.generate(10_000, seed=1))
    print(metric.result())
    ```
    """
    image_shape = _checked(image_shape)
    images = keras.Input(image_shape, name="images")
    x = images
    if image_shape[2] == 1:
        x = keras.layers.Concatenate(name="gray_to_colors")([x, x, x])
    if image_shape[:2] != (SIZE, SIZE):
        x = keras.layers.Resizing(
            SIZE,
            SIZE,
            interpolation="bilinear",
            antialias=True,
            data_format="channels_last",
        )(x)
    features = _network(weights)(x)
    return keras.Model(images, features, name="inception_features")


def _network(weights: Any) -> keras.Model:
    try:
        return keras.applications.InceptionV3(
            include_top=False,
            weights=weights,
            input_shape=(SIZE, SIZE, 3),
            pooling="avg",
        )
    # Keras raises a plain Exception if a download fails.
    except Exception as error:
        home = os.environ.get("KERAS_HOME", os.path.join("~", ".keras"))
        path = os.path.join(home, "models", WEIGHTS)
        raise ValueError(
            f"`weights` could not be loaded. Received: weights={weights!r}; "
            f"Keras raised {type(error).__name__}: {error}. Without a network, "
            f"copy Keras's {WEIGHTS} to {path}, or pass weights= the path of "
            "such a file, or metrics another `features`, such as kgan's saved "
            "classifiers, which need no download."
        ) from error


def _checked(image_shape: Any) -> tuple[int, int, int]:
    try:
        height, width, channels = image_shape
        fits = all(map(is_integer, image_shape)) and channels in (1, 3)
        fits = fits and 1 <= min(height, width)
        fits = fits and max(height, width) <= LARGEST_SIDE
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise ValueError(
            "`image_shape` must be (height, width, channels), integers from 1 "
            f"to {LARGEST_SIDE:,}, with 1 or 3 channels. Received: "
            f"image_shape={shown(image_shape)}"
        )
    return int(height), int(width), int(channels)
