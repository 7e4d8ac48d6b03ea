"""Bad data and arguments: a clear ValueError, and nothing has changed."""

import math

import games
import keras
import numpy as np
import pytest

import kgan

KINDS = games.KINDS
pytestmark = pytest.mark.filterwarnings("ignore:WGAN trains without")


def refused(gan, match, method="fit", **arguments):
    """The call raises, and weights, optimizers and usability remain."""
    before = games.weights(gan)
    state = games.numpy_of(gan.optimizer.variables)
    if method == "fit":
        arguments = {"verbose": 0, **arguments}
    with pytest.raises(ValueError, match=match) as caught:
        getattr(gan, method)(**arguments)
    assert "Received" in str(caught.value)
    assert games.distance(before, games.weights(gan)) == 0
    assert games.distance(state, games.numpy_of(gan.optimizer.variables)) == 0


def usable(gan):
    shape = (games.BATCH * gan.n_critic, *gan.discriminator.input_shape[1:])
    gan.fit(np.zeros(shape, "float32"), batch_size=games.BATCH, verbose=0)
    assert all(np.isfinite(w).all() for w in games.weights(gan))


def pixels(num=32):
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (num, 4, 4, 1)).astype("float32")


@pytest.mark.once("torch")
@pytest.mark.parametrize("kind", KINDS)
def test_pixels_in_0_255(kind):
    gan = games.image_game(n_critic=2)
    match = r"\[-1, 1\].*Received: values from.*255.*127\.5"
    refused(gan, match, **games.as_data(kind, pixels() * 127.5 + 127.5))
    usable(gan)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("kind", KINDS)
def test_value_that_is_not_finite_in_the_first_batch(kind, bad):
    gan = games.game()
    data = games.points(32)
    data[3, 1] = bad
    refused(gan, "finite.*Received", **games.as_data(kind, data))


@pytest.mark.parametrize("kind", KINDS)
def test_value_that_is_not_finite_in_a_later_step(kind):
    gan = games.game()
    data = games.points(96)
    data[90, 1] = math.nan
    before = games.weights(gan)
    with pytest.raises(ValueError, match="finite.*Received"):
        gan.fit(**games.as_data(kind, data), verbose=0)
    # Steps before the bad batch count; what it holds never reaches a weight.
    assert all(np.isfinite(w).all() for w in games.weights(gan))
    if kind == "array":
        assert games.distance(before, games.weights(gan)) == 0
    usable(gan)


@pytest.mark.parametrize("kind", ["loader", "pydataset"])
def test_data_that_goes_bad_in_the_second_epoch(kind):
    gan = games.game()
    data = games.points(32)
    arguments = games.as_data(kind, data)

    class Spoils(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            data[:] = math.nan
            self.kept = games.weights(self.model)

    spoils = Spoils()
    with pytest.raises(ValueError, match="finite.*Received"):
        gan.fit(**arguments, epochs=2, callbacks=[spoils], verbose=0)
    assert all(np.isfinite(w).all() for w in games.weights(gan))
    if kind == "pydataset":
        # A loader may have been read ahead, while its data was still good.
        assert games.distance(spoils.kept, games.weights(gan)) == 0
    usable(gan)


@pytest.mark.once("torch")
@pytest.mark.parametrize("place", [0, 30])
@pytest.mark.parametrize("kind", KINDS)
def test_evaluate_and_validation_refuse_bad_values(kind, place):
    gan = games.game()
    data = games.points(32)
    data[place, 0] = math.nan
    arguments = games.as_data(kind, data)
    arguments.pop("shuffle", None)
    refused(gan, "finite.*Received", "evaluate", verbose=0, **arguments)
    if place:
        validation = games.as_data(kind, data)["x"]
        with pytest.raises(ValueError, match="finite.*Received"):
            gan.fit(
                games.points(16),
                batch_size=8,
                validation_data=validation,
                verbose=0,
            )
        usable(gan)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "shape, match",
    [
        ((32, 4, 4), "batch axis.*channels"),
        ((32, 4, 4, 3), "Received: shape"),
        ((32, 5, 4, 1), "Received: shape"),
        ((32, 4, 4, 1, 1), "Received: shape"),
    ],
)
def test_shape_that_does_not_match(kind, shape, match):
    data = games.as_data(kind, np.zeros(shape, "float32"))
    refused(games.image_game(), match, **data)


def test_dataset_without_a_batch_axis():
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices(pixels())
    refused(games.image_game(), r"dataset\.batch", x=data)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "bool"])
@pytest.mark.parametrize("kind", KINDS)
def test_integer_images(kind, dtype):
    data = games.as_data(kind, np.zeros((32, 4, 4, 1), dtype))
    match = f"floating point.*Received: dtype={dtype}.*127.5"
    refused(games.image_game(), match, **data)


