"""The networks of R3GAN and SNGAN in NumPy, float64, from their papers."""

import numpy as np


def convolved(x, kernel, bias=0.0, groups=1):
    """Of images NHWC and a kernel HWIO, with zeros around the images."""
    size = kernel.shape[0]
    left = (size - 1) // 2
    border = (left, size - 1 - left)
    padded = np.pad(x, ((0, 0), border, border, (0, 0)))
    height, width = x.shape[1:3]
    outputs = []
    for images, weights in zip(
        np.split(padded, groups, axis=-1),
        np.split(kernel, groups, axis=-1),
        strict=True,
    ):
        outputs.append(
            sum(
                images[:, i : i + height, j : j + width] @ weights[i, j]
                for i in range(size)
                for j in range(size)
            )
        )
    return np.concatenate(outputs, axis=-1) + bias


def leaky(x):
    return np.where(x > 0, x, 0.2 * x)


def relu(x):
    return np.maximum(x, 0)


FILTER = np.array([1.0, 3.0, 3.0, 1.0]) / 8


def doubled(x):
    """Zeros between the pixels, then (1, 3, 3, 1) / 4 along both axes."""
    for axis in (1, 2):
        x = np.moveaxis(x, axis, 0)
        apart = np.zeros((2 * len(x) + 3, *x.shape[1:]))
        apart[2:-2:2] = x
        size = 2 * len(x)
        x = sum(2 * FILTER[k] * apart[k : k + size] for k in range(4))
        x = np.moveaxis(x, 0, axis)
    return x


def halved(x):
    """Every other value of (1, 3, 3, 1) / 8 along both axes."""
    for axis in (1, 2):
        x = np.moveaxis(x, axis, 0)
        size = len(x)
        x = np.concatenate([0 * x[:1], x, 0 * x[:1]])
        x = sum(FILTER[k] * x[k : k + size : 2] for k in range(4))
        x = np.moveaxis(x, 0, axis)
    return x


def residual(x, weights, cardinality):
    w1, b1, w2, b2, w3 = (next(weights) for _ in range(5))
    y = leaky(convolved(x, w1, b1))
    y = leaky(convolved(y, w2, b2, cardinality))
    return x + convolved(y, w3)


def r3gan_generator(weights, latents, labels, blocks, cardinality, changes):
    """Images; `changes` says of each stage whether its width is another."""
    weights = iter(weights)
    x = latents
    if labels is not None:
        x = np.concatenate([x, next(weights)[labels]], axis=1)
    x = x @ next(weights)
    x = np.einsum("bc,chw->bhwc", x, next(weights))
    for stage, number in enumerate(blocks):
        if changes[stage]:
            x = convolved(x, next(weights))
        if stage > 0:
            x = doubled(x)
        for _ in range(number):
            x = residual(x, weights, cardinality[stage])
    return convolved(x, next(weights))


def r3gan_discriminator(weights, images, labels, blocks, cardinality, changes):
    """Logits; the stages are listed from the base, as the generator's."""
    weights = iter(weights)
    x = convolved(images, next(weights))
    for stage in reversed(range(len(blocks))):
        for _ in range(blocks[stage]):
            x = residual(x, weights, cardinality[stage])
        if stage > 0:
            x = halved(x)
        if changes[stage]:
            x = convolved(x, next(weights))
    x = np.einsum("bhwc,chw->bc", x, next(weights)) @ next(weights)
    if labels is None:
        return x
    return (x * next(weights)[labels]).sum(1, keepdims=True)


def repeated(x):
    return x.repeat(2, axis=1).repeat(2, axis=2)


def pooled(x):
    batch, height, width, channels = x.shape
    parts = x.reshape(batch, height // 2, 2, width // 2, 2, channels)
    return parts.mean(axis=(2, 4))


def by_batch(x):
    mean, variance = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
    return (x - mean) / np.sqrt(variance + 2e-5)


def up_block(x, kernels, scales):
    """Of SNGAN; `scales` are two pairs that broadcast on the images."""
    (w1, b1), (w2, b2), (w3, b3) = kernels
    y = relu(by_batch(x) * scales[0][0] + scales[0][1])
    y = convolved(repeated(y), w1, b1)
    y = relu(by_batch(y) * scales[1][0] + scales[1][1])
    return convolved(repeated(x), w3, b3) + convolved(y, w2, b2)


def sngan_discriminator(kernels, last, embedding, images, labels):
    """Logits at 32 pixels; `kernels` as the layers are written down."""
    (w1, b1), (w2, b2), (w3, b3) = kernels[:3]
    y = convolved(relu(convolved(images, w1, b1)), w2, b2)
    x = pooled(y) + convolved(pooled(images), w3, b3)
    (w1, b1), (w2, b2), (w3, b3) = kernels[3:6]
    y = convolved(relu(convolved(relu(x), w1, b1)), w2, b2)
    x = pooled(y) + pooled(convolved(x, w3, b3))
    for (w1, b1), (w2, b2) in (kernels[6:8], kernels[8:10]):
        x = x + convolved(relu(convolved(relu(x), w1, b1)), w2, b2)
    features = relu(x).sum(axis=(1, 2))
    logits = features @ last
    return logits + (embedding[labels] * features).sum(1, keepdims=True)


def attention(x, f, g, h, v, gain):
    """Of SAGAN, with keys and values of the largest of four pixels."""

    def largest(y):
        batch, height, width, channels = y.shape
        y = y.reshape(batch, height // 2, 2, width // 2, 2, channels)
        return y.max(axis=(2, 4)).reshape(batch, -1, channels)

    query = convolved(x, f)
    query = query.reshape(len(x), -1, query.shape[-1])
    key, value = largest(convolved(x, g)), largest(convolved(x, h))
    scores = np.einsum("bic,bjc->bij", query, key)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    attended = (weights @ value).reshape(*x.shape[:-1], -1)
    return x + gain * convolved(attended, v)
