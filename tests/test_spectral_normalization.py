"""kgan's spectral normalization against NumPy, PyTorch's and autograd."""

import autograd_reference as reference
import games
import keras
import numpy as np
import pytest
import test_games_and_penalties as parity
import torch
from keras import layers, ops

import kgan
from kgan import backend
from kgan.layers import SpectralNormalization, bake
from kgan.layers.nested import inner_layers

BATCH = 8


def numpy_of(tensor):
    return np.array(ops.convert_to_numpy(ops.stop_gradient(tensor)))


def built(layer, shape, seed=3):
    wrapper = SpectralNormalization(layer)
    wrapper.build(shape)
    rng = np.random.default_rng(seed)
    for weight in wrapper.weights:
        weight.assign(rng.standard_normal(weight.shape))
    return wrapper


def iterate(wrapper, times):
    for _ in range(times):
        for variable, value in wrapper.state_after_update():
            variable.assign(value)


# Layers, the shape of what they take, and the kernel as a matrix of columns
# of outputs.
KERNELS = {
    "Dense": (
        lambda: layers.Dense(5),
        (None, 7),
        lambda kernel: kernel,
    ),
    "Conv1D": (
        lambda: layers.Conv1D(5, 3),
        (None, 8, 2),
        lambda kernel: kernel.reshape(-1, 5),
    ),
    "Conv2D": (
        lambda: layers.Conv2D(5, 3, strides=2),
        (None, 8, 8, 2),
        lambda kernel: kernel.reshape(-1, 5),
    ),
    "Conv2DTranspose": (
        lambda: layers.Conv2DTranspose(5, 3),
        (None, 4, 4, 2),
        lambda kernel: np.moveaxis(kernel, 2, -1).reshape(-1, 5),
    ),
    "DepthwiseConv2D": (
        lambda: layers.DepthwiseConv2D(3, depth_multiplier=2),
        (None, 8, 8, 2),
        lambda kernel: kernel.reshape(9, 4),
    ),
    "Embedding": (
        lambda: layers.Embedding(6, 4),
        (None,),
        lambda kernel: kernel,
    ),
}


@pytest.mark.parametrize("name", KERNELS)
def test_sigma_is_the_largest_singular_value(name):
    make, shape, matrix = KERNELS[name]
    wrapper = built(make(), shape)
    assert wrapper.u.shape == (matrix(numpy_of(wrapper.raw_kernel)).shape[1],)
    assert wrapper.u.dtype == "float32" and not wrapper.u.trainable
    iterate(wrapper, 300)
    expected = np.linalg.norm(matrix(numpy_of(wrapper.raw_kernel)), 2)
    assert abs(numpy_of(wrapper.sigma()) - expected) < 1e-5 * expected


def test_golden_numbers():
    wrapper = built(layers.Dense(2, use_bias=False), (None, 2))
    wrapper.layer.kernel.assign([[3.0, 0.0], [4.0, 5.0]])
    wrapper.u.assign([1.0, 0.0])
    assert abs(numpy_of(wrapper.sigma()) - 6.40312424) < 1e-6
    outputs = numpy_of(wrapper(np.ones((1, 2), "float32")))
    np.testing.assert_allclose(outputs, [[7, 5]] / np.float64(6.40312424), 1e-6)
    iterate(wrapper, 1)
    np.testing.assert_allclose(
        numpy_of(wrapper.u), [0.78086881, 0.62469505], atol=1e-6
    )
    iterate(wrapper, 50)
    assert abs(numpy_of(wrapper.sigma()) - 6.70820393) < 1e-6


def test_a_call_assigns_nothing():
    wrapper = built(layers.Dense(5), (None, 7))
    before = wrapper.get_weights()
    wrapper(games.points(4, 7), training=True)
    assert games.distance(before, wrapper.get_weights()) == 0


