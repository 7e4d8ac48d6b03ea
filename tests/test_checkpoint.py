"""A run that is killed, or whose disk fails, and what is left of it."""

import errno
import json
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import games
import keras
import numpy as np
import pytest
from PIL import Image

import kgan
from kgan import files

pytestmark = [
    pytest.mark.filterwarnings("ignore:WGAN trains without"),
    pytest.mark.usefixtures("untraced"),
]
TESTS = pathlib.Path(__file__).parent
NAMES = ["generator.keras", "run.keras"]


def make(objective="WGAN", width=2, n_critic=2, seed=11, rate=0.01, **options):
    """A game whose networks draw, average and remember."""
    keras.utils.set_random_seed(5)
    critic = games.noisy_critic() if width == 2 else games.critic(width)
    maker = games.noisy_generator() if width == 2 else games.generator(width)
    gan = getattr(kgan, objective)(maker, critic, n_critic=n_critic, seed=seed)
    optimizer = (
        keras.optimizers.RMSprop
        if objective == "WGAN"
        else keras.optimizers.Adam
    )
    gan.compile(optimizer(rate, **options), optimizer(0.02))
    return gan


def state(gan):
    """Every weight, seed and optimizer variable."""
    return games.numpy_of([*gan.variables, *gan.optimizer.variables])


def train(gan, checkpoint=None, epochs=1, data=None, **options):
    """Fits on 70 points, with whatever callbacks there are."""
    data = data or {"x": games.points(70, seed=3), "batch_size": 8}
    callbacks = [kgan.callbacks.WeightClip(0.3)]
    if checkpoint is not None:
        callbacks += checkpoint if type(checkpoint) is list else [checkpoint]
    return gan.fit(
        **data, epochs=epochs, callbacks=callbacks, verbose=0, **options
    )


def shuffled():
    import tensorflow as tf

    samples = tf.data.Dataset.from_tensor_slices(games.points(70, seed=3))
    return samples.shuffle(70, seed=5, reshuffle_each_iteration=True)


def array(**options):
    return {"x": games.points(70, seed=3), "batch_size": 8, **options}


def loader():
    torch = pytest.importorskip("torch")
    samples = torch.from_numpy(games.points(70, seed=3))
    return torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(samples),
        batch_size=8,
        shuffle=True,
        generator=torch.Generator().manual_seed(5),
    )


def generator():
    rng = np.random.default_rng(5)
    while True:
        yield rng.standard_normal((8, 2)).astype("float32")


def pydataset():
    return games.Batches(games.cut(games.points(70, seed=3)))


@pytest.fixture(scope="module")
def first_epoch(tmp_path_factory):
    """The folder of a run of one epoch, which no test may change."""
    folder = tmp_path_factory.mktemp("first_epoch")
    train(make(), kgan.callbacks.Checkpoint(folder))
    return folder


@pytest.fixture
def begun(first_epoch, tmp_path):
    """A folder with a run of one epoch, the test's own."""
    return shutil.copytree(first_epoch, tmp_path / "begun")


DATA = {
    "shuffled array": array,
    "shuffled array, short epochs": lambda: array(steps_per_epoch=3),
    "array in order, short epochs": lambda: array(
        steps_per_epoch=3, shuffle=False
    ),
    "tf.data without end": lambda: {
        "x": shuffled().batch(8).repeat(),
        "steps_per_epoch": 3,
    },
    "tf.data": lambda: {"x": shuffled().batch(8)},
    "tf.data of unknown size": lambda: {
        "x": shuffled().filter(lambda _: True).batch(8)
    },
    "tf.data, two passes an epoch": lambda: {
        "x": shuffled().batch(8).repeat(2)
    },
    "tf.data, two epochs a pass": lambda: {
        "x": shuffled().batch(8, drop_remainder=True),
        "steps_per_epoch": 2,
    },
    "generator": lambda: {"x": generator(), "steps_per_epoch": 3},
    "loader": lambda: {"x": loader()},
    "loader, short epochs": lambda: {"x": loader(), "steps_per_epoch": 3},
    "pydataset": lambda: {"x": pydataset()},
    "pydataset, short epochs": lambda: {
        "x": pydataset(),
        "steps_per_epoch": 3,
    },
}