@pytest.mark.parametrize("kind", KINDS)
def test_empty_data(kind):
    if kind == "loader":
        pytest.skip("PyTorch's own sampler refuses an empty data set")
    data = games.as_data(kind, games.points(0))
    refused(games.game(), "(empty|too small).*Received", **data)
    arguments = games.as_data(kind, games.points(0))
    arguments.pop("shuffle", None)
    if kind not in ("tf.data", "unknown tf.data"):
        refused(games.game(), "empty.*Received", "evaluate", **arguments)


@pytest.mark.once("torch")
@pytest.mark.parametrize("num", [16, 37])
@pytest.mark.parametrize("kind", KINDS)
def test_fewer_samples_than_a_step(kind, num):
    """2 batches of the 5 that are needed; 5 of which the last is ragged."""
    gan = games.game("WGAN", n_critic=5)
    match = "too small for one step.*Received"
    if kind != "unknown tf.data":
        match = rf"too small.*Received: {num} samples.*needs 40\b"
    refused(gan, match, **games.as_data(kind, games.points(num)))
    usable(gan)


def image_generator(shape=(4, 4, 1)):
    latents = keras.Input((3,))
    x = keras.layers.Dense(math.prod(shape))(latents)
    return keras.Model(latents, keras.layers.Reshape(shape)(x))


def ending_in(make):
    samples = keras.Input((2,))
    return keras.Model(samples, make(samples))


def nested_sigmoid(samples):
    return keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(1, "sigmoid")]
    )(samples)


SIGMOIDS = {
    "dense": keras.layers.Dense(1, "sigmoid"),
    "tanh": keras.layers.Dense(1, "tanh"),
    "layer": lambda x: keras.layers.Activation("sigmoid")(
        keras.layers.Dense(1)(x)
    ),
    "operation": lambda x: keras.ops.sigmoid(keras.layers.Dense(1)(x)),
    "nested": nested_sigmoid,
    "wrapped": lambda x: keras.layers.SpectralNormalization(
        keras.layers.Dense(1, "sigmoid")
    )(x),
}


OF_LOGITS = [
    name
    for name, row in kgan.objectives.table().items()
    if row.has_discriminator and not row.model.takes_features
]


@pytest.mark.parametrize("end", SIGMOIDS)
@pytest.mark.parametrize("objective", OF_LOGITS)
def test_discriminator_of_probabilities(objective, end):
    with pytest.raises(ValueError, match="logits.*Received: .*(sigmoid|tanh)"):
        kgan.objectives.build(
            objective, games.generator(), ending_in(SIGMOIDS[end])
        )


@pytest.mark.once
@pytest.mark.parametrize(
    "make, match",
    [
        (lambda: games.critic(units=2), "one logit.*Received.*2"),
        (lambda: games.critic(width=3), "generator.output_shape.*3"),
        (lambda: ending_in(lambda x: [x, x]), "`discriminator`.*2 outputs"),
        (lambda: ending_in(lambda x: x), "one logit"),
        (
            lambda: keras.Sequential([keras.layers.Dense(1)]),
            "`discriminator`.*Received: 0 inputs.*keras.Input",
        ),
        (lambda: None, "`discriminator` must be a keras.Model.*Received"),
        (lambda: keras.layers.Dense(1), "`discriminator` must be a keras"),
    ],
)
def test_discriminator_that_does_not_fit(make, match):
    with pytest.raises(ValueError, match=match):
        kgan.GAN(games.generator(), make())


@pytest.mark.once
def test_generator_that_does_not_fit():
    with pytest.raises(ValueError, match="latents.*Received.*input_shape"):
        latents = keras.Input((2, 3))
        x = keras.layers.Flatten()(latents)
        kgan.GAN(keras.Model(latents, x), games.critic(width=6))
    with pytest.raises(ValueError, match="Received: .*output_shape"):
        kgan.GAN(image_generator(), games.critic())
    with pytest.raises(ValueError, match="`generator`.*Received: 0 inputs"):
        kgan.GAN(keras.Sequential([keras.layers.Dense(2)]), games.critic())


@pytest.mark.once
@pytest.mark.parametrize("value", [0, -1, 1.5, True, "5", None])
@pytest.mark.parametrize("objective", [*OF_LOGITS, "mmdgan"])
def test_n_critic_out_of_range(objective, value):
    with pytest.raises(ValueError, match="`n_critic`.*Received: n_critic="):
        row = kgan.objectives.table()[objective]
        row.model(
            games.generator(), games.critic(), n_critic=value, **row.arguments
        )


@pytest.mark.once
@pytest.mark.parametrize("seed", [-1, 1.5, True, "1", 2**31])
def test_seed_out_of_range(seed):
    with pytest.raises(ValueError, match="`seed`.*Received: seed="):
        kgan.GAN(games.generator(), games.critic(), seed=seed)
    if seed != 2**31:
        with pytest.raises(ValueError, match="`seed`.*Received: seed="):
            games.game().generate(2, seed=seed)


