"""Scores by classifiers, counted by hand; Inception without its weights."""

import games
import keras
import numpy as np
import pytest
from keras import ops

import kgan
from kgan.metrics import FrechetDistance, NotFiniteError
from kgan.metrics.classifier_score import ClassifierScore
from kgan.metrics.inception import inception_features
from kgan.metrics.stacked_mode_coverage import StackedModeCoverage

pytestmark = pytest.mark.once

METRICS = (ClassifierScore, StackedModeCoverage)
SHAPE = (4, 4, 1)


def model(form="list"):
    images = keras.Input(SHAPE)
    x = keras.layers.Flatten()(images)
    features = keras.layers.Dense(6, "tanh", name="features")(x)
    logits = keras.layers.Dense(10, name="logits")(features)
    if form == "dict":
        return keras.Model(images, {"logits": logits, "features": features})
    return keras.Model(images, [features, logits])


def logits_of(classifier, images):
    """The model above, in NumPy."""
    weights = [np.asarray(w, "float64") for w in classifier.get_weights()]
    x = np.asarray(images, "float64").reshape(len(images), 16)
    return np.tanh(x @ weights[0] + weights[1]) @ weights[2] + weights[3]


def inception_score(logits, num_splits):
    """As in the paper's code: probabilities, then the parts in a loop."""
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    values = []
    for i in range(num_splits):
        start = i * len(p) // num_splits
        part = p[start : (i + 1) * len(p) // num_splits]
        kl = part * (np.log(part) - np.log(part.mean(axis=0)[None]))
        values.append(np.exp(kl.sum(axis=1).mean()))
    return np.mean(values)


def score(metric, fake, batch=None, real=None):
    real = fake if real is None else real
    batch = batch or len(fake)
    for start in range(0, len(fake), batch):
        stop = start + batch
        metric.update_state(real[start:stop], fake[start:stop])
    return metric.result()


def uniform(num, shape=SHAPE):
    rng = np.random.default_rng(num)
    return rng.uniform(-3, 3, (num, *shape)).astype("float32")


@pytest.mark.parametrize("batch", [1, 7, None])
def test_score_equals_the_papers_code_whatever_the_batch(batch):
    classifier, images = model(), uniform(55)
    metric = ClassifierScore(classifier, num_splits=4)
    expected = inception_score(logits_of(classifier, images), 4)
    assert 1.05 < expected < 10
    assert score(metric, images, batch) == pytest.approx(expected, rel=1e-5)


def test_every_kind_of_classifier():
    images = uniform(40)
    classifier, named = model(), model("dict")
    named.set_weights(classifier.get_weights())
    last = keras.Model(classifier.inputs, classifier.outputs[1])
    soft = keras.Sequential([last, keras.layers.Softmax()])

    def on_arrays(x):
        return logits_of(classifier, np.asarray(x))

    def on_tensors(x):
        return {"logits": last(x), "samples": x}

    expected = inception_score(on_arrays(images), 2)
    for form in (classifier, named, last, on_arrays, on_tensors):
        metric = ClassifierScore(form, num_splits=2)
        assert score(metric, images, 9) == pytest.approx(expected, rel=1e-4)
    metric = ClassifierScore(soft, False, num_splits=2)
    assert score(metric, images, 9) == pytest.approx(expected, rel=1e-4)


def samples_as_scores(x):
    return x


def test_closed_forms():
    """Samples are the classifier's output themselves."""
    for from_logits in (True, False):
        metric = ClassifierScore(samples_as_scores, from_logits)
        scale = 1e3 if from_logits else 1
        certain = np.eye(5)[np.arange(100) % 5] * scale
        assert score(metric, certain) == pytest.approx(5, rel=1e-6)
        metric.reset_state()
        # In the order of the samples each part is of one class only.
        in_order = np.eye(5)[np.arange(100) // 20] * scale
        assert score(metric, in_order) == pytest.approx(1, rel=1e-6)
        metric.reset_state()
        alike = np.tile([[0.1, 0.2, 0.3, 0.4]], (30, 1))
        metric = ClassifierScore(samples_as_scores, from_logits)
        same = np.log(alike) if from_logits else alike
        assert score(metric, same) == pytest.approx(1, rel=1e-6)
    # Two classes, certain of one and undecided: ln 2 + ... by hand.
    half = np.tile([[1, 0], [0.5, 0.5]], (10, 1))
    kl = (np.log(1 / 0.75) + 0.5 * np.log(0.5 / 0.75) + 0.5 * np.log(2)) / 2
    metric = ClassifierScore(samples_as_scores, False, num_splits=1)
    assert score(metric, half) == pytest.approx(np.exp(kl), rel=1e-6)


def test_logits_and_probabilities_are_told_apart():
    with pytest.raises(ValueError, match="sums from .*from_logits=True"):
        score(ClassifierScore(model(), from_logits=False), uniform(20))
    negative = np.tile([[-0.5, 1.5]], (20, 1))
    with pytest.raises(ValueError, match="smallest output -0.5"):
        score(ClassifierScore(samples_as_scores, False), negative)
    with pytest.warns(UserWarning, match="pass from_logits=False"):
        score(ClassifierScore(samples_as_scores), np.eye(4)[[0, 1, 2, 3] * 5])


def levels(images):
    """A classifier: the mean of an image is its class, 0 to 9."""
    means = ops.mean(images, axis=(1, 2, 3))
    return -ops.square(means[:, None] - ops.arange(10, dtype="float32"))


def levels_on_arrays(images):
    images = np.asarray(images)
    return -((images.mean(axis=(1, 2, 3))[:, None] - np.arange(10)) ** 2)


def stacked(classes):
    """Images 2x3 whose channels have those classes, `(num, channels)`."""
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, (len(classes), 2, 3, 1))
    return (np.asarray(classes)[:, None, None] + noise).astype("float32")


@pytest.mark.parametrize("classifier", [levels, levels_on_arrays])
@pytest.mark.parametrize("batch", [1, 7, None])
def test_modes_counted_by_hand(classifier, batch):
    classes = [[1, 2, 3]] * 4 + [[3, 2, 1]] * 2 + [[9, 9, 9], [0, 0, 0]]
    result = score(StackedModeCoverage(classifier), stacked(classes), batch)
    shares = np.array([4, 2, 1, 1]) / 8
    expected = (shares * np.log(shares * 1000)).sum()
    assert result == pytest.approx(
        {"modes_found": 4, "reverse_kl": expected}, rel=1e-9
    )


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_mode_of_any_channels(channels):
    axes = np.meshgrid(*[np.arange(10)] * channels)
    classes = np.stack(axes, axis=-1).reshape(-1, channels)
    result = score(StackedModeCoverage(levels), stacked(classes))
    assert result["modes_found"] == 10**channels
    assert result["reverse_kl"] == pytest.approx(0, abs=1e-12)
    collapsed = stacked(classes[-1:]).repeat(5, axis=0)
    result = score(StackedModeCoverage(levels), collapsed)
    assert result["modes_found"] == 1
    assert result["reverse_kl"] == pytest.approx(channels * np.log(10))


def test_channels_are_classified_alone():
    classifier, images = model(), uniform(60, (4, 4, 3))
    classes = [
        logits_of(classifier, images[..., i]).argmax(axis=1) for i in range(3)
    ]
    _, counts = np.unique(np.stack(classes), axis=1, return_counts=True)
    shares = counts / 60
    result = score(StackedModeCoverage(classifier), images, 11)
    assert result["modes_found"] == len(counts) > 10
    expected = (shares * np.log(1000 * shares)).sum()
    assert result["reverse_kl"] == pytest.approx(expected, rel=1e-9)


def test_shares_of_the_real_samples():
    real = stacked([[1, 2]] * 6 + [[2, 1]] * 3 + [[5, 5]])
    fake = stacked([[1, 2]] * 5 + [[2, 1]] * 5)
    metric = StackedModeCoverage(levels, "empirical")
    expected = 0.5 * np.log(0.5 / 0.6) + 0.5 * np.log(0.5 / 0.3)
    result = score(metric, fake, 4, real)
    assert result == pytest.approx({"modes_found": 2, "reverse_kl": expected})
    for sets, value in (((real, real), 0), ((fake, real), np.inf)):
        metric.reset_state()
        metric.update_state(*sets)
        assert metric.result()["reverse_kl"] == pytest.approx(value)


def test_only_a_number_is_kept_of_an_image():
    metric = StackedModeCoverage(levels)
    metric.update_state(stacked([[1, 2, 3]]), stacked([[1, 2, 3]]))
    assert metric._stores["fake"].read().tolist() == [[123]]


@pytest.mark.parametrize("kind", METRICS)
def test_not_finite(kind):
    fake = uniform(30)
    fake[4, 1, 2, 0] = np.nan
    with pytest.raises(NotFiniteError, match="1 of 30 fake"):
        score(kind(model()), fake, 8)


@pytest.mark.parametrize("kind", METRICS)
def test_bad_input(kind):
    with pytest.raises(ValueError, match="`classifier`.*load_model"):
        kind("inception")
    other = np.zeros((3, 8, 8, 1), "float32")
    with pytest.raises(
        ValueError, match=r"`classifier` does not.*input_shape=.*Resizing"
    ):
        score(kind(model()), other)
    for wrong in (lambda x: x, lambda x: x[:, 0, 0, :1]):
        with pytest.raises(ValueError, match="`classifier` must return scores"):
            score(kind(wrong), other)
    with pytest.raises(ValueError, match="needs at least"):
        kind(model()).result()
    metric = kind(model())
    score(metric, uniform(20))
    with pytest.raises(ValueError, match=r"built for samples of shape \(4,"):
        score(metric, other)


def test_bad_arguments():
    with pytest.raises(ValueError, match="from_logits='no'"):
        ClassifierScore(levels, "no")
    with pytest.raises(ValueError, match="num_splits"):
        ClassifierScore(levels, num_splits=0)
    with pytest.raises(ValueError, match="at least 10"):
        ClassifierScore(levels, num_samples=9)
    with pytest.raises(ValueError, match="at least 10 fake.*Received: 9"):
        score(ClassifierScore(model()), uniform(9))
    with pytest.raises(ValueError, match="real_shares='other'"):
        StackedModeCoverage(levels, "other")
    for shape in ((5, 2), (5, 4, 4, 5), (5, 4, 4)):
        with pytest.raises(ValueError, match="1 to 4 channels"):
            score(StackedModeCoverage(levels), np.zeros(shape, "float32"))


def stacked_game(metrics):
    latents = keras.Input((3,))
    x = keras.layers.Dense(
        48, kernel_initializer=keras.initializers.RandomNormal(stddev=2.0)
    )(latents)
    images = keras.layers.Reshape((4, 4, 3))(x)
    seen = keras.Input((4, 4, 3))
    logits = keras.layers.Dense(1)(keras.layers.Flatten()(seen))
    gan = kgan.GAN(
        keras.Model(latents, images), keras.Model(seen, logits), seed=1
    )
    gan.compile(metrics=metrics)
    return gan


def test_in_compile_and_in_a_saved_run(tmp_path):
    colours = keras.Sequential([keras.Input((4, 4, 3))])
    colours.add(keras.layers.Flatten())
    colours.add(keras.layers.Dense(7, name="logits"))
    digits, fakes = model(), []

    def watch(x):
        fakes.append(np.asarray(x))
        return np.asarray(x).reshape(len(x), -1)

    gan = stacked_game(
        [
            ClassifierScore(colours, num_splits=3, num_samples=45),
            StackedModeCoverage(digits, name="stacked"),
            StackedModeCoverage(digits, "empirical", name="empirical"),
        ]
    )
    real = uniform(46, (4, 4, 3)) / 3
    logs = gan.evaluate(real, batch_size=10, verbose=0, return_dict=True)
    gan.save(tmp_path / "run.keras")
    # The same latents, and so the same fakes, for a metric fed by hand.
    gan.compile(metrics=[ClassifierScore(watch)])
    gan.evaluate(real, batch_size=10, verbose=0)
    fake = fakes[-1]
    metric = ClassifierScore(colours, num_splits=3, num_samples=45)
    alone = score(metric, fake)
    assert logs["classifier_score"] == pytest.approx(alone, rel=1e-5)
    for real_shares, name in (("uniform", "stacked"), ("empirical",) * 2):
        alone = score(StackedModeCoverage(digits, real_shares), fake, real=real)
        assert alone["modes_found"] > 3
        for key, value in alone.items():
            assert logs[f"{name}_{key}"] == pytest.approx(value, rel=1e-6)
    restored = keras.saving.load_model(tmp_path / "run.keras")
    again = restored.evaluate(real, batch_size=10, verbose=0, return_dict=True)
    assert again == pytest.approx(logs, rel=1e-4)


@keras.saving.register_keras_serializable(package="test_classifier_metrics")
def registered(images):
    return ops.reshape(images, (-1, 16))[:, :10]


@pytest.mark.parametrize("kind", METRICS)
def test_restored_from_its_config(kind):
    option = {"num_splits": 3, "from_logits": True}
    if kind is StackedModeCoverage:
        option = {"real_shares": "empirical"}
    metric = kind(registered, num_samples=25, name="own", **option)
    copy = kind.from_config(metric.get_config())
    images = uniform(30)
    assert score(metric, images) == score(copy, images)
    assert copy.keys() == metric.keys()
    assert copy.get_config() == metric.get_config()


@pytest.fixture
def pixels(monkeypatch):
    """Instead of Inception: a network that returns some of its pixels."""
    made = []

    def network(**arguments):
        made.append(arguments)
        images = keras.Input(arguments["input_shape"])
        x = keras.layers.AveragePooling2D(23)(images)
        return keras.Model(images, keras.layers.Reshape((13 * 13 * 3,))(x))

    monkeypatch.setattr(keras.applications, "InceptionV3", network)
    return made


def test_inception_is_given_colours_of_its_size(pixels):
    images = np.clip(uniform(2, (13, 13, 1)), -1, 1)
    inception = inception_features(None, image_shape=(13, 13, 1))
    made = ops.convert_to_numpy(inception(images)).reshape(2, 13, 13, 3)
    # A pixel of 13 is 23 of 299. Of its 23 bilinear weights' mean, 6 / 8 are
    # its own and 1 / 8 each neighbour's, but for 1 part in 4 x 23^2.
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), "edge")
    rows = (padded[:, :-2] + 6 * padded[:, 1:-1] + padded[:, 2:]) / 8
    expected = (rows[:, :, :-2] + 6 * rows[:, :, 1:-1] + rows[:, :, 2:]) / 8
    np.testing.assert_allclose(made, np.repeat(expected, 3, axis=-1), atol=2e-3)
    assert pixels[0] == {
        "include_top": False,
        "weights": None,
        "input_shape": (299, 299, 3),
        "pooling": "avg",
    }


