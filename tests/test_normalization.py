"""Batch normalization by the backend's operation is Keras's."""

import games
import keras
import numpy as np
import pytest
from keras import layers

import kgan
from kgan.speed.normalization import normalization_call

BACKEND = keras.backend.backend()
# Whether `compile` has XLA compile a step; on PyTorch it takes minutes.
USUAL = BACKEND == "jax"


def built(layer, shape=(None, 4, 4, 3)):
    layer.build(shape)
    return layer


def fusible(layer):
    return normalization_call(layer, None) is not None


def test_which_layers_are_fused():
    class Own(layers.BatchNormalization):
        """Might do anything."""

    assert fusible(built(layers.BatchNormalization()))
    assert fusible(built(layers.BatchNormalization(axis=3)))
    for layer in (
        built(layers.BatchNormalization(axis=1)),
        built(layers.BatchNormalization(scale=False)),
        built(layers.BatchNormalization(center=False)),
        built(layers.BatchNormalization(), (None, 3)),
        built(Own()),
        built(layers.LayerNormalization()),
    ):
        assert not fusible(layer)


@pytest.mark.slow
# The other than `compile`'s own choice takes a minute.
@pytest.mark.parametrize(
    "jit_compile",
    [
        pytest.param(way, marks=[] if way == USUAL else pytest.mark.soak)
        for way in ([False] if BACKEND == "torch" else [False, True])
    ],
)
def test_training_and_moving_averages_are_the_same(jit_compile, monkeypatch):

    def train(fuse):
        keras.utils.set_random_seed(0)
        gan = kgan.WGAN(
            kgan.architectures.dcgan_generator((16, 16, 1), 3, 4),
            kgan.architectures.dcgan_discriminator((16, 16, 1), 4, "batch"),
            n_critic=2,
            seed=3,
        )
        sgd = keras.optimizers.SGD
        gan.compile(sgd(0.1), sgd(0.1), jit_compile=jit_compile)
        normalizations = [
            layer
            for layer in (*gan.generator.layers, *gan.discriminator.layers)
            if fusible(layer)
        ]
        assert len(normalizations) == 3
        for layer in normalizations:
            layer.momentum = 0.1  # Or what they began with outweighs all.
        monkeypatch.setenv("KGAN_SPEED", "1" if fuse else "0")
        images = np.random.default_rng(0).uniform(-1, 1, (96, 16, 16, 1))
        gan.fit(
            images.astype("float32"),
            batch_size=8,
            callbacks=[kgan.callbacks.WeightClip(0.1)],
            verbose=0,
        )
        assert not any("call" in vars(x) for x in gan.generator.layers)
        replaced = [layer for layer, _ in gan.fast_paths.layer_calls]
        if BACKEND != "jax":
            assert ({*normalizations} <= {*replaced}) == fuse
        return games.weights(gan), games.numpy_of(gan.moving_averages())

    (fused, averages), (expected, expected_averages) = train(True), train(False)
    assert games.distance(fused, expected) < 1e-5
    # The variances are small, and an unbiased one differs by 1 in 128 here.
    variances = zip(averages[1::2], expected_averages[1::2], strict=True)
    for got, want in variances:
        np.testing.assert_allclose(got, want, rtol=2e-3)


def test_a_frozen_layer_stays_as_it_is():
    shape = (8, 8, 1)
    generator = kgan.architectures.dcgan_generator(shape, 3, 4)
    layer = next(x for x in generator.layers if fusible(x))
    layer.trainable = False
    gan = kgan.GAN(
        generator, kgan.architectures.dcgan_discriminator(shape, 4), seed=0
    )
    gan.compile()
    before = games.numpy_of(layer.weights)
    images = np.random.default_rng(0).uniform(-1, 1, (32, *shape))
    gan.fit(images.astype("float32"), batch_size=8, verbose=0)
    assert games.distance(before, games.numpy_of(layer.weights)) == 0
