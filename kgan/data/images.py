"""Turns stored images into square uint8 images, and those into floats."""

import typing

if typing.TYPE_CHECKING:
    import tensorflow as tf


def prepare_image(
    image: "tf.Tensor", image_size: int | None, channels: int | None
) -> "tf.Tensor":
    """Crops, resizes and converts one image; leaves it as it is if it fits.

    Args:
        image: Uint8 tensor `(height, width, stored_channels)` with 1, 3 or 4
            channels. A fourth is alpha, and is composited on white.
        image_size: Positive integer, or `None` to keep the size. The centre
            square is cut out and resized to it with antialiasing.
        channels: 1 (luma), 3, or `None` to keep what is stored.

    Returns:
        Uint8 tensor `(height, width, channels)`.

    Example:
        >>> stored = tf.zeros((218, 178, 3), "uint8")
        >>> prepare_image(stored, image_size=64, channels=1).shape
        TensorShape([64, 64, 1])
    """
    import tensorflow as tf

    height, width, stored_channels = image.shape
    has_alpha = stored_channels == 4
    colour_channels = 3 if has_alpha else stored_channels
    resizes = image_size is not None and (height, width) != (
        image_size,
        image_size,
    )
    converts = channels not in (None, colour_channels)
    if not (has_alpha or resizes or converts):
        return image
    pixels = image
    if has_alpha:
        pixels = _composite_on_white(tf.cast(pixels, "float32"))
    if resizes:
        # Resizes bytes: as floats, a large photograph takes four times the
        # memory, and the result is the same.
        pixels = tf.image.resize(
            _crop_to_square(pixels), [image_size, image_size], antialias=True
        )
    pixels = tf.cast(pixels, "float32")
    if converts and channels == 1:
        pixels = tf.image.rgb_to_grayscale(pixels)
    elif converts:
        pixels = tf.repeat(pixels, 3, axis=-1)
    return tf.saturate_cast(tf.round(pixels), "uint8")


def scale_to_unit_range(images: "tf.Tensor") -> "tf.Tensor":
    """Maps uint8 0..255 of any shape to float32 in [-1, 1]."""
    import tensorflow as tf

    return tf.cast(images, "float32") / 127.5 - 1.0


def _composite_on_white(pixels: "tf.Tensor") -> "tf.Tensor":
    colours, opacity = pixels[..., :3], pixels[..., 3:] / 255.0
    return colours * opacity + 255.0 * (1.0 - opacity)


def _crop_to_square(pixels: "tf.Tensor") -> "tf.Tensor":
    import tensorflow as tf

    height, width = tf.unstack(tf.shape(pixels)[:2])
    side = tf.minimum(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return pixels[top : top + side, left : left + side]
