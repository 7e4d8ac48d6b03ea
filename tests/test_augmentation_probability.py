"""The probability of the adaptive augmentation, against that by hand."""

import games
import keras
import numpy as np
import pytest
from keras import ops

import kgan
from kgan.augmentations import AdaptiveAugment


class Probabilities(keras.callbacks.Callback):
    """Keeps p after each step."""

    def on_train_begin(self, logs=None):
        self.found = []

    def on_train_batch_end(self, batch, logs=None):
        state = self.model.progress.variables()
        p = state.get("augmentation_probability")
        if p is not None:
            self.found.append(float(ops.convert_to_numpy(p)))


def game(augmentation, n_critic=2, **options):
    """Whose critic, of no learning rate, calls bright images real."""
    latents = keras.Input((3,))
    x = keras.layers.Dense(16, "tanh")(latents)
    generator = keras.Model(latents, keras.layers.Reshape((4, 4, 1))(x))
    seen = keras.Input((4, 4, 1))
    logits = keras.layers.Dense(1, use_bias=False)
    critic = keras.Model(seen, logits(keras.layers.Flatten()(seen)))
    critic.set_weights([np.full((16, 1), 1 / 16)])
    gan = kgan.NonSaturatingGAN(
        generator,
        critic,
        n_critic=n_critic,
        seed=3,
        augmentation=augmentation,
    )
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.0), **options)
    return gan


def bright_or_dark(steps, n_critic=2, batch=8, seed=5):
    """Batches of images that are one gray each, more of them bright first."""
    rng = np.random.default_rng(seed)
    count = steps * n_critic * batch
    chance = np.linspace(1.0, 0.5, count)
    gray = np.where(rng.uniform(size=count) < chance, 0.5, -0.5)
    return np.tile(gray[:, None, None, None], (1, 4, 4, 1)).astype("float32")


def by_hand(real, interval=2, images=100.0, n_critic=2, batch=8, target=0.6):
    """p after each step: mirrored, an image stays as it is."""
    signs = (
        np.sign(real[:, 0, 0, 0].astype("float64"))
        .reshape(-1, n_critic, batch)
        .mean(axis=2)
    )
    p, found = 0.0, []
    for step in range(1, len(signs) + 1):
        if step % interval == 0:
            r = signs[step - interval : step].mean()
            p += np.sign(r - target) * batch * interval / images
            p = min(max(p, 0.0), 1.0)
        found.append(p)
    return found


def control(**options):
    return AdaptiveAugment("mirror", interval=2, images=100, **options)


def fit(gan, real, **options):
    record = Probabilities()
    history = gan.fit(
        real,
        batch_size=8,
        shuffle=False,
        verbose=0,
        callbacks=[record],
        **options,
    ).history
    return record.found, history


def difference():
    """Largest distance of p to that by hand, after any of some steps."""
    real = bright_or_dark(24)
    found, _ = fit(game(control()), real)
    return float(np.abs(np.array(found) - by_hand(real)).max())


EAGERLY = pytest.param(
    {"run_eagerly": True}, marks=pytest.mark.once("torch"), id="eagerly"
)


@pytest.mark.parametrize("options", [{}, EAGERLY])
def test_p_follows_the_discriminator(options):
    real = bright_or_dark(24)
    expected = by_hand(real)
    assert max(expected) > 0.3 and expected[-1] < max(expected)
    found, history = fit(game(control(), **options), real)
    assert found == pytest.approx(expected, abs=1e-6)
    # What is logged is the mean over the steps of the p that each had.
    logged = np.mean([0.0, *expected[:-1]])
    assert history["augmentation_p"] == pytest.approx([logged], abs=1e-6)


@pytest.mark.once
def test_p_is_a_probability():
    real = np.full((8 * 2 * 20, 4, 4, 1), 0.5, "float32")
    augment = AdaptiveAugment("mirror", interval=1, images=25)
    rising, _ = fit(game(augment), real)
    assert rising[:4] == pytest.approx([0.32, 0.64, 0.96, 1.0])
    assert rising[-1] == 1.0
    falling, _ = fit(game(augment), -real)
    assert set(falling) == {0.0}


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, EAGERLY])
def test_p_goes_on_exactly(tmp_path, options):
    real = bright_or_dark(21)
    # Half of an interval: the accumulated signs matter.
    first, second = real[: 11 * 16], real[11 * 16 :]
    whole = game(control(), **options)
    fit(whole, first)
    whole.save(tmp_path / "run.keras")
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    config = loaded.augmentation.get_config()
    assert config == whole.augmentation.get_config()
    found = [fit(gan, second)[0] for gan in (whole, loaded)]
    assert found[0] == found[1]
    assert found[0] == pytest.approx(by_hand(real)[11:], abs=1e-6)
    states = (
        games.numpy_of([*gan.variables, *gan.optimizer.variables])
        for gan in (whole, loaded)
    )
    assert games.distance(*states) == 0


@pytest.mark.slow
def test_p_of_a_schedule(tmp_path):
    schedule = kgan.schedules.Linear(0.0, 0.8, images=64)
    gan = game(AdaptiveAugment("translation", schedule), n_critic=1)
    real = bright_or_dark(16, 1)
    _, history = fit(gan, real, epochs=2)
    steps = np.minimum(np.arange(32) * 8 / 64, 1.0) * 0.8
    expected = steps.reshape(2, 16).mean(axis=1)
    assert history["augmentation_p"] == pytest.approx(expected, abs=1e-6)
    gan.save(tmp_path / "run.keras")
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    _, history = fit(loaded, real)
    assert history["augmentation_p"] == pytest.approx([0.8])
    scores = loaded.evaluate(real, verbose=0, return_dict=True)
    assert "augmentation_p" not in scores


@pytest.mark.once
def test_a_fixed_p_is_not_logged():
    _, history = fit(game(AdaptiveAugment("mirror", 0.5)), bright_or_dark(2))
    assert "augmentation_p" not in history
