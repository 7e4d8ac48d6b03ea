"""The score file that `fit` leaves: of the last validated epoch, and whole."""

import warnings

import games
import keras
import numpy as np
import pytest

import kgan
from kgan.callbacks import Checkpoint, Scores

HELD_OUT = games.points(24, seed=3)


def game(**options):
    gan = kgan.NonSaturatingGAN(
        games.generator(), games.critic(), seed=1, **options
    )
    gan.compile(
        keras.optimizers.SGD(0.05),
        keras.optimizers.SGD(0.05),
        metrics=[kgan.metrics.SlicedWasserstein(num_projections=8)],
    )
    return gan


def fit(gan, *callbacks, epochs=2, **options):
    options = {"validation_data": HELD_OUT} | options
    return gan.fit(
        games.points(32),
        batch_size=8,
        epochs=epochs,
        callbacks=list(callbacks),
        verbose=0,
        **options,
    ).history


def written(path, **options):
    return Scores(path, dataset="points", split="test", **options)


@pytest.mark.once("tensorflow")
@pytest.mark.parametrize("average", [None, 0.5])
def test_file_is_what_evaluate_of_the_saved_model_would_stamp(
    tmp_path, average
):
    path = tmp_path / "new" / "scores.json"
    gan = game(average=average)
    checkpoint = Checkpoint(tmp_path)
    history = fit(gan, written(path), checkpoint)
    record = kgan.scores.read(path)
    (score,) = record["scores"].values()
    assert score == history["val_sliced_wasserstein"][-1]
    gan.evaluate(HELD_OUT, batch_size=8, verbose=0)
    again = kgan.scores.stamp_model(gan, dataset="points", split="test")
    for part in ("scores", "protocol"):
        assert again[part] == record[part]
    assert record["protocol"]["num_real"] == len(HELD_OUT)
    assert record["run"]["seed"] == 1 and record["run"]["step"] == 8
    saved = keras.saving.load_model(tmp_path / "generator.keras")
    assert record["run"]["generator_sha256"] == kgan.scores.weights_hash(saved)
    kgan.scores.compare(record, again)  # Raises where protocols differ.


@pytest.mark.once
def test_file_follows_the_epochs_that_are_validated(tmp_path):
    path = tmp_path / "scores.json"
    steps = []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            exists = path.exists()
            record = kgan.scores.read(path) if exists else None
            steps.append(exists and record["run"]["step"])

    fit(game(), written(path), Look(), epochs=5, validation_freq=2)
    assert steps == [False, 8, 8, 16, 16]


@pytest.mark.once
def test_a_finished_run_that_is_called_again_keeps_its_file(tmp_path):
    path = tmp_path / "scores.json"
    fit(game(), written(path), Checkpoint(tmp_path))
    before = path.read_bytes()
    fit(game(), written(path), Checkpoint(tmp_path))
    assert path.read_bytes() == before
    fit(game(), written(path), Checkpoint(tmp_path), epochs=3)
    assert kgan.scores.read(path)["run"]["step"] == 12


@pytest.mark.once
def test_scores_that_are_not_finite_leave_the_file(tmp_path):
    path = tmp_path / "scores.json"
    fit(game(), written(path), epochs=1)
    before = path.read_bytes()
    broken = game()
    weights = [np.full_like(w, np.nan) for w in broken.generator.get_weights()]
    broken.generator.set_weights(weights)
    with pytest.warns(UserWarning, match="score that is not finite") as told:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*not defined for samples with")
            fit(broken, written(path), epochs=1)
    assert told and path.read_bytes() == before


@pytest.mark.once
def test_what_cannot_be_written_is_told_before_training(tmp_path):
    gan = game()
    with pytest.raises(ValueError, match="`dataset` must be a name"):
        Scores(tmp_path / "s.json", dataset="", split="test")
    with pytest.raises(ValueError, match="`split` must be a name"):
        Scores(tmp_path / "s.json", dataset="points", split=3)
    with pytest.raises(
        ValueError, match="`path` must be a string or a pathlib"
    ):
        Scores(3, dataset="points", split="test")
    before = games.weights(gan)
    for callback, match in (
        (written(tmp_path), "`path`.*Received"),
        (written(tmp_path / "s.json", image_size=0), "`image_size`"),
    ):
        with pytest.raises(ValueError, match=match):
            fit(gan, callback)
    gan.compile()
    with pytest.raises(ValueError, match="`compile`.*Received.*metrics="):
        fit(gan, written(tmp_path / "s.json"))
    assert games.distance(before, games.weights(gan)) == 0


@pytest.mark.once
def test_fit_without_validation_says_that_there_are_no_scores(tmp_path):
    path = tmp_path / "scores.json"
    with pytest.warns(UserWarning, match="no epoch was validated.*to `fit`"):
        fit(game(), written(path), epochs=1, validation_data=None)
    assert not path.exists()


@pytest.mark.once
def test_a_full_disk_stops_no_training(tmp_path, monkeypatch):
    path = tmp_path / "scores.json"
    gan = game()

    def full(record, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kgan.scores, "write", full)
    with pytest.warns(UserWarning, match="scores of epoch 1 could not be writ"):
        fit(gan, written(path), epochs=1)
    assert int(gan.optimizer.iterations.numpy()) == 4


@pytest.mark.once
def test_samples_are_scored_in_chunks_by_their_seeds(tmp_path):
    gan = game(average=0.5)
    fit(gan, epochs=1)
    ring = kgan.data.ring_of_gaussians()

    def coverage():
        return kgan.metrics.ModeCoverage(ring.centres, 1.0)

    record = kgan.scores.score_samples(
        gan,
        [coverage()],
        num=25,
        seed=7,
        chunk=10,
        dataset="ring",
        split="known density",
        path=tmp_path / "scores.json",
    )
    by_hand = coverage()
    for seed, num in ((7, 10), (17, 10), (27, 5)):
        samples = gan.generate(num, seed=seed)
        by_hand.update_state(samples, samples)
    assert record["scores"] == pytest.approx(by_hand.result())
    assert record["protocol"]["num_fake"] == 25
    assert record["run"]["seed"] == 7
    assert kgan.scores.read(tmp_path / "scores.json") == record
    hashed = kgan.scores.weights_hash(gan.averaged_generator)
    assert record["run"]["generator_sha256"] == hashed
    with pytest.raises(ValueError, match="`num` must be a positive integer"):
        kgan.scores.score_samples(gan, [], num=0, seed=1)
    with pytest.raises(ValueError, match="`model` must be a kgan model"):
        kgan.scores.stamp_model(None, dataset="a", split="b")
