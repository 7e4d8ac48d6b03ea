"""Clips that would do something else than what was asked are refused."""

import itertools

import games
import keras
import numpy as np
import pytest

import kgan

WeightClip = kgan.callbacks.WeightClip
pytestmark = pytest.mark.filterwarnings("ignore:WGAN trains without")


@pytest.mark.parametrize(
    "value", [1e-50, 1e-39, np.float64(1e-45), 1e39, 10**400], ids=str
)
def test_a_value_that_float32_does_not_hold(value):
    with pytest.raises(ValueError, match="`clip_value`.*Received: clip_value="):
        WeightClip(value)
    gan = games.game()
    with pytest.raises(ValueError, match="`clip_value`.*Received: clip_value="):
        gan.clip_weights(value)
    assert gan.clip_value is None


def test_the_smallest_normal_number_is_taken():
    WeightClip(2e-38)


@pytest.mark.once("torch")
@pytest.mark.parametrize("bad", [0.0, "0.1", None, float("nan"), 1e-50])
def test_a_schedule_that_goes_bad_is_refused_before_training(bad):
    gan = games.game("WGAN")
    before = games.weights(gan)
    clip = WeightClip(lambda epoch: bad if epoch == 2 else 0.1)
    with pytest.raises(ValueError, match="`clip_value`.*at epoch 2"):
        gan.fit(
            games.points(32),
            batch_size=8,
            epochs=3,
            callbacks=[clip],
            verbose=0,
        )
    assert games.distance(before, games.weights(gan)) == 0
    # Where that epoch is not trained, nothing is wrong.
    gan.fit(
        games.points(32), batch_size=8, epochs=2, callbacks=[clip], verbose=0
    )


def test_a_schedule_that_changes_its_mind_loses_nothing():
    gan = games.game("WGAN")
    values = itertools.chain([0.1] * 4, itertools.repeat(0.0))
    clip = WeightClip(lambda epoch: next(values))
    with pytest.raises(ValueError, match="`clip_value`.*at epoch 1"):
        gan.fit(
            games.points(32),
            batch_size=8,
            epochs=2,
            callbacks=[clip],
            verbose=0,
        )
    assert np.isfinite(
        np.concatenate([*map(np.ravel, games.weights(gan))])
    ).all()
    gan.fit(games.points(32), batch_size=8, verbose=0)


def test_a_frozen_critic():
    critic = games.critic()
    critic.trainable = False
    gan = kgan.WGAN(games.generator(), critic, n_critic=1)
    gan.compile()
    match = "`WeightClip`.*Received: a critic without any.*trainable = True"
    with pytest.raises(ValueError, match=match):
        gan.fit(
            games.points(16), batch_size=8, callbacks=[WeightClip()], verbose=0
        )


@pytest.mark.once("tensorflow")
@pytest.mark.parametrize("policy", ["float32", "bfloat16", "mixed_bfloat16"])
def test_the_share_at_the_bound(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        gan = games.game("WGAN", n_critic=1)
    finally:
        keras.config.set_dtype_policy(before)
    rng = np.random.default_rng(0)
    gan.critic.set_weights(
        [0.2 * rng.standard_normal(w.shape) for w in gan.critic.weights]
    )
    clip = 0.1
    share = gan.fit(
        games.points(16),
        batch_size=8,
        callbacks=[WeightClip(clip)],
        verbose=0,
    ).history["clipped_share"][-1]
    sizes = np.concatenate(
        [
            np.abs(keras.ops.convert_to_numpy(keras.ops.cast(v, "float32")))
            for v in gan.critic.trainable_variables
        ],
        axis=None,
    )
    # Of weights drawn from a continuous law, only clipped ones are equal.
    expected = (sizes == sizes.max()).mean()
    assert abs(sizes.max() - clip) < 1e-3
    assert 0.1 < expected < 1
    assert share == pytest.approx(expected)
