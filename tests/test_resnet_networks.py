"""The networks of SNGAN and SAGAN: counts, values, training, files."""

import keras
import network_reference as reference
import numpy as np
import pytest
from keras import layers

import kgan
from kgan import architectures as A
from kgan.architectures.attention import self_attention
from kgan.architectures.resnet_parts import up_block
from kgan.layers import SpectralNormalization, unwrapped

numpy_of = keras.ops.convert_to_numpy

# Each operation and shape of a deep net is compiled by itself on JAX.
pytestmark = pytest.mark.once


def trained(model):
    return sum(int(np.prod(w.shape)) for w in model.trainable_weights)


def test_counts_are_those_of_the_papers_code():
    shape, sagan = (32, 32, 3), {"num_classes": 10, "attention": 16}
    for build, expected, options in (
        (A.resnet_generator, 4_276_739, {}),
        (A.resnet_generator, 4_304_387, {"num_classes": 10}),
        (A.resnet_generator, 4_386_308, {**sagan, "spectral": True}),
        (A.resnet_discriminator, 1_053_824, {}),
        (A.resnet_discriminator, 1_055_104, {"num_classes": 10}),
        (A.resnet_discriminator, 1_075_586, {**sagan, "use_bias": True}),
    ):
        assert trained(build(shape, **options)) == expected


