"""The command that trains a preset."""

import json
import pathlib
import subprocess
import sys

import games
import keras
import numpy as np
import pytest
from PIL import Image

import kgan
from kgan.__main__ import main
from kgan.presets import cards, files, judging, sources, table, training

pytestmark = [
    pytest.mark.once,
    pytest.mark.slow,
    pytest.mark.usefixtures("untraced"),
]
ROOT = pathlib.Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture
def two_steps_an_epoch(monkeypatch):
    monkeypatch.setattr(training, "EPOCHS", 15_000 // 2)


def run(*arguments):
    assert main(["presets", *map(str, arguments)]) == 0


def final(out):
    gan = keras.saving.load_model(out / "run.keras")
    return games.numpy_of([*gan.variables, *gan.optimizer.variables])


def test_a_training_goes_on_where_it_was_stopped(
    tmp_path, capsys, two_steps_an_epoch
):
    straight, halted = tmp_path / "straight", tmp_path / "halted"
    run("train", "ring", "--out", straight, "--images", 1024)
    printed = capsys.readouterr().out
    assert "1,024 of 1,024 images" in printed and "modes_found" in printed
    run("train", "ring", "--out", halted, "--images", 512)
    run("train", "ring", "--out", halted, "--images", 1024)
    assert games.distance(final(straight), final(halted)) == 0
    card = json.loads((halted / "preset" / "preset_ring.json").read_text())
    assert card["images_seen"] == 1024 and card["images"] == 3_840_000
    assert card["seed"] == 0 and card["minutes"] >= 0
    assert card["scores"] == kgan.scores.read(halted / "scores.json")["scores"]
    assert (halted / "samples.png").is_file()
    assert main(["presets", "train", "rang", "--out", str(halted)]) == 2
    assert "Did you mean 'ring'" in capsys.readouterr().err


def test_what_a_training_leaves_is_a_preset(
    tmp_path, monkeypatch, two_steps_an_epoch
):
    training.train("digits", tmp_path, images=256, samples=40)
    for name in ("classes.png", "nearest.png", "generator.keras"):
        assert (tmp_path / name).is_file()
    monkeypatch.setattr(files, "FOLDERS", (tmp_path / "preset",))
    card = cards.read("digits")
    assert 0 <= card.scores["conditional_accuracy"] <= 1
    assert {"frechet_distance", "precision", "recall"} < set(card.scores)
    gan = kgan.presets.load("digits")
    average = gan.generate(20, seed=1, labels=7)
    exact = keras.saving.load_model(tmp_path / "run.keras")
    wanted = exact.generate(20, seed=1, labels=7)
    np.testing.assert_allclose(average, wanted, atol=0.02)
    kinds = [row for row in kgan.presets.names() if row.trained]
    assert [row.name for row in kinds] == ["digits"]


def test_real_images_stand_beside_the_samples_of_their_class(tmp_path):
    preset, path = table.preset("digits"), tmp_path / "classes.png"
    generator = kgan.presets.generator("digits")
    real, labels = sources.images(preset, "test", None)
    judging.draw_classes(preset, generator, real, labels, path)
    picture = np.asarray(Image.open(path))
    cell = 34  # 8 pixels four times as large, and a line of 2.
    side = slice(2, cell)
    rows = picture.reshape(-1)[: 10 * cell * picture.shape[1]]
    rows = rows.reshape(10, cell, -1)[:, side]
    asked = np.arange(10).repeat(12)
    drawn = judging.draw(generator, 120, asked)
    for label in range(10):
        for column in range(12):
            left = rows[label][:, column * cell :][:, side][::4, ::4]
            right = rows[label][:, (13 + column) * cell :][:, side][::4, ::4]
            wanted = real[labels == label][column]
            assert_pixels(left, drawn[label * 12 + column])
            assert_pixels(right, wanted)
    assert (rows[:, :, 12 * cell + 2 : 13 * cell] == 128).all()


def assert_pixels(found, image):
    wanted = (np.clip(image[:, :, 0], -1, 1) + 1) * 127.5
    np.testing.assert_allclose(found, wanted, atol=0.51)


def test_data_of_the_catalogue(tmp_path, monkeypatch, two_steps_an_epoch):
    import tensorflow_datasets as tfds

    small = "mnist_conditional"
    policy = tfds.testing.MockPolicy.USE_CODE
    with tfds.testing.mock_data(num_examples=70, policy=policy):
        training.train(small, tmp_path, images=64, data_dir=tmp_path)
    size = (tmp_path / "preset" / f"preset_{small}.keras").stat().st_size
    assert size < 2e6


@pytest.mark.soak
@pytest.mark.skipif(
    not (SHARED_DATA / "seed_tfds_cache.py").is_file(),
    reason="the offline data folder ../shared/data is not there",
)
def test_mnist_itself(tmp_path):
    data_dir = tmp_path / "data"
    seed = [SHARED_DATA / "seed_tfds_cache.py", SHARED_DATA / "raw", data_dir]
    command = [sys.executable, *map(str, seed), "mnist"]
    subprocess.run(command, check=True)
    out = tmp_path / "out"
    card = training.train(
        "mnist_conditional",
        out,
        images=640,
        split="train[:300]",
        data_dir=data_dir,
        samples=200,
    )
    assert card["images_seen"] == 640
    assert card["protocol"]["num_real"] == 200
