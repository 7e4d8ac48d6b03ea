"""Steps of a budget of seconds."""

import json

import keras
import numpy as np
import pytest

import kgan
from kgan.scripts import budget

pytestmark = pytest.mark.once


class Clock:
    """A processor's clock that each reading moves by a quarter second."""

    def __init__(self):
        self.now = 0.0

    def process_time(self):
        self.now += 0.25
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(budget, "time", Clock())


def fit(watch, steps=40):
    inputs = keras.Input((1,))
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    model.compile(loss="mse", run_eagerly=True)
    zeros = np.zeros((steps, 1), "float32")
    model.fit(zeros, zeros, batch_size=1, callbacks=[watch], verbose=0)


def test_a_stopwatch_leaves_the_first_steps_out_and_ends_the_fit():
    watch = kgan.scripts.Stopwatch()
    fit(watch, steps=13)
    # Read twice in each of the first three, once in each after.
    assert watch.steps == 13
    assert watch.seconds == 0.25 * 11 and watch.pace == 0.275
    watch = kgan.scripts.Stopwatch(limit=1.0)
    fit(watch)
    assert watch.steps == 6 and watch.seconds == 1.0


def test_steps_are_measured_once_and_kept(tmp_path):
    path = tmp_path / "new" / "steps.json"
    # Until a tenth of 10 seconds; a third of a second a step.
    assert kgan.scripts.steps_within(10.0, "a", path, fit) == 30
    assert json.loads(path.read_text()) == {"seconds": 10, "steps": {"a": 30}}

    def never(watch):
        raise AssertionError("It is known.")

    assert kgan.scripts.steps_within(10.0, "a", path, never) == 30
    assert kgan.scripts.steps_within(10.0, "b", path, fit) == 30
    assert set(json.loads(path.read_text())["steps"]) == {"a", "b"}
    with pytest.raises(ValueError, match="steps of 10.0 seconds. Received"):
        kgan.scripts.steps_within(9.0, "a", path, fit)
    with pytest.raises(ValueError, match="`seconds` must be a number above 0"):
        kgan.scripts.steps_within(0, "a", path, fit)
    for content in ("[", "[]", '{"seconds": 10.0}'):
        path.write_text(content)
        with pytest.raises(ValueError, match="measured again"):
            kgan.scripts.steps_within(10.0, "a", path, fit)
