"""Searches with keras-tuner: tiny nets, every tuner, every way to fail."""

import csv
import json
import math
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import keras
import keras_tuner
import numpy as np
import pytest
from games import critic, generator, points
from PIL import Image
from tuning_jobs import Logged, Quick, hypermodel, tuner

import kgan
import kgan.tuning

# keras-tuner 1.4.8 calls threading.currentThread().getName().
pytestmark = [
    pytest.mark.filterwarnings(
        "ignore:(currentThread|getName)\\(\\) is deprecated:DeprecationWarning"
    ),
    pytest.mark.usefixtures("untraced"),
]
HERE = pathlib.Path(__file__).parent
# They differ in how trials are chosen, in which no backend has a part.
EVERY_TUNER = [
    "RandomSearch",
    *(
        pytest.param(kind, marks=pytest.mark.soak)
        for kind in ("BayesianOptimization", "Hyperband", "GridSearch")
    ),
]
REAL, HELD_OUT = points(64, seed=1), points(64, seed=2)
DATA = {"x": REAL, "validation_data": HELD_OUT, "batch_size": 8, "verbose": 0}
METRICS = [kgan.metrics.SlicedWasserstein(num_projections=8)]


def search(searched, **options):
    return kgan.tuning.search(searched, **DATA | options)


class Scored(Quick):
    """Trials whose seeds diverge as a test wants them to."""

    bad_seeds = ()

    def configure(self, hp, model):
        super().configure(hp, model)
        if model.seed in self.bad_seeds:
            weights = [np.full_like(w, np.nan) for w in critic().get_weights()]
            model.discriminator.set_weights(weights)


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize("kind", EVERY_TUNER)
def test_every_tuner(tmp_path, kind, capsys):
    trials = search(tuner(kind, hypermodel(), tmp_path), verbose=1)
    assert len(trials) >= 4
    assert all(trial["status"] == "COMPLETED" for trial in trials)
    scores = [trial["score"] for trial in trials]
    assert scores == sorted(scores)
    for trial in trials:
        assert trial["clip_value"] in (0.01, 0.1)
        assert trial["score"] == np.median(list(trial["seeds"].values()))
        assert trial["smallest"] <= trial["score"] <= trial["largest"]
        if kind != "Hyperband":
            assert trial["critic_updates"] == 4
            assert trial["generator_updates"] == 4 / trial["n_critic"]
    project = tmp_path / "p"
    assert json.loads((project / "trials.json").read_text()) == json.loads(
        json.dumps(trials)
    )
    with open(project / "trials.csv") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["score"]) for row in rows] == scores
    assert float(rows[0]["seed_0"]) == trials[0]["seeds"][0]
    with Image.open(project / "clip_values.png") as image:
        image.load()
    printed = capsys.readouterr().out
    assert "2 seeds" in printed and "seed 1: " in printed
    assert f"{len(trials)} of {len(trials)} trials completed" in printed


@pytest.mark.slow
@pytest.mark.once
def test_plain_search_scores_alike(tmp_path):
    model = hypermodel()
    plain = tuner("GridSearch", model, tmp_path / "plain", 2)
    plain.search(**DATA)
    helped = tuner("GridSearch", hypermodel(), tmp_path / "helped", 2)
    kept = [
        {k: v for k, v in trial.items() if k != "seconds"}
        for trial in kgan.tuning.results(plain)
    ]
    assert kept == [
        {k: v for k, v in trial.items() if k != "seconds"}
        for trial in search(helped)
    ]


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("budget", ["critic_updates", "generator_updates"])
def test_all_trials_train_as_much(tmp_path, budget):
    model = hypermodel(
        budget=budget,
        updates_per_epoch=12,
        n_critic=[1, 3, 4],
        clip_value=0.1,
        seeds=(0,),
    )
    trials = search(tuner("GridSearch", model, tmp_path, 3), epochs=2)
    assert {trial["n_critic"] for trial in trials} == {1, 3, 4}
    assert {trial[budget] for trial in trials} == {24}
    for trial in trials:
        made = trial["critic_updates"] / trial["generator_updates"]
        assert made == trial["n_critic"]


@pytest.mark.once("torch")
def test_the_score_is_that_of_a_fit_by_hand():
    build = kgan.tuning.GANHyperModel
    model = hypermodel(build, seeds=(5,), clip_value=0.05, n_critic=2)
    hp = keras_tuner.HyperParameters()
    found = model.fit(hp, model.build(hp), **DATA, epochs=3)
    keras.utils.set_random_seed(5)
    gan = kgan.WGAN(generator(), critic(), n_critic=2, seed=5)
    gan.compile(metrics=METRICS)
    clip = kgan.callbacks.WeightClip(0.05)
    history = gan.fit(
        **DATA, epochs=3, steps_per_epoch=2, callbacks=[clip]
    ).history
    name = "val_sliced_wasserstein"
    assert found[name] == found["seed_5"] == history[name][-1]