# One of each kind on every backend.
EVERYWHERE = ("shuffled array", "tf.data", "generator", "loader", "pydataset")


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [
        kind
        if kind in EVERYWHERE
        else pytest.param(kind, marks=pytest.mark.once("torch"))
        for kind in DATA
    ],
)
def test_resumed_run_is_the_uninterrupted_one(kind, request, tmp_path):
    if kind in EVERYWHERE:
        request.getfixturevalue("traced")
    options = {"validation_data": games.points(16, seed=9)}
    straight = make()
    halted = []

    def keep(epoch, logs=None):
        # What a process that is killed in the third epoch leaves.
        if epoch == 1:
            shutil.copytree(tmp_path / "straight", tmp_path / "halted")
            halted.extend(state(straight))

    checkpoint = kgan.callbacks.Checkpoint(tmp_path / "straight")
    keeper = keras.callbacks.LambdaCallback(on_epoch_end=keep)
    callbacks = [checkpoint, keeper]
    train(straight, callbacks, data=DATA[kind](), epochs=3, **options)
    assert games.distance(state(straight), halted) > 1e-3
    resumed = make()
    checkpoint = kgan.callbacks.Checkpoint(tmp_path / "halted")
    history = train(resumed, checkpoint, data=DATA[kind](), epochs=3, **options)
    assert history.epoch == [2]
    assert games.distance(state(straight), state(resumed)) <= 1e-6
    assert resumed.epochs_done == 3


def test_plain_initial_epoch_winds_nothing_forward(tmp_path):
    seen = []

    def noted():
        for batch in games.cut(games.points(160)):
            seen.append(batch)
            yield batch

    data = {"x": noted(), "steps_per_epoch": 2}
    train(make(), data=data, epochs=3, initial_epoch=2)
    assert len(seen) <= 8


def test_checkpoints_do_not_touch_the_training(tmp_path):
    plain, saved = make(), make()
    train(plain, epochs=2)
    train(saved, kgan.callbacks.Checkpoint(tmp_path), epochs=2)
    assert games.distance(state(plain), state(saved)) == 0


def test_stream_that_ends_too_early_is_refused(tmp_path):
    data = {"x": generator(), "steps_per_epoch": 3}
    train(make(), kgan.callbacks.Checkpoint(tmp_path), data=data)
    short = iter(games.cut(games.points(32)))
    with pytest.raises(ValueError, match="ended before.*Received: 2 steps"):
        train(
            make(),
            kgan.callbacks.Checkpoint(tmp_path),
            data={"x": short, "steps_per_epoch": 3},
            epochs=2,
        )


@pytest.mark.once
def test_files(tmp_path):
    gan = make()
    train(gan, kgan.callbacks.Checkpoint(tmp_path / "new"), epochs=2)
    assert sorted(os.listdir(tmp_path / "new")) == NAMES
    loaded = keras.saving.load_model(tmp_path / "new" / "run.keras")
    assert loaded.epochs_done == 2
    assert games.distance(state(gan), state(loaded)) == 0
    maker = keras.saving.load_model(tmp_path / "new" / "generator.keras")
    latents = games.points(4, width=3)
    np.testing.assert_allclose(
        maker.predict(latents, verbose=0),
        gan.generator.predict(latents, verbose=0),
        atol=1e-6,
    )


@pytest.mark.once
def test_finished_run_is_left_alone(tmp_path):
    gan = make()
    train(gan, kgan.callbacks.Checkpoint(tmp_path), epochs=2)
    before = {n: (tmp_path / n).stat().st_mtime_ns for n in NAMES}
    again = make()
    history = train(again, kgan.callbacks.Checkpoint(tmp_path), epochs=2)
    assert history.history == {} and again.history is history
    assert games.distance(state(gan), state(again)) == 0
    assert before == {n: (tmp_path / n).stat().st_mtime_ns for n in NAMES}


