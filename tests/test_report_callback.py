"""What Report notes of a training, and that the training does not note it."""

import errno
import json
import os
import pathlib
import re

import conditional_games
import games
import keras
import numpy as np
import pytest

import kgan
from kgan.report import records

pytestmark = pytest.mark.usefixtures("untraced")

Report = kgan.callbacks.Report


def make(noisy=False, average=None):
    """A game, whose networks draw and remember if they are noisy."""
    keras.utils.set_random_seed(5)
    gan = kgan.GAN(
        games.noisy_generator() if noisy else games.generator(),
        games.noisy_critic() if noisy else games.critic(),
        n_critic=2,
        seed=11,
        average=average,
    )
    gan.compile(keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.02))
    return gan


def train(gan, *callbacks, epochs=1, **options):
    data = {"x": games.points(70, seed=3), "batch_size": 8} | options
    clip = kgan.callbacks.WeightClip(0.3)
    return gan.fit(
        **data, epochs=epochs, callbacks=[clip, *callbacks], verbose=0
    )


def state(gan):
    return games.numpy_of([*gan.variables, *gan.optimizer.variables])


def noted(folder):
    return records.read(folder / "report.json")


@pytest.mark.slow
def test_training_and_resuming_are_the_same_with_and_without_it(tmp_path):
    straight = make(noisy=True)
    history = train(straight, epochs=3).history
    resumed = make(noisy=True)
    saved = kgan.callbacks.Checkpoint(tmp_path)
    train(resumed, Report(tmp_path, num=4), saved, epochs=2)
    resumed = make(noisy=True)
    saved = kgan.callbacks.Checkpoint(tmp_path)
    later = train(resumed, Report(tmp_path, num=4), saved, epochs=3).history
    for a, b in zip(state(straight), state(resumed), strict=True):
        np.testing.assert_array_equal(a, b)
    assert {name: x[2:] for name, x in history.items()} == later
    # One page of the whole run, in two processes.
    record = noted(tmp_path)
    assert [entry["epoch"] for entry in record["epochs"]] == [1, 2, 3]
    assert [process["epoch"] for process in record["processes"]] == [1, 3]
    for name, values in history.items():
        logs = [entry["logs"][name] for entry in record["epochs"]]
        np.testing.assert_allclose(logs, values, rtol=1e-6)
    # 4 steps of two batches, of which one counts.
    images = [entry["images"] for entry in record["epochs"]]
    assert images == [32, 64, 96]
    page = (tmp_path / "report.html").read_text()
    assert "3 of 3" in page
    assert len(re.findall("<img data-epoch", page)) == 3


@pytest.mark.slow
def test_numbers_are_those_of_the_model_at_the_end_of_its_epoch(tmp_path):
    gan = make(noisy=True, average=0.5)
    data = games.points(70, seed=3)
    train(gan, Report(tmp_path, num=None), x=data)
    rows = np.linspace(0, 69, 64).astype(int)
    latents = kgan.images.latents(64, gan.latent_dim, seed=0)
    fake = gan.generate(64, seed=0)
    np.testing.assert_allclose(
        fake, gan.averaged_generator.predict(latents, verbose=0), atol=1e-6
    )
    [entry] = noted(tmp_path)["epochs"]
    for side, samples in (("real", data[rows]), ("fake", fake)):
        logits = gan.discriminator.predict(samples, verbose=0)
        found = [
            entry["health"][f"{side}_logits_{end}"]
            for end in ("min", "mean", "max")
        ]
        expected = [logits.min(), logits.mean(), logits.max()]
        np.testing.assert_allclose(found, expected, atol=1e-5)
        distances = np.linalg.norm(samples[:, None] - samples, axis=2)
        np.testing.assert_allclose(
            entry["health"][f"{side}_spread"],
            distances.sum() / (64 * 63),
            rtol=1e-5,
        )
    assert entry["health"]["images_per_second"] > 0
    # The whole of the data was searched, and no pictures were drawn.
    assert noted(tmp_path)["neighbours"]["data"] == 70
    assert sorted(os.listdir(tmp_path)) == ["report.html", "report.json"]