@pytest.mark.parametrize("size", [32, 48, 64])
def test_shapes_of_every_size(size):
    options = {"filters": 4, "attention": size // 4, "num_classes": 3}
    shape = (size, size, 1)
    if size == 32:
        options["filters"] = 8
    generator = A.resnet_generator(shape, 5, **options)
    assert generator.output_shape == (None, *shape)
    discriminator = A.resnet_discriminator(shape, **options)
    assert discriminator.output_shape == (None, 1)
    kinds = [type(layer) for layer in discriminator.layers]
    assert layers.Conv2D not in kinds and SpectralNormalization in kinds
    plain = A.resnet_discriminator(shape, 4, "none")
    assert SpectralNormalization not in [type(x) for x in plain.layers]
    assert kgan.labels.num_classes(generator, discriminator) == 3


def as_written(model, kind):
    """Layers with weights of a kind, in the order of the code."""
    found = [x for x in model.layers if isinstance(unwrapped(x), kind)]

    def number(layer):
        end = layer.name.rsplit("_", 1)[-1]
        return int(end) if end.isdigit() else 0

    return [unwrapped(layer) for layer in sorted(found, key=number)]


def fill(model, scale=0.3):
    rng = np.random.default_rng(3)
    for weight in model.trainable_weights:
        value = scale * rng.standard_normal(weight.shape)
        weight.assign(value.astype("float32"))


def values(layer):
    found = [numpy_of(w).astype("float64") for w in layer.weights]
    return found if len(found) > 1 else [*found, 0.0]


def inputs(*shape):
    rng = np.random.default_rng(0)
    return rng.standard_normal(shape).astype("float32")


def called(model, *taken, **options):
    taken = [keras.ops.array(x) for x in taken]
    return numpy_of(model(taken if len(taken) > 1 else taken[0], **options))


@pytest.mark.parametrize("num_classes", [None, 3])
def test_block_of_the_generator(num_classes):
    images = keras.Input((4, 6, 5))
    labels = keras.Input((), dtype="int32") if num_classes else None
    made = up_block(images, 7, labels, num_classes, False)
    model = keras.Model([images, labels] if num_classes else images, made)
    fill(model)
    x, y = inputs(3, 4, 6, 5), np.array([2, 0, 2], "int32")
    kernels = [values(layer) for layer in as_written(model, layers.Conv2D)]
    if num_classes:
        tables = [values(e)[0] for e in as_written(model, layers.Embedding)]
        scales = [table[y][:, None, None] for table in tables]
        got = called(model, x, y, training=True)
    else:
        scales = [
            numpy_of(weight).astype("float64")
            for norm in as_written(model, layers.BatchNormalization)
            for weight in (norm.gamma, norm.beta)
        ]
        got = called(model, x, training=True)
    pairs = [scales[:2], scales[2:]]
    want = reference.up_block(x.astype("float64"), kernels, pairs)
    np.testing.assert_allclose(got, want, atol=2e-5)


@pytest.mark.parametrize("normalization", ["none", "spectral"])
def test_discriminator(normalization):
    model = A.resnet_discriminator((32, 32, 1), 4, normalization, num_classes=3)
    fill(model)
    x, y = inputs(3, 32, 32, 1), np.array([2, 0, 2], "int32")
    got = called(model, x, y)
    plain = kgan.layers.bake(model)
    kernels = [values(layer) for layer in as_written(plain, layers.Conv2D)]
    want = reference.sngan_discriminator(
        kernels,
        values(as_written(plain, layers.Dense)[0])[0],
        values(as_written(plain, layers.Embedding)[0])[0],
        x.astype("float64"),
        y,
    )
    np.testing.assert_allclose(got, want, rtol=2e-5, atol=1e-4)


@pytest.mark.parametrize("spectral", [False, True])
def test_attention(spectral):
    images = keras.Input((4, 6, 8))
    model = keras.Model(images, self_attention(images, spectral))
    x = inputs(2, 4, 6, 8)
    # The gain begins as 0.
    np.testing.assert_array_equal(called(model, x), x)
    fill(model, 0.8)
    plain = kgan.layers.bake(model)
    f, g, h, v = (values(c)[0] for c in as_written(plain, layers.Conv2D))
    gain = float(numpy_of(plain.get_layer("attention_gain").kernel)[0, 0])
    want = reference.attention(x.astype("float64"), f, g, h, v, gain)
    assert np.abs(want - x).max() > 0.1
    np.testing.assert_allclose(called(model, x), want, atol=1e-5)


# JAX compiles its many operations for half a minute.
@pytest.mark.slow
@pytest.mark.parametrize("num_classes", [None, 3])
def test_training_and_the_saved_generator(num_classes, tmp_path):
    options = {"filters": 8, "num_classes": num_classes, "attention": 16}
    gan = kgan.R3GAN(
        A.resnet_generator((32, 32, 1), 4, spectral=True, **options),
        A.resnet_discriminator((32, 32, 1), **options),
        gamma=1.0,
        seed=1,
    )
    # XLA compiles for a minute what runs for a second.
    gan.compile(run_eagerly=True)
    for network in (gan.generator, gan.discriminator):
        network.get_layer("attention_gain").kernel.assign([[0.5]])
    before = [numpy_of(w) for w in gan.discriminator.trainable_weights]
    x = np.tanh(inputs(4, 32, 32, 1))
    y = None if num_classes is None else np.arange(4) % 3
    checkpoint = kgan.callbacks.Checkpoint(tmp_path)
    history = gan.fit(x, y, batch_size=2, verbose=0, callbacks=[checkpoint])
    assert all(np.isfinite(v).all() for v in history.history.values())
    for weight, old in zip(
        gan.discriminator.trainable_weights, before, strict=True
    ):
        assert np.abs(numpy_of(weight) - old).max() > 0, weight.path
    loaded = keras.saving.load_model(tmp_path / "generator.keras")
    for layer in loaded.layers:
        assert type(layer).__module__.split(".")[0] == "keras"
    taken = [inputs(3, 4)]
    if num_classes is not None:
        taken.append(np.array([0, 1, 2], "int32"))
    np.testing.assert_allclose(
        called(loaded, *taken), called(gan.generator, *taken), atol=1e-5
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("image_shape", (28, 28, 1)),
        ("image_shape", (32, 48, 1)),
        ("channels", (32, 32, 2)),
        ("filters", 0),
        ("num_classes", 0),
        ("attention", 4),
        ("attention", 17),
        ("attention", True),
        ("attention", "16"),
    ],
)
def test_bad_arguments_are_named(name, value):
    for build in (A.resnet_generator, A.resnet_discriminator):
        arguments = {"image_shape": (32, 32, 1), name: value}
        if name == "channels":
            arguments = {"image_shape": value}
        with pytest.raises(ValueError, match=f"`{name}`.*Received: .*{name}="):
            build(**arguments)


def test_bad_choices_are_named():
    shape = (32, 32, 1)
    for name, build, value in (
        ("normalization", A.resnet_discriminator, "layer"),
        ("use_bias", A.resnet_discriminator, 1),
        ("spectral", A.resnet_generator, None),
        ("latent_dim", A.resnet_generator, 0),
    ):
        with pytest.raises(ValueError, match=f"`{name}`.*Received: {name}="):
            build(shape, **{name: value})
    with pytest.raises(ValueError, match="`attention`.*8 or more.*`filters`"):
        A.resnet_generator(shape, filters=4, attention=16)