@pytest.mark.once("torch")
def test_resume_false_starts_over(tmp_path):
    gan = make()
    train(gan, kgan.callbacks.Checkpoint(tmp_path), epochs=2)
    fresh = make()
    train(fresh, kgan.callbacks.Checkpoint(tmp_path, resume=False))
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    assert fresh.epochs_done == loaded.epochs_done == 1


def test_file_without_a_count_of_epochs_loads(tmp_path, monkeypatch):
    gan = make()
    train(gan)
    save = type(gan).save_own_variables

    def without(self, store):
        kept = {}
        save(self, kept)
        for name in kept.keys() - {"epochs_done"}:
            store[name] = kept[name]

    with monkeypatch.context() as patch:
        patch.setattr(type(gan), "save_own_variables", without)
        gan.save(tmp_path / "run.keras")
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    assert loaded.epochs_done == 0
    assert games.distance(state(gan), state(loaded)) == 0


@pytest.mark.once("torch")
@pytest.mark.slow
def test_mean_of_weights_is_the_generator_and_the_run_goes_on_without(
    tmp_path,
):
    options = {"use_ema": True, "ema_momentum": 0.9}
    straight = make(**options)
    train(straight, epochs=2)
    train(make(**options), kgan.callbacks.Checkpoint(tmp_path))
    gan = make(**options)
    train(gan, kgan.callbacks.Checkpoint(tmp_path), epochs=2)
    assert games.distance(state(straight), state(gan)) <= 1e-6
    maker = keras.saving.load_model(tmp_path / "generator.keras")
    mean = gan.generator.get_weights()
    assert games.distance(maker.get_weights(), mean) == 0
    run = keras.saving.load_model(tmp_path / "run.keras")
    assert games.distance(run.generator.get_weights(), mean) > 1e-4
    finished = make(**options)
    train(finished, kgan.callbacks.Checkpoint(tmp_path), epochs=2)
    assert games.distance(finished.generator.get_weights(), mean) == 0


class Play(keras.callbacks.Callback):
    """Logs what the test says, epoch by epoch."""

    def __init__(self, *values):
        super().__init__()
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        logs["score"] = self.values[epoch]


def played(tmp_path, values, epochs, mode="min"):
    checkpoint = kgan.callbacks.Checkpoint(tmp_path, True, "score", mode)
    gan = make()
    train(gan, [Play(*values), checkpoint], epochs=epochs)
    return gan, json.loads((tmp_path / "best_generator.json").read_text())


@pytest.mark.once("torch")
@pytest.mark.parametrize(
    ("mode", "values", "best"),
    [
        ("min", (3.0, 1.0, 2.0), 2),
        ("max", (1.0, 3.0, 2.0), 2),
        ("min", (np.nan, 2.0, np.nan), 2),
        ("min", (1.0, 1.0, 1.0), 1),
    ],
)
def test_best_and_last_are_both_kept(mode, values, best, tmp_path):
    gan, record = played(tmp_path, values, 3, mode)
    assert record == {
        "epoch": best,
        "monitor": "score",
        "mode": mode,
        "value": values[best - 1],
    }
    then = make()
    train(then, epochs=best)
    kept = keras.saving.load_model(tmp_path / "best_generator.keras")
    want = then.generator.get_weights()
    assert games.distance(kept.get_weights(), want) <= 1e-6
    last = keras.saving.load_model(tmp_path / "generator.keras")
    want = gan.generator.get_weights()
    assert games.distance(last.get_weights(), want) == 0


@pytest.mark.once("torch")
def test_best_survives_a_resume(tmp_path):
    values = (1.0, 5.0, 3.0, 0.5)
    played(tmp_path, values, 2)
    assert played(tmp_path, values, 3)[1]["epoch"] == 1
    assert played(tmp_path, values, 4)[1]["epoch"] == 4


