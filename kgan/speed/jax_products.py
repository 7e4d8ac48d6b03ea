"""A strided or dilated convolution as a matrix product, in JAX.

Blocks of `stride` pixels become channels, after which a convolution of stride
s and kernel k is one of stride 1 and kernel k / s, few enough taps to write
each as a slice.
"""

from typing import Any

import jax.numpy as jnp
from jax import lax

Array = Any


def as_product(lhs: Array, rhs: Array, **params: Any) -> Array | None:
    """A convolution of two dimensions, `None` where XLA is fast enough."""
    steps = [
        params[name]
        for name in ("window_strides", "lhs_dilation", "rhs_dilation")
    ]
    numbers = params["dimension_numbers"]
    largest = [max(step) for step in steps]
    if (
        lhs.ndim != 4
        or sum(step > 1 for step in largest) != 1
        or any(len(set(step)) > 1 for step in steps)
        or params["feature_group_count"] != 1
        or params["batch_group_count"] != 1
        or min(sum(params["padding"], ())) < 0
    ):
        return None
    kind, step = largest.index(max(largest)), max(largest)
    x = jnp.transpose(lhs, [numbers.lhs_spec[i] for i in (0, 2, 3, 1)])
    kernel = jnp.transpose(rhs, [numbers.rhs_spec[i] for i in (2, 3, 1, 0)])
    pads = params["padding"]
    if kind == 0:
        y = _strided(x, kernel, step, pads)
    elif kind == 2:
        y = _over_batch(x, kernel, step, pads)
    else:
        y = _transposed(x, kernel, step, pads)
    if y is None:
        return None
    # New places of (batch, height, width, channels).
    order = [0] * 4
    for place, axis in zip(numbers.out_spec, (0, 3, 1, 2), strict=True):
        order[place] = axis
    dtype = params["preferred_element_type"] or lhs.dtype
    return jnp.transpose(y, order).astype(dtype)


