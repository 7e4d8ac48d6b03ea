"""Images per second, scores by the minute, and extractors of bytes."""

import csv

import keras
import numpy as np
import pytest

import kgan
from kgan.scripts import pace

pytestmark = pytest.mark.once


class Clock:
    """A clock that each reading moves by a second and a half."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        self.now += 1.5
        return self.now


@pytest.fixture
def gan(monkeypatch):
    monkeypatch.setattr(pace, "time", Clock())
    generator = kgan.architectures.mlp_generator(2, 2, [4])
    critic = kgan.architectures.mlp_discriminator(2, [4])
    model = kgan.WGANGP(generator, critic, n_critic=2, seed=0)
    model.compile(run_eagerly=True)
    return model


def fit(gan, directory, first, last):
    gan.fit(
        np.zeros((18, 2), "float32"),
        batch_size=3,
        validation_data=np.zeros((3, 2), "float32"),
        initial_epoch=first,
        epochs=last,
        callbacks=[kgan.scripts.Pace(directory, "val_wasserstein_estimate")],
        verbose=0,
    )
    with (directory / "pace.csv").open() as file:
        return list(csv.DictReader(file))


def test_rows_are_of_training_alone_and_go_on(gan, tmp_path):
    rows = fit(gan, tmp_path, 0, 2)
    assert [row["epoch"] for row in rows] == ["1", "2"]
    # Three steps of two updates of three images; the clock was stopped once.
    assert [float(row["images"]) for row in rows] == [18, 36]
    assert [float(row["minutes"]) for row in rows] == [0.05, 0.1]
    assert [float(row["images_per_second"]) for row in rows] == [6, 6]
    scores = [float(row["val_wasserstein_estimate"]) for row in rows]
    assert np.isfinite(scores).all()
    rows = fit(gan, tmp_path, 1, 3)
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert float(rows[-1]["minutes"]) == pytest.approx(0.15)
    assert len(fit(gan, tmp_path, 0, 1)) == 1
    (tmp_path / "pace.csv").write_text("epoch\nmany\n")
    with pytest.raises(ValueError, match="the minutes start over"):
        fit(gan, tmp_path, 1, 2)


def test_an_extractor_of_bytes_is_given_bytes(tmp_path):
    pixels = keras.Input((4, 4, 3))
    features = keras.layers.Flatten()(pixels)
    logits = keras.layers.Dense(2)(features)
    network = keras.Model(pixels, [features, logits], name="of_bytes")
    network.save(tmp_path / "x.keras")
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        extractor = kgan.scripts.extractor(tmp_path / "x.keras", (4, 4, 3))
    finally:
        keras.config.set_dtype_policy(policy)
    # Generated pixels lie between the bytes.
    stored = np.random.default_rng(0).uniform(0, 255, (5, 4, 4, 3))
    images = (stored / 127.5 - 1).astype("float32")
    found, _ = extractor.predict(images, verbose=0)
    np.testing.assert_allclose(found, stored.reshape(5, -1), atol=1e-3)
    assert extractor.name == "of_bytes"
    weights = kgan.scores.weights_hash(network)
    assert kgan.scores.weights_hash(extractor) == weights
    with pytest.raises(ValueError, match="Received"):
        kgan.scripts.extractor(tmp_path / "none.keras", (4, 4, 3))
