"""Metrics inside `compile`: the step, `evaluate`, `fit`, saving."""

import games
import keras
import numpy as np
import pytest
from keras import ops

import kgan
from kgan.metrics import FrechetDistance, ModeCoverage

BACKEND = keras.backend.backend()
POINT = np.float32([0.5, -1.0])


def constant_generator():
    """All its samples are POINT, so that scores have a closed form."""
    latents = keras.Input((3,))
    dense = keras.layers.Dense(
        2,
        kernel_initializer="zeros",
        bias_initializer=lambda shape, dtype=None: ops.convert_to_tensor(POINT),
    )
    return keras.Model(latents, dense(latents))


def constant_game(metrics, **options):
    gan = kgan.NonSaturatingGAN(constant_generator(), games.critic(), seed=1)
    gan.compile(metrics=metrics, **options)
    return gan


def distance_to_point(real):
    real = real.astype("float64")
    shift = real.mean(axis=0) - POINT
    return shift @ shift + np.trace(np.cov(real, rowvar=False))


SETTINGS = [
    {},
    # On JAX eager operations compile one by one.
    pytest.param(
        {"run_eagerly": True}, marks=pytest.mark.once("tensorflow", "torch")
    ),
]
if BACKEND != "torch":  # Where compilation takes minutes, or is not there.
    SETTINGS += [{"jit_compile": True}, {"steps_per_execution": 3}]


@pytest.mark.parametrize("kind", ["array", "tf.data", "loader"])
def test_evaluate_scores_every_sample(kind):
    real = games.points(21)
    gan = constant_game([FrechetDistance()])
    data = games.as_data(kind, real, 8)
    data.pop("shuffle", None)
    logs = gan.evaluate(**data, verbose=0, return_dict=True)
    expected = distance_to_point(real)
    assert logs["frechet_distance"] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("options", SETTINGS, ids=str)
def test_batch_size_and_compilation_have_no_part(options):
    real = games.points(45)
    gan = constant_game([FrechetDistance()], **options)
    for batch_size in (5, 15, 45):
        for _ in range(2):  # The second starts over.
            logs = gan.evaluate(
                real, batch_size=batch_size, verbose=0, return_dict=True
            )
            assert logs["frechet_distance"] == pytest.approx(
                distance_to_point(real), rel=1e-6
            )


def test_fit_logs_scores_and_callbacks_see_them(tmp_path):
    class Watch(keras.callbacks.Callback):
        seen = []

        def on_test_end(self, logs=None):
            self.seen.append(logs["frechet_distance"])

    real = games.points(64)
    gan = games.game(metrics=[FrechetDistance()], rate=0.5)
    watch = Watch()
    best = keras.callbacks.ModelCheckpoint(
        tmp_path / "best.keras",
        monitor="val_frechet_distance",
        mode="min",
        save_best_only=True,
    )
    history = gan.fit(
        games.points(128),
        batch_size=16,
        epochs=4,
        validation_data=real,
        callbacks=[watch, best],
        verbose=0,
    ).history
    scores = history["val_frechet_distance"]
    assert len(scores) == 4 and len(set(scores)) == 4
    assert watch.seen == scores
    assert "frechet_distance" not in history
    restored = keras.saving.load_model(tmp_path / "best.keras")
    logs = restored.evaluate(real, batch_size=16, verbose=0, return_dict=True)
    assert logs["frechet_distance"] == pytest.approx(min(scores), rel=1e-4)


def test_evaluate_returns_a_list_in_the_order_of_the_dict():
    real = games.points(32)
    gan = games.game(metrics=[FrechetDistance(), "mse"])
    logs = gan.evaluate(real, verbose=0, return_dict=True)
    assert list(logs)[-2:] == ["frechet_distance", "mean_squared_error"]
    assert gan.evaluate(real, verbose=0) == list(logs.values())
    batch = gan.test_on_batch(real, return_dict=True)
    assert set(batch) == set(logs)
    assert gan.test_on_batch(real)[-2] == pytest.approx(
        batch["frechet_distance"]
    )


def test_the_progress_bar_shows_the_score(capsys):
    games.game(metrics=[FrechetDistance()]).evaluate(games.points(32))
    assert "frechet_distance: " in capsys.readouterr().out