@pytest.mark.parametrize("name", ["Dense", "Conv2D", "Conv2DTranspose"])
def test_gradient_is_the_formula_in_float64(name):
    make, shape, matrix = KERNELS[name]
    # On the others, Keras 3.15 multiplies matrices in float32 only.
    is_exact = keras.backend.backend() == "tensorflow"
    dtype, tolerance = ("float64", 1e-12) if is_exact else ("float32", 1e-5)
    layer = make()
    layer = type(layer).from_config({**layer.get_config(), "dtype": dtype})
    wrapper = built(layer, shape)
    rng = np.random.default_rng(1)
    inputs = rng.standard_normal((4, *shape[1:])).astype(dtype)
    outputs = numpy_of(wrapper(inputs))
    weights = rng.standard_normal(outputs.shape).astype(dtype)

    def gradient(kernel, function):
        return numpy_of(
            backend.value_and_gradients(
                lambda values: (
                    ops.sum(function(values[0]) * ops.array(weights)),
                    (),
                ),
                [kernel],
            )[1][0]
        )

    def with_kernel(of, variable):
        def function(value):
            mapping = [
                (v, value if v is variable else v.value) for v in of.variables
            ]
            with keras.StatelessScope(state_mapping=mapping):
                return of(ops.array(inputs))

        return function

    kernel = wrapper.layer.kernel
    raw = numpy_of(kernel).astype("float64")
    found = gradient(kernel.value, with_kernel(wrapper, kernel))
    u = numpy_of(wrapper.u).astype("float64")
    v = matrix(raw) @ u
    v /= np.linalg.norm(v)
    u = matrix(raw).T @ v
    u /= np.linalg.norm(u)
    sigma = v @ matrix(raw) @ u
    plain = type(layer).from_config(layer.get_config())
    plain.build(shape)
    plain.set_weights([raw / sigma, numpy_of(layer.bias)])
    by_normalized = matrix(
        gradient(plain.kernel.value, with_kernel(plain, plain.kernel))
    )
    inner = (by_normalized * matrix(raw)).sum() / sigma
    expected = (by_normalized - inner * np.outer(v, u)) / sigma
    np.testing.assert_allclose(matrix(found), expected, atol=tolerance)
    np.testing.assert_allclose(outputs, numpy_of(plain(inputs)), atol=tolerance)


@pytest.mark.once
def test_sigma_is_that_of_pytorch():
    from torch.nn.utils import parametrizations

    torch.manual_seed(0)
    theirs = parametrizations.spectral_norm(torch.nn.Linear(7, 5))
    wrapper = built(layers.Dense(5), (None, 7))
    state = theirs.parametrizations.weight
    raw = state.original.detach()
    wrapper.layer.set_weights(
        [raw.numpy().T, theirs.bias.detach().numpy()],
    )
    wrapper.u.assign(state[0]._u.numpy().copy())
    inputs = games.points(4, 7)
    for _ in range(5):
        # Theirs takes v for the next u, where ours begins with u.
        v = raw.T @ state[0]._u
        state[0]._v.copy_(v / v.norm())
        expected = (raw @ state[0]._v).norm()
        theirs.train()
        theirs(torch.tensor(inputs))
        assert abs(float(expected) - numpy_of(wrapper.sigma())) < 1e-6
        iterate(wrapper, 1)
        np.testing.assert_allclose(
            numpy_of(wrapper.u), state[0]._u.numpy(), atol=1e-6
        )
    iterate(wrapper, 100)
    for _ in range(100):
        theirs(torch.tensor(inputs))
    theirs.eval()
    np.testing.assert_allclose(
        numpy_of(wrapper(inputs)),
        theirs(torch.tensor(inputs)).detach().numpy(),
        atol=1e-6,
    )


def networks(normalized):
    """Both networks and their weights in float64; those named normalize."""
    keras.utils.set_random_seed(3)  # Of u.
    rng = np.random.default_rng(12)

    def network(width, out, name):
        def dense(*arguments):
            layer = layers.Dense(*arguments)
            return SpectralNormalization(layer) if name in normalized else layer

        inputs = keras.Input((width,))
        x = dense(8, "tanh")(inputs)
        model = keras.Model(inputs, dense(out)(x), name=name)
        kind = reference.Normalized if name in normalized else list
        weights = kind(
            (0.4 * rng.standard_normal(w.shape)).astype("float32")
            for w in model.trainable_weights
        )
        for variable, value in zip(
            model.trainable_weights, weights, strict=True
        ):
            variable.assign(value)
        weights = kind(w.astype("float64") for w in weights)
        if name in normalized:
            us = [w for w in model.weights if not w.trainable]
            weights.us = [numpy_of(u).astype("float64") for u in us]
        return model, weights

    return network(parity.LATENT_DIM, 2, "generator"), network(2, 1, "critic")


