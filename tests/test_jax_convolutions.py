"""On a CPU, JAX's strided convolutions become products of the same value."""

import itertools

import games
import keras
import numpy as np
import pytest

import kgan

if keras.backend.backend() != "jax":
    pytest.skip("Rewrites what JAX traces", allow_module_level=True)

import jax
import jax.numpy as jnp
from jax import lax

from kgan.speed import jax_products
from kgan.speed.jax_convolutions import faster

# DCGAN's, and one of each kind that is left to XLA.
USUAL = ((2, "SAME"), (1, "SAME"), (3, "VALID"))
CASES = [
    (size, *case)
    if size in (4, 5) and case in USUAL
    else pytest.param(size, *case, marks=pytest.mark.soak)
    for size in (2, 3, 4, 5)
    for case in itertools.product((1, 2, 3), ("SAME", "VALID"))
]


def count(function, *args):
    """Convolutions that are left in a function."""
    return str(jax.make_jaxpr(function)(*args)).count("conv_general_dilated[")


@pytest.mark.slow
@pytest.mark.parametrize("convolve", ["conv_general_dilated", "conv_transpose"])
@pytest.mark.parametrize(("size", "stride", "padding"), CASES)
def test_values_and_gradients(convolve, size, stride, padding):
    rng = np.random.default_rng(0)

    def convolved(x, kernel):
        return getattr(lax, convolve)(
            x,
            kernel,
            (stride, stride),
            padding,
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )

    def values_and_gradients(x, kernel, seeds):
        y, back = jax.vjp(convolved, x, kernel)
        return y, back(seeds)

    for height in (7, 8):
        x = jnp.array(
            rng.standard_normal((3, height, height + 1, 2)), "float32"
        )
        kernel = jnp.array(rng.standard_normal((size, size, 2, 5)), "float32")
        shape = convolved(x, kernel).shape
        seeds = jnp.array(rng.standard_normal(shape), "float32")
        args = x, kernel, seeds
        expected = jax.tree.leaves(jax.jit(values_and_gradients)(*args))
        found = jax.tree.leaves(jax.jit(faster(values_and_gradients))(*args))
        for want, got in zip(expected, found, strict=True):
            assert want.shape == got.shape and want.dtype == got.dtype
            np.testing.assert_allclose(want, got, rtol=1e-4, atol=1e-4)
    # The sizes of DCGAN, and no stride, which XLA does well itself.
    if (size, stride, height) == (4, 2, 8) and padding == "SAME":
        assert count(faster(values_and_gradients), *args) == 0
    if stride == 1:
        assert count(faster(values_and_gradients), *args) == 3


def test_bfloat16_stays():
    x = jnp.ones((2, 8, 8, 3), "bfloat16")
    kernel = jnp.ones((4, 4, 3, 5), "bfloat16")

    def convolved(x, kernel):
        numbers = ("NHWC", "HWIO", "NHWC")
        return lax.conv_general_dilated(
            x, kernel, (2, 2), "SAME", dimension_numbers=numbers
        )

    y = faster(convolved)(x, kernel)
    assert y.dtype == jnp.bfloat16
    np.testing.assert_array_equal(y, convolved(x, kernel))


@pytest.mark.slow
@pytest.mark.parametrize(
    "objective", ["WGAN", pytest.param("GAN", marks=pytest.mark.soak)]
)
def test_a_dcgan_trains_the_same(objective, monkeypatch):
    def train():
        keras.utils.set_random_seed(0)
        gan = getattr(kgan, objective)(
            kgan.architectures.dcgan_generator((16, 16, 1), 3, 4),
            kgan.architectures.dcgan_discriminator((16, 16, 1), 4),
            n_critic=2,
            seed=3,
        )
        sgd = keras.optimizers.SGD
        gan.compile(sgd(0.1), sgd(0.1))
        images = np.random.default_rng(0).uniform(-1, 1, (64, 16, 16, 1))
        gan.fit(
            images.astype("float32"),
            batch_size=8,
            callbacks=[kgan.callbacks.WeightClip(0.1)],
            verbose=0,
        )
        return games.weights(gan)

    rewritten = []
    as_product = jax_products.as_product

    def noted(*args, **params):
        y = as_product(*args, **params)
        rewritten.append(y is not None)
        return y

    monkeypatch.setattr(jax_products, "as_product", noted)
    fast = train()
    assert rewritten and all(rewritten)
    monkeypatch.setattr(jax_products, "as_product", lambda *_, **__: None)
    assert games.distance(fast, train()) < 1e-5
