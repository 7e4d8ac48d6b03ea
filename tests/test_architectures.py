"""The builders: shapes, ranges, sizes, initialisation and saving."""

import keras
import numpy as np
import pytest
import torch

import kgan
from kgan import architectures, archives
from kgan.architectures.dcgan import IMAGE_SIZES
from kgan.layers import bake, unwrapped

SMALL = (8, 8, 1)

NETWORKS = {
    "dcgan_generator": (
        lambda: architectures.dcgan_generator(SMALL, 5, filters=2),
        (5,),
        SMALL,
    ),
    "dcgan_generator of colours": (
        lambda: architectures.dcgan_generator((28, 28, 3), 5, filters=2),
        (5,),
        (28, 28, 3),
    ),
    "dcgan_discriminator": (
        lambda: architectures.dcgan_discriminator(SMALL, filters=2),
        SMALL,
        (1,),
    ),
    "dcgan_discriminator by batch": (
        lambda: architectures.dcgan_discriminator((16, 16, 3), 2, "batch"),
        (16, 16, 3),
        (1,),
    ),
    "dcgan_discriminator without": (
        lambda: architectures.dcgan_discriminator((16, 16, 3), 2, "none"),
        (16, 16, 3),
        (1,),
    ),
    "dcgan_generator of more at its base": (
        lambda: architectures.dcgan_generator(
            SMALL, 5, filters=2, base_convolutions=1
        ),
        (5,),
        SMALL,
    ),
    "dcgan_discriminator of more at its base": (
        lambda: architectures.dcgan_discriminator(
            SMALL, filters=2, base_convolutions=2
        ),
        SMALL,
        (1,),
    ),
    "dcgan_generator of components": (
        lambda: architectures.dcgan_generator(
            SMALL, 5, filters=2, num_components=3
        ),
        (5,),
        SMALL,
    ),
    "resnet_generator in [-1, 1]": (
        lambda: architectures.resnet_generator(
            (32, 32, 1), 5, filters=8, attention=16, spectral=True
        ),
        (5,),
        (32, 32, 1),
    ),
    "resnet_discriminator": (
        lambda: architectures.resnet_discriminator((48, 48, 1), filters=2),
        (48, 48, 1),
        (1,),
    ),
    "r3gan_generator": (
        lambda: architectures.r3gan_generator((8, 6, 1), 5, (16, 8)),
        (5,),
        (8, 6, 1),
    ),
    "r3gan_discriminator": (
        lambda: architectures.r3gan_discriminator((8, 6, 1), (16, 8)),
        (8, 6, 1),
        (1,),
    ),
    "mlp_generator": (
        lambda: architectures.mlp_generator(2, 3, (4, 5)),
        (3,),
        (2,),
    ),
    "mlp_generator in [-1, 1]": (
        lambda: architectures.mlp_generator(2, 3, (4,), "tanh"),
        (3,),
        (2,),
    ),
    "mlp_discriminator": (
        lambda: architectures.mlp_discriminator(2, (4, 5)),
        (2,),
        (1,),
    ),
}


def call(model, x, training=False):
    return keras.ops.convert_to_numpy(model(x, training=training))


def inputs_for(shape, num=6):
    rng = np.random.default_rng(0)
    return np.tanh(rng.standard_normal((num, *shape))).astype("float32")


def all_layers(model):
    for layer in model.layers:
        yield layer
        yield from all_layers(layer) if hasattr(layer, "layers") else ()


@pytest.mark.parametrize(
    "name",
    [
        # Each operation and shape of a deep net is compiled by itself on JAX.
        name
        if name.startswith(("dcgan", "mlp"))
        else pytest.param(name, marks=pytest.mark.once)
        for name in NETWORKS
    ],
)
def test_network(name, tmp_path):
    make, shape_in, shape_out = NETWORKS[name]
    model = make()
    assert model.input_shape == (None, *shape_in)
    assert model.output_shape == (None, *shape_out)
    assert type(model).__name__ == "Functional"
    baked = bake(model)
    for operation in (*all_layers(baked), *baked.operations):
        assert type(operation).__module__.split(".")[0] == "keras"
    x = inputs_for(shape_in)
    y = call(model, x)
    np.testing.assert_allclose(call(baked, x), y, atol=1e-5)
    assert y.shape == (6, *shape_out) and y.dtype == np.float32
    assert np.isfinite(y).all() and np.ptp(y, axis=0).max() > 0
    if "dcgan_generator" in name or "[-1, 1]" in name:
        for big in (x * 1e4, -x * 1e4):
            assert np.abs(call(model, big)).max() <= 1
    else:
        # Linear, so that a score is not bounded.
        last = unwrapped(model.layers[-1])
        assert last.activation is keras.activations.linear
    path = tmp_path / "x.keras"
    model.save(path)
    for load in (keras.saving.load_model, archives.load_model):
        np.testing.assert_allclose(call(load(path), x), y, atol=1e-6)


