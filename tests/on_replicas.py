"""Trains layers with losses, and games with penalties, on two replicas.

Run by a test of `test_layer_losses`:

    python on_replicas.py devices|job

Prints one line of JSON: distances to NumPy, and to one replica.
"""

import json
import sys

import games
import keras
import numpy as np
import scheduled_games
import test_augmentation_probability
import test_games_and_penalties
import test_labels
import test_layer_losses
import test_spectral_normalization

import kgan

if games.BACKEND == "tensorflow" and sys.argv[1] == "devices":
    import tensorflow as tf

    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 2,
    )


def beside_averages(real):
    """Weights of a critic whose moving averages move beside a loss."""
    latents = keras.Input((games.LATENT_DIM,))
    # The same fakes whatever the latents, which differ between replicas.
    constant = keras.layers.Dense(2, kernel_initializer="zeros")
    constant.trainable = False
    samples = keras.Input((2,))
    x = keras.layers.Dense(6, "tanh", activity_regularizer="l2")(samples)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Dense(5, "tanh", activity_regularizer="l2")(x)
    x = keras.layers.BatchNormalization()(test_layer_losses.AddsLoss()(x))
    critic = keras.Model(samples, keras.layers.Dense(1)(x))
    rng = np.random.default_rng(3)
    critic.set_weights([0.5 + rng.random(w.shape) for w in critic.weights])
    gan = kgan.GAN(keras.Model(latents, constant(latents)), critic, seed=1)
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    gan.fit(real, batch_size=len(real), shuffle=False, epochs=3, verbose=0)
    return games.weights(gan)


def averaged(real):
    """Weights of a generator's average."""
    keras.utils.set_random_seed(3)
    gan = kgan.R3GAN(
        games.generator(),
        games.critic(),
        seed=1,
        gamma=1.0,
        average=kgan.Average(half_life=40, ramp_up=0.5),
    )
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    gan.fit(real, batch_size=8, shuffle=False, verbose=0)
    return gan.averaged_generator.get_weights()


def main():
    points = games.points(64)
    one = averaged(points) if sys.argv[1] == "devices" else None
    rows = games.points(8) * np.float32([1, 3])
    expected = beside_averages(rows) if sys.argv[1] == "devices" else None
    with kgan.distribution.scope():
        weights, losses, _, _ = test_layer_losses.run()
        # Both replicas have the same rows, and so the same statistics.
        got = beside_averages(np.concatenate([rows, rows]))
        played = {
            objective: test_games_and_penalties.difference(objective, [], 2)
            for objective in ("WGANGP", "R3GAN")
        }
        average = averaged(points)
        rate_and_beta = scheduled_games.difference()
        probability = test_augmentation_probability.difference()
        labelled = max(
            test_labels.difference(objective, names, 2)
            for objective, names in (("R3GAN", []), ("GAN", ["R1"]))
        )
        normalized = test_spectral_normalization.difference(["critic"], True, 2)
        print(
            json.dumps(
                {
                    "replicas": kgan.distribution.num_replicas(),
                    "weights": weights,
                    "losses": float(losses),
                    "beside averages": games.distance(got, expected or got),
                    "average": games.distance(average, one or average),
                    "labelled": labelled,
                    "rate and beta": rate_and_beta,
                    "probability": probability,
                    "normalized": normalized,
                    **played,
                }
            )
        )


if __name__ == "__main__":
    main()
