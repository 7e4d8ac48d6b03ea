"""Self-attention between the pixels of an image (Zhang et al. 2019)."""

from typing import Any

from keras import initializers, layers

from kgan.architectures.spectral import normalized

Tensor = Any


def self_attention(x: Tensor, spectral: bool = False) -> Tensor:
    """Adds to each pixel what it attends to, with Keras layers.

    The images x have C channels and pixels i and j. Let f, g, h and v be 1x1
    convolutions without biases: f and g to C / 8 channels, h to C / 2 and v to
    C. The result is

        x_i + gain v(sum over j of softmax_j(f(x_i) . g(x_j)) h(x_j))

    Max pooling halves g and h. The gain is a learned number that starts at 0.

    Reference: Zhang et al. 2019, "Self-Attention Generative Adversarial
    Networks", section 3, with the pooling of its code.

    Args:
        x: Images `(batch, height, width, channels)`, with even height and
            width and at least 8 channels.
        spectral: Whether to normalize the kernels.

    Returns:
        Images of the same shape.
    """
    height, width, channels = x.shape[1:]

    def convolved(filters: int, images: Tensor, pools: bool = False) -> Tensor:
        y = layers.Conv2D(filters, 1, use_bias=False)
        y = normalized(y, spectral)(images)
        return layers.MaxPooling2D()(y) if pools else y

    def pixels(images: Tensor) -> Tensor:
        return layers.Reshape((-1, images.shape[-1]))(images)

    query = pixels(convolved(channels // 8, x))
    key = pixels(convolved(channels // 8, x, pools=True))
    value = pixels(convolved(channels // 2, x, pools=True))
    attended = layers.Attention()([query, value, key])
    attended = layers.Reshape((height, width, channels // 2))(attended)
    y = convolved(channels, attended)
    # A Keras layer that multiplies by one number.
    y = layers.Reshape((height, width, channels, 1))(y)
    y = layers.Dense(
        1,
        use_bias=False,
        kernel_initializer=initializers.Zeros(),
        name="attention_gain",
    )(y)
    y = layers.Reshape((height, width, channels))(y)
    return layers.Add()([x, y])