def test_mode_belongs_to_monitor(tmp_path):
    for mode in (None, "auto", "best"):
        with pytest.raises(ValueError, match="`mode` must be.*Received"):
            kgan.callbacks.Checkpoint(tmp_path, True, "score", mode)
    with pytest.raises(ValueError, match="without a monitor"):
        kgan.callbacks.Checkpoint(tmp_path, mode="min")


@pytest.mark.once
def test_unknown_monitor_ends_the_first_epoch(tmp_path):
    checkpoint = kgan.callbacks.Checkpoint(tmp_path, True, "val_x", "min")
    with pytest.raises(
        ValueError, match="'val_x'.*clipped_share, discriminator_loss"
    ):
        train(make(), checkpoint, epochs=2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"objective": "GAN"}, "class='GAN' here, 'WGAN' in the file"),
        ({"n_critic": 3}, "n_critic=3 here, 2 in the file"),
        ({"seed": 12}, "seed=12 here, 11 in the file"),
        ({"width": 3}, r"generator.*here.*in the file"),
        ({"rate": 0.5}, r"generator_optimizer\.learning_rate=0.5 here, 0.0"),
        ({"momentum": 0.5}, "generator_optimizer.momentum=0.5 here, 0.0"),
    ],
)
def test_another_model_is_refused_and_left_as_it_was(change, message, begun):
    file = (begun / "run.keras").read_bytes()
    other = make(**change)
    before = state(other)
    data = {"x": games.points(70, other.generator.output_shape[1])}
    with pytest.raises(ValueError, match=message):
        train(other, kgan.callbacks.Checkpoint(begun), 2, data)
    assert games.distance(before, state(other)) == 0
    assert (begun / "run.keras").read_bytes() == file


@pytest.mark.once
def test_learning_rate_lowered_by_a_callback_goes_on(tmp_path):
    lower = keras.callbacks.Callback()
    lower.on_epoch_end = lambda epoch, logs: setattr(
        lower.model.generator_optimizer, "learning_rate", 0.002
    )
    train(make(), [lower, kgan.callbacks.Checkpoint(tmp_path)])
    gan = make()
    train(gan, kgan.callbacks.Checkpoint(tmp_path), epochs=2)
    rate = gan.generator_optimizer.learning_rate
    assert float(rate) == pytest.approx(0.002)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half", None])
def test_damaged_run_is_refused(content, begun):
    path = begun / "run.keras"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(ValueError, match="cannot be read.*resume=False"):
        train(make(), kgan.callbacks.Checkpoint(begun), epochs=2)


@pytest.mark.once("torch")
def test_initial_epoch_and_second_checkpoint_are_refused(tmp_path):
    checkpoint = kgan.callbacks.Checkpoint(tmp_path)
    train(make(), checkpoint, epochs=2)
    with pytest.raises(ValueError, match="initial_epoch=1 with a run of 2"):
        train(make(), checkpoint, epochs=3, initial_epoch=1)
    train(make(), checkpoint, epochs=3, initial_epoch=2)
    with pytest.raises(ValueError, match="Received: 2 in `callbacks`"):
        train(make(), [checkpoint, checkpoint], epochs=3)