def difference(normalized, penalty, n_critic, **options):
    (generator, generator_weights), (critic, critic_weights) = networks(
        normalized
    )
    penalties, expected_penalties = [], []
    if penalty:
        penalties = [kgan.penalties.R1(0.7), kgan.penalties.R2(0.7)]
        expected_penalties = [
            parity.expected_penalty("R1"),
            parity.expected_penalty("R2"),
        ]
    gan = kgan.NonSaturatingGAN(
        generator,
        critic,
        n_critic=n_critic,
        seed=parity.SEED,
        penalties=penalties,
    )
    rate = 0.02
    gan.compile(
        keras.optimizers.SGD(rate), keras.optimizers.SGD(rate), **options
    )
    rng = np.random.default_rng(5)
    real = rng.standard_normal((parity.STEPS * n_critic * BATCH, 2)) + 1
    real = real.astype("float32")
    gan.fit(real, batch_size=BATCH, shuffle=False, verbose=0)
    expected = reference.train(
        "NonSaturatingGAN",
        expected_penalties,
        generator_weights,
        critic_weights,
        iter(np.split(real.astype("float64"), parity.STEPS * n_critic)),
        parity.draws([None] * len(penalties)),
        n_critic,
        parity.STEPS,
        rate,
    )
    return max(
        float(np.abs(numpy_of(got) - want).max())
        for model, weights in zip((generator, critic), expected, strict=True)
        for got, want in zip(model.trainable_weights, weights, strict=True)
    )


@parity.every_way
@pytest.mark.parametrize("penalty", [False, True])
def test_training_is_that_of_the_paper(penalty, n_critic, run_eagerly):
    found = difference(["critic"], penalty, n_critic, run_eagerly=run_eagerly)
    assert found < 5e-6


@pytest.mark.once
def test_both_networks_may_normalize():
    assert difference(["generator", "critic"], False, 2) < 5e-6


def small_game(**options):
    (generator, _), (critic, _) = networks(["generator", "critic"])
    gan = kgan.NonSaturatingGAN(generator, critic, seed=1, **options)
    gan.compile(keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.01))
    return gan


def test_penalties_share_their_pass():
    gan = small_game(penalties=[kgan.penalties.R1(1.0), kgan.penalties.R2(1.0)])
    calls = []
    call = gan.discriminator.layers[1].layer.call
    vars(gan.discriminator.layers[1].layer)["call"] = lambda x, **options: (
        calls.append(x.shape[0]),
        call(x, **options),
    )[1]
    game = kgan.game.Game(
        gan, games.points(4), {"latents": ops.ones((4, parity.LATENT_DIM))}
    )
    game.will_differentiate([game.real, game.fake])
    for tensor in (game.real_logits, game.fake_logits):
        assert tensor.shape == (4, 1)
    game.input_gradients(game.real)
    assert calls == [8]


@pytest.mark.once
@pytest.mark.slow
def test_resumed_run_is_the_uninterrupted_one(tmp_path):
    samples = games.points(64)
    whole = small_game(average=0.9)
    whole.fit(samples, batch_size=BATCH, epochs=4, verbose=0)
    started = small_game(average=0.9)
    checkpoint = kgan.callbacks.Checkpoint(tmp_path)
    options = {"batch_size": BATCH, "verbose": 0}
    started.fit(samples, epochs=2, callbacks=[checkpoint], **options)
    gone_on = small_game(average=0.9)
    for network in (gone_on.generator, gone_on.discriminator):
        network.set_weights([0 * w for w in network.get_weights()])
    gone_on.fit(
        samples,
        epochs=4,
        callbacks=[kgan.callbacks.Checkpoint(tmp_path)],
        **options,
    )
    assert games.distance(games.weights(whole), games.weights(gone_on)) == 0
    averaged = [
        gan.averaged_generator.get_weights() for gan in (whole, gone_on)
    ]
    assert games.distance(*averaged) == 0
    us = [
        [w for w in g.weights if w.name == "u"]
        for g in (whole.averaged_generator, whole.generator)
    ]
    assert games.distance(*map(games.numpy_of, us)) == 0
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    assert games.distance(games.weights(whole), games.weights(loaded)) == 0
    generator = keras.saving.load_model(tmp_path / "generator.keras")
    assert {type(layer) for layer in generator.layers} == {
        layers.InputLayer,
        layers.Dense,
    }
    latents = games.points(4, parity.LATENT_DIM)
    np.testing.assert_allclose(
        numpy_of(generator(latents)),
        numpy_of(whole.averaged_generator(latents)),
        atol=1e-6,
    )


