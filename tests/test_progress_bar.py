"""The images per second of the progress bar, which change nothing else."""

import re
import types

import games
import keras
import numpy as np
import pytest

import kgan
from kgan import pace
from kgan.fitting.progress_bar import ProgressBar

NUMBER = r"images_per_second: ([0-9.e+-]+)"


class Clock(keras.callbacks.Callback):
    """A step takes half a second, by the only clock that there is."""

    def __init__(self, monkeypatch):
        super().__init__()
        self.now = 0.0
        self.logs = []
        clock = types.SimpleNamespace(monotonic=lambda: self.now)
        monkeypatch.setattr(pace, "time", clock)

    def on_train_batch_end(self, batch, logs=None):
        self.now += 0.5

    def on_epoch_end(self, epoch, logs=None):
        self.logs.append(dict(logs))


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def shown(capsys):
    """The numbers of all lines, in order."""
    text = capsys.readouterr().out.replace("\r", "\n")
    return [float(number) for number in re.findall(NUMBER, text)]


@pytest.mark.parametrize("kind", ["array", "generator"])
def test_bar_shows_images_per_second(capsys, kind, clock):
    gan = games.game(n_critic=2)
    data = games.as_data(kind, games.points(20 * games.BATCH))
    gan.fit(**data, epochs=1, callbacks=[clock])
    # Of the two batches of a step one counts.
    assert shown(capsys)[-1] == 2 * games.BATCH


@pytest.mark.once
def test_line_of_an_epoch_shows_it_too(capsys, clock):
    gan = games.game(n_critic=1)
    samples = games.points(64)
    gan.fit(samples, batch_size=8, epochs=2, verbose=2, callbacks=[clock])
    assert shown(capsys) == [16, 16]


def test_logs_history_and_weights_are_those_without(capsys, clock):
    ends = []
    for verbose in (0, 1):
        keras.utils.set_random_seed(3)
        gan = games.game()
        history = gan.fit(
            games.points(64),
            batch_size=8,
            epochs=2,
            verbose=verbose,
            validation_data=games.points(16),
            callbacks=[clock],
        )
        ends.append((history.history, games.weights(gan)))
    assert shown(capsys)
    # TensorFlow's threads add in any order.
    assert ends[0][0].keys() == ends[1][0].keys()
    for name, values in ends[0][0].items():
        assert values == pytest.approx(ends[1][0][name], rel=1e-5)
    for without, shown_too in zip(clock.logs[:2], clock.logs[2:], strict=True):
        assert without == pytest.approx(shown_too, rel=1e-5)
    assert games.distance(ends[0][1], ends[1][1]) < 1e-6


@pytest.mark.once("jax")
def test_steps_stay_asynchronous():
    """Keras waits for each step where a callback is not said to be safe."""
    plain = keras.callbacks.CallbackList([], add_progbar=True)
    own = keras.callbacks.CallbackList([ProgressBar()], add_progbar=True)
    assert own._async_train == plain._async_train
    assert len(own.callbacks) == 1


@pytest.mark.once
def test_a_bar_of_the_users_stays_the_only_one(capsys):
    gan = games.game()
    bar = keras.callbacks.ProgbarLogger()
    gan.fit(games.points(32), batch_size=8, callbacks=[bar])
    text = capsys.readouterr().out
    assert "generator_loss" in text and "images_per_second" not in text
    gan.fit(games.points(32), batch_size=8, verbose=0)
    assert capsys.readouterr().out == ""


@pytest.mark.once("jax")
def test_another_batch_size_is_another_pace(capsys, clock):
    """Sizes that a compiled step has met are not taken for the present."""
    gan = games.game(n_critic=1)
    for batch in (4, 16, 4):
        samples = iter(games.cut(games.points(3 * batch), batch))
        gan.fit(samples, epochs=1, callbacks=[clock])
        # The first line may not know it.
        assert set(shown(capsys)) == {2 * batch}


@pytest.mark.once
def test_the_first_call_of_an_epoch_does_not_count(monkeypatch):
    now = iter([100.0, 107.0, 108.0, 110.0])
    monkeypatch.setattr(pace.time, "monotonic", lambda: next(now))
    measured = pace.Pace()
    assert measured.steps_per_second() is None
    measured.saw(2)
    assert measured.steps_per_second() == 2 / 7
    measured.saw(4)
    measured.saw(8)
    assert measured.steps_per_second() == 6 / 3
    assert measured.steps == 8


@pytest.mark.once
def test_images_seen_are_whole():
    gan = games.game(n_critic=2)
    gan.fit(games.points(64), batch_size=8, verbose=0)
    assert kgan.pace.images_seen(gan) == 4 * 8
    assert np.isscalar(kgan.pace.images_seen(gan))