@pytest.mark.once
def test_trials_differ_in_what_is_searched():
    class Wider(kgan.tuning.GANHyperModel):
        def configure(self, hp, model):
            rate = hp.Float("momentum", 0.1, 0.9)
            model.compile(
                keras.optimizers.SGD(0.1, rate), metrics=self.metrics()
            )

    def wide_critic(hp):
        samples = keras.Input((2,))
        units = hp.Int("units", 2, 5)
        x = keras.layers.Dense(units)(samples)
        return keras.Model(samples, keras.layers.Dense(1)(x))

    model = Wider(
        generator,
        wide_critic,
        METRICS,
        n_critic=(2, 4),
        generator_learning_rate=(1e-4, 1e-2),
        discriminator_learning_rate=[0.25],
    )
    hp = keras_tuner.HyperParameters()
    hp.values |= {"units": 3, "n_critic": 4}
    built = model.build(hp)
    assert built.discriminator.layers[1].units == 3
    assert built.n_critic == 4
    assert built.generator_optimizer.momentum == pytest.approx(0.1)
    assert set(hp.values) == {
        *("clip_value", "discriminator_learning_rate"),
        *("generator_learning_rate", "momentum", "n_critic", "units"),
    }
    plain = hypermodel(discriminator_learning_rate=0.25)
    rates = plain.build(keras_tuner.HyperParameters())
    assert float(rates.discriminator_optimizer.learning_rate) == 0.25
    assert float(rates.generator_optimizer.learning_rate) < 1e-3


@pytest.mark.once
def test_other_models_are_not_clipped(tmp_path):
    model = hypermodel(model=kgan.GAN, clip_value=None, n_critic=1)
    trials = search(tuner("RandomSearch", model, tmp_path, 1))
    assert "clip_value" not in trials[0]
    assert not (tmp_path / "p" / "clip_values.png").exists()


@pytest.mark.once
def test_data_may_depend_on_the_seed(tmp_path):
    asked = []

    def data(seed):
        asked.append(seed)
        return REAL

    model = hypermodel(seeds=(4, 9))
    search(tuner("RandomSearch", model, tmp_path, 1), x=data)
    assert asked == [4, 9]


@pytest.mark.once
def test_a_seed_that_diverges_counts_as_worst(tmp_path):
    model = hypermodel(Scored, seeds=(0, 1, 2))
    model.bad_seeds = (1,)
    (trial,) = search(tuner("RandomSearch", model, tmp_path, 1))
    assert trial["failed_seeds"] == 1
    assert set(trial["seeds"]) == {0, 2}
    assert trial["score"] == trial["largest"]


@pytest.mark.slow
@pytest.mark.once
def test_trials_whose_seeds_fail_are_failed(tmp_path, capsys):
    class Half(Scored):
        def configure(self, hp, model):
            self.bad_seeds = (0, 1) if hp.values["n_critic"] == 1 else ()
            super().configure(hp, model)

    model = hypermodel(Half, seeds=(0, 1, 2))
    trials = search(tuner("GridSearch", model, tmp_path), verbose=1)
    assert [t["status"] for t in trials] == ["COMPLETED"] * 2 + ["FAILED"] * 2
    for trial in trials[2:]:
        assert trial["n_critic"] == 1
        assert trial["score"] is None
        assert "2 of 3 seeds failed: seed 0: discriminator" in trial["reason"]
    printed = capsys.readouterr().out
    assert "2 of 4 trials completed; 2 did not: 2 x 2 of 3 seeds" in printed


@pytest.mark.once
def test_collapsed_generators_fail(tmp_path):
    class Collapsed(Quick):
        def configure(self, hp, model):
            super().configure(hp, model)
            zeros = [np.zeros_like(w) for w in model.generator.get_weights()]
            model.generator.set_weights(zeros)

    model = hypermodel(Collapsed, generator_learning_rate=1e-12)
    with pytest.raises(kgan.tuning.SearchFailed, match="collapsed") as raised:
        search(tuner("RandomSearch", model, tmp_path, 1))
    assert "0 of 1 trials completed" in str(raised.value)


