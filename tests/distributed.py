"""Trains on two CPU devices inside `scope()`, and on one; run by a test.

Prints the number of replicas and the largest difference of any weight.
"""

import sys

import keras
import numpy as np

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 2,
    )

import contextlib

import games

import kgan


def train(objective, distributed):
    scope = kgan.distribution.scope if distributed else contextlib.nullcontext
    with scope():
        gan = getattr(kgan, objective)(
            games.generator(), games.critic(), n_critic=2, seed=4
        )
        rng = np.random.default_rng(2)
        for network in (gan.generator, gan.discriminator):
            network.set_weights(
                [rng.standard_normal(w.shape) for w in network.weights]
            )
        gan.compile(
            keras.optimizers.SGD(0.1),
            keras.optimizers.SGD(0.1),
            metrics=["mse", kgan.metrics.FrechetDistance()],
        )
        gan.fit(
            games.points(5 * 2 * 16),
            batch_size=16,
            callbacks=[kgan.callbacks.WeightClip(0.5)],
            validation_data=games.points(32),
            validation_batch_size=16,
            verbose=0,
        )
        logs = gan.evaluate(games.points(32), verbose=0, return_dict=True)
        weights = [
            *gan.generator.get_weights(),
            *gan.discriminator.get_weights(),
        ]
    return weights, logs


if __name__ == "__main__":
    (one, logs), (two, logs_of_two) = (
        train(sys.argv[1], distributed) for distributed in (False, True)
    )
    weights = max(np.abs(a - b).max() for a, b in zip(one, two, strict=True))
    log = max(abs(logs[name] - logs_of_two[name]) for name in logs)
    print(kgan.distribution.num_replicas(), weights, log)
