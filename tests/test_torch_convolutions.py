"""On PyTorch, kgan's way with convolutions has the results of Keras's."""

import functools
import itertools
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers

import kgan

if keras.backend.backend() != "torch":
    pytest.skip("PyTorch's convolutions", allow_module_level=True)

import torch
from torch.nn import functional

from kgan.speed import torch_convolutions
from kgan.speed.layer_calls import replaced
from kgan.speed.torch_convolutions import convolution_call

KINDS = [layers.Conv2D, layers.Conv2DTranspose]


def outputs_and_gradients(call, layer, images):
    images = torch.tensor(images, requires_grad=True)
    outputs = call(images)
    # Each output counts differently, so that none may stand for another.
    weights = torch.linspace(-1, 1, outputs.numel()).reshape(outputs.shape)
    wanted = [images, *(v.value for v in layer.trainable_variables)]
    gradients = torch.autograd.grad((outputs * weights).sum(), wanted)
    return [x.detach().numpy() for x in (outputs, *gradients)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_results_are_those_of_keras(kind, padding, monkeypatch):
    done = []

    def counted(function):
        def call(*arguments):
            done.append(arguments)
            return function(*arguments)

        return call

    own = SimpleNamespace(
        conv2d=counted(functional.conv2d),
        conv_transpose2d=counted(functional.conv_transpose2d),
    )
    monkeypatch.setattr(torch_convolutions, "functional", own)
    sizes = itertools.product((1, 2, 3, 4, 5), (1, 2, 3), (5, 6, 8))
    for kernel, stride, size in sizes:
        if padding == "valid" and kernel > size:
            continue
        keras.utils.set_random_seed(kernel)
        layer = kind(
            3,
            (kernel, 2),
            (stride, 2),
            padding,
            use_bias=stride > 1,
            bias_initializer="normal",
            activation="tanh" if size == 8 else None,
        )
        images = np.random.default_rng(0).normal(size=(2, size, 6, 4))
        images = images.astype("float32")
        layer(images)
        call = functools.partial(convolution_call(layer), layer)
        got = outputs_and_gradients(call, layer, images)
        expected = outputs_and_gradients(layer.call, layer, images)
        for one, other in zip(got, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)
    # Not all fell back on Keras.
    assert len(done) > 20


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_left_to_keras(kind):
    class Own(kind):
        """Might do anything."""

    assert convolution_call(kind(3, 4, 2, "same")) is not None
    for layer in (
        Own(3, 4),
        kind(3, 4, dilation_rate=2),
        kind(3, 4, data_format="channels_first"),
        layers.Conv2D(4, 4, groups=2),
        layers.Conv2DTranspose(3, 4, 2, "same", output_padding=1),
        layers.Conv1D(3, 4),
        layers.DepthwiseConv2D(4),
        layers.Dense(3),
    ):
        assert convolution_call(layer) is None


def test_low_precision_is_left_to_keras(monkeypatch):
    layer = layers.Conv2D(3, 4, 2, "same", dtype="mixed_bfloat16")
    images = np.ones((1, 8, 8, 2), "float32")
    layer(images)
    monkeypatch.setattr(torch_convolutions, "functional", None)
    with replaced([(layer, convolution_call(layer))]):
        outputs = layer(images)
    assert outputs.shape == (1, 4, 4, 3)


def test_layers_are_as_before_after_a_step():
    gan = kgan.WGAN(
        kgan.architectures.dcgan_generator((16, 16, 1), 3, 4),
        kgan.architectures.dcgan_discriminator((16, 16, 1), 4),
        n_critic=1,
    )
    gan.compile()
    gan.train_on_batch(np.zeros((4, 16, 16, 1), "float32"))
    # Two transposed convolutions and two normalizations, two convolutions.
    assert len(gan.fast_paths.layer_calls) == 6
    for network in (gan.generator, gan.discriminator):
        assert not any("call" in vars(layer) for layer in network.layers)


def test_a_call_of_the_users_own_stays():
    generator, critic = (
        kgan.architectures.dcgan_generator((8, 8, 1), 3, 4),
        kgan.architectures.dcgan_discriminator((8, 8, 1), 4),
    )
    layer = next(x for x in critic.layers if isinstance(x, layers.Conv2D))
    calls = []

    def call(inputs):
        calls.append(inputs)
        return layers.Conv2D.call(layer, inputs)

    layer.call = call
    gan = kgan.GAN(generator, critic)
    gan.compile(run_eagerly=True)
    for step in (1, 2):
        gan.train_on_batch(np.zeros((4, 8, 8, 1), "float32"))
        # Real and generated samples, and the generator's update.
        assert len(calls) == 3 * step
