"""Presets: every row trains and goes on; files are checked and loaded."""

import hashlib
import json
import pathlib
import random

import games
import keras
import numpy as np
import pytest

import kgan
from kgan import presets
from kgan.presets import cards, files, table, training
from kgan.presets.halving import half_bytes

ROOT = pathlib.Path(__file__).resolve().parents[1]
PRESETS = table.PRESETS.values()
# The others differ from one of these in data, shape and lengths of schedules.
IN_MAKE_TEST = ("ring", "mnist", "mnist_conditional")


def state(gan):
    """Every weight, seed and optimizer variable."""
    return games.numpy_of([*gan.variables, *gan.optimizer.variables])


def fit(gan, preset, epochs=1):
    """One step an epoch, of two batches of 2: of each player one."""
    rng = np.random.default_rng(0)
    data = [rng.uniform(-1, 1, (4, *preset.sample_shape)).astype("float32")]
    if preset.num_classes is not None:
        data.append(rng.integers(0, preset.num_classes, 4).astype("int32"))
    gan.fit(*data, batch_size=2, epochs=epochs, verbose=0)


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize(
    "preset",
    [
        p if p.name in IN_MAKE_TEST else pytest.param(p, marks=pytest.mark.soak)
        for p in PRESETS
    ],
    ids=lambda preset: preset.name,
)
def test_a_preset_trains_is_saved_and_goes_on_exactly(preset, tmp_path):
    runs = []
    for epochs in (2, 1):
        gan = presets.load(preset.name, trained=False)
        assert gan.compiled
        # Compiled, convolutions take ten times as long as these steps.
        gan.compile(*preset.optimizers(), run_eagerly=True)
        runs.append(gan)
        before = gan.get_weights()
        fit(gan, preset, epochs)
        assert games.distance(before, gan.get_weights()) > 1e-5
    straight, halted = runs
    halted.save(tmp_path / "run.keras")
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    fit(loaded, preset)
    assert games.distance(state(straight), state(loaded)) == 0
    samples = loaded.generate(3, seed=1)
    assert samples.shape == (3, *preset.sample_shape)


def test_a_fresh_game_is_that_of_its_seed_and_leaves_random_numbers_alone():
    random.seed(3)
    wanted = random.random()
    random.seed(3)
    first = presets.load("digits", trained=False)
    assert random.random() == wanted
    again = presets.load("digits", trained=False)
    assert games.distance(first.get_weights(), again.get_weights()) == 0
    keras.utils.set_random_seed(table.PRESETS["digits"].seed)
    networks = table.PRESETS["digits"].networks()
    for network, other in zip(
        networks, (first.generator, first.discriminator), strict=True
    ):
        a, b = network.get_weights(), other.get_weights()
        assert games.distance(a, b) == 0


def test_settings_are_those_of_the_table():
    gan = presets.load("mnist_conditional", trained=False)
    assert isinstance(gan, kgan.R3GAN)
    assert gan.generator.count_params() == 1_084_289
    assert gan.discriminator.count_params() == 348_865
    assert gan.average.half_life == 50_000 and gan.average.ramp_up == 0.1
    gamma = gan.gamma
    assert (gamma.initial, gamma.final, gamma.images) == (1.0, 0.1, 1_280_000)
    rate = gan.generator_optimizer.get_config()["learning_rate"]
    assert "Cosine" in str(rate) and "4e-05" in str(rate)