@pytest.mark.once
def test_parameters_by_hand():
    generator = architectures.dcgan_generator((16, 16, 3), 10, filters=8)
    # Base of 4: dense and batch norm, 4x4 kernels to 8 and to 3 channels.
    dense = 10 * 4 * 4 * 16 + 4 * 16
    middle = 4 * 4 * 16 * 8 + 4 * 8
    last = 4 * 4 * 8 * 3 + 3
    assert generator.count_params() == dense + middle + last
    critic = architectures.dcgan_discriminator((16, 16, 3), filters=8)
    first = 4 * 4 * 3 * 8 + 8
    second = 4 * 4 * 8 * 16 + 16 + 2 * 4 * 4 * 16
    assert critic.count_params() == first + second + 4 * 4 * 16 + 1
    mlp = architectures.mlp_generator(2, 3, (4, 5))
    assert mlp.count_params() == (3 + 1) * 4 + (4 + 1) * 5 + (5 + 1) * 2
    mlp = architectures.mlp_discriminator(2, (4,))
    assert mlp.count_params() == (2 + 1) * 4 + (4 + 1)


@pytest.mark.once
def test_convolutions_at_the_base():
    plain = architectures.dcgan_generator((16, 16, 3), 10, filters=8)
    more = architectures.dcgan_generator(
        (16, 16, 3), 10, filters=8, base_convolutions=2
    )
    extra = 9 * 16 * 16 + 4 * 16
    assert more.count_params() == plain.count_params() + 2 * extra
    for normalization, norm in (("layer", 512), ("batch", 64), ("none", 0)):
        plain, more = (
            architectures.dcgan_discriminator(
                (16, 16, 3), 8, normalization, base_convolutions=number
            )
            for number in (0, 1)
        )
        bias = 0 if normalization == "batch" else 16
        extra = 9 * 16 * 16 + bias + norm
        assert more.count_params() == plain.count_params() + extra
        convolution = [x for x in more.layers if hasattr(x, "kernel_size")][-1]
        assert convolution.kernel_size == (3, 3)
        assert tuple(convolution.strides) == (1, 1)
        assert more.layers[-3].output.shape == (None, 4, 4, 16)


@pytest.mark.once
@pytest.mark.parametrize("size", IMAGE_SIZES)
def test_every_size_that_can_be_built(size):
    generator = architectures.dcgan_generator((size, size, 1), 2, filters=1)
    assert generator.output_shape == (None, size, size, 1)
    critic = architectures.dcgan_discriminator((size, size, 1), filters=1)
    assert critic.input_shape == (None, size, size, 1)
    assert critic.output_shape == (None, 1)
    assert critic.layers[-2].input.shape[1] in (4, 5, 6, 7)
    assert {28, 32, 64, 128, 256} <= set(IMAGE_SIZES)


BUILDERS = [architectures.dcgan_generator, architectures.dcgan_discriminator]


@pytest.mark.once
@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("size", [0, 4, 7, 9, 30, 100, 129, 257, 512])
def test_impossible_size_lists_the_possible(build, size):
    with pytest.raises(ValueError, match="8, 10, 12.*256.*Received") as caught:
        build((size, size, 1))
    message = str(caught.value)
    assert all(str(possible) in message for possible in IMAGE_SIZES)
    assert f"({size}, {size}, 1)" in message


@pytest.mark.once
@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize(
    "shape", [(28, 28), (28, 32, 1), (28,), (1, 28, 28, 1), 28, None]
)
def test_shape_of_no_square_image(build, shape):
    with pytest.raises(ValueError, match="`image_shape`.*Received"):
        build(shape)


@pytest.mark.once
@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("channels", [0, 2, 4, 1.5, None])
def test_channels_out_of_range(build, channels):
    with pytest.raises(ValueError, match="`channels`.*Received: channels="):
        build((28, 28, channels))