@pytest.mark.slow
@pytest.mark.once
def test_a_search_without_a_trial_raises(tmp_path):
    model = hypermodel(Scored)
    model.bad_seeds = (0, 1)
    searched = tuner(
        "RandomSearch", model, tmp_path, max_consecutive_failed_trials=9
    )
    with pytest.raises(kgan.tuning.SearchFailed) as raised:
        search(searched)
    assert "no trial completed. 0 of 4 trials completed" in str(raised.value)
    assert "4 x 2 of 2 seeds failed" in str(raised.value)
    trials = json.loads((tmp_path / "p" / "trials.json").read_text())
    assert [trial["status"] for trial in trials] == ["FAILED"] * 4


@pytest.mark.once
def test_a_builder_that_always_raises(tmp_path):
    def broken():
        raise OSError("no such layer")

    model = kgan.tuning.GANHyperModel(broken, critic, METRICS)
    with pytest.raises(OSError, match="no such layer"):
        tuner("RandomSearch", model, tmp_path)


@pytest.mark.once
def test_a_builder_that_raises_in_every_trial(tmp_path):
    calls = []

    def broken():
        calls.append(1)
        if len(calls) > 1:
            raise OSError("no such layer")
        return generator()

    model = kgan.tuning.GANHyperModel(broken, critic, METRICS)
    with pytest.raises(kgan.tuning.SearchFailed) as raised:
        search(tuner("RandomSearch", model, tmp_path, 9))
    assert "too many failed in a row" in str(raised.value)
    assert "0 of 3 trials completed" in str(raised.value)
    assert "3 x OSError: no such layer" in str(raised.value)


@pytest.mark.once
@pytest.mark.parametrize(
    "name", ["discriminator_loss", "val_generator_loss", "wasserstein_estimate"]
)
def test_the_critics_loss_is_refused(tmp_path, name):
    for objective in (name, keras_tuner.Objective(name, "min")):
        with pytest.raises(ValueError, match="grows with the clip value"):
            hypermodel(objective=objective)
    by_loss = keras_tuner.RandomSearch(
        hypermodel(), keras_tuner.Objective(name, "min"), directory=tmp_path
    )
    with pytest.raises(ValueError, match="grows with the clip value"):
        search(by_loss)
    # Through plain search too, before anything trains.
    with pytest.raises(ValueError, match="grows with the clip value"):
        by_loss.search(**DATA)


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"clip_value": (0, 0.1)}, "`clip_value` must be of positive finite"),
        ({"clip_value": (0.1, 0.01)}, "Received: clip_value=\\(0.1, 0.01\\)"),
        ({"clip_value": (0.1, 0.1)}, "two numbers that grow"),
        ({"clip_value": []}, "distinct numbers"),
        ({"clip_value": math.nan}, "`clip_value` must be of positive finite"),
        ({"n_critic": (0, 5)}, "`n_critic` must be of integers from 1"),
        ({"n_critic": 1.5}, "`n_critic` must be of integers from 1"),
        ({"generator_learning_rate": -1.0}, "`generator_learning_rate`"),
        ({"budget": "steps"}, "`budget` must be one of"),
        ({"updates_per_epoch": 1}, "n_critic up to 2"),
        ({"updates_per_epoch": 0}, "`updates_per_epoch`"),
        ({"seeds": ()}, "`seeds` must be a list"),
        ({"seeds": (1, 1)}, "`seeds` must be distinct"),
        ({"min_variance_share": -1}, "`min_variance_share`"),
        ({"objective": "val_frechet_distance"}, "Add its metric"),
        ({"objective": 3}, "`objective` must be the name"),
    ],
)
def test_bad_arguments(options, match):
    with pytest.raises(ValueError, match=match):
        hypermodel(**options)


@pytest.mark.once
def test_bad_builders_and_metrics():
    build = kgan.tuning.GANHyperModel
    with pytest.raises(ValueError, match="`generator` must be a function"):
        build(generator(), critic, METRICS)
    for metrics in ([], ["mse"], METRICS[0]):
        with pytest.raises(ValueError, match="`metrics` must be a list"):
            build(generator, critic, metrics)
    with pytest.raises(ValueError, match="small or large is not known"):
        build(generator, critic, [kgan.metrics.DensityCoverage()])
    best = keras_tuner.Objective("coverage", "max")
    known = build(
        generator, critic, [kgan.metrics.DensityCoverage()], objective=best
    )
    assert known.objective == keras_tuner.Objective("val_coverage", "max")


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"validation_data": None}, "`validation_data` must be real samples"),
        ({"validation_data": REAL}, "must not be the training data"),
        ({"x": None}, "`x` must be the training data"),
        ({"steps_per_epoch": 3}, "`steps_per_epoch` follows"),
        ({"epochs": 0}, "`epochs`"),
        ({"epochs": 3, "validation_freq": 2}, "`validation_freq` must divide"),
        (
            {"callbacks": [kgan.callbacks.WeightClip()]},
            "`callbacks` must have no WeightClip",
        ),
    ],
)
def test_bad_searches(tmp_path, options, match):
    searched = tuner("RandomSearch", hypermodel(), tmp_path)
    with pytest.raises(ValueError, match=match):
        search(searched, **options)
    with pytest.raises(ValueError, match=match):
        searched.search(**DATA | options)
    assert kgan.tuning.results(searched)[0]["status"] == "RUNNING"


