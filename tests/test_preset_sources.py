"""Presets whose images are fetched by hand, and scores without a classifier."""

import shlex
import sys

import numpy as np
import pytest
from PIL import Image

import kgan
from kgan.__main__ import main
from kgan.presets import judging, sources, table, training

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("untraced")]
EMOJI = table.PRESETS["emoji"]


@pytest.fixture
def folder(tmp_path):
    """Image files of another size in a sub-folder for each split."""
    random = np.random.default_rng(0)
    for split, num in (("train", 40), ("test", 12)):
        place = tmp_path / "pictures" / split
        place.mkdir(parents=True)
        for number in range(num):
            pixels = random.integers(0, 256, (70, 70, 4), dtype="uint8")
            Image.fromarray(pixels).save(place / f"{number:02}.png")
    return tmp_path / "pictures"


@pytest.mark.parametrize("given", [None, "empty"])
def test_what_is_not_there_says_where_to_get_it(tmp_path, capsys, given):
    data_dir = None if given is None else tmp_path / given
    with pytest.raises(ValueError, match="not downloaded") as error:
        sources.batches(EMOJI, "train", data_dir)
    for word in ("googlefonts/noto-emoji", "FOLDER/train", "--data-dir"):
        assert word in str(error.value)
    assert f"data_dir={data_dir!r}" in str(error.value)
    command = ["presets", "train", "emoji", "--out", str(tmp_path / "out")]
    if data_dir is not None:
        command += ["--data-dir", str(data_dir)]
    assert main(command) == 2
    assert "googlefonts/noto-emoji" in capsys.readouterr().err
    # Before anything is trained or written.
    assert not list((tmp_path / "out").iterdir())


def test_a_folder_of_files_is_read_in_the_size_of_the_preset(folder):
    pixels, labels = sources.images(EMOJI, "test", folder)
    assert pixels.shape == (12, 64, 64, 3) and labels is None
    assert pixels.dtype == "float32" and np.abs(pixels).max() <= 1
    few, _ = sources.images(EMOJI, "train", folder, most=7)
    assert few.shape == (7, 64, 64, 3)
    with pytest.raises(ValueError, match="not downloaded"):
        sources.images(EMOJI, "validation", folder)


def test_means_of_squares_are_those_of_numpy():
    random = np.random.default_rng(0)
    images = random.uniform(-1, 1, (5, 64, 64, 3)).astype("float32")
    squares = images.reshape(5, 8, 8, 8, 8, 3).mean(axis=(2, 4))
    features = judging.mean_pixels((64, 64, 3)).predict(images, verbose=0)
    np.testing.assert_allclose(features, squares.reshape(5, 192), atol=1e-6)


def test_without_a_classifier_scores_have_names_of_their_own():
    random = np.random.default_rng(0)
    real = random.uniform(-1, 1, (300, 64, 64, 3)).astype("float32")
    generator = EMOJI.game().averaged_generator
    record = judging.judge_images(
        EMOJI, generator, real, None, split="test", seed=0, step=0
    )
    assert set(record["scores"]) == {
        "pixel_frechet_distance",
        "pixel_precision",
        "pixel_recall",
    }
    fake = judging.draw(generator, 300)
    by_hand = kgan.metrics.FrechetDistance()
    means = [
        images.reshape(300, 8, 8, 8, 8, 3).mean(axis=(2, 4))
        for images in (real, fake)
    ]
    by_hand.update_state(*(mean.reshape(300, -1) for mean in means))
    wanted = float(by_hand.result())
    found = record["scores"]["pixel_frechet_distance"]
    assert found == pytest.approx(wanted, rel=1e-3)
    with pytest.raises(ValueError, match="classes a classifier knows"):
        kgan.presets.classifier("emoji")


@pytest.mark.parametrize(
    "given",
    [
        ["--data-dir", "/mine/data"],
        ["--data-dir=/mine/data"],
        ["--data-dir", "/mine/my data"],
        ["--data-dir=/mine/my data"],
        ["--data-dir", "/mine/o'neill's data"],
        ["--data-dir=/mine/o'neill's data"],
        ["--data-dir", "~/mine"],
    ],
)
def test_a_folder_is_hidden_in_whatever_way_a_shell_is_given_it(given):
    quoted = shlex.join(["presets", *given, "--out", "runs/emoji"])
    hidden = training.DATA_DIR.sub("--data-dir FOLDER", quoted)
    assert hidden == "presets --data-dir FOLDER --out runs/emoji"


@pytest.mark.slow
def test_a_training_from_files(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "EPOCHS", EMOJI.images // EMOJI.batch_size)
    out = tmp_path / "out"
    typed = f"python -m kgan.presets train emoji --data-dir {folder} --split a"
    monkeypatch.setattr(sys, "orig_argv", typed.split())
    card = training.train("emoji", out, images=32, data_dir=folder)
    words = card["run"]["command"].split()
    assert words[-4:] == ["--data-dir", "FOLDER", "--split", "a"]
    assert card["images_seen"] == 32
    assert card["protocol"]["num_real"] == 12
    assert "Apache-2.0" in card["data"]["licence"]
    for part, entry in card["files"].items():
        assert entry["bytes"] < 2e6, part
    assert (out / "nearest.png").is_file()
