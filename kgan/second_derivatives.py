"""Layers that a gradient which is differentiated in turn cannot pass."""

import keras

from kgan.layers.nested import inner_layers


def check_second_derivatives(
    taker: str, discriminator: keras.Model, way_out: str = ""
) -> None:
    """Raises ValueError for a layer without a place under a second derivative.

    Args:
        taker: What differentiates the discriminator twice, and for what.
        discriminator: Its layers are looked through, at any depth.
        way_out: Another way than to change the layer.
    """
    for layer in inner_layers(discriminator):
        reason = _no_second_derivative(layer, way_out)
        if reason:
            raise ValueError(
                f"{taker}. Received: layer {layer.name!r}, a "
                f"{type(layer).__name__}: {reason}"
            )


def _no_second_derivative(
    layer: keras.layers.Layer, way_out: str
) -> str | None:
    """Says why a layer has no usable second derivative."""
    layers = keras.layers
    if isinstance(layer, layers.BatchNormalization) and layer.trainable:
        # TensorFlow 2.21 also takes its second derivative wrongly:
        # tf.nn.moments stops the gradient of the mean inside the variance,
        # which tensorflow/tensorflow#19609 calls without effect.
        return (
            "its statistics tie the samples of a batch together (Gulrajani "
            "et al. 2017, section 4). Take LayerNormalization or "
            "GroupNormalization, or no normalization."
        )
    if isinstance(layer, layers.SpectralNormalization):
        # Keras 3.15 assigns W / sigma to the kernel in each call; on
        # TensorFlow and PyTorch its gradient is not that of the function.
        # Once it normalizes without assigning, this can go.
        return (
            "it changes the kernel in each call, which gradients do not "
            "follow. Take kgan.layers.SpectralNormalization, or leave it out."
        )
    # TensorFlow 2.21 registers no gradient for ResizeBilinearGrad
    # (tensorflow/tensorflow#33751). Once it does, this can go.
    resizes = isinstance(layer, layers.Resizing) or (
        isinstance(layer, layers.UpSampling2D)
        and layer.interpolation != "nearest"
    )
    if resizes and keras.backend.backend() == "tensorflow":
        return (
            "TensorFlow has no second derivative of it. Take "
            f"UpSampling2D(interpolation='nearest') and a convolution{way_out}."
        )
    return None