def test_the_extractor_runs_in_the_step():
    calls = []

    def in_step(x):
        calls.append(type(x).__name__)
        return x * ops.convert_to_tensor([2, 0.5], x.dtype)

    def on_arrays(x):
        return np.asarray(x) * np.float32([2, 0.5])

    real = games.points(40)
    shift = real.astype("float64").mean(axis=0) - POINT
    scale = np.array([2, 0.5])
    scaled = ((shift * scale) ** 2).sum() + (
        np.diag(np.cov(real.astype("float64"), rowvar=False)) * scale**2
    ).sum()
    gan = constant_game(
        [
            FrechetDistance(in_step, name="a"),
            FrechetDistance(on_arrays, name="b"),
            FrechetDistance(keras.layers.Rescaling([2.0, 0.5]), name="c"),
        ]
    )
    logs = gan.evaluate(real, batch_size=9, verbose=0, return_dict=True)
    for name in "abc":
        assert logs[name] == pytest.approx(scaled, rel=1e-5)
    # Traced or symbolic where steps are compiled, never one array.
    if BACKEND != "torch":
        assert not any("Eager" in call or "Array" in call for call in calls)


def test_num_samples_and_the_room_of_a_compiled_step(monkeypatch):
    real = games.points(50)
    gan = constant_game([FrechetDistance(num_samples=20)])
    logs = gan.evaluate(real, batch_size=8, verbose=0, return_dict=True)
    first = distance_to_point(real[:20])
    assert logs["frechet_distance"] == pytest.approx(first, rel=1e-6)

    monkeypatch.setattr("kgan.metrics.feature_store.CAPACITY", 30)
    gan = constant_game([FrechetDistance()])
    if BACKEND == "torch":  # Every step is eager and has room for all.
        logs = gan.evaluate(real, batch_size=8, verbose=0, return_dict=True)
        expected = distance_to_point(real)
    else:
        with pytest.warns(UserWarning, match="first 30 of 50"):
            logs = gan.evaluate(real, batch_size=8, verbose=0, return_dict=True)
        expected = distance_to_point(real[:30])
    assert logs["frechet_distance"] == pytest.approx(expected, rel=1e-6)


def test_a_diverged_generator_scores_nan_and_warns():
    gan = games.game(metrics=[FrechetDistance()])
    gan.generator.set_weights(
        [np.full_like(w, np.nan) for w in gan.generator.get_weights()]
    )
    with pytest.warns(UserWarning, match="32 fake samples.*diverged"):
        logs = gan.evaluate(games.points(32), verbose=0, return_dict=True)
    assert np.isnan(logs["frechet_distance"])


def test_errors_come_before_training():
    gan = games.game()
    before = games.weights(gan)
    images = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    with pytest.raises(ValueError, match="features.*Resizing"):
        gan.compile(metrics=[FrechetDistance(images)])
    with pytest.raises(ValueError, match="more than once: frechet_distance"):
        gan.compile(metrics=[FrechetDistance(), FrechetDistance()])
    with pytest.raises(ValueError, match="more than once: generator_loss"):
        gan.compile(metrics=[FrechetDistance(name="generator_loss")])
    with pytest.raises(ValueError, match="coordinates of the centres"):
        gan.compile(metrics=[ModeCoverage(np.eye(3), 0.1)])
    gan.compile(metrics=[FrechetDistance()])
    with pytest.raises(ValueError, match="`validation_data` is too small"):
        gan.fit(games.points(128), validation_data=games.points(1), verbose=0)
    assert games.distance(before, games.weights(gan)) == 0


def test_a_saved_run_keeps_metrics_and_extractor(tmp_path):
    extractor = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(4, "relu")]
    )
    ring = kgan.data.ring_of_gaussians()
    gan = games.game(
        metrics=[
            FrechetDistance(extractor, num_samples=30, name="fd"),
            FrechetDistance(extractor, name="shared"),
            ModeCoverage(ring.centres, 0.5, min_samples=2),
        ]
    )
    real = games.points(40)
    logs = gan.evaluate(real, verbose=0, return_dict=True)
    gan.save(tmp_path / "run.keras")
    restored = keras.saving.load_model(tmp_path / "run.keras")
    again = restored.evaluate(real, verbose=0, return_dict=True)
    assert again == pytest.approx(logs, rel=1e-5)
    assert set(again) >= {"fd", "modes_found", "good_share", "reverse_kl"}


def test_metrics_do_not_touch_the_training():
    trained = []
    for metrics in (None, [FrechetDistance()]):
        keras.utils.set_random_seed(0)
        gan = games.game(metrics=metrics)
        gan.fit(
            games.points(64),
            batch_size=16,
            epochs=2,
            validation_data=games.points(20),
            verbose=0,
        )
        trained.append(games.weights(gan))
    assert games.distance(*trained) == 0


def test_memory_of_a_compiled_metric_stays_flat():
    gan = games.game(metrics=[FrechetDistance()])
    counts = []
    for _ in range(3):
        gan.evaluate(games.points(40), verbose=0)
        counts.append(len(gan.scores.sample_metrics[0].variables))
    assert len(set(counts)) == 1
