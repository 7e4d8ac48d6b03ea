"""Games as folders: saved, loaded, fetched from a hub; damaged ones refused."""

import http.server
import json
import os
import shutil
import sys
import threading

import games
import keras
import numpy as np
import pytest

import kgan
from kgan import presets
from kgan.presets import folder, hub


def trained(seed=0):
    """A game of two steps, with an average and labels."""
    keras.utils.set_random_seed(seed)
    latents, labels = keras.Input((3,)), keras.Input((), dtype="int32")
    embedded = keras.layers.Embedding(4, 3)(labels)
    x = keras.layers.Concatenate()([latents, embedded])
    generator = keras.Model([latents, labels], keras.layers.Dense(2)(x))
    points = keras.Input((2,))
    hidden = keras.layers.Dense(5, "leaky_relu")(points)
    critic = keras.Model(points, keras.layers.Dense(1)(hidden))
    gan = kgan.R3GAN(generator, critic, gamma=0.1, average=0.9, seed=seed)
    gan.compile(run_eagerly=True)
    fit(gan)
    return gan


def fit(gan):
    rng = np.random.default_rng(0)
    points = rng.standard_normal((32, 2)).astype("float32")
    labels = rng.integers(0, 4, 32).astype("int32")
    gan.fit(points, labels, batch_size=8, shuffle=False, verbose=0)


def state(gan):
    return games.numpy_of([*gan.variables, *gan.optimizer.variables])


