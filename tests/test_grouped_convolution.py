"""Convolutions in groups: Keras's values and second derivatives."""

import keras
import numpy as np
import pytest
import torch
from keras import layers, ops

from kgan import backend
from kgan.layers import GroupedConv2D, bake
from kgan.layers import grouped_convolution as grouped

numpy_of = keras.ops.convert_to_numpy


def reference(x, kernel, bias, groups):
    """Values, and the gradient by the kernel of the slopes' square."""
    x, kernel, bias = (
        torch.tensor(np.asarray(value, "float64"), requires_grad=True)
        for value in (x, kernel, bias)
    )
    y = torch.nn.functional.conv2d(
        x.permute(0, 3, 1, 2),
        kernel.permute(3, 2, 0, 1),
        bias,
        padding=1,
        groups=groups,
    ).permute(0, 2, 3, 1)
    (slopes,) = torch.autograd.grad(torch.tanh(y).sum(), x, create_graph=True)
    (gradient,) = torch.autograd.grad((slopes**2).sum(), kernel)
    return y.detach().numpy(), gradient.numpy()


# Of as many pieces as groups, of pieces with two groups, of one piece.
@pytest.mark.parametrize(
    ("channels", "filters", "groups"), [(64, 8, 2), (64, 128, 4), (12, 6, 3)]
)
def test_values_and_second_derivatives(channels, filters, groups):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 5, 4, channels)).astype("float32")
    layer = GroupedConv2D(filters, 3, padding="same", groups=groups)
    layer.build(x.shape)
    weights = [
        0.1 * rng.standard_normal(w.shape).astype("float32")
        for w in layer.weights
    ]
    layer.set_weights(weights)
    want, want_gradient = reference(x, *weights, groups)
    np.testing.assert_allclose(numpy_of(layer(x)), want, atol=1e-5)

    def square_of_slopes(tensors):
        def total(inputs):
            with keras.StatelessScope(
                state_mapping=[(layer.kernel, tensors[0])]
            ):
                return ops.sum(ops.tanh(layer(inputs[0]))), None

        _, (slopes,) = backend.value_and_gradients(
            total, [ops.convert_to_tensor(x)], again=True
        )
        return ops.sum(ops.square(slopes)), None

    _, (gradient,) = backend.value_and_gradients(
        square_of_slopes, [ops.convert_to_tensor(weights[0])]
    )
    largest = np.abs(want_gradient).max()
    np.testing.assert_allclose(
        numpy_of(gradient) / largest, want_gradient / largest, atol=2e-6
    )


def test_strides_and_files_are_those_of_keras(tmp_path):
    images = keras.Input((9, 9, 64))
    options = {"strides": 2, "groups": 4, "activation": "tanh"}
    model = keras.Model(images, GroupedConv2D(8, 3, **options)(images))
    x = np.random.default_rng(0).standard_normal((2, 9, 9, 64), "float32")
    want = numpy_of(model(x))
    baked = bake(model)
    assert type(baked.layers[1]) is layers.Conv2D
    np.testing.assert_allclose(numpy_of(baked(x)), want, atol=1e-5)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded.layers[1]) is GroupedConv2D
    np.testing.assert_allclose(numpy_of(loaded(x)), want, atol=1e-6)


@pytest.mark.once
def test_pieces():
    for groups, channels, pieces in (
        *((1, 64, 1), (2, 16, 1), (4, 64, 2), (8, 256, 4), (6, 96, 3)),
        (96, 1536, 4),
    ):
        assert grouped._num_pieces(groups, channels) == pieces