@pytest.mark.once
def test_other_tuners_and_directories(tmp_path):
    other = keras_tuner.RandomSearch(
        lambda hp: critic(), "val_loss", directory=tmp_path / "other"
    )
    with pytest.raises(ValueError, match="GANHyperModel"):
        search(other)
    searched = tuner("RandomSearch", hypermodel(), tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="`out` must lie in a directory"):
        search(searched, out=tmp_path / "file" / "out")
    assert kgan.tuning.results(searched) == []
    # keras-tuner makes its directory itself, through TensorFlow if it can.
    with pytest.raises(Exception, match="[Nn]ot a directory"):
        tuner("RandomSearch", hypermodel(), tmp_path / "file")


@pytest.mark.once
def test_data_that_ends_is_refused(tmp_path):
    tf = pytest.importorskip("tensorflow")
    model = hypermodel(updates_per_epoch=40)
    ending = tf.data.Dataset.from_tensor_slices(REAL).batch(8)
    options = {"x": ending, "batch_size": None}
    with pytest.raises(ValueError, match="data ran out before the budget"):
        search(
            tuner("RandomSearch", model, tmp_path),
            **options,
            validation_batch_size=8,
        )


@pytest.mark.once
@pytest.mark.slow
def test_the_best_generator_has_the_score_of_its_trial(tmp_path):
    searched = tuner("RandomSearch", hypermodel(), tmp_path, 2)
    best, _ = search(searched)
    record = kgan.tuning.export_best(
        searched,
        tmp_path,
        validation_data=HELD_OUT,
        dataset="points",
        split="held out",
        batch_size=8,
    )
    assert record == kgan.scores.read(tmp_path / "best_generator.json")
    score = record["scores"]["sliced_wasserstein"]
    assert score == pytest.approx(best["smallest"], rel=1e-6)
    assert record["run"]["step"] == best["generator_updates"]
    loaded = keras.saving.load_model(tmp_path / "best_generator.keras")
    assert kgan.scores.weights_hash(loaded) == record["run"]["generator_sha256"]
    # keras-tuner's own way to the same model.
    model = searched.get_best_models(1)[0]
    assert (
        kgan.scores.weights_hash(model.generator)
        == (record["run"]["generator_sha256"])
    )


