"""Networks of two inputs: built, checked, sampled from and drawn."""

import conditional_games as conditional
import games
import keras
import numpy as np
import pytest

import kgan
from kgan import labels as label_checks
from kgan.sample import main as sample

A = kgan.architectures


def test_a_generator_puts_the_embedding_behind_the_latents():
    network = A.mlp_generator(2, 3, (5,), num_classes=4)
    embedding, w1, b1, w2, b2 = network.get_weights()
    assert embedding.shape == (4, 3)
    z, y = games.points(6, 3), np.array([0, 1, 2, 3, 3, 0])
    x = np.concatenate([z, embedding[y]], axis=1)
    expected = np.maximum(x @ w1 + b1, 0) @ w2 + b2
    got = network.predict([z, y], verbose=0)
    np.testing.assert_allclose(got, expected, atol=1e-6)
    # Latents of N(0, 1) and embeddings like them.
    large = A.mlp_generator(2, 64, (5,), num_classes=100).get_weights()[0]
    assert 0.9 < large.std() < 1.1


def test_a_discriminator_projects_the_embedding():
    network = A.mlp_discriminator(2, (5,), num_classes=4)
    h, out, embedding = (
        next(x for x in network.layers if (type(x), x.output.shape[1:]) == kind)
        for kind in (
            (keras.layers.Dense, (5,)),
            (keras.layers.Dense, (1,)),
            (keras.layers.Embedding, (5,)),
        )
    )
    (w1, b1), (w2, b2) = h.get_weights(), out.get_weights()
    (table,) = embedding.get_weights()
    x, y = games.points(6), np.array([0, 1, 2, 3, 3, 0])
    x1 = x @ w1 + b1
    features = np.where(x1 > 0, x1, 0.2 * x1)
    expected = features @ w2 + b2
    expected += (table[y] * features).sum(1, keepdims=True)
    got = network.predict([x, y], verbose=0)
    np.testing.assert_allclose(got, expected, atol=1e-6)


@pytest.mark.once
def test_without_classes_nothing_changed():
    networks = (
        A.mlp_generator(2),
        A.mlp_discriminator(2),
        A.dcgan_generator((8, 8, 1), filters=4),
        A.dcgan_discriminator((8, 8, 1), filters=4),
    )
    counts = [network.count_params() for network in networks]
    assert [len(network.inputs) for network in networks] == [1] * 4
    assert counts == [33_666, 132_609, 8_273, 133]


@pytest.mark.once
@pytest.mark.parametrize("value", [0, -1, 2.0, True, "ten"])
def test_num_classes_is_a_positive_integer(value):
    for build in (
        lambda: A.mlp_generator(2, num_classes=value),
        lambda: A.mlp_discriminator(2, num_classes=value),
        lambda: A.dcgan_generator((8, 8, 1), num_classes=value),
        lambda: A.dcgan_discriminator((8, 8, 1), num_classes=value),
    ):
        with pytest.raises(ValueError, match="`num_classes`"):
            build()


def two_inputs(first, second, swap=False, output=2, as_dict=False):
    inputs = [
        keras.Input(*first, name="a"),
        keras.Input(*second, name="b"),
    ]
    parts = [
        keras.layers.Flatten()(keras.ops.cast(x, "float32"))
        if len(x.shape) > 1
        else keras.ops.cast(x, "float32")[:, None]
        for x in inputs
    ]
    x = keras.layers.Dense(output)(keras.layers.Concatenate()(parts))
    if swap:
        inputs.reverse()
    if as_dict:
        inputs = dict(zip("ab", inputs, strict=True))
    return keras.Model(inputs, x)


INTEGER = ((), None, "int32")


@pytest.mark.once
@pytest.mark.parametrize(
    ("network", "told"),
    [
        (lambda: two_inputs(((3,),), INTEGER, swap=True), "Swap them"),
        (lambda: two_inputs(((3,),), ((),)), r'Input\(\(\), dtype="int32"\)'),
        (
            lambda: two_inputs(((3,),), ((1,), None, "int32")),
            r"shape \(batch,\)",
        ),
        (lambda: two_inputs(((3,),), INTEGER, as_dict=True), "dict"),
    ],
)
def test_inputs_that_are_no_labels_are_refused(network, told):
    with pytest.raises(ValueError, match=told) as caught:
        kgan.GAN(network(), games.critic())
    assert "`generator`" in str(caught.value)


