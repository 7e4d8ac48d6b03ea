"""Layers that converters from TensorFlow do not take, in operations they do."""

from typing import Any

import keras
from keras import ops

Tensor = Any
# Of the base of R3GAN's generator.
BASIS = "bc,chw->bhwc"


def portable(model: keras.Model) -> keras.Model:
    """Returns a copy that computes the same in more, simpler operations.

    On CPUs Keras 3.15 gives convolutions in groups to XLA, of which ONNX and
    LiteRT know nothing. The converter of TensorFlow 2.21 to LiteRT loses the
    size of images that are enlarged, and cannot lower R3GAN's base.

    Args:
        model: A plain model.
    """

    def simpler(layer: Any) -> Any:
        kind = type(layer)
        is_grouped = kind is keras.layers.Conv2D and layer.groups > 1
        if is_grouped and layer.data_format == "channels_last":
            kind = _SplitConv2D
        elif kind is keras.layers.UpSampling2D:
            kind = _ShapedUpSampling2D
        elif kind is keras.layers.EinsumDense and layer.equation == BASIS:
            kind = _Basis
        return kind.from_config(layer.get_config())

    copy = keras.models.clone_model(
        model, clone_function=simpler, recursive=True
    )
    copy.set_weights(model.get_weights())
    return copy


class _SplitConv2D(keras.layers.Conv2D):
    """Convolves each group, one after the other."""

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        outputs = [
            ops.conv(
                images,
                weights,
                strides=list(self.strides),
                padding=self.padding,
                dilation_rate=self.dilation_rate,
            )
            for images, weights in zip(
                ops.split(inputs, self.groups, axis=-1),
                ops.split(kernel, self.groups, axis=-1),
                strict=True,
            )
        ]
        return ops.concatenate(outputs, axis=-1)


class _ShapedUpSampling2D(keras.layers.UpSampling2D):
    """Enlarges images to a size that is known without the batch."""

    def call(self, inputs: Tensor) -> Tensor:
        _, *sizes = self.compute_output_shape(tuple(inputs.shape))
        return ops.reshape(super().call(inputs), (-1, *sizes))


class _Basis(keras.layers.EinsumDense):
    """Multiplies latents and a basis by broadcasting."""

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        basis = ops.transpose(self.kernel, (1, 2, 0))
        outputs = ops.expand_dims(inputs, (1, 2)) * basis
        if self.bias is not None:
            outputs += self.bias
        return outputs if self.activation is None else self.activation(outputs)
