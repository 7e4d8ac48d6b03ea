"""A run goes on with the data and arguments that it began with."""

import json
import zipfile

import games
import keras
import numpy as np
import pytest

import kgan
from kgan.runs.facts import RunFacts, going_on
from kgan.steps import Share, data_facts

# Facts are compared before a backend trains.
pytestmark = [pytest.mark.once, pytest.mark.usefixtures("untraced")]
SAMPLES = games.points(64)


def with_batch_size(arguments):
    size = 8 if isinstance(arguments["x"], np.ndarray) else None
    return {"batch_size": size, **arguments}


def fit(directory, x=SAMPLES, epochs=1, clip=None, resume=True, **arguments):
    keras.utils.set_random_seed(0)
    gan = games.game()
    callbacks = [kgan.callbacks.Checkpoint(directory, resume=resume)]
    if clip is not None:
        callbacks.insert(0, kgan.callbacks.WeightClip(clip))
    arguments = with_batch_size({"x": x, "epochs": epochs, **arguments})
    gan.fit(callbacks=callbacks, verbose=0, **arguments)
    return gan


def refused(directory, match, **arguments):
    """Goes on with neither file nor model changed."""
    content = (directory / "run.keras").read_bytes()
    keras.utils.set_random_seed(0)
    gan = games.game()
    before, facts = games.weights(gan), gan.run.facts
    callbacks = [kgan.callbacks.Checkpoint(directory)]
    if "clip" in arguments:
        clip = kgan.callbacks.WeightClip(arguments.pop("clip"))
        callbacks.insert(0, clip)
    with pytest.raises(ValueError, match=match) as caught:
        arguments = {"x": SAMPLES, "epochs": 2, **arguments}
        arguments = with_batch_size(arguments)
        gan.fit(callbacks=callbacks, verbose=0, **arguments)
    text = str(caught.value)
    assert 'resume="changed"' in text and "resume=False" in text
    assert games.distance(before, games.weights(gan)) == 0
    assert gan.run.facts is facts
    assert (directory / "run.keras").read_bytes() == content


def test_arrays(tmp_path):
    fit(tmp_path, batch_size=8)
    same = {"x": SAMPLES, "batch_size": 8}
    other = SAMPLES.copy()
    other[17, 1] += 1e-3
    for changed, match in (
        ({"x": SAMPLES[:48]}, r"`x` \(samples\): 48 here, 64 in '.*run.keras'"),
        ({"x": other}, r"`x` \(checksum\): \d+ here, \d+ in"),
        ({"x": SAMPLES[::-1]}, r"`x` \(checksum\)"),
        ({"batch_size": 4}, "`batch_size`: 4 here, 8 in.*`steps_per_epoch`"),
        ({"batch_size": None}, "`batch_size`: 64 here, 8 in"),
        ({"steps_per_epoch": 3}, "`steps_per_epoch`: 3 here, 4 in"),
        ({"shuffle": False}, "`shuffle`: False here, True in"),
        ({"validation_split": 0.25}, "48 here, 64 in"),
        ({"epochs": 1, "shuffle": False}, "`shuffle`"),  # Done already.
        (
            games.as_data("tf.data", SAMPLES) | {"batch_size": None},
            r"`x` \(kind\): 'tf.data' here, 'array' in '[^;]*'\. Pass",
        ),
    ):
        refused(tmp_path, match, **{**same, **changed})
    # The same in other words, and what makes no difference to the training.
    gan = fit(
        tmp_path,
        SAMPLES.astype("float64"),
        epochs=2,
        batch_size=np.int64(8),
        steps_per_epoch=4,
        validation_data=SAMPLES[:8],
    )
    assert gan.epochs_done == 2


@pytest.mark.parametrize("kind", games.KINDS[1:])
def test_streams(tmp_path, kind):
    fit(tmp_path, **games.as_data(kind, SAMPLES), steps_per_epoch=2)
    match = "`steps_per_epoch`: 1 here, 2 in"
    same = games.as_data(kind, SAMPLES)
    refused(tmp_path, match, **same, steps_per_epoch=1)
    if kind in ("tf.data", "pydataset", "loader"):
        match = "samples.*32 here, 64" if kind == "loader" else "4 here, 8 in"
        half = games.as_data(kind, SAMPLES[:32])
        refused(tmp_path, match, **half, steps_per_epoch=2)
    if kind == "loader":
        match = "`batch_size`: 4 here, 8 in"
        smaller = games.as_data(kind, SAMPLES, 4)
        refused(tmp_path, match, **smaller, steps_per_epoch=2)
    same = games.as_data(kind, SAMPLES)
    assert fit(tmp_path, **same, steps_per_epoch=2, epochs=2).epochs_done == 2


def decaying(epoch):
    return 0.1 * 0.5**epoch


