"""Files of a run that are damaged: said before training, nothing is lost."""

import errno
import io
import json
import os
import zipfile

import games
import keras
import numpy as np
import pytest

import kgan
from kgan.callbacks.best_generator import BestGenerator

pytestmark = pytest.mark.usefixtures("untraced")

Checkpoint = kgan.callbacks.Checkpoint
RECORD = {"epoch": 1, "monitor": "score", "mode": "min", "value": 2.0}


def fit(gan, *callbacks, epochs=1):
    return gan.fit(
        games.points(32, seed=3),
        batch_size=8,
        epochs=epochs,
        callbacks=[*callbacks],
        verbose=0,
    )


def state(gan):
    return games.numpy_of([*gan.variables, *gan.optimizer.variables])


def refused(gan, match, *callbacks):
    """The fit raises, and all that the model holds is as it was."""
    before, epochs_done = state(gan), gan.epochs_done
    with pytest.raises(ValueError, match=match) as caught:
        fit(gan, *callbacks, epochs=3)
    assert "Received: " in str(caught.value)
    assert games.distance(before, state(gan)) == 0
    assert gan.epochs_done == epochs_done


class Score(keras.callbacks.Callback):
    """Logs what the test says, epoch by epoch."""

    def __init__(self, *values):
        super().__init__()
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        logs["score"] = self.values[epoch]


def record(**changes):
    return json.dumps(RECORD | changes).encode()


DAMAGED = {
    "empty": b"",
    "no JSON": b"{half",
    "list": b"[1, 2]",
    "number": b"3",
    "null": b"null",
    "keys missing": b'{"epoch": 1, "monitor": "score"}',
    "text as value": record(value="2.0"),
    "null as value": record(value=None),
    "list as value": record(value=[2.0]),
    "boolean as value": record(value=True),
    "NaN": record(value=float("nan")),
    "infinite": record(value=float("-inf")),
    "beyond floats": record(value=10**400),
    "number as monitor": record(monitor=3),
    "another mode": record(mode="auto"),
    "list as mode": record(mode=["min"]),
    "text as epoch": record(epoch="one"),
    "epoch 0": record(epoch=0),
    "not UTF-8": b'\xff\xfe{"epoch": 1}',
    "huge": b" " * 20_000 + record(),
    "deep": b"[" * 9_000,
}


def best(folder, restored=True):
    found = BestGenerator(folder, "score", "min")
    found.begin(restored)
    return found.value


@pytest.mark.once
@pytest.mark.parametrize("kind", DAMAGED)
def test_damaged_record_of_the_best(kind, tmp_path):
    (tmp_path / "best_generator.keras").write_bytes(b"a generator")
    path = tmp_path / "best_generator.json"
    path.write_bytes(record())
    assert best(tmp_path) == 2.0
    path.write_bytes(DAMAGED[kind])
    with pytest.raises(
        ValueError,
        match=r"Received: '.*best_generator\.json', which cannot be used.*"
        r"Remove it.*resume=False",
    ):
        best(tmp_path)
    assert best(tmp_path, restored=False) is None


@pytest.mark.once
def test_record_that_is_missing_or_of_another_choice_is_none(tmp_path):
    assert best(tmp_path) is None
    path = tmp_path / "best_generator.json"
    path.write_bytes(record())
    with pytest.raises(ValueError, match=r"best_generator\.keras is missing"):
        best(tmp_path)
    (tmp_path / "best_generator.keras").write_bytes(b"a generator")
    for change in ({"monitor": "other"}, {"mode": "max"}):
        path.write_bytes(record(**change))
        assert best(tmp_path) is None
    path.write_bytes(record(value=10**300))
    assert best(tmp_path) == 1e300


def test_damaged_record_is_known_before_training(tmp_path):
    def checkpoint(**options):
        return Checkpoint(tmp_path, monitor="score", mode="min", **options)

    fit(games.game(), Score(1.0), checkpoint())
    path = tmp_path / "best_generator.json"
    path.write_bytes(record(value=float("nan")))
    scores = Score(5.0, 4.0, 3.0)
    refused(games.game(), "value must be a finite", scores, checkpoint())
    # Each way out.
    fit(games.game(), Score(5.0), checkpoint(resume=False))
    assert json.loads(path.read_text())["value"] == 5.0
    path.write_bytes(b"")
    refused(games.game(), "cannot be used", scores, checkpoint())
    path.unlink()
    fit(games.game(), scores, checkpoint(), epochs=3)
    assert json.loads(path.read_text()) == RECORD | {"epoch": 3, "value": 3.0}


@pytest.mark.once
def test_score_that_is_not_finite_is_never_the_best(tmp_path):
    inf, nan = float("inf"), float("nan")
    checkpoint = Checkpoint(tmp_path, monitor="score", mode="max")
    scores = Score(inf, 1.0, nan, inf)
    fit(games.game(), scores, checkpoint, epochs=4)
    written = json.loads((tmp_path / "best_generator.json").read_text())
    assert written == RECORD | {"epoch": 2, "mode": "max", "value": 1.0}


def saved_with(monkeypatch, folder, **changes):
    """A run whose model holds other numbers than it should."""
    gan = games.game()
    save = type(gan).save_own_variables

    def changed(self, store):
        kept = {}
        save(self, kept)
        for name, value in (kept | changes).items():
            if value is not None:
                store[name] = value

    with monkeypatch.context() as patch:
        patch.setattr(type(gan), "save_own_variables", changed)
        fit(gan, Checkpoint(folder, resume=False))