@pytest.mark.once
@pytest.mark.parametrize("value", [0, -1, 1.5, True, "64", None])
@pytest.mark.parametrize(
    "build, name",
    [
        (lambda v: architectures.dcgan_generator(SMALL, v), "latent_dim"),
        (lambda v: architectures.dcgan_generator(SMALL, 4, v), "filters"),
        (lambda v: architectures.dcgan_discriminator(SMALL, v), "filters"),
        (
            lambda v: architectures.r3gan_generator((28, 28, 1), v),
            "latent_dim",
        ),
        (lambda v: architectures.mlp_generator(v), "output_dim"),
        (lambda v: architectures.mlp_generator(2, v), "latent_dim"),
        (lambda v: architectures.mlp_generator(2, 2, (4, v)), "hidden_units"),
        (lambda v: architectures.mlp_discriminator(v), "input_dim"),
        (lambda v: architectures.mlp_discriminator(2, (v,)), "hidden_units"),
    ],
)
def test_sizes_out_of_range(build, name, value):
    with pytest.raises(ValueError, match=f"`{name}`.*Received: {name}="):
        build(value)


@pytest.mark.once
@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("value", [-1, 1.5, True, None, 2**31])
def test_base_convolutions_out_of_range(build, value):
    match = "`base_convolutions`.*Received: base_convolutions="
    with pytest.raises(ValueError, match=match):
        build(SMALL, base_convolutions=value)


@pytest.mark.once
@pytest.mark.parametrize("normalization", ["Layer", "instance", None, True])
def test_unknown_normalization(normalization):
    match = "`normalization`.*'layer'.*Received: normalization="
    with pytest.raises(ValueError, match=match):
        architectures.dcgan_discriminator(SMALL, normalization=normalization)


@pytest.mark.once("torch")
@pytest.mark.parametrize("normalization", ["layer", "none", "batch"])
def test_whether_a_score_depends_on_other_samples(normalization):
    critic = architectures.dcgan_discriminator((16, 16, 1), 4, normalization)
    images = inputs_for((16, 16, 1), 8)
    others = np.concatenate([images[:1], -images[1:] * 0.1])
    for training in (True, False):
        change = call(critic, images, training) - call(critic, others, training)
        depends = normalization == "batch" and training
        assert (abs(change[0, 0]) > 1e-4) == depends
        assert abs(change[1:]).max() > 1e-4


@pytest.mark.once
def test_normalization_is_never_the_first_layer():
    for normalization, expected in (("layer", 1), ("batch", 1), ("none", 0)):
        critic = architectures.dcgan_discriminator(
            (16, 16, 1), 2, normalization
        )
        names = [type(layer).__name__ for layer in critic.layers]
        assert names[1:3] == ["Conv2D", "LeakyReLU"]
        assert sum("Normalization" in name for name in names) == expected


@pytest.mark.once
def test_initial_weights_are_those_of_dcgan():
    for model in (
        architectures.dcgan_generator((16, 16, 3), 64, filters=32),
        architectures.dcgan_discriminator((16, 16, 3), 32, "batch"),
    ):
        for layer in model.layers:
            if hasattr(layer, "kernel"):
                kernel = keras.ops.convert_to_numpy(layer.kernel)
                assert kernel.std() == pytest.approx(0.02, rel=0.15)
                assert abs(kernel.mean()) < 0.005
            elif isinstance(layer, keras.layers.BatchNormalization):
                gamma = keras.ops.convert_to_numpy(layer.gamma)
                assert abs(gamma.mean() - 1) < 0.02
                assert 0 < gamma.std() < 0.04


@pytest.mark.once
def test_initial_weights_of_fan_in_are_those_of_pytorch():
    """Quick tier, 0.1 s: kernels of the same shapes, made by PyTorch."""
    shared = {"base_convolutions": 1, "kernel_initializer": "fan_in"}
    for model in (
        architectures.dcgan_generator((16, 16, 3), 64, 32, **shared),
        architectures.dcgan_discriminator(
            (16, 16, 3), 32, num_classes=10, **shared
        ),
    ):
        for layer in model.layers:
            if not hasattr(layer, "kernel"):
                continue
            kernel = keras.ops.convert_to_numpy(layer.kernel)
            if isinstance(layer, keras.layers.Dense):
                reference = torch.nn.Linear(*kernel.shape)
            elif isinstance(layer, keras.layers.Conv2DTranspose):
                height, _, filters, channels = kernel.shape
                reference = torch.nn.ConvTranspose2d(channels, filters, height)
            else:
                height, _, channels, filters = kernel.shape
                reference = torch.nn.Conv2d(channels, filters, height)
            expected = reference.weight.detach().numpy()
            assert kernel.size == expected.size
            assert kernel.std() == pytest.approx(expected.std(), rel=0.1)
            limit = abs(expected).max()
            assert abs(kernel).max() == pytest.approx(limit, rel=0.05)


