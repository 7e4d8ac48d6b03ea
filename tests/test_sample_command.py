import os
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest
from PIL import Image

from kgan import images, presets
from kgan.sample import load_generator, main

pytestmark = pytest.mark.once


def make_generator(shape=(4, 4, 1), latent_dim=5):
    latents = keras.Input((latent_dim,))
    x = keras.layers.Dense(int(np.prod(shape)), activation="tanh")(latents)
    return keras.Model(latents, keras.layers.Reshape(shape)(x))


@keras.saving.register_keras_serializable("kgan_tests")
class Run(keras.Model):
    """The part of a saved whole run that the command sees."""

    def __init__(self, generator):
        super().__init__()
        self.generator = generator

    def build(self, shape=None):
        self.built = True

    def call(self, latents):
        return self.generator(latents)

    def get_config(self):
        return {
            "generator": keras.saving.serialize_keras_object(self.generator)
        }

    @classmethod
    def from_config(cls, config):
        return cls(keras.saving.deserialize_keras_object(config["generator"]))


@pytest.fixture
def saved(tmp_path):
    """A saved generator's path, and the generator."""
    generator = make_generator()
    path = tmp_path / "x.keras"
    generator.save(path)
    return path, generator


def fails(capsys, *arguments):
    """Runs the command, which must fail, and returns its one-line message."""
    assert main([str(argument) for argument in arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    [message] = [
        line for line in printed.err.splitlines() if line.startswith("error: ")
    ]
    return message


def test_draws_the_generators_samples(tmp_path, saved, capsys):
    path, generator = saved
    out, npy = tmp_path / "new" / "grid.png", tmp_path / "samples.npy"
    options = ["--num", "70", "--seed", "3", "--columns", "10"]
    assert (
        main([str(path), *options, "--out", str(out), "--npy", str(npy)]) == 0
    )
    samples = np.load(npy)
    expected = generator.predict(images.latents(70, 5, seed=3), verbose=0)
    assert samples.dtype == np.float32
    np.testing.assert_allclose(samples, expected, atol=1e-6)
    with Image.open(out) as picture:
        grid = images.image_grid(samples, columns=10)
        np.testing.assert_array_equal(np.asarray(picture), grid)
    [line] = capsys.readouterr().out.splitlines()
    for part in (path, "latent_dim 5", "4x4x1", "num 70", "seed 3", out, npy):
        assert str(part) in line


def test_seed_decides(tmp_path, saved):
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        npy = str(tmp_path / name)
        assert main([str(saved[0]), "--seed", seed, "--npy", npy]) == 0
    a, b, c = (np.load(tmp_path / name) for name in "abc")
    np.testing.assert_array_equal(a, b)
    assert np.abs(a - c).max() > 0.01
    # With --npy alone no picture is drawn.
    assert not list(tmp_path.glob("*.png"))


def test_picture_has_a_default_name(tmp_path, saved, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main([str(saved[0]), "--num", "1"]) == 0
    assert (tmp_path / "samples.png").exists()


def test_vectors_are_plotted(tmp_path):
    make_generator(shape=(2,)).save(tmp_path / "ring.keras")
    out = tmp_path / "ring.png"
    assert main([str(tmp_path / "ring.keras"), "--out", str(out)]) == 0
    assert out.exists()


def test_whole_run_gives_its_generator(tmp_path):
    run = Run(make_generator())
    run.build()
    run.save(tmp_path / "run.keras")
    generator = load_generator(tmp_path / "run.keras")
    latents = images.latents(3, 5, seed=0)
    np.testing.assert_allclose(
        generator.predict(latents, verbose=0),
        run.generator.predict(latents, verbose=0),
        atol=1e-6,
    )


def test_missing_file(tmp_path, capsys):
    message = fails(capsys, tmp_path / "none.keras")
    assert "existing file" in message and "none.keras" in message


def test_directory_is_no_file(tmp_path, capsys):
    (tmp_path / "x.keras").mkdir()
    message = fails(capsys, tmp_path / "x.keras")
    assert "generator.keras is missing" in message


def test_other_name(tmp_path, capsys):
    (tmp_path / "x.h5").write_bytes(b"weights")
    assert "ending in .keras" in fails(capsys, tmp_path / "x.h5")


def test_text_that_is_named_keras(tmp_path, capsys):
    path = tmp_path / "x.keras"
    path.write_text("not a model")
    assert "no zip archive" in fails(capsys, path)
    path.write_bytes(b"")
    assert "no zip archive" in fails(capsys, path)


def test_zip_of_something_else(tmp_path, capsys):
    path = tmp_path / "x.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert "no config.json" in fails(capsys, path)


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_truncated_file(saved, capsys, share):
    path, _ = saved
    content = path.read_bytes()
    path.write_bytes(content[: max(3, int(share * len(content)))])
    assert "damaged or cut short" in fails(capsys, path)


def test_flipped_byte_in_the_weights(saved, capsys):
    path, _ = saved
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo("model.weights.h5")
    content = bytearray(path.read_bytes())
    content[member.header_offset + 200 + member.file_size // 2] ^= 0xFF
    path.write_bytes(bytes(content))
    assert "damaged" in fails(capsys, path)


@pytest.mark.parametrize(
    "config", ["{", "[]", "{}", '{"class_name": "Dense"}', "[" * 100_000]
)
def test_nonsense_config(saved, tmp_path, capsys, config):
    path = tmp_path / "nonsense.keras"
    with (
        zipfile.ZipFile(saved[0]) as source,
        zipfile.ZipFile(path, "w") as target,
    ):
        for name in source.namelist():
            kept = source.read(name)
            target.writestr(name, config if name == "config.json" else kept)
    assert "`path` must" in fails(capsys, path)


@pytest.fixture
def malicious(tmp_path):
    """A file whose loading runs code, and the mark that its code leaves."""
    mark = tmp_path / "mark"
    name = str(mark)

    def code(latents):
        return (open(name, "w").close(), latents)[1]

    # Keras writes only functions of this name as code.
    code.__name__ = "<lambda>"
    latents = keras.Input((5,))
    x = keras.layers.Lambda(code, output_shape=(5,))(latents)
    model = keras.Model(latents, keras.layers.Dense(2)(x))
    path = tmp_path / "malicious.keras"
    model.save(path)
    mark.unlink(missing_ok=True)
    return path, mark


def test_code_in_the_file_is_not_run(malicious, capsys):
    path, mark = malicious
    message = fails(capsys, path)
    assert "Python code" in message
    assert "safe_mode" not in message and "unsafe" not in message
    assert not mark.exists()


def test_code_is_refused_before_keras_sees_it(malicious, capsys, monkeypatch):
    # Keras lets a program switch its own refusal off for good.
    def load_model(*arguments, **options):
        raise AssertionError("the file reached Keras")

    monkeypatch.setattr(keras.saving, "load_model", load_model)
    assert "Python code" in fails(capsys, malicious[0])


def test_code_that_keras_refuses(saved, capsys, monkeypatch):
    def load_model(*arguments, **options):
        raise ValueError("refused; you can pass `safe_mode=False`")

    monkeypatch.setattr(keras.saving, "load_model", load_model)
    message = fails(capsys, saved[0])
    assert "Python code" in message and "safe_mode" not in message


def test_the_malicious_file_is_malicious(malicious):
    path, mark = malicious
    model = keras.saving.load_model(path, compile=False, safe_mode=False)
    model.predict(np.zeros((1, 5), "float32"), verbose=0)
    assert mark.exists()


def classifier():
    images_in = keras.Input((8, 8, 1))
    x = keras.layers.Flatten()(images_in)
    return keras.Model(images_in, keras.layers.Dense(10)(x))


def two_inputs():
    a, b = keras.Input((5,)), keras.Input((5,))
    return keras.Model([a, b], keras.layers.Dense(2)(a + b))


def two_outputs():
    latents = keras.Input((5,))
    dense = keras.layers.Dense(2)
    return keras.Model(latents, [dense(latents), dense(2 * latents)])


def sequence():
    latents = keras.Input((6,))
    return keras.Model(latents, keras.layers.Reshape((2, 3))(latents))


@keras.saving.register_keras_serializable("kgan_tests")
class Subclassed(keras.Model):
    def build(self, shape=None):
        self.built = True

    def call(self, latents):
        return latents


def subclassed():
    model = Subclassed()
    model.build()
    return model


def tokens():
    ids = keras.Input((6,), dtype="int32")
    x = keras.layers.Embedding(3, 2)(ids)
    return keras.Model(ids, keras.layers.Flatten()(x))


@pytest.mark.parametrize(
    "make, message",
    [
        (classifier, "(None, 8, 8, 1)"),
        (two_inputs, "2 inputs"),
        (two_outputs, "2 outputs"),
        (sequence, "(None, 2, 3)"),
        (tokens, "int32"),
        (subclassed, "Subclassed of 0 inputs"),
    ],
)
def test_model_that_is_no_generator(tmp_path, capsys, make, message):
    make().save(tmp_path / "x.keras")
    printed = fails(capsys, tmp_path / "x.keras")
    assert "must hold a generator" in printed and message in printed


def test_unknown_layer(tmp_path, capsys):
    run = Run(make_generator())
    run.build()
    path = tmp_path / "x.keras"
    run.save(path)
    registered = keras.saving.get_custom_objects()
    hidden = registered.pop("kgan_tests>Run")
    try:
        assert "does not load" in fails(capsys, path)
    finally:
        registered["kgan_tests>Run"] = hidden


@pytest.mark.parametrize(
    "options, message",
    [
        (["--num", "0"], "`num`"),
        (["--seed", "-1"], "`seed`"),
        (["--columns", "0"], "`columns`"),
        (["--out", "grid.jpg"], ".png"),
        (["--walk", "walk.png"], ".gif"),
        (["--walk", "a.gif", "--out", "b.png"], "`walk` is drawn alone"),
        (["--walk", "a.gif", "--stops", "1"], "`stops`"),
        (["--walk", "a.gif", "--steps", "0"], "`steps`"),
        (["--interpolate", "1"], "two seeds"),
        (["--interpolate", "1,x"], "two seeds"),
        (["--interpolate", "1,-2"], "two seeds"),
        (["--interpolate", "1,2", "--columns", "1"], "`columns`"),
        (["--truncation", "0"], "`truncation`"),
        (["--truncation", "nan"], "`truncation`"),
    ],
)
def test_options_out_of_range(saved, capsys, options, message):
    assert message in fails(capsys, saved[0], *options)


@pytest.mark.parametrize("option", ["--out", "--npy", "--walk"])
def test_directory_that_cannot_be_made(saved, tmp_path, capsys, option):
    (tmp_path / "file").write_text("in the way")
    ending = "gif" if option == "--walk" else "png"
    place = tmp_path / "file" / f"samples.{ending}"
    message = fails(capsys, saved[0], option, place)
    assert f"`{option[2:]}`" in message and str(place.parent) in message


def test_samples_without_a_picture_are_still_written(tmp_path, capsys):
    path = tmp_path / "x.keras"
    make_generator(shape=(4, 4, 2)).save(path)
    npy = tmp_path / "samples.npy"
    assert "(None, 4, 4, 2)" in fails(capsys, path)
    assert main([str(path), "--npy", str(npy), "--num", "3"]) == 0
    assert np.load(npy).shape == (3, 4, 4, 2)


def written(path, *options):
    """The samples that the command writes."""
    npy = path.with_name("samples.npy")
    arguments = [str(option) for option in options]
    assert main([str(path), *arguments, "--npy", str(npy)]) == 0
    return np.load(npy)


def test_truncation_truncates_the_latents(saved):
    path, generator = saved
    samples = written(path, "--truncation", 0.7, "--num", 9, "--seed", 3)
    latents = images.truncate(images.latents(9, 5, seed=3), 0.7)
    expected = generator.predict(latents, verbose=0)
    np.testing.assert_allclose(samples, expected, atol=1e-6)


@pytest.mark.parametrize("method", ["spherical", "linear"])
def test_rows_go_from_seed_to_seed(tmp_path, saved, method):
    path, generator = saved
    out = tmp_path / "ways.png"
    options = ["--interpolate", "4,9", "--num", 13, "--columns", 6]
    if method == "linear":
        options.append("--linear")
    samples = written(path, *options, "--out", out)
    # As many whole rows as there are samples for.
    first, second = images.latents(2, 5, seed=4), images.latents(2, 5, seed=9)
    ways = images.interpolate(first, second, 6, method)
    expected = [generator.predict(ways[:, row], verbose=0) for row in (0, 1)]
    expected = np.concatenate(expected)
    np.testing.assert_allclose(samples, expected, atol=1e-6)
    with Image.open(out) as picture:
        grid = images.image_grid(samples, columns=6)
        np.testing.assert_array_equal(np.asarray(picture), grid)


def test_walk_is_an_animation_and_closes(tmp_path, saved, capsys):
    path, generator = saved
    gif = tmp_path / "walk.gif"
    options = ["--walk", gif, "--stops", 3, "--steps", 4, "--num", 2]
    samples = written(path, *options, "--columns", 2)
    assert samples.shape == (12, 2, 4, 4, 1)
    assert str(gif) in capsys.readouterr().out
    stops = images.latents(6, 5, seed=0).reshape(3, 2, 5)
    expected = generator.predict(stops.reshape(6, 5), verbose=0)
    expected = expected.reshape(3, 2, 4, 4, 1)
    np.testing.assert_allclose(samples[::4], expected, atol=1e-6)
    with Image.open(gif) as animation:
        assert animation.n_frames == 12
        animation.seek(5)
        shown = np.asarray(animation.convert("L"))
    np.testing.assert_array_equal(shown, images.image_grid(samples[5], 2))


def test_a_class_stays_along_a_way(tmp_path):
    """By a generator whose samples tell their class in the last number."""
    latents, labels = keras.Input((2,)), keras.Input((), dtype="int32")
    classes = keras.layers.Embedding(4, 1)
    told = keras.layers.Concatenate()([latents, classes(labels)])
    classes.set_weights([np.arange(4.0)[:, None]])
    path = tmp_path / "x.keras"
    keras.Model([latents, labels], told).save(path)
    walk = ["--walk", tmp_path / "x.gif", "--steps", 2, "--num", 4]
    for options, expected in (([], None), (["--label", "3,1"], [3, 3, 1, 1])):
        told = written(path, *walk, *options)[..., -1]
        assert told.shape == (8, 4)
        assert (told == told[0]).all()
        if expected:
            assert told[0].tolist() == expected
    ways = ["--interpolate", "1,2", "--num", 12, "--columns", 3]
    told = written(path, *ways, "--label", "2,0")[..., -1]
    assert told.tolist() == [2] * 6 + [0] * 6


def test_help_names_every_option(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    printed = capsys.readouterr().out
    options = "FILE --num --seed --out --columns --npy --truncation --walk"
    for option in f"{options} --interpolate --stops --steps --linear".split():
        assert option in printed


@pytest.mark.slow
def test_as_a_command(saved, tmp_path):
    path, _ = saved
    command = [sys.executable, "-m", "kgan.sample"]
    done = subprocess.run(
        [*command, str(path), "--num", "4", "--out", "grid.png"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "num 4" in done.stdout
    assert "RuntimeWarning" not in done.stderr
    assert (tmp_path / "grid.png").exists()


def test_draws_from_a_preset_and_from_a_saved_game(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    drawn = []
    gan = presets.load("ring")
    presets.save(gan, "game")
    for source in ("ring", "game"):
        assert main([source, "--num", "9", "--npy", f"{source}.npy"]) == 0
        drawn.append(np.load(f"{source}.npy"))
    wanted = presets.generator("ring").predict(
        images.latents(9, gan.latent_dim, seed=0), verbose=0
    )
    for samples in drawn:
        np.testing.assert_allclose(samples, wanted, atol=1e-6)
    capsys.readouterr()
    message = fails(capsys, "rnig")
    assert "grid, mnist" in message and "'rnig', which is not" in message