def stamped(gan):
    """A record of scores of the game."""
    return kgan.scores.stamp_model(
        gan,
        [],
        scores={"distance": 0.25},
        protocol={},
        num_real=8,
        num_fake=9,
        dataset="plane",
        split="test",
    )


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A game and the folder that it was saved in."""
    gan = trained()
    place = tmp_path_factory.mktemp("games") / "plane"
    record = stamped(gan)
    presets.save(gan, place, data="plane", licence="CC0 | free", scores=record)
    return gan, place


def test_a_saved_game_goes_on_exactly(saved):
    gan, place = saved
    loaded = presets.load(place)
    assert type(loaded) is kgan.R3GAN
    assert games.distance(state(gan), state(loaded)) == 0
    straight = presets.load(str(place))
    for each in (loaded, straight):
        fit(each)
    assert games.distance(state(straight), state(loaded)) == 0
    assert games.distance(state(gan), state(loaded)) > 1e-4
    labels = np.arange(6) % 4
    generator = presets.generator(place)
    drawn = kgan.images.latents(6, 3, seed=1)
    samples = keras.ops.convert_to_numpy(generator([drawn, labels]))
    wanted = gan.generate(6, seed=1, labels=labels)
    np.testing.assert_allclose(samples, wanted, atol=1e-6)


@pytest.mark.once
def test_the_folder_says_what_it_is(saved):
    _, place = saved
    assert {path.name for path in place.iterdir()} == set(folder.MEMBERS)
    card = (place / "README.md").read_text()
    for said in (
        "library_name: keras",
        "# plane\n",
        "R3GAN of kgan",
        "3 latents and a label to vectors of 2",
        "Licence: CC0 | free.",
        "| distance | 0.25 |",
        "9 samples and 8 real ones, plane, split test",
        "| real images seen | 16 |",
        "generator 26, discriminator 21",
    ):
        assert said in card, said
    assert kgan.scores.read(place / "scores.json")["scores"]["distance"] == 0.25
    with (place / "samples.png").open("rb") as picture:
        assert picture.read(4) == b"\x89PNG"


@pytest.mark.once
def test_a_folder_is_replaced_whole_or_not_at_all(saved, tmp_path, monkeypatch):
    gan, place = saved
    copied = tmp_path / "plane"
    shutil.copytree(place, copied)
    presets.save(gan, copied)
    assert "Not scored" in (copied / "README.md").read_text()
    assert not (copied / "scores.json").exists()
    before = (copied / "README.md").read_text()

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("kgan.presets.saving.card_text", full)
        with pytest.raises(OSError, match="No space"):
            presets.save(gan, copied, data="other")
    assert (copied / "README.md").read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["plane"]
    (copied / "mine.txt").write_text("kept")
    with pytest.raises(ValueError, match="'mine.txt'"):
        presets.save(gan, copied)


class Unregistered(kgan.R3GAN):
    """Of no registered name."""


@pytest.mark.once
def test_what_cannot_be_saved_is_said(saved, tmp_path):
    gan, _ = saved
    other = trained(seed=1)
    scores = stamped(other)
    strange = Unregistered(other.generator, other.discriminator, gamma=1.0)
    strange.compile()
    plain = kgan.GAN(other.generator, other.discriminator)
    out = tmp_path / "out"
    for arguments, options, match in (
        ((gan, out), {"scores": scores}, "`scores` must be of the generator"),
        ((gan, out), {"licence": ""}, "`licence` must be"),
        ((gan, out), {"data": 3}, "`data` must be"),
        ((gan.generator, out), {}, "`gan` must be a compiled game"),
        ((plain, out), {}, "`gan` must be a compiled game"),
        ((strange, out), {}, "`gan` must be of a registered class"),
        ((gan, 3), {}, "`directory` must be"),
        ((gan, __file__), {}, "`directory` must be a folder"),
    ):
        with pytest.raises(ValueError, match=match):
            presets.save(*arguments, **options)
    assert not out.exists()


def without(name):
    def damage(place):
        (place / name).unlink()

    return damage


def pipe(place):
    (place / "metadata.json").unlink()
    os.mkfifo(place / "metadata.json")


def cut(place):
    path = place / "model.weights.h5"
    path.write_bytes(path.read_bytes()[:1000])


def code(place):
    """A configuration that names a function to call."""
    path = place / "config.json"
    config = json.loads(path.read_text())
    config["compile_config"]["metrics"] = {
        "class_name": "function",
        "config": "system",
        "module": "os",
        "registered_name": "function",
    }
    path.write_text(json.dumps(config))


def a_plain_model(place):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.save(place / "x.keras")
    shutil.unpack_archive(place / "x.keras", place, "zip")


@pytest.mark.once
@pytest.mark.parametrize(
    "damage, match",
    [
        (without("config.json"), "config.json is missing"),
        (pipe, "metadata.json is missing or no file"),
        (cut, "does not load"),
        (code, "'system' of the module 'os'"),
        (a_plain_model, "no compiled game"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_damaged_folder_is_refused(saved, tmp_path, damage, match):
    place = tmp_path / "plane"
    shutil.copytree(saved[1], place)
    damage(place)
    with pytest.raises(ValueError, match="`name` must be a folder") as caught:
        presets.load(place)
    assert match in str(caught.value) and str(place) in str(caught.value)


@pytest.mark.once
def test_names_are_told_from_folders(saved, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(saved[1], "ring")
    assert presets.load("ring").latent_dim == 8
    assert presets.load("./ring").latent_dim == 3
    for name in ("nowhere", 3, tmp_path / "nowhere"):
        with pytest.raises(ValueError, match="A folder that kgan.presets.save"):
            presets.load(name)
    with pytest.raises(ValueError, match="`trained` must be True"):
        presets.load("./ring", trained=False)
    for address in ("hf://", "hf://one", "hf://a/b/c", "hf://a/b@"):
        with pytest.raises(ValueError, match="hf://OWNER/NAME"):
            presets.load(address)


class Stand(http.server.BaseHTTPRequestHandler):
    """Answers for one repository as the Hub does; notes what is asked."""

    folder, asked = None, []

    def do_HEAD(self):
        self.answer(False)

    def do_GET(self):
        self.answer(True)

    def answer(self, with_content):
        owner, name, _, revision, file = self.path.strip("/").split("/", 4)
        self.asked.append((self.command, file, revision))
        path = self.folder / file
        if (owner, name) != ("someone", "plane") or not path.is_file():
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content = path.read_bytes()
        self.send_response(200)
        self.send_header("X-Repo-Commit", "1" * 40)
        self.send_header("ETag", f'"{file}-{len(content)}"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if with_content:
            self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def stand(saved, tmp_path, monkeypatch):
    """A stand-in of the Hub on this machine, and the requests to it."""
    constants = pytest.importorskip(
        "huggingface_hub.constants",
        reason="No huggingface_hub here: kgan[hub].",
    )
    Stand.folder, Stand.asked = saved[1], []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stand)
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(
        constants,
        "HUGGINGFACE_CO_URL_TEMPLATE",
        address + "/{repo_id}/resolve/{revision}/{filename}",
    )
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Stand.asked
    server.shutdown()
    server.server_close()


@pytest.mark.once
def test_a_game_of_the_hub(saved, stand):
    gan = presets.load("hf://someone/plane@v1")
    assert games.distance(state(gan), state(saved[0])) == 0
    assert {file for _, file, _ in stand} == set(folder.RUN)
    assert {revision for *_, revision in stand} >= {"v1"}
    num = len(stand)
    presets.generator("hf://someone/plane")
    assert {file for _, file, _ in stand[num:]} == {folder.GENERATOR}
    with pytest.raises(RuntimeError, match="hf://someone/ring could not be"):
        presets.load("hf://someone/ring")


@pytest.mark.once
def test_the_hub_needs_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match=r"kgan\[hub\]"):
        presets.load("hf://someone/plane")
    assert hub.EXTRA.startswith("pip install")