@pytest.mark.once
@pytest.mark.parametrize("name", ["num", "batch_size"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, None])
def test_generate_out_of_range(name, value):
    with pytest.raises(ValueError, match=f"`{name}`.*Received: {name}="):
        games.game().generate(**{"num": 2, name: value})


@pytest.mark.parametrize(
    "method", ["fit", "evaluate", "train_on_batch", "test_on_batch"]
)
def test_before_compile(method):
    gan = kgan.GAN(games.generator(), games.critic())
    with pytest.raises(ValueError, match=rf"compile\(\).*`{method}.*Received"):
        getattr(gan, method)(games.points(64))


@pytest.mark.parametrize("batch_size", [0, -8, 1.5, True, "8"])
def test_batch_size_out_of_range(batch_size):
    gan, data = games.game(), games.points(32)
    match = "`batch_size`.*Received: batch_size="
    refused(gan, match, x=data, batch_size=batch_size)
    refused(gan, match, "evaluate", x=data, batch_size=batch_size)
    refused(
        gan,
        match.replace("batch", "validation_batch"),
        x=data,
        batch_size=8,
        validation_data=data,
        validation_batch_size=batch_size,
    )


def test_batch_size_of_data_that_brings_its_own():
    for kind in KINDS[1:]:
        arguments = games.as_data(kind, games.points(32))
        match = "`batch_size` belongs to arrays.*Received: batch_size=8"
        refused(games.game(), match, **{**arguments, "batch_size": 8})


@pytest.mark.parametrize("name", ["sample_weight", "class_weight"])
def test_weights_of_samples(name):
    gan = games.game()
    arguments = {"x": games.points(32), name: np.ones(32)}
    refused(gan, f"`{name}`.*Received: {name}=", **arguments)
    refused(gan, f"`{name}`", "train_on_batch", **arguments)
    if name == "sample_weight":
        refused(gan, f"`{name}`", "evaluate", **arguments)
        refused(gan, f"`{name}`", "test_on_batch", **arguments)


@pytest.mark.parametrize("kind", ["tf.data", "generator", "pydataset"])
def test_elements_that_are_dicts(kind):
    rows = [{"image": b, "label": 0} for b in games.cut(games.points(32))]
    if kind == "tf.data":
        import tensorflow as tf

        image = tf.data.Dataset.from_tensor_slices({"image": games.points(32)})
        data = image.batch(8)
    else:
        data = games.Batches(rows) if kind == "pydataset" else iter(rows)
    refused(games.game(), r'dict with keys.*image.*row\["image"\]', x=data)


def test_things_that_are_no_data():
    rows = games.points(32).tolist()
    for data in (rows, games.cut(games.points(32)), None, "images", 3):
        for method in ("fit", "evaluate"):
            refused(games.game(), "`x` must be.*Received", method, x=data)
    objects = np.array([[0.1, 0.2]] * 32, dtype=object)
    refused(games.game(), "floating point.*Received: dtype=object", x=objects)
    refused(games.game(), "Received: dtype=", x=np.array([["a", "b"]] * 32))


def test_train_on_batch_of_the_wrong_size():
    gan = games.game(n_critic=2)
    match = "needs 2 batches.*Received: 7 samples"
    refused(gan, match, "train_on_batch", x=games.points(7))
    refused(gan, "Received", "train_on_batch", x=games.points(0))
    bad = games.points(8)
    bad[0, 0] = math.nan
    refused(gan, "finite", "train_on_batch", x=bad)
    refused(gan, "finite", "test_on_batch", x=bad)


@pytest.mark.parametrize("split", [1.0, -0.1, 1.5])
def test_validation_split_out_of_range(split):
    match = "`validation_split`.*Received"
    refused(games.game(), match, x=games.points(32), validation_split=split)


def test_validation_split_of_a_stream():
    data = games.as_data("generator", games.points(32))
    refused(games.game(), "`validation_data`", validation_split=0.5, **data)


def test_compile_refuses_what_it_cannot_do():
    gan = games.game()
    shared = keras.optimizers.Adam()
    with pytest.raises(ValueError, match="own.*Received: one object.*two"):
        gan.compile(shared, shared)
    for value in (0, -1, 1.5, "2"):
        with pytest.raises(ValueError, match="`steps_per_execution`"):
            gan.compile(steps_per_execution=value)
    for metrics in ("mse", keras.metrics.Mean()):
        with pytest.raises(ValueError, match="`metrics`.*Received: metrics="):
            gan.compile(metrics=metrics)


@pytest.mark.once
def test_float16_is_refused():
    for policy in ("mixed_float16", "float16"):
        samples = keras.Input((2,))
        x = keras.layers.Dense(4, dtype=policy)(samples)
        critic = keras.Model(samples, keras.layers.Dense(1)(x))
        with pytest.raises(ValueError, match="float16.*Received.*bfloat16"):
            kgan.GAN(games.generator(), critic)