def test_inception_leaves_its_own_size_alone(pixels):
    images = np.clip(uniform(1, (299, 299, 3)), -1, 1)
    made = ops.convert_to_numpy(inception_features(None)(images))
    expected = images.reshape(1, 13, 23, 13, 23, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(made, expected.reshape(1, -1), atol=1e-5)


def test_inception_features_score_samples(pixels):
    metric = FrechetDistance(inception_features(None, (8, 8, 1)))
    images = np.clip(uniform(5, (8, 8, 1)), -1, 1)
    assert score(metric, images) == pytest.approx(0, abs=1e-6)


@pytest.mark.slow
@pytest.mark.skipif(
    games.BACKEND == "jax", reason="Compiles for minutes; no separate code."
)
def test_inception_itself():
    inception = inception_features(weights=None, image_shape=(16, 16, 1))
    assert inception.output_shape == (None, 2048)
    features = ops.convert_to_numpy(inception(uniform(2, (16, 16, 1)) / 3))
    assert features.shape == (2, 2048) and np.isfinite(features).all()
    assert np.abs(features[0] - features[1]).max() > 0


def test_inception_without_a_network(monkeypatch):
    def fail(**arguments):
        raise Exception("URL fetch failure on https://example.org: None")

    monkeypatch.setattr(keras.applications, "InceptionV3", fail)
    monkeypatch.setenv("KERAS_HOME", "some_folder")
    with pytest.raises(
        ValueError,
        match=r"URL fetch failure.*copy Keras's inception_v3_weights_tf_dim_"
        r"ordering_tf_kernels_notop.h5 to some_folder.models.incep.*weights=",
    ):
        inception_features()


def test_inception_from_no_such_file():
    with pytest.raises(ValueError, match=r"`weights` could.*'missing.h5'"):
        inception_features("missing.h5")


@pytest.mark.parametrize(
    "image_shape", [(32, 32), (32, 32, 2), (0, 32, 3), (3.5, 32, 3), 32, "abc"]
)
def test_inception_of_bad_shapes(image_shape):
    with pytest.raises(ValueError, match="`image_shape` must be"):
        inception_features(None, image_shape)
