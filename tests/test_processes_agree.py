"""Processes that train one model are one model, or none of them trains."""

import concurrent.futures
import json
import threading

import disagreeing
import games
import jobs
import keras
import numpy as np
import pytest

from kgan.distribution import agreement

BACKEND = keras.backend.backend()
# What the error of each case names and shows of both processes.
EXPECTED = {
    "clip value": "same clip value. Received: [0.1, 0.2] in",
    "clip value of one": "same clip value. Received: [0.01, None] in",
    "clip value of a schedule": "same clip value. Received: [1]: [0.09",
    "objective": "same objective. Received: ['GAN', 'WGAN'] in",
    "arguments of the loss": "class_prior: [0.3, 0.4] in",
    "generator": "same generator. Received: layers[1].activation: ['tanh', ",
    "generator's rate": "same generator. Received: layers[2].rate: [0.1, 0.2]",
    "width": "same generator. Received: layers[1].units: [6, 9];",
    "generator_optimizer": "same generator_optimizer. Received: class_name: [",
    "generator_optimizer's rate": "learning_rate: [0.1, 0.2] in",
    "generator_optimizer's momentum": "momentum: [0.1, 0.2] in",
    "n_critic": "same n_critic. Received: [1, 2] in",
    "epochs": "same epochs. Received: [1, 2] in",
    "initial_epoch": "same initial_epoch. Received: [0, 1] in",
    "steps_per_epoch": "same steps_per_epoch. Received: [1, 2] in",
    "batch_size": "same batch_size. Received: [8, 16] in",
    "batch size of the data": "same batch size of the data. Received: [8, 16]",
    "shuffle": "same shuffle. Received: [False, True] in",
    "validation_data": "same validation_data. Received: [False, True] in",
    "validation_freq": "same validation_freq. Received: [1, 2] in",
    "callbacks": "same callbacks. Received: length: [1, 0] in",
    "learning rates": "same learning rates. Received: [1]: [0.9, 0.8] in",
    "run_eagerly": "same run_eagerly. Received: [False, True] in",
    "clip value between batches": "same clip value. Received: [0.1, 0.2] in",
}
if BACKEND != "torch":
    # Processes make variables together there, before there is a model.
    EXPECTED["width"] = "variable. Received: ['(3, 6) float32', '(3, 9) float32"
if BACKEND == "tensorflow":
    EXPECTED["generator_optimizer's rate"] = "learning rate. Received: [0.1, "
if BACKEND == "jax":
    # It compares the values of a variable whenever one is assigned.
    same = "make each variable of the same values. Received: values that differ"
    EXPECTED["generator_optimizer's rate"] = same
    EXPECTED["clip value between batches"] = same


@pytest.fixture(scope="module")
def job():
    script = jobs.TESTS / "disagreeing.py"
    started = jobs.start([script], processes=2)
    return [json.loads(line) for line in jobs.finish(started)]


@pytest.mark.once("torch")
@pytest.mark.slow
def test_what_differs_is_named_in_all_processes_before_training(job):
    for process in job:
        assert process["said"].keys() == disagreeing.CASES.keys()
        wrong = {
            case: (message, steps)
            for case, (message, steps) in process["said"].items()
            if EXPECTED.get(case, "") not in message or steps
        }
        assert wrong == {}


@pytest.mark.once("torch")
@pytest.mark.slow
def test_a_failure_of_one_process_ends_all(job):
    (others, _), (own, _) = [process["said"]["failure"] for process in job]
    assert own.startswith("Real samples (`x`) must be finite")
    assert others.startswith("No process begins, as process 1 of 2 cannot.")
    assert own in others


@pytest.mark.once
@pytest.mark.slow
def test_processes_train_one_model_after_errors(job):
    """And names, counters and callbacks of one process may differ."""
    first, second = [process["weights"] for process in job]
    assert first == second
    keras.utils.set_random_seed(1)
    gan = disagreeing.model()
    disagreeing.fit(gan, callbacks=[disagreeing.Clip(0.1)])
    assert games.distance(games.weights(gan), first) < 1e-5


def exchanged(*everyone):
    """Error and messages of each process, here a thread, by its facts."""
    barrier = threading.Barrier(len(everyone), timeout=10)
    messages = [[] for _ in everyone]

    def run(index):
        def gather(vector):
            messages[index].append(vector)
            barrier.wait()
            rows = [sent[len(messages[index]) - 1] for sent in messages]
            barrier.wait()
            return np.stack(rows)

        facts = everyone[index]
        try:
            if isinstance(facts, Exception):
                agreement.tell(facts, gather)
            else:
                agreement.check(facts, "Do so.", gather)
        except ValueError as error:
            return str(error)

    with concurrent.futures.ThreadPoolExecutor(len(everyone)) as threads:
        return [*threads.map(run, range(len(everyone)))], messages


@pytest.mark.once
def test_messages_are_of_one_size_whatever_differs():
    long = {"a": 1, "b": "x" * 9_000}
    (first, second), messages = exchanged({"a": 1, "b": "y"}, long)
    assert first == second and "the same b. Received: ['y', 'xxx" in first
    assert len(messages[0]) == len(messages[1]) == 2


@pytest.mark.once
def test_equal_facts_take_one_message():
    facts = {"a": [1, {"b": None}], "c": float("nan"), "d": len}
    errors, messages = exchanged(facts, dict(facts), dict(facts))
    assert errors == [None] * 3
    assert [len(m) for m in messages] == [1] * 3


@pytest.mark.once
@pytest.mark.parametrize(
    "first, second, expected",
    [
        ({"a": 1}, {"a": 1.5}, "same a. Received: [1, 1.5] in the 2"),
        ({"a": [1, 2]}, {"a": [1]}, "same a. Received: length: [2, 1] in"),
        (
            {"a": {"b": [0, {"c": 1}]}},
            {"a": {"b": [0, {"c": 2}]}},
            "same a. Received: b[1].c: [1, 2] in",
        ),
        (
            {"a": {"class_name": "X", "config": {"b": 1}}},
            {"a": {"class_name": "Y", "config": {"b": 2}}},
            "same a. Received: class_name: ['X', 'Y'] in",
        ),
        ({"a": 1, "b": 1}, {"a": 2, "b": 2}, "Also b: [1, 2]. Do so."),
        ({"a": 1}, {"b": 1}, "order of calls. Received: ['about a', 'about b'"),
        ({"a": 1}, OSError("full"), "No process begins, as process 1 of 2"),
    ],
)
def test_differences_are_shown(first, second, expected):
    (error, other), _ = exchanged(first, second)
    assert expected in error
    assert other == (None if isinstance(second, Exception) else error)