@pytest.mark.parametrize("num_classes", [None, 2])
def test_components_are_chosen_by_the_first_coordinates(num_classes):
    """Quick tier, 1 s a backend: a plain generator gets NumPy's choice."""
    mixed = architectures.dcgan_generator(
        SMALL, 6, filters=2, num_classes=num_classes, num_components=4
    )
    labels = np.arange(40, dtype="int32") % 2
    latents = np.random.default_rng(0).standard_normal((40, 6), "float32")
    chosen = [max(range(4), key=row.__getitem__) for row in latents.tolist()]
    assert set(chosen) == {0, 1, 2, 3}
    # The largest of all is not always among the first four.
    assert any(latents.argmax(1) != chosen)
    weights = mixed.get_weights()
    [vectors] = [w for w in weights if w.shape == (4, 3)]
    weights = [w for w in weights if w is not vectors]
    parts, given = [latents, vectors[chosen]], latents
    if num_classes:
        [embeddings] = [w for w in weights if w.shape == (2, 6)]
        weights = [w for w in weights if w is not embeddings]
        parts, given = [*parts, embeddings[labels]], [latents, labels]
    parts = np.concatenate(parts, axis=1)
    plain = architectures.dcgan_generator(SMALL, parts.shape[1], filters=2)
    plain.set_weights(weights)
    np.testing.assert_allclose(
        call(mixed, given), call(plain, parts), atol=1e-5
    )


def test_components_are_learned():
    """Quick tier, 2 s a backend: vectors that are not chosen stay."""
    gan = kgan.NonSaturatingGAN(
        architectures.dcgan_generator(SMALL, 6, 2, num_components=4),
        architectures.dcgan_discriminator(SMALL, 2),
        seed=1,
    )
    gan.compile(keras.optimizers.SGD(1.0), keras.optimizers.SGD(1e-3))
    moved = []
    # Two latents choose at most two of four vectors, and 64 all of them.
    for num in (2, 64):
        before = gan.generator.get_weights()[0]
        assert before.shape == (4, 3)
        gan.train_on_batch(inputs_for(SMALL, num))
        change = gan.generator.get_weights()[0] - before
        moved.append(np.sum(change.any(axis=1)))
    assert 1 <= moved[0] <= 2 and moved[1] == 4


@pytest.mark.once
@pytest.mark.parametrize("value", [1, 0, -1, 6, 2.5, True, "4"])
def test_components_out_of_range(value):
    match = "`num_components`.*Received: num_components="
    with pytest.raises(ValueError, match=match):
        architectures.dcgan_generator(SMALL, 5, num_components=value)


@pytest.mark.once
def test_components_that_fill_the_memory():
    match = "`num_components`.*Received: num_components="
    with pytest.raises(ValueError, match=match):
        architectures.dcgan_generator(
            SMALL, 10**6, filters=1, num_components=10**6
        )


@pytest.mark.once
@pytest.mark.parametrize("kind", ["generator", "discriminator"])
def test_an_unknown_initializer_is_refused(kind):
    build = getattr(architectures, f"dcgan_{kind}")
    words = "`kernel_initializer` must be .*Received: kernel_initializer='he'"
    with pytest.raises(ValueError, match=words):
        build((16, 16, 3), kernel_initializer="he")


@pytest.mark.once
def test_layers_do_not_begin_alike():
    """One initializer object for two layers would give equal weights."""
    model = architectures.dcgan_discriminator((32, 32, 3), 3, "none")
    kernels = [w for w in model.get_weights() if w.ndim == 4]
    assert not np.allclose(kernels[0][..., 0], kernels[1][..., :3, 0])
    again = architectures.dcgan_discriminator((32, 32, 3), 3, "none")
    assert not np.allclose(kernels[0], again.get_weights()[0])


@pytest.mark.once
@pytest.mark.slow
def test_outputs_are_float32_under_bfloat16():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        for make, shape, _ in NETWORKS.values():
            model = make()
            assert call(model, inputs_for(shape)).dtype == np.float32
            assert model.layers[-2].compute_dtype == "bfloat16"
    finally:
        keras.config.set_dtype_policy("float32")