def _strided(x: Array, kernel: Array, step: int, pads: Any) -> Array:
    """Maps `(n, h, w, c)` and `(k, l, c, f)` to `(n, h', w', f)`."""
    *sizes, channels, filters = kernel.shape
    taps = [-(-size // step) for size in sizes]
    out = [
        (length + sum(pad) - size) // step + 1
        for length, pad, size in zip(x.shape[1:3], pads, sizes, strict=True)
    ]
    patches = _patches(x, step, taps, [pad[0] for pad in pads], out)
    y = patches.reshape(-1, patches.shape[-1]) @ _blocks(kernel, step, taps)
    return y.reshape(x.shape[0], *out, filters)


def _transposed(x: Array, kernel: Array, step: int, pads: Any) -> Array | None:
    """Does the same for an `x` with `step - 1` zeros between its pixels."""
    (_, *lengths, _), (*sizes, _, _) = x.shape, kernel.shape
    out = [
        (length - 1) * step + 1 + sum(pad) - size + 1
        for length, pad, size in zip(lengths, pads, sizes, strict=True)
    ]
    if min(out) < 1:
        return None
    if max(sizes) > max(out):
        # The gradient of a transposed convolution's kernel: here the large
        # kernel slides over the small x.
        edges = [size - 1 - pad[0] for size, pad in zip(out, pads, strict=True)]
        y = _correlated(
            jnp.transpose(kernel, (2, 0, 1, 3)),
            jnp.transpose(x, (3, 1, 2, 0)),
            step,
            edges,
            out,
        )
        if y is None:
            return None
        # (h, w, filters, n)
        return jnp.transpose(y[::-1, ::-1], (3, 0, 1, 2))
    edges = [size - 1 - pad[0] for size, pad in zip(sizes, pads, strict=True)]
    if min(edges) < 0:
        return None
    taps = [-(-size // step) for size in sizes]
    filters = kernel.shape[-1]
    flipped = jnp.transpose(kernel[::-1, ::-1], (0, 1, 3, 2))
    weights = _blocks(flipped, step, taps)
    spread = x.reshape(-1, x.shape[-1]) @ weights.T
    spread = spread.reshape(*x.shape[:3], *taps, step * step * filters)
    rows, columns = (n + t - 1 for n, t in zip(lengths, taps, strict=True))
    num = len(x)
    total = jnp.zeros((num, rows, columns, step * step * filters), x.dtype)
    for i in range(taps[0]):
        for j in range(taps[1]):
            edge = ((i, taps[0] - 1 - i), (j, taps[1] - 1 - j))
            total += jnp.pad(spread[:, :, :, i, j], ((0, 0), *edge, (0, 0)))
    y = total.reshape(num, rows, columns, step, step, filters)
    y = jnp.transpose(y, (0, 1, 3, 2, 4, 5))
    y = y.reshape(num, rows * step, columns * step, filters)
    return _window(y, edges, out)


def _over_batch(x: Array, kernel: Array, step: int, pads: Any) -> Array | None:
    """Uses a dilated kernel: the gradient of a strided one's kernel.

    Channels and samples have changed places: `(c, h, w, n)` and
    `(h', w', n, f)` to `(c, k, l, f)`.
    """
    out = [
        length + sum(pad) - (size - 1) * step
        for length, pad, size in zip(
            x.shape[1:3], pads, kernel.shape[:2], strict=True
        )
    ]
    y = _correlated(
        jnp.transpose(x, (3, 1, 2, 0)),
        jnp.transpose(kernel, (2, 0, 1, 3)),
        step,
        [pad[0] for pad in pads],
        out,
    )
    return None if y is None else jnp.transpose(y, (2, 0, 1, 3))


def _correlated(
    x: Array, gradients: Array, step: int, edges: list[int], sizes: list[int]
) -> Array | None:
    """Maps `(n, h, w, c)` and `(n, h', w', f)` to `(k, l, c, f)`."""
    if min(edges) < 0 or max(sizes) > 4 * step:
        return None
    taps = [-(-size // step) for size in sizes]
    out = gradients.shape[1:3]
    patches = _patches(x, step, taps, edges, out)
    filters = gradients.shape[-1]
    product = patches.reshape(-1, patches.shape[-1]).T @ gradients.reshape(
        -1, filters
    )
    y = product.reshape(*taps, step, step, x.shape[-1], filters)
    y = jnp.transpose(y, (0, 2, 1, 3, 4, 5))
    y = y.reshape(taps[0] * step, taps[1] * step, x.shape[-1], filters)
    return y[: sizes[0], : sizes[1]]


def _patches(
    x: Array, step: int, taps: list[int], edges: list[int], out: Any
) -> Array:
    """Returns what each output pixel sees, `(n, h', w', taps * step^2 * c)`."""
    blocks = [size + tap - 1 for size, tap in zip(out, taps, strict=True)]
    x = _window(
        x, [-edge for edge in edges], [step * block for block in blocks]
    )
    num, _, _, channels = x.shape
    x = x.reshape(num, blocks[0], step, blocks[1], step, channels)
    x = jnp.transpose(x, (0, 1, 3, 2, 4, 5))
    x = x.reshape(num, *blocks, step * step * channels)
    return jnp.concatenate(
        [
            x[:, i : i + out[0], j : j + out[1]]
            for i in range(taps[0])
            for j in range(taps[1])
        ],
        axis=-1,
    )


def _blocks(kernel: Array, step: int, taps: list[int]) -> Array:
    """Makes a kernel a matrix to multiply patches with."""
    *sizes, channels, filters = kernel.shape
    kernel = _window(
        kernel[None], [0, 0], [step * tap for tap in taps], channel_axes=2
    )[0]
    kernel = kernel.reshape(taps[0], step, taps[1], step, channels, filters)
    return jnp.transpose(kernel, (0, 2, 1, 3, 4, 5)).reshape(-1, filters)


def _window(
    x: Array, starts: list[int], sizes: list[int], channel_axes: int = 1
) -> Array:
    """Takes rows and columns from `starts` on, zeros beyond the edge."""
    config = [(0, 0, 0)]
    for length, start, size in zip(x.shape[1:3], starts, sizes, strict=True):
        config.append((-start, start + size - length, 0))
    config += [(0, 0, 0)] * channel_axes
    return lax.pad(x, jnp.zeros((), x.dtype), config)