@pytest.mark.once
def test_bake():
    images = keras.Input((8, 8, 2))
    x = SpectralNormalization(layers.Conv2D(4, 3, activation="relu"))(images)
    x = layers.BatchNormalization()(x)
    shared = SpectralNormalization(layers.Dense(4))
    x = shared(shared(x))
    inner = keras.Sequential(
        [
            keras.Input((6, 6, 4)),
            SpectralNormalization(layers.Conv2DTranspose(3, 3)),
        ],
        name="inner",
    )
    labels = keras.Input((), dtype="int32")
    embedded = SpectralNormalization(layers.Embedding(5, 3))(labels)
    x = layers.Add()([inner(x), layers.Reshape((1, 1, 3))(embedded)])
    model = keras.Model([images, labels], x)
    copy = bake(model)
    rng = np.random.default_rng(0)
    taken = [
        rng.standard_normal((2, 8, 8, 2)).astype("float32"),
        np.array([1, 4], "int32"),
    ]
    taken = [ops.array(part) for part in taken]
    np.testing.assert_allclose(
        numpy_of(copy(taken)), numpy_of(model(taken)), atol=1e-6
    )
    assert not any(
        isinstance(layer, SpectralNormalization) for layer in inner_layers(copy)
    )
    for wrong in (layers.Dense(1), None, keras.Sequential([layers.Dense(1)])):
        with pytest.raises(ValueError, match="`model` must be .* Received: "):
            bake(wrong)


def test_conditional_networks_know_their_classes():
    samples, labels = keras.Input((2,)), keras.Input((), dtype="int32")
    x = SpectralNormalization(layers.Dense(4, "tanh"))(samples)
    embedded = SpectralNormalization(layers.Embedding(3, 4))(labels)
    logits = layers.Dense(1)(layers.Add()([x, embedded]))
    critic = keras.Model([samples, labels], logits)
    gan = kgan.GAN(
        games.generator(), critic, seed=1, penalties=[kgan.penalties.R1(1.0)]
    )
    gan.compile()
    assert kgan.labels.num_classes(critic) == 3
    before = [numpy_of(w) for w in critic.weights if w.name == "u"]
    gan.fit(games.points(32), np.arange(32) % 3, batch_size=8, verbose=0)
    after = [numpy_of(w) for w in critic.weights if w.name == "u"]
    assert all(
        np.abs(a - b).max() > 1e-4 for a, b in zip(before, after, strict=True)
    )


def test_mixed_precision_has_sigma_in_float32():
    dtype = keras.DTypePolicy("mixed_bfloat16")
    wrapper = built(layers.Dense(5, dtype=dtype), (None, 7))
    plain = built(layers.Dense(5), (None, 7))
    assert numpy_of(wrapper.sigma()) == numpy_of(plain.sigma())
    assert (
        wrapper(games.points(4, 7)).dtype
        == wrapper.layer(games.points(4, 7)).dtype
    )
    inputs = keras.Input((7,))
    assert wrapper(inputs).dtype == "bfloat16"


def test_losses_of_the_layer_within_are_kept():
    dense = layers.Dense(
        2, kernel_regularizer="l2", activity_regularizer="l2", use_bias=False
    )
    wrapper = built(dense, (None, 2))
    wrapper(games.points(4))
    assert len(wrapper.losses) == 2