@pytest.mark.once
def test_settings_are_noted(tmp_path):
    gan = make(average=kgan.Average(half_life=100))
    train(gan, Report(tmp_path, num=None))
    settings = noted(tmp_path)["settings"]
    game = settings["game"]
    assert (game["class"], game["n_critic"], game["seed"]) == ("GAN", 2, 11)
    assert game["clip_value"] == pytest.approx(0.3)
    optimizer = settings["optimizers"]["discriminator_optimizer"]
    assert optimizer["class"] == "Adam"
    assert optimizer["learning_rate"] == pytest.approx(0.02)
    assert settings["parts"]["average"]["half_life"] == 100
    assert settings["data"]["batch_size"] == 8
    assert settings["data"]["samples"] == 70
    generator = settings["networks"]["generator"]
    assert generator["parameters"] == gan.generator.count_params()
    names = [layer["class"] for layer in generator["layers"]]
    assert names == [type(layer).__name__ for layer in gan.generator.layers]


@pytest.mark.once
def test_a_run_that_goes_back_replaces_epochs_and_a_fresh_one_all(tmp_path):
    gan, report = make(), Report(tmp_path, num=None)
    train(gan, report, epochs=3)
    before = noted(tmp_path)["epochs"]
    train(gan, report, epochs=2, initial_epoch=1)
    first, second = noted(tmp_path)["epochs"]
    assert first == before[0]
    assert second["epoch"] == 2 and second["images"] == 128
    train(gan, report)
    record = noted(tmp_path)
    assert [entry["epoch"] for entry in record["epochs"]] == [1]
    assert len(record["processes"]) == 1


@pytest.mark.once
def test_data_that_is_no_array_is_looked_at_where_it_is_given(tmp_path):
    batches = games.cut(games.points(64, seed=3))
    train(make(), Report(tmp_path, num=None), x=iter(batches), batch_size=None)
    [entry] = noted(tmp_path)["epochs"]
    assert "fake_logits_mean" in entry["health"]
    assert "real_logits_mean" not in entry["health"]
    assert "pass data=" in (tmp_path / "report.html").read_text()
    given = Report(tmp_path, data=games.points(5), num=None)
    # An array that an earlier fit saw is not of this one.
    train(make(), given, x=iter(batches), batch_size=None)
    assert "real_logits_mean" in noted(tmp_path)["epochs"][0]["health"]
    assert noted(tmp_path)["neighbours"]["data"] == 5


@pytest.mark.once
def test_conditional_and_one_player_games(tmp_path):
    gan = conditional_games.game()
    labels = conditional_games.labels(70)
    train(gan, Report(tmp_path / "a", num=6), y=labels)
    gan = conditional_games.game()
    pair = games.points(9), conditional_games.labels(9)
    batches = conditional_games.as_data(
        "generator", games.points(64), labels[:64]
    )
    train(
        gan,
        Report(tmp_path / "b", data=pair, num=6),
        **batches,
        batch_size=None,
    )
    for name in "ab":
        [entry] = noted(tmp_path / name)["epochs"]
        assert np.isfinite(entry["health"]["real_gradients_mean"])
    batches = conditional_games.as_data(
        "generator", games.points(64), labels[:64]
    )
    train(gan, Report(tmp_path / "c", num=6), **batches, batch_size=None)
    assert noted(tmp_path / "c")["epochs"]
    alone = kgan.GMMN(games.generator())
    alone.compile()
    alone.fit(
        games.points(32),
        batch_size=8,
        verbose=0,
        callbacks=[Report(tmp_path / "d", num=6)],
    )
    health = noted(tmp_path / "d")["epochs"][0]["health"]
    assert set(health) == {"fake_spread", "real_spread", "images_per_second"}
    assert "GMMN" in (tmp_path / "d" / "report.html").read_text()


@pytest.mark.once
def test_samples_that_cannot_be_drawn_have_a_page_without_pictures(tmp_path):
    latents, samples = keras.Input((3,)), keras.Input((4, 2))
    made = keras.layers.Reshape((4, 2))(keras.layers.Dense(8)(latents))
    logits = keras.layers.Dense(1)(keras.layers.Flatten()(samples))
    gan = kgan.GAN(keras.Model(latents, made), keras.Model(samples, logits))
    gan.compile()
    data = games.points(32, 8).reshape(32, 4, 2)
    gan.fit(data, batch_size=8, verbose=0, callbacks=[Report(tmp_path)])
    assert sorted(os.listdir(tmp_path)) == ["report.html", "report.json"]


