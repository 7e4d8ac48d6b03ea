"""Trains on several replicas and compares with NumPy; run by a test.

    python distributed.py devices|own|job

Two CPU devices of one process; these in a scope of the backend's own (another
process, as TensorFlow mixes up the sums of two strategies in one); or this
process among several of a job, as the environment says. Prints one line of
JSON.
"""

import json
import sys

import games
import keras
import numpy as np
import test_algorithm

import kgan
from kgan import backend

BACKEND = keras.backend.backend()
if BACKEND == "tensorflow":
    import tensorflow as tf
if BACKEND == "tensorflow" and sys.argv[1:] in (["devices"], ["own"]):
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 2,
    )

KINDS = ("array", "tf.data", "generator", "pydataset", "loader")


def distances():
    """Of the weights to NumPy's, for each objective and kind of data."""
    found = {}
    for objective in ("WGAN", "GAN", "NonSaturatingGAN"):
        for kind in KINDS if objective == "WGAN" else ("array",):
            make = (
                test_algorithm.rmsprop
                if objective == "WGAN"
                else test_algorithm.adam
            )
            clip = 0.3 if objective == "WGAN" else None
            found[f"{objective}, {kind}"] = test_algorithm.difference(
                objective, 2, make, clip, kind=kind
            )
    return found


def noisy():
    """A game with dropout and batch normalization, trained and scored."""
    keras.utils.set_random_seed(3)
    gan = kgan.WGAN(
        games.noisy_generator(), games.noisy_critic(), n_critic=2, seed=4
    )
    gan.compile(
        keras.optimizers.SGD(0.1),
        keras.optimizers.SGD(0.1),
        metrics=["mse", kgan.metrics.FrechetDistance()],
    )
    fitted = gan.fit(
        games.points(5 * 2 * 16),
        batch_size=16,
        callbacks=[kgan.callbacks.WeightClip(0.5)],
        validation_data=games.points(37),
        validation_batch_size=16,
        verbose=0,
    )
    logs = {name: float(values[-1]) for name, values in fitted.history.items()}
    state = games.numpy_of([*gan.variables, *gan.optimizer.variables])
    return logs, [float(np.abs(array).sum()) for array in state]


def scores():
    """Logs of an evaluation whose last batch does not divide."""
    gan = games.game("WGAN", metrics=["mse", kgan.metrics.FrechetDistance()])
    for network in (gan.generator, gan.discriminator):
        rng = np.random.default_rng(1)
        network.set_weights(
            [rng.standard_normal(w.shape) for w in network.weights]
        )
    logs = {}
    # Of the last, one replica has a row and the other none.
    for num in (32, 37, 33):
        got = gan.evaluate(
            games.points(num), batch_size=16, verbose=0, return_dict=True
        )
        logs |= {f"{name} of {num}": value for name, value in got.items()}
    return logs


def latents():
    """Rows of one training draw by all replicas that are here."""
    gan = games.game("WGAN")
    seed = gan._training_seed
    if BACKEND == "jax":
        rows = [gan.sample_latents(8, seed)]
    elif BACKEND == "tensorflow":
        strategy = tf.distribute.get_strategy()
        drawn = strategy.run(lambda: gan.sample_latents(4, seed))
        rows = strategy.experimental_local_results(drawn)
    else:
        with backend.torch._replica_of(gan):
            rows = [gan.sample_latents(4, seed)]
    return np.concatenate([keras.ops.convert_to_numpy(r) for r in rows])


def uneven(kind):
    """What a batch of 15 samples for 2 replicas is told."""
    gan = games.game("WGAN", n_critic=1)
    try:
        gan.fit(**games.as_data(kind, games.points(30), 15), verbose=0)
    except ValueError as error:
        return str(error)
    return "trained"


def sharded():
    """Distance of a model whose processes each pass a share of the data."""
    index = kgan.distribution.process_index()
    rows = 16 // kgan.distribution.num_processes()
    samples = games.points(64)
    share = samples.reshape(4, 16, 2)[:, index * rows : (index + 1) * rows]
    found = []
    for cut, data in ((False, samples), (True, share.reshape(-1, 2))):
        keras.utils.set_random_seed(8)
        with kgan.distribution.scope(sharded_data=cut):
            gan = games.game("NonSaturatingGAN")
            gan.fit(
                data,
                batch_size=rows if cut else 16,
                shuffle=False,
                verbose=0,
            )
        found.append(games.weights(gan))
    return games.distance(*found)


def own_scopes():
    """Of the weights to NumPy's in a scope of the backend's own."""
    if BACKEND == "tensorflow":
        own = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope()
    else:
        own = keras.distribution.DataParallel().scope()
    with own:
        gan = games.game("GAN")
        scores = gan.evaluate(games.points(33), batch_size=16, verbose=0)
        assert np.isfinite(scores).all()
        return test_algorithm.difference("WGAN", 2, test_algorithm.rmsprop, 0.3)


def main():
    if sys.argv[1] == "own":
        print(json.dumps(own_scopes()))
        return
    # Each model of a process may have its own scope.
    with kgan.distribution.scope():
        logs, state = noisy()
    with kgan.distribution.scope():
        print(
            json.dumps(
                {
                    "replicas": kgan.distribution.num_replicas(),
                    "index": kgan.distribution.process_index(),
                    "distances": distances(),
                    "logs": logs,
                    "state": state,
                    "scores": scores(),
                    "latents": latents().tolist(),
                    "sharded": sharded() if BACKEND != "tensorflow" else None,
                    "uneven": [uneven(k) for k in KINDS],
                }
            )
        )


if __name__ == "__main__":
    main()
