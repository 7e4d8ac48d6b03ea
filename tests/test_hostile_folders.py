"""No folder of images runs code, starts a program or fills the memory."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import hostile_folders
import numpy as np
import pytest
import tensorflow as tf
from hostile_folders import EPS, IMAGES, PREPARED, REFUSED, RGB, prepared
from hostile_reports import check_refusal, report_of

import kgan
from kgan.callbacks import sample_grid
from kgan.data import pillow_files
from kgan.data.images import prepare_image

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What came of all folders, each loaded in one process."""
    root = tmp_path_factory.mktemp("folders")
    cases = {"-good": prepared(), **{k: v[0] for k, v in REFUSED.items()}}
    cases |= {name: build for name, (build, _, _) in IMAGES.items()}
    cases |= {name: build for name, (build, _) in PREPARED.items()}
    for name, build in cases.items():
        (root / name).mkdir()
        build(root / name)
    return report_of("folders", root)


def test_there_are_enough():
    assert len({**IMAGES, **REFUSED, **PREPARED}) >= 40


@pytest.mark.slow
@pytest.mark.parametrize("name", IMAGES)
def test_pixels(report, name):
    (pixels, seconds), (_, expected, off) = (
        report["outcomes"][name],
        IMAGES[name],
    )
    assert not isinstance(pixels, str), pixels
    expected = np.asarray(expected, "float64").reshape(np.shape(pixels)[1:])
    np.testing.assert_allclose(pixels[0], expected, atol=off)
    assert len(pixels) == 1 and seconds < 10


@pytest.mark.slow
@pytest.mark.parametrize("name", [*REFUSED, *PREPARED])
def test_refusal(report, name):
    outcome, seconds = report["outcomes"][name]
    check_refusal(outcome, name, {**REFUSED, **PREPARED}[name][1])
    assert outcome.isprintable() and seconds < 10


@pytest.mark.slow
def test_nothing_runs_and_memory_stays(report):
    assert report["outcomes"]["-good"][0] == [RGB.tolist()]
    assert report["seen"] == []
    assert report["megabytes"] < 300


def test_a_planted_module_is_imported_on_request_only(tmp_path, monkeypatch):
    """The one argument that lets a folder choose code."""
    module = tmp_path / "planted_features.py"
    module.write_text(
        "import tensorflow_datasets as tfds\n"
        "class Plant(tfds.features.Text): pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    plant = {"pythonClassName": "planted_features.Plant", "text": {}}
    folder = tmp_path / "photos"
    folder.mkdir()
    prepared(feature=hostile_folders.features(note=plant))(folder)
    with pytest.raises(ValueError, match="prepared=True if you trust it"):
        kgan.data.load(folder)
    assert "planted_features" not in sys.modules
    with pytest.raises(ValueError, match="holds no images"):
        kgan.data.load(folder, prepared=False)
    kgan.data.load(folder, prepared=True)
    assert "planted_features" in sys.modules


def test_data_dir_is_data_too(tmp_path):
    """A data set that tensorflow-datasets finds by its name."""
    folder = tmp_path / "plain" / "1.0.0"
    folder.mkdir(parents=True)
    prepared()(folder)
    (batch,) = kgan.data.load("plain", data_dir=tmp_path)
    np.testing.assert_array_equal(np.round((batch[0] + 1) * 127.5), RGB)
    PREPARED["prepared_class"][0](folder)
    with pytest.raises(ValueError, match="features.json.*'planted.Plant'"):
        kgan.data.load("plain", data_dir=tmp_path)


@pytest.mark.parametrize("value", ["yes", 1, 0.0])
def test_prepared_is_true_false_or_none(value):
    with pytest.raises(
        ValueError, match=f"`prepared` must.*prepared={value!r}"
    ):
        kgan.data.load("digits", prepared=value)


def test_a_folder_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    (tmp_path / "closed").mkdir()
    (tmp_path / "a.png").write_bytes(b"")
    listed = os.scandir

    # The superuser may read all: the refusal is played.
    def scandir(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(ValueError, match="closed'.*Permission denied"):
        kgan.data.load(tmp_path)


def test_a_file_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"")

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(pillow_files, "_CountedFile", refuse)
    with pytest.raises(ValueError, match="a.png'.*Permission denied"):
        kgan.data.load(tmp_path)


def test_large_images_wait_for_each_other(tmp_path, monkeypatch):
    """Of many threads, as many decode at a time as memory allows."""
    busy = most = 0

    def decoded(image):
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        time.sleep(0.01)
        busy -= 1
        return np.zeros((*reversed(image.size), 3), "uint8")

    monkeypatch.setattr(pillow_files, "_decoded", decoded)
    monkeypatch.setattr(pillow_files, "_free_pixels", 2 * RGB[..., 0].size)
    IMAGES["colour"][0](tmp_path)
    paths = [tmp_path / "a.png"] * 20
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(pillow_files.read_image, paths))
    assert most == 2
    assert pillow_files._free_pixels == 2 * RGB[..., 0].size


def test_a_picture_among_the_samples_starts_no_program(tmp_path, monkeypatch):
    def start(*arguments, **options):
        raise AssertionError("a program was started")

    monkeypatch.setattr(subprocess, "Popen", start)
    (tmp_path / "epoch_0001.png").write_bytes(EPS)
    with pytest.raises(OSError, match="cannot identify"):
        sample_grid._write_animation(tmp_path, 1)


@pytest.mark.parametrize("shape", [(9, 14, 3), (300, 200, 1), (8, 8, 3)])
def test_bytes_are_resized_as_floats_are(shape):
    """Resizing bytes, which takes less memory, changes no result."""
    image = np.random.default_rng(0).integers(0, 256, shape).astype("uint8")
    side = min(shape[:2])
    top, left = (shape[0] - side) // 2, (shape[1] - side) // 2
    square = image[top : top + side, left : left + side].astype("float32")
    expected = tf.image.resize(square, [7, 7], antialias=True)
    expected = tf.saturate_cast(tf.round(expected), "uint8")
    np.testing.assert_array_equal(prepare_image(image, 7, None), expected)