def test_other_models_are_refused(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    checkpoint = kgan.callbacks.Checkpoint(tmp_path)
    with pytest.raises(ValueError, match="Checkpoint saves the run of a kgan"):
        model.fit(
            games.points(8),
            games.points(8, width=1),
            verbose=0,
            callbacks=[checkpoint],
        )


class FullDisk:
    """`os.replace` that fails from some call on, for as many calls."""

    def __init__(self, monkeypatch, failing):
        self.failing = failing
        self.calls = 0
        self.replace = os.replace
        monkeypatch.setattr(os, "replace", self)

    def __call__(self, source, target):
        if pathlib.Path(target).name not in NAMES:
            return self.replace(source, target)
        self.calls += 1
        if self.calls in self.failing:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.replace(source, target)


@pytest.mark.once
def test_failed_writes_do_not_end_the_training(tmp_path, monkeypatch):
    # Two writes an epoch: those of the second and the first of the third.
    FullDisk(monkeypatch, failing={3, 4})
    gan = make()
    epochs = []
    note = keras.callbacks.Callback()
    note.on_epoch_begin = lambda epoch, logs: epochs.append(
        keras.saving.load_model(tmp_path / "run.keras").epochs_done
        if epoch
        else 0
    )
    with pytest.warns(UserWarning, match="could not be written.*No space"):
        train(gan, [note, kgan.callbacks.Checkpoint(tmp_path)], epochs=4)
    # Each failing epoch stops at its first write: two epochs fail.
    assert epochs == [0, 1, 1, 1]
    assert sorted(os.listdir(tmp_path)) == NAMES
    assert keras.saving.load_model(tmp_path / "run.keras").epochs_done == 4


@pytest.mark.once("torch")
@pytest.mark.slow
def test_last_write_that_fails_is_an_error_and_the_model_is_whole(
    tmp_path, monkeypatch
):
    straight = make()
    train(straight, epochs=2)
    gan = make()
    train(gan, kgan.callbacks.Checkpoint(tmp_path))
    good = (tmp_path / "run.keras").read_bytes()
    gan = make()
    with monkeypatch.context() as patch:
        FullDisk(patch, failing=range(1, 99))
        with (
            pytest.warns(UserWarning, match="Epoch 2 of"),
            pytest.raises(OSError, match="not on disk.*No space.*in memory"),
        ):
            train(gan, kgan.callbacks.Checkpoint(tmp_path), epochs=2)
    assert games.distance(state(straight), state(gan)) <= 1e-6
    assert (tmp_path / "run.keras").read_bytes() == good
    gan.save(tmp_path / "saved.keras")
    train(gan)
    resumed = make()
    train(resumed, kgan.callbacks.Checkpoint(tmp_path), epochs=2)
    assert games.distance(state(straight), state(resumed)) <= 1e-6


@pytest.mark.once
def test_pictures_and_curves_that_fail_do_not_end_the_training(
    tmp_path, monkeypatch
):
    def fail(source, target):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    callbacks = [
        kgan.callbacks.SampleGrid(tmp_path / "samples", num=4, animate=True),
        kgan.callbacks.LossCurve(tmp_path / "losses.png"),
    ]
    gan = make()
    begin = callbacks[1].on_train_begin
    with monkeypatch.context() as patch:

        def begin_and_fail(logs=None):
            begin(logs)
            patch.setattr(os, "replace", fail)

        patch.setattr(callbacks[1], "on_train_begin", begin_and_fail)
        with pytest.warns(UserWarning) as caught:
            train(gan, callbacks, epochs=2)
    said = [str(w.message) for w in caught]
    for what in ("samples of epoch 1", "losses of epoch 2", "loss curve"):
        assert any(what in s and "Permission denied" in s for s in said)
    assert os.listdir(tmp_path) == ["samples"]
    assert gan.epochs_done == 2


def test_full_disk_is_known_before_training(tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 10_000})()
    monkeypatch.setattr(files.shutil, "disk_usage", lambda path: usage)
    gan = make()
    with pytest.raises(OSError, match="0.0 MiB free, .* MiB needed"):
        train(gan, kgan.callbacks.Checkpoint(tmp_path))
    assert os.listdir(tmp_path) == [] and gan.epochs_done == 0