@pytest.mark.once
def test_classes_are_read_from_the_networks():
    generator, _ = conditional.generator()
    wide = A.mlp_discriminator(2, (4,), num_classes=5)
    hidden = two_inputs(((3,),), INTEGER)
    assert label_checks.num_classes(generator) == 3
    assert label_checks.num_classes(generator, wide) == 3
    assert label_checks.num_classes(wide, games.critic()) == 5
    assert label_checks.num_classes(hidden) is None
    gan = kgan.GAN(hidden, games.critic(), seed=1)
    gan.compile()
    # Nothing shows its classes: any label but a negative one is passed on.
    x, y = games.points(16), np.arange(16)
    gan.fit(x, y + 100, batch_size=8, verbose=0)
    with pytest.raises(ValueError, match="`y`"):
        gan.fit(x, y - 1, batch_size=8, verbose=0)
    with pytest.raises(ValueError, match="does not show"):
        gan.generate(2)
    assert gan.generate(2, labels=300).shape == (2, 2)


@pytest.mark.once
def test_a_bounded_conditional_discriminator_is_refused():
    samples, labels = keras.Input((2,)), keras.Input((), dtype="int32")
    embedded = keras.layers.Embedding(3, 2)(labels)
    x = keras.layers.Concatenate()([samples, embedded])
    bounded = keras.layers.Dense(1, "sigmoid")(x)
    with pytest.raises(ValueError, match="logits"):
        kgan.GAN(games.generator(), keras.Model([samples, labels], bounded))
    both = keras.layers.Add()([bounded, keras.layers.Dense(1, "tanh")(x)])
    with pytest.raises(ValueError, match="logits"):
        kgan.GAN(games.generator(), keras.Model([samples, labels], both))


def test_generate_draws_the_classes_that_are_asked_for():
    gan = conditional.game()
    latents = kgan.images.latents(6, games.LATENT_DIM, seed=3)

    def expected(labels):
        return gan.generator.predict([latents, np.array(labels)], verbose=0)

    for labels, meant in (
        (2, [2] * 6),
        (np.int64(0), [0] * 6),
        ([0, 1, 2, 2, 1, 0], [0, 1, 2, 2, 1, 0]),
    ):
        got = gan.generate(6, seed=3, labels=labels, batch_size=4)
        np.testing.assert_allclose(got, expected(meant), atol=1e-6)
    np.testing.assert_allclose(
        gan.predict([latents, np.full(6, 2)], verbose=0),
        expected([2] * 6),
        atol=1e-6,
    )
    # By the seed, from all classes.
    drawn = label_checks.chosen_labels(None, 6000, 3, gan.generator)
    assert (np.abs(np.bincount(drawn) - 2000) < 200).all()
    np.testing.assert_array_equal(
        gan.generate(6, seed=3), gan.generate(6, seed=3)
    )
    assert np.abs(gan.generate(6) - gan.generate(6)).max() > 0


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (3, "lie in 0 to 2"),
        (-1, "lie in 0 to 2"),
        ([0, 1], "2 labels for 4 samples"),
        (1.5, "integers"),
        ("1", "integers"),
        (True, "integers"),
    ],
)
def test_generate_refuses_other_labels(labels, told):
    gan = conditional.game()
    with pytest.raises(ValueError, match=told):
        gan.generate(4, labels=labels)
    with pytest.raises(ValueError, match="of latents alone"):
        games.game().generate(4, labels=1)