@pytest.mark.once("torch")
@pytest.mark.parametrize(
    "done",
    [-3, 10**12, np.nan, np.inf, 1.5, [1, 2], [], True],
    ids=repr,
)
def test_count_of_epochs_that_is_none(done, tmp_path, monkeypatch):
    saved_with(monkeypatch, tmp_path, epochs_done=np.array(done))
    match = "`epochs_done` of a run must be a whole number"
    refused(games.game(), match, Checkpoint(tmp_path))
    with pytest.raises(ValueError, match=match):
        keras.saving.load_model(tmp_path / "run.keras")


@pytest.mark.parametrize("seeds", [None, np.zeros(3, "int32"), np.array(1)])
def test_seeds_of_another_model(seeds, tmp_path, monkeypatch):
    saved_with(monkeypatch, tmp_path, **{"1": seeds})
    refused(games.game(), "draws from 2 seeds", Checkpoint(tmp_path))


def rewrite(path, **members):
    """Replaces files inside of a `.keras` file; `None` leaves one out."""
    content = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            data = members.get(name.replace(".", "_"), old.read(name))
            if data is not None:
                new.writestr(name, data)
    path.write_bytes(content.getvalue())


@pytest.mark.once
@pytest.mark.parametrize(
    "members",
    [
        {"config_json": b""},
        {"config_json": b"[1, 2]"},
        {"config_json": b"3"},
        {"config_json": b"\xff"},
        {"config_json": b"[" * 100_000},
        {"config_json": b'{"class_name": "GAN", "config": [1]}'},
        {"config_json": b'{"class_name": "GAN", "compile_config": [1]}'},
        {"config_json": None},
        {"model_weights_h5": b"no HDF5"},
        {"model_weights_h5": None},
    ],
    ids=lambda members: repr(members)[:60],
)
def test_archive_with_damaged_members(members, tmp_path):
    fit(games.game(), Checkpoint(tmp_path))
    rewrite(tmp_path / "run.keras", **members)
    refused(games.game(), "cannot be read|another model", Checkpoint(tmp_path))


def test_weights_of_other_shapes_leave_the_model_as_it_was(tmp_path):
    fit(games.game(), Checkpoint(tmp_path))
    other = kgan.GAN(games.generator(3), games.critic(3), n_critic=2, seed=1)
    other.compile(keras.optimizers.SGD(0.05), keras.optimizers.SGD(0.05))
    other.save(tmp_path / "other.keras")
    with zipfile.ZipFile(tmp_path / "other.keras") as file:
        weights = file.read("model.weights.h5")
    rewrite(tmp_path / "run.keras", model_weights_h5=weights)
    refused(games.game(), "cannot be read", Checkpoint(tmp_path))


def failing(monkeypatch):
    replace = os.replace

    def fail(source, target):
        if str(target).endswith(".keras"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(source, target)

    monkeypatch.setattr(os, "replace", fail)


def said(tmp_path, **options):
    with (
        pytest.warns(UserWarning, match="could not be written"),
        pytest.raises(OSError, match="not on disk") as caught,
    ):
        fit(games.game(), Checkpoint(tmp_path, **options), epochs=2)
    return str(caught.value)


@pytest.mark.once
def test_what_is_left_when_no_epoch_could_be_written(tmp_path, monkeypatch):
    failing(monkeypatch)
    message = said(tmp_path)
    assert "holds no run" in message and "whole" not in message


@pytest.mark.once
def test_what_is_left_of_a_run_before(tmp_path, monkeypatch):
    fit(games.game(), Checkpoint(tmp_path))
    failing(monkeypatch)
    message = said(tmp_path, resume=False)
    assert "holds the run before this one" in message
    assert "are whole, of an epoch before" in said(tmp_path)


@pytest.mark.once
def test_first_epoch_that_diverges_keeps_nothing(tmp_path):
    class Poison(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            generator = self.model.generator
            generator.set_weights([w * np.nan for w in generator.get_weights()])

    with pytest.warns(UserWarning, match="Epoch 1 diverged.*has no epoch"):
        fit(games.game(), Poison(), Checkpoint(tmp_path))
    assert os.listdir(tmp_path) == []


@pytest.mark.once
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"other,columns\n1,2\n",
        b"epoch,generator_loss\none,0.5\n",
        b"epoch,generator_loss\n1,low\n",
        b"epoch,generator_loss\n1,0.5,0.5,0.5\n",
        b"epoch,generator_loss\n1,\xff\n",
        b"epoch,generator_loss\n1,0.\x005\n",
    ],
)
def test_table_of_losses_that_does_not_go_on(content, tmp_path):
    path = tmp_path / "losses.csv"
    path.write_bytes(content)
    curve = kgan.callbacks.LossCurve(tmp_path / "losses.png")
    if content:
        with pytest.raises(ValueError, match=r"losses\.csv'.*Move it away"):
            curve.on_epoch_begin(1)
    else:
        curve.on_epoch_begin(1)  # No epoch is no damage.
    assert path.read_bytes() == content
    path.unlink()
    curve.on_epoch_begin(1)
    curve.on_epoch_end(1, {"generator_loss": 0.5})
    assert path.read_text() == "epoch,generator_loss\n2,0.5\n"
