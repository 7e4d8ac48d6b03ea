"""A diverged training stops, and says so when it cannot."""

import keras
import numpy as np
import pytest

import kgan


def make_gan(learning_rate):
    gan = kgan.GAN(
        kgan.architectures.mlp_generator(2, 2, [4]),
        kgan.architectures.mlp_discriminator(2, [4]),
        seed=0,
    )
    gan.compile(
        keras.optimizers.SGD(learning_rate), keras.optimizers.SGD(learning_rate)
    )
    return gan


class CountSteps(keras.callbacks.Callback):
    count = 0

    def on_train_batch_end(self, batch, logs=None):
        self.count += 1


def steps_run(learning_rate, samples):
    count = CountSteps()
    callbacks = [kgan.callbacks.TerminateOnNaN(), count]
    gan = make_gan(learning_rate)
    gan.fit(samples, batch_size=100, callbacks=callbacks, verbose=0)
    return count.count


def test_diverged_training_stops(samples):
    assert steps_run(1e30, samples) < 20


def test_sound_training_goes_on(samples):
    assert steps_run(1e-3, samples) == 20


def test_raises_when_asked_to(samples):
    callback = kgan.callbacks.TerminateOnNaN(raise_error=True)
    with pytest.raises(RuntimeError, match="NaN or Inf loss"):
        make_gan(1e30).fit(
            samples, batch_size=100, callbacks=[callback], verbose=0
        )


@pytest.mark.once("torch")
def test_keras_own_callback_is_warned_of(samples):
    with pytest.warns(UserWarning, match=r"kgan\.callbacks\.TerminateOnNaN"):
        make_gan(1e-3).fit(
            np.asarray(samples),
            callbacks=[keras.callbacks.TerminateOnNaN()],
            verbose=0,
        )