def test_clip(tmp_path):
    fit(tmp_path, clip=decaying, epochs=3)
    refused(tmp_path, "`clip_value` of epoch 0: 0.2 here, 0.1 in", clip=0.2)
    refused(tmp_path, "`clip_value` of epoch 1: 0.1 here, 0.05 in", clip=0.1)
    refused(tmp_path, "`clip_value` of epoch 0: None here, 0.1 in", epochs=4)
    gan = fit(tmp_path, clip=decaying, epochs=4)
    assert gan.run.facts.clips == tuple(
        (epoch, epoch, decaying(epoch)) for epoch in range(4)
    )
    # The same up to here, and another from now on.
    fit(tmp_path, clip=lambda e: decaying(e) if e < 4 else 1.0, epochs=5)


def test_a_clip_that_is_new(tmp_path):
    fit(tmp_path)
    refused(tmp_path, "epoch 0: 0.1 here, None in", x=SAMPLES, clip=0.1)


def test_a_change_on_purpose(tmp_path):
    before = games.weights(fit(tmp_path, clip=0.1))
    keras.utils.set_random_seed(0)
    gan = fit(
        tmp_path,
        SAMPLES[:32],
        epochs=2,
        clip=0.2,
        resume="changed",
        batch_size=8,
    )
    assert gan.epochs_done == 2
    assert games.distance(before, games.weights(gan)) > 0
    assert gan.run.facts.clips == ((1, 1, 0.2),)
    # From now on the run is that of the change.
    same = {"x": SAMPLES[:32], "clip": 0.2, "batch_size": 8}
    assert fit(tmp_path, epochs=3, **same).epochs_done == 3
    refused(tmp_path, "samples", epochs=4, clip=0.2, batch_size=8, x=SAMPLES)
    refused(tmp_path, "epoch 1: 0.1 here", epochs=4, **{**same, "clip": 0.1})


def test_resume_false_begins_with_other_data(tmp_path):
    fit(tmp_path)
    gan = fit(tmp_path, SAMPLES[:32], batch_size=8, resume=False)
    assert gan.epochs_done == 1


def test_a_file_of_an_earlier_version(tmp_path):
    expected = games.weights(fit(tmp_path / "new", epochs=2, batch_size=8))
    fit(tmp_path / "old", batch_size=8)
    path = tmp_path / "old" / "run.keras"
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    config = json.loads(parts["config.json"])
    assert config["build_config"].pop("run_facts")
    parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    gan = fit(tmp_path / "old", epochs=2, batch_size=8)
    assert games.distance(expected, games.weights(gan)) == 0


def test_the_file_loads_with_keras(tmp_path):
    trained = fit(tmp_path)
    gan = keras.saving.load_model(tmp_path / "run.keras")
    assert games.distance(games.weights(trained), games.weights(gan)) == 0
    gan.save(tmp_path / "again.keras")


def test_a_run_that_went_on_has_the_file_of_one_that_did_not(tmp_path):
    for name, pieces in (("one", (3,)), ("two", (1, 3))):
        for epochs in pieces:
            fit(tmp_path / name, epochs=epochs, clip=0.1)
    configs = []
    for name in ("one", "two"):
        with zipfile.ZipFile(tmp_path / name / "run.keras") as file:
            configs.append(json.loads(file.read("config.json")))
    facts = [config["build_config"]["run_facts"] for config in configs]
    assert facts[0] == facts[1]
    assert facts[0]["clips"] == [[0, 2, 0.1]]


@pytest.mark.parametrize("resume", ["yes", None, 2, "False"])
def test_resume_out_of_range(tmp_path, resume):
    with pytest.raises(ValueError, match="`resume` must be.*Received: resume="):
        kgan.callbacks.Checkpoint(tmp_path, resume=resume)


def test_facts_do_not_depend_on_the_number_of_processes():
    arguments = (SAMPLES, 2, 8, None, True)
    alone = data_facts(*arguments, Share())
    assert data_facts(*arguments, Share(4, 2, 4)) == alone
    assert data_facts(*arguments, Share(2, 0, 1, whole=False)) == {
        "kind": "array"
    }


def test_checksum_of_a_large_array():
    large = np.zeros((2**21, 4), "float32")
    facts = [data_facts(large, 1, 64, None, True, Share())]
    for row in (0, -1):
        large[row, 2] = 1
        facts.append(data_facts(large, 1, 64, None, True, Share()))
    assert len({fact["checksum"] for fact in facts}) == 3


def test_damaged_facts_compare_as_far_as_they_go():
    present = RunFacts({"kind": "array", "samples": 3})
    for saved in (
        None,
        [],
        {"known": 3, "clips": 4},
        {"clips": [[1], 2, ["a", 0, 1.0], [0, 10**12, None], [3, 1, None]]},
    ):
        assert going_on(present, saved, "file", False).known == present.known