@pytest.mark.once
def test_a_full_disk_does_not_end_the_training(tmp_path, monkeypatch):
    gan, report = make(), Report(tmp_path, num=4)
    begin = report.on_epoch_begin

    def fail(source, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:

        def begin_and_fail(epoch, logs=None):
            begin(epoch, logs)
            patch.setattr(os, "replace", fail)

        patch.setattr(report, "on_epoch_begin", begin_and_fail)
        with pytest.warns(UserWarning) as caught:
            train(gan, report, epochs=2)
    said = [str(warning.message) for warning in caught]
    for what in ("record of this run", "samples of epoch 2"):
        assert any(what in s and "No space" in s for s in said), said
    assert gan.epochs_done == 2
    # With room again, the page has what was noted meanwhile.
    train(gan, report, epochs=3, initial_epoch=2)


@pytest.mark.once
def test_a_damaged_file_of_another_does_not_end_the_training(tmp_path):
    (tmp_path / "scores.json").write_text("{")
    gan = make()
    with pytest.warns(UserWarning, match="training goes on.*scores.json"):
        train(gan, Report(tmp_path, num=None))
    assert gan.epochs_done == 1 and noted(tmp_path)["epochs"]


@pytest.mark.once
def test_a_damaged_record_of_a_run_that_goes_on_is_refused(tmp_path):
    train(make(), Report(tmp_path, num=None))
    (tmp_path / "report.json").write_text(json.dumps({"format": 1}))
    gan = make()
    before = games.weights(gan)
    with pytest.raises(ValueError, match="Received: .*report.json.*away"):
        train(gan, Report(tmp_path, num=None), epochs=2, initial_epoch=1)
    assert games.distance(before, games.weights(gan)) == 0


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"directory": 3}, "`directory`.*Received"),
        ({"num": 0}, "`num`.*Received: num=0"),
        ({"num": "4"}, "`num`.*Received: num='4'"),
        ({"every": 0}, "`every`.*Received: every=0"),
        ({"every": 1.5}, "`every`.*Received: every=1.5"),
        ({"data": "x"}, "`data`.*Received: data='x'"),
        ({"data": np.ones((3, 2), int)}, "`data` must be real samples"),
        ({"data": np.ones((1, 2))}, "n of at least 2"),
        ({"data": np.ones(3)}, "`data`"),
        ({"data": [[1.0, 2.0], [1.0]]}, "`data`"),
        ({"data": np.ma.masked_all((3, 2))}, "`data`"),
    ],
)
def test_arguments_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        Report(**{"directory": "x", **options})


@pytest.mark.once
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.ones((5, 3)), "`data`.*Received: shape=\\(5, 3\\)"),
        (np.full((5, 2), np.nan), "`data`.*finite"),
    ],
)
def test_data_that_does_not_fit_is_refused_before_training(
    tmp_path, data, message
):
    gan = make()
    before = games.weights(gan)
    with pytest.raises(ValueError, match=message):
        train(gan, Report(tmp_path, data=data))
    assert games.distance(before, games.weights(gan)) == 0
    (tmp_path / "report.html").mkdir()
    with pytest.raises(ValueError, match="report.html.*directory"):
        train(gan, Report(tmp_path))


@pytest.mark.once
def test_models_of_others_are_refused(tmp_path):
    report = Report(tmp_path)
    report.set_model(keras.Sequential([keras.layers.Dense(1)]))
    with pytest.raises(ValueError, match="kgan model.*Received: model="):
        report.on_train_begin()


@pytest.mark.once
@pytest.mark.soak
def test_page_of_the_docs_runs(tmp_path, monkeypatch):
    text = (pathlib.Path(__file__).parents[1] / "docs/report.md").read_text()
    [code] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    short = code.replace("epochs=30", "epochs=2, steps_per_epoch=2")
    assert short != code
    monkeypatch.chdir(tmp_path)
    exec(short, {})
    page = (tmp_path / "runs/digits/report.html").read_text()
    assert "sliced_wasserstein" in page.replace("<wbr>", "")
    assert noted(tmp_path / "runs/digits")["neighbours"]["data"] == 1500