def test_zero_kernel_and_frozen_layers():
    wrapper = built(layers.Dense(2), (None, 3))
    u = numpy_of(wrapper.u)
    wrapper.layer.kernel.assign(np.zeros((3, 2)))
    iterate(wrapper, 2)
    assert np.array_equal(numpy_of(wrapper.u), u)
    assert np.isfinite(numpy_of(wrapper(games.points(2, 3)))).all()
    wrapper.trainable = False
    assert wrapper.state_after_update() == []


def test_bad_layers_are_refused():
    with pytest.raises(ValueError, match="`layer` must be a layer of Keras"):
        SpectralNormalization(None)
    with pytest.raises(ValueError, match="`dtype` is that of the layer within"):
        SpectralNormalization(layers.Dense(1), dtype="float16")
    for layer in (layers.ReLU(), layers.LSTM(2)):
        with pytest.raises(ValueError, match="`layer` must have one kernel"):
            SpectralNormalization(layer)(keras.Input((4, 2)))


def test_it_bounds_a_critic_and_is_clipped():
    (generator, _), (critic, _) = networks(["critic"])
    gan = kgan.WGAN(generator, critic, n_critic=1, seed=1)
    gan.compile()
    options = {"batch_size": 8, "verbose": 0}
    gan.fit(games.points(16), **options)  # Warnings are errors.
    clip = kgan.callbacks.WeightClip(0.01)
    gan.fit(games.points(16), callbacks=[clip], **options)
    for weight in critic.trainable_weights:
        assert np.abs(numpy_of(weight)).max() <= np.float32(0.01)


def image_critic():
    images = keras.Input((8, 8, 2))
    x = images
    for filters in (4, 8):
        convolution = layers.Conv2D(filters, 4, 2, padding="same")
        x = layers.LeakyReLU()(SpectralNormalization(convolution)(x))
    logits = SpectralNormalization(layers.Dense(1))(layers.Flatten()(x))
    return keras.Model(images, logits, name="critic")


def image_generator():
    latents = keras.Input((3,))
    x = layers.Reshape((4, 4, 2))(layers.Dense(32)(latents))
    convolution = layers.Conv2DTranspose(2, 4, 2, padding="same")
    x = SpectralNormalization(convolution)(layers.ReLU()(x))
    return keras.Model(latents, x, name="generator")


@pytest.mark.once("jax")
@pytest.mark.slow
def test_fast_paths_train_the_same(monkeypatch):
    images = np.tanh(games.points(32, 8 * 8 * 2)).reshape(-1, 8, 8, 2)
    found = []
    for speed in ("0", "1"):
        monkeypatch.setenv("KGAN_SPEED", speed)
        keras.utils.set_random_seed(3)
        gan = kgan.HingeGAN(image_generator(), image_critic(), seed=1)
        rate = keras.optimizers.SGD
        gan.compile(rate(0.1), rate(0.1))
        gan.fit(images, batch_size=8, shuffle=False, verbose=0)
        found.append(games.weights(gan))
    assert games.distance(*found) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize(
    "objective",
    ["UnrolledGAN", pytest.param("DualingGAN", marks=pytest.mark.once)],
)
def test_games_that_differentiate_by_its_weights(objective):
    options = {"UnrolledGAN": {"unroll_rate": 0.1, "unroll_steps": 2}}
    (generator, _), (critic, _) = networks(["critic"])
    gan = getattr(kgan, objective)(
        generator, critic, seed=1, **options.get(objective, {})
    )
    gan.compile()
    history = gan.fit(games.points(32), batch_size=8, verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())


@pytest.mark.once
@pytest.mark.slow
def test_mixed_precision_trains():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        (generator, _), (critic, _) = networks(["generator", "critic"])
    finally:
        keras.config.set_dtype_policy("float32")
    gan = kgan.GAN(
        generator, critic, seed=1, penalties=[kgan.penalties.R1(1.0)]
    )
    gan.compile()
    before = [numpy_of(w) for w in critic.trainable_weights]
    gan.fit(games.points(32), batch_size=8, verbose=0)
    after = [numpy_of(w) for w in critic.trainable_weights]
    assert games.distance(before, after) > 1e-4
    assert {w.dtype for w in critic.weights} == {"float32"}