@pytest.mark.parametrize(
    ("x", "told"),
    [
        (games.points(4, 3), r"list \[latents, labels\]"),
        ([games.points(4, 3)], r"list \[latents, labels\]"),
        ([games.points(4, 2), np.zeros(4, int)], "latent_dim=3"),
        ([games.points(4, 3), np.full(4, 3)], "lie in 0 to 2"),
    ],
)
def test_predict_refuses_what_is_no_pair(x, told):
    with pytest.raises(ValueError, match=told):
        conditional.game().predict(x, verbose=0)


def brightness():
    """A game whose generator draws images as bright as their label."""
    latents, labels = keras.Input((3,)), keras.Input((), dtype="int32")
    table = keras.layers.Embedding(3, 16)
    shown = keras.layers.Add()(
        [table(labels), keras.layers.Dense(16, use_bias=False)(latents)]
    )
    images = keras.layers.Reshape((4, 4, 1))(shown)
    seen = keras.Input((4, 4, 1))
    flat = keras.layers.Flatten()(seen)
    gan = kgan.GAN(
        keras.Model([latents, labels], images),
        keras.Model(seen, keras.layers.Dense(1)(flat)),
        seed=1,
        average=0.5,
    )
    gan.compile(keras.optimizers.SGD(1e-9), keras.optimizers.SGD(1e-9))
    for network in (gan.generator, gan.averaged_generator):
        kernel, table = sorted(network.weights, key=lambda w: w.path.find("em"))
        kernel.assign(np.zeros(kernel.shape))
        table.assign(np.repeat([[-1.0], [0.0], [1.0]], 16, axis=1))
    return gan


def test_a_sample_grid_has_a_row_per_class(tmp_path):
    from PIL import Image

    gan = brightness()
    x = np.zeros((8, 4, 4, 1), "float32")
    callbacks = [
        kgan.callbacks.SampleGrid(tmp_path / "all", num=8),
        kgan.callbacks.SampleGrid(tmp_path / "some", num=6, labels=[2, 0]),
    ]
    gan.fit(x, np.arange(8) % 3, batch_size=8, verbose=0, callbacks=callbacks)
    for name, levels, columns in (
        ("all", [0, 128, 255], 2),
        ("some", [255, 0], 3),
    ):
        with Image.open(tmp_path / name / "epoch_0001.png") as picture:
            pixels = np.asarray(picture)
        height = (pixels.shape[0] - 2) // len(levels)
        width = (pixels.shape[1] - 2) // columns
        assert pixels.shape[1] / columns == pytest.approx(width, abs=2)
        for row, level in enumerate(levels):
            for column in range(columns):
                y, x = row * height + height // 2, column * width + width // 2
                assert abs(int(pixels[y + 1, x + 1]) - level) <= 1
    for labels, told in (([3], "lie in"), ([0] * 7, "each row")):
        grid = kgan.callbacks.SampleGrid(tmp_path / "x", num=6, labels=labels)
        with pytest.raises(ValueError, match=told):
            gan.fit(
                np.zeros((8, 4, 4, 1), "float32"),
                np.zeros(8, int),
                verbose=0,
                batch_size=8,
                callbacks=[grid],
            )


def test_the_sample_command_draws_labels(tmp_path, capsys):
    gan = brightness()
    plain, run = tmp_path / "generator.keras", tmp_path / "run.keras"
    gan.generator.save(plain)
    gan.save(run)
    out = tmp_path / "x.npy"

    def drawn(path, *options):
        command = [str(path), "--num", "6", "--npy", str(out), *options]
        if sample(command) != 0:
            return capsys.readouterr().err
        return np.load(out)[:, 0, 0, 0].round(3).tolist()

    for path in (plain, run):
        assert drawn(path, "--label", "2") == [1.0] * 6
        assert drawn(path, "--label", "0,2") == [-1.0] * 3 + [1.0] * 3
        by_seed = gan.generate(6, seed=0)[:, 0, 0, 0].round(3).tolist()
        assert drawn(path) == by_seed
    assert "lie in 0 to 2" in drawn(plain, "--label", "3")
    assert "`label` must be" in drawn(plain, "--label", "cat")
    games.generator().save(tmp_path / "other.keras")
    told = drawn(tmp_path / "other.keras", "--label", "1")
    assert "of latents alone" in told
