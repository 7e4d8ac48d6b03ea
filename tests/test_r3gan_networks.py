"""The networks of R3GAN: counts, values, beginnings, training, files."""

import games
import keras
import network_reference as reference
import numpy as np
import pytest

import kgan
from kgan import architectures as A

numpy_of = keras.ops.convert_to_numpy
TINY = {"widths": (16, 16, 8), "blocks": (2, 1, 1), "cardinality": (2, 4, 1)}
SETTINGS = A.R3GAN_SETTINGS


def trained(model):
    return sum(int(np.prod(w.shape)) for w in model.trainable_weights)


def counts(size, num_classes=None, channels=3, latent_dim=64, **settings):
    """Weights of generator and discriminator, added up by hand."""
    widths, blocks = settings["widths"], settings["blocks"]
    blocks = (blocks,) * len(widths) if isinstance(blocks, int) else blocks
    base = size // 2 ** (len(widths) - 1)
    both = base * base * widths[0] + channels * widths[-1]
    for stage, (c, number) in enumerate(zip(widths, blocks, strict=True)):
        groups = settings.get("cardinality", 2 * c // 16)
        groups = groups[stage] if isinstance(groups, tuple) else groups
        both += number * (4 * c * c + 4 * c + 36 * c * c // groups)
        if stage > 0 and c != widths[stage - 1]:
            both += c * widths[stage - 1]
    if num_classes is None:
        return both + latent_dim * widths[0], both + widths[0]
    return (
        both + 2 * latent_dim * widths[0] + num_classes * latent_dim,
        both + widths[0] ** 2 + num_classes * widths[0],
    )


@pytest.mark.once
def test_counts_are_the_papers():
    # 23.06 and 23.01 million at 256 pixels, section 5 of the paper.
    for size, num_classes, name, expected in (
        (32, None, "cifar10", (20_732_160, 20_683_776)),
        (32, 10, "cifar10", (20_781_952, 21_280_512)),
        (64, None, "ffhq64", (22_429_824, 22_381_440)),
        (256, None, "ffhq256", (23_057_952, 23_009_568)),
        (32, 1000, "imagenet32", (82_914_304, 86_548_992)),
        (64, 1000, "imagenet64", (103_570_432, 107_205_120)),
    ):
        assert counts(size, num_classes, **SETTINGS[name]) == expected


def pair(size, num_classes=None, **settings):
    shape = (size, size, 3)
    return (
        A.r3gan_generator(shape, num_classes=num_classes, **settings),
        A.r3gan_discriminator(shape, num_classes=num_classes, **settings),
    )


@pytest.mark.once
@pytest.mark.parametrize("num_classes", [None, 10])
@pytest.mark.parametrize(
    ("size", "settings"), [(28, SETTINGS["small"]), (16, TINY)]
)
def test_counts_of_small_networks(size, settings, num_classes):
    networks = pair(size, num_classes, **settings)
    expected = counts(size, num_classes, **settings)
    assert tuple(map(trained, networks)) == expected
    # Nothing but what is trained: the resampling has no weights.
    assert tuple(network.count_params() for network in networks) == expected


@pytest.mark.once
@pytest.mark.parametrize("num_classes", [None, 10])
def test_counts_of_the_network_for_cifar(num_classes):
    networks = pair(32, num_classes, **SETTINGS["cifar10"])
    expected = counts(32, num_classes, **SETTINGS["cifar10"])
    assert tuple(map(trained, networks)) == expected


def filled(model):
    """Weights of a model, random, and as they are; those of blocks too."""
    rng = np.random.default_rng(3)
    for weight in model.trainable_weights:
        fan_in = np.prod(weight.shape[:-1])
        value = rng.standard_normal(weight.shape) / max(fan_in, 1) ** 0.5
        weight.assign(value.astype("float32"))
    return [numpy_of(w).astype("float64") for w in model.trainable_weights]


@pytest.mark.parametrize(
    "num_classes", [pytest.param(None, marks=pytest.mark.soak), 3]
)
def test_values_are_those_of_the_equations(num_classes):
    options = {**TINY, "num_classes": num_classes, "embedding_dim": 5}
    generator = A.r3gan_generator((16, 8, 1), latent_dim=6, **options)
    discriminator = A.r3gan_discriminator((16, 8, 1), **options)
    rng = np.random.default_rng(0)
    z = rng.standard_normal((3, 6)).astype("float32")
    x = np.tanh(rng.standard_normal((3, 16, 8, 1))).astype("float32")
    y = None if num_classes is None else np.array([2, 0, 2], "int32")
    stages = (TINY["blocks"], TINY["cardinality"], (False, False, True))
    for model, taken, equations in (
        (generator, z, reference.r3gan_generator),
        (discriminator, x, reference.r3gan_discriminator),
    ):
        want = equations(filled(model), taken.astype("float64"), y, *stages)
        taken = keras.ops.array(taken)
        got = model(taken if y is None else [taken, keras.ops.array(y)])
        assert np.abs(want).max() > 0.1
        np.testing.assert_allclose(numpy_of(got), want, atol=1e-5)


@pytest.mark.once
def test_beginnings():
    """Deviations of the paper's code, of as many weights as tell."""
    widths, blocks = (128, 64), (1, 2)
    options = {"widths": widths, "blocks": blocks, "num_classes": 200}
    generator = A.r3gan_generator((8, 8, 3), **options)
    discriminator = A.r3gan_discriminator((8, 8, 3), **options)
    gain = (2 / 1.04) ** 0.5 * 3**-0.25
    embedding = {generator: 200**-0.5, discriminator: (200 * 128) ** -0.5}
    basis = {generator: 1.0, discriminator: 0.25}
    for network in (generator, discriminator):
        for layer in network.layers:
            if not layer.weights:
                continue
            values = numpy_of(layer.weights[0])
            fan_in = np.prod(values.shape[:-1])
            expected = fan_in**-0.5
            if isinstance(layer, keras.layers.Embedding):
                expected = embedding[network]
            elif layer.name == "basis":
                expected = basis[network]
            elif len(layer.weights) == 2:
                expected *= gain
                assert not numpy_of(layer.bias).any()
            elif layer.output.shape[-1] * 2 == values.shape[-2]:
                expected = 0.0 if values.std() == 0 else expected
            assert values.std() == pytest.approx(expected, rel=0.12)
    # Blocks add nothing at first.
    zeros = [w for w in generator.trainable_weights if not numpy_of(w).any()]
    assert len([w for w in zeros if len(w.shape) == 4]) == sum(blocks)


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize(
    "num_classes", [pytest.param(None, marks=pytest.mark.soak), 3]
)
def test_training_and_the_saved_generator(num_classes, tmp_path):
    settings = {"widths": (16, 8), "num_classes": num_classes}
    gan = kgan.R3GAN(
        A.r3gan_generator((8, 8, 1), 4, **settings),
        A.r3gan_discriminator((8, 8, 1), **settings),
        gamma=1.0,
        seed=1,
    )
    # XLA compiles for a minute what runs for a second.
    gan.compile(run_eagerly=games.BACKEND == "jax")
    networks = (gan.generator, gan.discriminator)
    before = [[numpy_of(w) for w in n.trainable_weights] for n in networks]
    x = np.tanh(np.random.default_rng(0).standard_normal((16, 8, 8, 1)))
    labels = None if num_classes is None else np.arange(16) % 3
    history = gan.fit(
        x.astype("float32"),
        labels,
        batch_size=4,
        verbose=0,
        callbacks=[kgan.callbacks.Checkpoint(tmp_path)],
    ).history
    assert all(np.isfinite(values).all() for values in history.values())
    for network, old in zip(networks, before, strict=True):
        for weight, value in zip(network.trainable_weights, old, strict=True):
            assert np.abs(numpy_of(weight) - value).max() > 0, weight.path
    path = tmp_path / "generator.keras"
    loaded = keras.saving.load_model(path)
    assert {
        type(layer).__module__.split(".")[0] for layer in loaded.layers
    } == {"keras"}
    taken = keras.ops.array(kgan.images.latents(3, 4, seed=1))
    if num_classes is not None:
        taken = [taken, keras.ops.array(np.array([0, 1, 2], "int32"))]
    np.testing.assert_allclose(
        numpy_of(loaded(taken)), numpy_of(gan.generator(taken)), atol=1e-5
    )


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("image_shape", (28, 28)),
        ("image_shape", (30, 28, 1)),
        ("image_shape", (4, 4, 1)),
        ("channels", (28, 28, 2)),
        ("widths", 32),
        ("widths", ()),
        ("widths", (32, 0)),
        ("blocks", 0),
        ("blocks", (1, 2)),
        ("blocks", (1, 2, 1.5)),
        ("cardinality", 0),
        ("cardinality", 5),
        ("cardinality", (1, 1)),
        ("embedding_dim", 0),
        ("num_classes", 0),
    ],
)
def test_bad_arguments_are_named(name, value):
    for build in (A.r3gan_generator, A.r3gan_discriminator):
        arguments = {"image_shape": (28, 28, 1), name: value}
        if name == "channels":
            arguments = {"image_shape": value}
        with pytest.raises(ValueError, match=f"`{name}`.*Received: .*{name}="):
            build(**arguments)
