"""Arguments of the callbacks that are of another kind, said at once."""

import math
import os
import pathlib

import games
import keras
import numpy as np
import pytest

import kgan

callbacks = kgan.callbacks


class BytesPath:
    """A path that Python allows and no file name here is."""

    def __fspath__(self):
        return b"folder"


BAD_PATHS = [None, b"folder", "", "a\0b", 3, 2.5, math.nan, True, ["a"]]
BAD_PATHS += [pathlib.Path, BytesPath(), "\ud800", {"a": 1}]
ONE = np.ones(3)


def identity(value):
    return repr(value)[:20]


@pytest.mark.once
@pytest.mark.parametrize("path", BAD_PATHS, ids=identity)
@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("directory", callbacks.Checkpoint),
        ("directory", callbacks.SampleGrid),
        ("directory", callbacks.Report),
        ("path", callbacks.LossCurve),
        ("log_dir", lambda p: callbacks.SampleGrid("x", log_dir=p)),
        ("path", lambda p: kgan.images.save_grid(np.zeros((1, 2)), p)),
    ],
    ids=["checkpoint", "samples", "report", "curve", "log_dir", "grid"],
)
def test_what_is_no_path_is_refused(name, make, path):
    if name == "log_dir" and path is None:
        return  # No TensorBoard.
    with pytest.raises(ValueError, match=f"`{name}` must be.*Received: {name}"):
        make(path)


@pytest.mark.once
def test_paths_of_every_kind_are_taken(tmp_path):
    class Own(os.PathLike):
        def __fspath__(self):
            return "folder/x.png"

    for path in ("folder/x.png", pathlib.Path("folder/x.png"), Own()):
        assert str(callbacks.LossCurve(path).path) == "folder/x.png"
        assert str(callbacks.Checkpoint(path).directory) == "folder/x.png"
    assert str(callbacks.Checkpoint(".").directory) == "."


BAD = [
    (callbacks.Checkpoint, "resume", ["no", None, 1, 0.0, math.nan, ONE]),
    (callbacks.Checkpoint, "monitor", [3, "", b"x", ["x"], True, ONE]),
    (callbacks.Checkpoint, "mode", ["min", "auto", 3, ["min"], True, ONE]),
    (
        callbacks.SampleGrid,
        "num",
        [0, -1, 2.0, "4", None, math.nan, True, 10**30, 10**6 + 1, [4], ONE],
    ),
    (callbacks.SampleGrid, "seed", [-1, 1.5, "1", None, math.nan, False, ONE]),
    (callbacks.SampleGrid, "every", [0, -2, 1.0, "1", None, math.inf, True]),
    (callbacks.SampleGrid, "animate", ["yes", None, 1, math.nan, ONE]),
    (callbacks.TerminateOnNaN, "raise_error", ["yes", None, 1, math.nan, ONE]),
]


@pytest.mark.once
@pytest.mark.parametrize(
    ("make", "name", "value"),
    [(make, name, value) for make, name, bad in BAD for value in bad],
    ids=identity,
)
def test_other_kinds_are_refused(make, name, value):
    options = {name: value}
    if make is not callbacks.TerminateOnNaN:
        options["directory"] = "x"
    if name == "monitor":
        options["mode"] = "min"
    with pytest.raises(ValueError, match=f"`{name}`.*Received: {name}="):
        make(**options)


@pytest.mark.once
@pytest.mark.parametrize("mode", [None, "auto", 3, ["min"], ONE])
def test_mode_beside_a_monitor_is_one_of_two(mode):
    with pytest.raises(ValueError, match="`mode` must be.*Received: mode="):
        callbacks.Checkpoint("x", True, "val_x", mode)


def refused(gan, match, *used):
    before = games.weights(gan)
    with pytest.raises(ValueError, match=match) as caught:
        gan.fit(games.points(32), batch_size=8, callbacks=[*used], verbose=0)
    assert "Received: " in str(caught.value)
    assert games.distance(before, games.weights(gan)) == 0


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda f: callbacks.Checkpoint(f), "run.keras"),
        (lambda f: callbacks.Checkpoint(f, resume=False), "run.keras"),
        (lambda f: callbacks.Checkpoint(f), "generator.keras"),
        (lambda f: callbacks.Checkpoint(f), "best_generator.keras"),
        (lambda f: callbacks.Checkpoint(f), "best_generator.json"),
        (lambda f: callbacks.SampleGrid(f), "epoch_0001.png"),
        (lambda f: callbacks.SampleGrid(f, animate=True), "samples.gif"),
        (lambda f: callbacks.LossCurve(f / "x.png"), "x.png"),
        (lambda f: callbacks.LossCurve(f / "x.png"), "x.csv"),
    ],
)
def test_directories_in_the_place_of_files_are_known_before_training(
    make, name, tmp_path
):
    (tmp_path / name).mkdir()
    refused(games.game(), f"{name}'.*which is a directory", make(tmp_path))
    (tmp_path / name).rmdir()
    os.mkfifo(tmp_path / name)
    refused(games.game(), f"{name}'.*no regular file", make(tmp_path))


def test_monitor_that_is_no_number_keeps_the_epoch(tmp_path):
    class Text(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["said"] = "well"

    for monitor, match in (("said", "is a number"), ("other", "name of a log")):
        checkpoint = callbacks.Checkpoint(
            tmp_path / monitor, True, monitor, "min"
        )
        with pytest.raises(ValueError, match=f"`monitor`.*{match}"):
            games.game().fit(
                games.points(32),
                batch_size=8,
                callbacks=[Text(), checkpoint],
                verbose=0,
            )
        run = keras.saving.load_model(tmp_path / monitor / "run.keras")
        assert run.epochs_done == 1