@pytest.fixture
def small_disk(tmp_path):
    """A separate file system, of 2 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except OSError as error:
        pytest.skip(f"no tmpfs: {error}")
    if done.returncode:
        pytest.skip(f"no tmpfs: {done.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.once
@pytest.mark.slow
def test_disk_that_fills_up(small_disk):
    gan = make()
    fill = keras.callbacks.Callback()

    def full(epoch, logs=None):
        if epoch == 1:
            with pytest.raises(OSError), open(small_disk / "x", "wb") as file:
                while True:
                    file.write(bytes(4096))
                    file.flush()

    fill.on_epoch_begin = full
    with (
        pytest.warns(UserWarning, match="No space left"),
        pytest.raises(OSError, match="not on disk"),
    ):
        train(gan, [fill, kgan.callbacks.Checkpoint(small_disk)], epochs=2)
    assert sorted(os.listdir(small_disk)) == [*NAMES, "x"]
    assert keras.saving.load_model(small_disk / "run.keras").epochs_done == 1
    with pytest.raises((OSError, ValueError), match="room|No space"):
        train(make(), kgan.callbacks.Checkpoint(small_disk), epochs=2)


def test_diverged_epoch_does_not_replace_the_last_good_one(tmp_path):
    class Poison(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                self.model.generator.set_weights(
                    [w * np.nan for w in self.model.generator.get_weights()]
                )

    gan = make()
    checkpoint = kgan.callbacks.Checkpoint(tmp_path)
    with pytest.warns(UserWarning, match="Epoch 2 diverged.*keeps the epoch"):
        train(gan, [Poison(), checkpoint], epochs=2)
    kept = keras.saving.load_model(tmp_path / "run.keras")
    assert kept.epochs_done == 1
    assert np.isfinite(kept.generate(4, seed=1)).all()
    generator = keras.saving.load_model(tmp_path / "generator.keras")
    assert all(np.isfinite(w).all() for w in generator.get_weights())


@pytest.mark.once
def test_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    checkpoint = kgan.callbacks.Checkpoint(tmp_path / "file" / "run")
    with pytest.raises(ValueError, match="`directory`.*Received: directory="):
        train(make(), checkpoint)


@pytest.mark.once
def test_unfinished_files_of_a_killed_run_are_removed(tmp_path):
    for name in ("run.keras", "losses.csv", "losses.png", "epoch_0007.png"):
        (tmp_path / f".{name}.123.tmp").write_bytes(b"half")
    (tmp_path / "mine.tmp").write_bytes(b"kept")
    callbacks = [
        kgan.callbacks.SampleGrid(tmp_path, num=1),
        kgan.callbacks.LossCurve(tmp_path / "losses.png"),
        kgan.callbacks.Checkpoint(tmp_path),
    ]
    train(make(), callbacks)
    pictures = ["epoch_0001.png", "losses.csv", "losses.png"]
    assert sorted(os.listdir(tmp_path)) == sorted(
        [*NAMES, *pictures, "mine.tmp"]
    )


@pytest.mark.once("torch")
def test_curve_and_pictures_go_on_in_another_process(tmp_path):
    def callbacks():
        return [
            kgan.callbacks.SampleGrid(tmp_path, num=1, animate=True),
            kgan.callbacks.LossCurve(tmp_path / "losses.png"),
            kgan.callbacks.Checkpoint(tmp_path),
        ]

    train(make(), callbacks(), epochs=2)
    before = (tmp_path / "losses.csv").read_text().splitlines()
    train(make(), callbacks(), epochs=3)
    after = (tmp_path / "losses.csv").read_text().splitlines()
    assert after[:3] == before and len(after) == 4
    with Image.open(tmp_path / "samples.gif") as animation:
        assert animation.n_frames == 3


@pytest.mark.once("torch")
@pytest.mark.slow
def test_killed_inside_of_a_write(tmp_path):
    straight = make()
    train(straight, epochs=3)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)]),
    }
    # The first write is the probe of the directory; then two an epoch.
    kills = ((3, 0), (4, 1), (3, 1))
    numbers = [str(kill) for kill, _ in kills]
    done = subprocess.run(
        [sys.executable, TESTS / "killed_writes.py", tmp_path, *numbers],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for number, (_, epochs) in enumerate(kills):
        left = tmp_path / str(number)
        assert any(name.endswith(".tmp") for name in os.listdir(left))
        for path in left.glob("*.keras"):
            with zipfile.ZipFile(path) as file:
                assert file.testzip() is None
        run = left / "run.keras"
        if epochs:
            assert keras.saving.load_model(run).epochs_done == epochs
        else:
            assert not run.exists()
    gan = make()
    train(gan, kgan.callbacks.Checkpoint(tmp_path / "run"), epochs=3)
    assert games.distance(state(straight), state(gan)) <= 1e-6
    assert sorted(os.listdir(tmp_path / "run")) == NAMES