@pytest.mark.parametrize(
    "name, uniform",
    [("mnist", True), ("mnist_conditional", True), ("fashion_mnist", False)],
)
def test_first_weights_are_those_of_the_table(name, uniform):
    """Quick tier, 0.5 s: the vectors, and the spread of both's kernels."""
    gan = presets.load(name, trained=False)
    # Of ten components, of ten labels, and of the latents.
    shapes = {"mnist": (10, 32), "mnist_conditional": (10, 64)}
    first = gan.generator.get_weights()[0].shape
    assert first == shapes.get(name, (64, 7 * 7 * 128))
    for network in (gan.generator, gan.discriminator):
        convolutions = [
            layer
            for layer in network.layers
            if type(layer) is keras.layers.Conv2D and layer.strides == (1, 1)
        ]
        assert convolutions
        for layer in convolutions:
            kernel = keras.ops.convert_to_numpy(layer.kernel)
            fan_in = np.prod(kernel.shape[:3])
            expected = (3 * fan_in) ** -0.5 if uniform else 0.02
            assert kernel.std() == pytest.approx(expected, rel=0.05)


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Ships the ring of a fresh game in a folder; returns it and the game."""
    gan = presets.load("ring", trained=False)
    fit(gan, table.PRESETS["ring"])
    folder = tmp_path / "models"
    folder.mkdir()
    networks = {
        "average": gan.averaged_generator,
        "generator": gan.generator,
        "discriminator": gan.discriminator,
    }
    entries = {}
    for part, network in networks.items():
        name = cards.file_name("ring", part)
        content = half_bytes(network)
        (folder / name).write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        entries[part] = {"name": name, "sha256": sha256, "address": None}
    card = {
        "format": 1,
        "preset": "ring",
        "files": entries,
        "images_seen": 1234,
        "minutes": 0.5,
        "scores": {"modes_found": 8.0},
    }
    (folder / cards.card_name("ring")).write_text(json.dumps(card))
    monkeypatch.setattr(files, "FOLDERS", (folder,))
    return folder, gan


def rewrite(folder, **changed):
    path = folder / cards.card_name("ring")
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


def test_a_trained_preset_goes_on_from_its_files(shipped):
    _, gan = shipped
    loaded = presets.load("ring")
    assert int(keras.ops.convert_to_numpy(loaded.progress.images_seen)) == 1234
    for network in ("averaged_generator", "generator", "discriminator"):
        exact = getattr(gan, network).get_weights()
        rounded = getattr(loaded, network).get_weights()
        for a, b in zip(exact, rounded, strict=True):
            assert b.dtype == "float32"
            # A float16 has 11 bits, and below 6e-5 fewer.
            np.testing.assert_allclose(a, b, rtol=2**-11, atol=3e-8)
    fit(loaded, table.PRESETS["ring"])
    generator = presets.generator("ring")
    latents = kgan.images.latents(5, generator.input_shape[-1], seed=1)
    np.testing.assert_allclose(
        generator.predict(latents, verbose=0),
        gan.averaged_generator.predict(latents, verbose=0),
        atol=0.01,
    )


def test_without_the_trained_generator_the_average_goes_on(shipped):
    folder, _ = shipped
    content = json.loads((folder / cards.card_name("ring")).read_text())
    del content["files"]["generator"]
    rewrite(folder, files=content["files"])
    gan = presets.load("ring")
    average = gan.averaged_generator.get_weights()
    assert games.distance(average, gan.generator.get_weights()) == 0


@pytest.mark.once
def test_a_whole_run_goes_on_exactly(shipped):
    folder, gan = shipped
    gan.save(folder / "preset_ring_run.keras")
    digest = files.sha256(folder / "preset_ring_run.keras")
    entries = json.loads((folder / cards.card_name("ring")).read_text())
    run = {"name": "preset_ring_run.keras", "sha256": digest}
    rewrite(folder, files={**entries["files"], "run": run})
    loaded = presets.load("ring")
    assert games.distance(state(gan), state(loaded)) == 0
    fit(gan, table.PRESETS["ring"])
    fit(loaded, table.PRESETS["ring"])
    assert games.distance(state(gan), state(loaded)) == 0


@pytest.mark.once
def test_names_print_as_a_table_of_what_was_measured(shipped):
    listing = presets.names()
    assert [row.name for row in listing] == list(table.PRESETS)
    rows = {row.name: row for row in listing}
    ring, mnist = rows["ring"], rows["mnist_conditional"]
    assert ring.trained and ring.minutes == 0.5 and ring.images_seen == 1234
    assert set(ring.files) == {"average", "generator", "discriminator"}
    assert ring.image_size is None and not ring.conditional
    assert not mnist.trained and mnist.conditional and mnist.image_size == 28
    unknown = (mnist.scores, mnist.minutes, mnist.images_seen)
    assert unknown == (None, None, None) and mnist.files == {}
    header, *lines = str(listing).splitlines()
    assert len(lines) == len(table.PRESETS)
    assert header.split() == [
        *("name", "image", "size", "data", "labels", "trained", "minutes"),
        *("modes", "found"),
    ]
    assert lines[6].split()[-3:] == ["yes", "0.5", "8"]


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mnist_conditionl", "Did you mean 'mnist_conditional' or "),
        ("fashion", "Did you mean 'fashion_mnist'"),
        (None, "Received: name=None."),
        (["ring"], "Received: name=['ring']"),
    ],
)
@pytest.mark.parametrize("function", ["load", "generator", "classifier"])
def test_unknown_names_are_told_those_near(function, name, words):
    with pytest.raises(ValueError, match="`name` must be one of digits") as e:
        getattr(presets, function)(name)
    assert words in str(e.value)


@pytest.mark.once
def test_what_is_not_trained_says_how_to_train_it(monkeypatch, tmp_path):
    monkeypatch.setattr(files, "FOLDERS", (tmp_path,))
    for function in (presets.load, presets.generator):
        with pytest.raises(ValueError, match="presets train grid --out"):
            function("grid")
    with pytest.raises(ValueError, match="`trained` must be True or False"):
        presets.load("grid", trained="yes")


@pytest.mark.once
def test_another_file_is_refused_with_both_hashes(shipped):
    folder, gan = shipped
    place = folder / "preset_ring.keras"
    wanted = files.sha256(place)
    other = half_bytes(gan.generator)
    place.write_bytes(other)
    for function in (presets.generator, presets.load):
        with pytest.raises(ValueError, match="is damaged") as error:
            function("ring")
        for word in ("preset_ring.keras", wanted, "install kgan again"):
            assert word in str(error.value)
        assert hashlib.sha256(other).hexdigest() in str(error.value)
    place.unlink()
    with pytest.raises(FileNotFoundError, match="Install kgan again"):
        presets.generator("ring")


@pytest.mark.once
def test_a_file_of_other_networks_is_refused(shipped):
    folder, gan = shipped
    small = kgan.architectures.mlp_generator(output_dim=2, latent_dim=8)
    (folder / "preset_ring.keras").write_bytes(half_bytes(small))
    content = json.loads((folder / cards.card_name("ring")).read_text())
    digest = files.sha256(folder / "preset_ring.keras")
    content["files"]["average"]["sha256"] = digest
    rewrite(folder, files=content["files"])
    with pytest.raises(ValueError, match="average .* is of other settings"):
        presets.load("ring")


@pytest.mark.once
@pytest.mark.parametrize(
    "changed",
    [
        {"format": 2},
        {"preset": "grid"},
        {"files": {}},
        {"files": {"average": {"name": "../x.keras", "sha256": "0" * 64}}},
        {"files": {"average": {"name": "x.keras", "sha256": "0"}}},
        {"files": []},
        {"images_seen": -1},
        {"minutes": "many"},
        {"scores": {"modes_found": float("nan")}},
        {"scores": 3},
    ],
)
def test_a_damaged_card_is_refused(shipped, changed):
    folder, _ = shipped
    rewrite(folder, **changed)
    for function in (presets.names, lambda: presets.load("ring")):
        with pytest.raises(ValueError, match="preset_ring.json.* is damaged"):
            function()


@pytest.mark.once
def test_a_file_of_an_address_is_cached_or_says_where_to_put_it(
    shipped, tmp_path, monkeypatch
):
    folder, _ = shipped
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    content = json.loads((folder / cards.card_name("ring")).read_text())
    # A port that nobody listens on.
    address = "https://127.0.0.1:9/preset_ring.keras"
    content["files"]["average"]["address"] = address
    rewrite(folder, files=content["files"])
    moved = (folder / "preset_ring.keras").read_bytes()
    (folder / "preset_ring.keras").unlink()
    place = tmp_path / "home" / "kgan" / "preset_ring.keras"
    digest = content["files"]["average"]["sha256"]
    with pytest.raises(RuntimeError, match="could not be fetched") as error:
        presets.generator("ring")
    for word in (address, f"put it at {str(place)!r}", digest):
        assert word in str(error.value)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(moved)
    assert presets.generator("ring").output_shape == (None, 2)
    with pytest.raises(ValueError, match="https://"):
        files.File("x.keras", digest, "file:///etc/x.keras")


@pytest.mark.once
def test_classifiers_know_the_images_of_their_preset():
    scans, digits = next(
        iter(
            kgan.data.load(
                "digits", "test", batch_size=297, labels=True, shuffle=False
            )
        )
    )
    classifier = presets.classifier("digits")
    features, logits = classifier.predict(np.asarray(scans), verbose=0)
    assert features.shape == (297, 64)
    assert np.mean(logits.argmax(axis=1) == np.asarray(digits)) > 0.95
    for name in ("mnist", "fashion_mnist_conditional"):
        assert presets.classifier(name).input_shape == (None, 28, 28, 1)
    with pytest.raises(ValueError, match="must be a preset of images"):
        presets.classifier("ring")


@pytest.mark.once
def test_files_that_travel_are_small_and_whole():
    folder = ROOT / "saved_models"
    known = list(table.CLASSIFIERS.values())
    for row in presets.names():
        card = cards.read(row.name)
        known += card.files.values() if card else []
    for file in known:
        if file.address is None:
            assert file.path() == folder / file.name
    sizes = [path.stat().st_size for path in folder.iterdir()]
    assert max(sizes) < 2e6 and sum(sizes) < 15e6


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"name": "rings"}, "name"),
        ({"images": 10}, "images"),
        ({"samples": 0}, "samples"),
        ({"out": ""}, "out"),
    ],
)
def test_bad_arguments_of_a_training(tmp_path, options, word):
    with pytest.raises(ValueError, match=f"`{word}`.*Received"):
        training.train(**{"name": "ring", "out": tmp_path} | options)
