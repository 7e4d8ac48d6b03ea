"""Each metric inside `compile` scores as it does on arrays, on each backend.

What a score is, and against which reference, has separate tests for each
metric; they need no backend.
"""

import games
import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import kgan
from kgan import metrics

IMAGE = (16, 16, 1)


def classifier():
    images = keras.Input(IMAGE)
    x = keras.layers.Flatten()(images)
    features = keras.layers.Dense(6, "tanh", name="features")(x)
    logits = keras.layers.Dense(10, name="logits")(features)
    return keras.Model(images, [features, logits])


# Each with the arguments that make it quick, and the shape of its samples.
CASES = {
    "ClassifierScore": (IMAGE, lambda: [classifier(), True, 3]),
    "ClassifierTwoSampleTest": ((2,), lambda: [None, LogisticRegression()]),
    "DensityCoverage": ((2,), lambda: [twice]),
    "FrechetDistance": ((2,), lambda: [twice]),
    "KernelDistance": ((2,), lambda: [twice, 10, 9]),
    "MSSSIM": (IMAGE, list),
    "MaximumMeanDiscrepancy": ((2,), lambda: [twice, None, 20]),
    "ModeCoverage": ((2,), lambda: [games.points(4, seed=5), 0.5]),
    "PrecisionRecall": ((2,), lambda: [twice]),
    "PyramidSlicedWasserstein": (IMAGE, lambda: [4, 7, 16]),
    "SlicedWasserstein": ((2,), lambda: [twice, 16]),
    "StackedModeCoverage": (IMAGE, lambda: [classifier()]),
    "Wasserstein1": ((2,), lambda: [twice]),
}


def twice(x):
    """Features that only the step computes: not those of NumPy arrays."""
    return keras.ops.multiply(x, 2.0)


def of_shape(shape):
    """Metrics of all cases of a shape, made alike at each call."""
    keras.utils.set_random_seed(3)
    return {
        name: getattr(metrics, name)(*arguments())
        for name, (its_shape, arguments) in CASES.items()
        if its_shape == shape
    }


def game(shape, given):
    """An untrained GAN whose samples differ from each other."""
    latents = keras.Input((games.LATENT_DIM,))
    wide = keras.initializers.RandomNormal(stddev=1.0, seed=4)
    units = int(np.prod(shape))
    x = keras.layers.Dense(units, "tanh", kernel_initializer=wide)(latents)
    seen = keras.Input(shape)
    logits = keras.layers.Dense(1)(keras.layers.Flatten()(seen))
    gan = kgan.GAN(
        keras.Model(latents, keras.layers.Reshape(shape)(x)),
        keras.Model(seen, logits),
        seed=1,
    )
    gan.compile(metrics=given)
    return gan


class Watch(metrics.SampleMetric):
    """Keeps the samples that the metrics beside it see."""

    def compute(self, real, fake):
        self.fake = np.reshape(fake, (len(fake), -1))
        return 0.0


@pytest.mark.parametrize("shape", [(2,), IMAGE], ids=["points", "images"])
def test_scores_are_those_of_the_same_samples_on_arrays(shape):
    given = of_shape(shape)
    watch = Watch(name="watch")
    gan = game(shape, [*given.values(), watch])
    width = int(np.prod(shape))
    real = np.tanh(games.points(33, width, seed=2)).reshape(33, *shape)
    # The last batch is ragged.
    logs = gan.evaluate(real, batch_size=8, verbose=0, return_dict=True)
    fake = watch.fake.reshape(33, *shape)
    assert len(np.unique(watch.fake, axis=0)) == 33
    for name, alone in of_shape(shape).items():
        alone.update_state(real, fake)
        want = alone.result()
        if not isinstance(want, dict):
            want = {alone.name: want}
        assert want, name
        for key, value in want.items():
            assert np.isfinite(value), key
            assert logs[key] == pytest.approx(value, rel=1e-4, abs=1e-6), key


def test_each_metric_is_tested():
    public = {
        name
        for name, value in vars(metrics).items()
        if isinstance(value, type) and issubclass(value, metrics.SampleMetric)
    }
    assert public - {"SampleMetric"} == set(CASES)