@pytest.mark.slow
@pytest.mark.once
def test_tensorboard_has_the_trials(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import (
        EventAccumulator,
    )
    from tensorboard.plugins.hparams.metadata import (
        SESSION_START_INFO_TAG,
        parse_session_start_info_plugin_data,
    )

    logs = tmp_path / "logs"
    board = keras.callbacks.TensorBoard(logs, write_graph=False)
    trials = search(
        tuner("RandomSearch", hypermodel(), tmp_path, 2), callbacks=[board]
    )
    for trial in trials:
        events = EventAccumulator(str(logs / trial["trial"])).Reload()
        (scalar,) = events.Scalars("val_sliced_wasserstein")
        assert scalar.value == pytest.approx(trial["score"])
        content = events.SummaryMetadata(
            SESSION_START_INFO_TAG
        ).plugin_data.content
        info = parse_session_start_info_plugin_data(content)
        found = info.hparams["clip_value"].number_value
        assert found == trial["clip_value"]
        for seed in (0, 1):
            run = logs / trial["trial"] / "execution0" / f"seed_{seed}"
            assert list(run.glob("**/events.out.tfevents*"))


def start(kind, directory, trials, **environment):
    # Into a file: nobody reads a pipe while the search runs.
    printed = tempfile.NamedTemporaryFile(
        "w", dir=directory.parent, suffix=".out", delete=False
    )
    with printed:
        job = subprocess.Popen(
            [
                *(sys.executable, HERE / "tuning_jobs.py"),
                *(kind, directory, str(trials)),
            ],
            env={**os.environ, "PYTHONPATH": str(HERE.parent), **environment},
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
    job.printed = pathlib.Path(printed.name)
    return job


def begun(directory):
    log = pathlib.Path(f"{directory}.log")
    return log.read_text().splitlines() if log.exists() else []


def finished(job):
    job.wait(timeout=300)
    printed = job.printed.read_text()
    assert job.returncode == 0, printed[-4000:]
    return printed


def rows(directory):
    text = (directory / "p" / "trials.json").read_text()
    trials = json.loads(text)
    for trial in trials:
        del trial["seconds"]
    return trials


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize("kind", EVERY_TUNER)
def test_an_interrupted_search_goes_on(tmp_path, kind):
    class Interrupted(Quick):
        tried, last = [], math.inf

        def fit(self, hp, *args, **options):
            if len(self.tried) == self.last:
                raise KeyboardInterrupt
            self.tried.append(dict(hp.values))
            return super().fit(hp, *args, **options)

    def run(directory, last):
        model = hypermodel(Interrupted)
        model.tried, model.last = [], last
        # Hyperband's number is of epochs: 2 make 5 trials, in two brackets.
        num = 2 if kind == "Hyperband" else 4
        searched = tuner(kind, model, tmp_path / directory, num)
        try:
            trials = search(searched)
        except KeyboardInterrupt:
            trials = []
        for trial in trials:
            del trial["seconds"]
        return model.tried, trials

    tried, trials = run("whole", math.inf)
    before, _ = run("stopped", 2)
    after, resumed = run("stopped", math.inf)
    assert len(before) == 2
    assert before + after == tried
    assert resumed == trials


@pytest.mark.soak
@pytest.mark.once
def test_a_killed_search_goes_on(tmp_path):
    kind = "RandomSearch"
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    # Uninterrupted, in this process.
    model = hypermodel(Logged)
    model.log = f"{whole}.log"
    search(tuner(kind, model, whole, 4))
    job = start(kind, killed, 4, SLEEP="0.5")
    try:
        while len(begun(killed)) < 3:
            assert job.poll() is None, job.printed.read_text()
            time.sleep(0.02)
        job.send_signal(signal.SIGKILL)
        job.wait()
        finished(start(kind, killed, 4))
    finally:
        job.kill()
    tried = begun(killed)
    # The third was running and started over; no other was repeated.
    assert tried[2] == tried[3]
    assert tried[:3] + tried[4:] == begun(whole)
    assert rows(killed) == rows(whole)


@pytest.mark.soak
@pytest.mark.once
def test_a_chief_and_two_workers(tmp_path):
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    together = {
        "KERASTUNER_ORACLE_IP": "127.0.0.1",
        "KERASTUNER_ORACLE_PORT": port,
    }
    jobs = [
        start("RandomSearch", tmp_path / "s", 4, **together, **one)
        for one in (
            {"KERASTUNER_TUNER_ID": "chief"},
            {"KERASTUNER_TUNER_ID": "worker0", "SLEEP": "2"},
            {"KERASTUNER_TUNER_ID": "worker1", "SLEEP": "2"},
        )
    ]
    try:
        printed = [finished(job) for job in jobs]
    finally:
        for job in jobs:
            job.kill()
    assert "4 of 4 trials completed" in printed[0]
    assert all("seed 1: " in text for text in printed[1:])
    trials = rows(tmp_path / "s")
    assert [trial["status"] for trial in trials] == ["COMPLETED"] * 4
    assert all(trial["clip_value"] in (0.01, 0.1) for trial in trials)
    assert len(begun(tmp_path / "s")) == 4


@pytest.mark.once
def test_lists_survive_the_journey_to_a_worker():
    hp = keras_tuner.HyperParameters()
    hypermodel(generator_learning_rate=5e-5, clip_value=[0.003, 0.1]).build(hp)
    back = keras_tuner.HyperParameters.from_proto(hp.to_proto())
    assert back.values == hp.values
    # The order of the space changes: fixed ones come first.
    values = [
        {one.name: list(one.values) for one in space}
        for space in (hp.space, back.space)
    ]
    assert values[0] == values[1]


@pytest.mark.slow
@pytest.mark.once
def test_import_kgan_leaves_keras_tuner_alone():
    program = (
        "import sys, kgan; assert 'keras_tuner' not in sys.modules;"
        "kgan.tuning.search; assert 'keras_tuner' in sys.modules"
    )
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


@pytest.mark.skipif(
    not pathlib.Path("/proc/self/statm").exists(), reason="reads /proc"
)
@pytest.mark.soak
def test_memory_stays_flat():
    finished = subprocess.run(
        [sys.executable, HERE / "tuning_memory.py", "--trials", "50"],
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert finished.returncode == 0, finished.stderr[-4000:]
    ratio = float(finished.stdout.split("50 trials ")[1].split()[0])
    assert ratio < 1.1
