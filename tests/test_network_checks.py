"""Networks that make no game are refused when the model is constructed."""

import math
import threading

import games
import keras
import numpy as np
import pytest

import kgan

layers = keras.layers


class Net(keras.Model):
    """A model of a class, as most people write them."""

    def __init__(self, units):
        super().__init__()
        self.hidden = layers.Dense(6, "tanh")
        self.out = layers.Dense(units)

    def call(self, inputs):
        return self.out(self.hidden(inputs))


def wrapped(width, units):
    inputs = keras.Input((width,))
    return keras.Model(inputs, Net(units)(inputs))


@pytest.mark.once
def test_a_model_of_a_class_is_told_how_to_be_wrapped():
    way_out = r"`generator`.*Received: 0 inputs.*keras.Model\(inputs, net\("
    with pytest.raises(ValueError, match=way_out):
        kgan.GAN(Net(2), games.critic())
    built = Net(1)
    built(np.zeros((1, 2), "float32"))
    with pytest.raises(ValueError, match=r"discriminator = keras.Model\("):
        kgan.GAN(games.generator(), built)


def test_a_wrapped_model_of_a_class_trains():
    gan = kgan.GAN(wrapped(games.LATENT_DIM, 2), wrapped(2, 1), n_critic=2)
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    before = games.weights(gan)
    gan.fit(games.points(64), batch_size=8, verbose=0)
    moved = [
        np.abs(a - b).max()
        for a, b in zip(before, games.weights(gan), strict=True)
    ]
    assert len(moved) == 8 and min(moved) > 0
    assert gan.generate(3).shape == (3, 2)


@pytest.mark.once
def test_a_layer_of_both_networks_is_refused():
    shared = layers.Dense(2, name="between")
    latents, samples = keras.Input((2,)), keras.Input((2,))
    critic = keras.Model(samples, layers.Dense(1)(shared(samples)))
    with pytest.raises(ValueError, match="its own weights.*Received.*between"):
        kgan.GAN(keras.Model(latents, shared(latents)), critic)
    # Without weights there is nothing to fight over.
    shared = layers.LeakyReLU()
    critic = keras.Model(samples, layers.Dense(1)(shared(samples)))
    kgan.GAN(keras.Model(latents, layers.Dense(2)(shared(latents))), critic)


@pytest.mark.once
def test_integers_at_an_end_are_refused():
    latents, samples = keras.Input((3,)), keras.Input((2,))
    whole = keras.ops.cast(layers.Dense(2)(latents), "int32")
    match = "`generator` must return floating.*Received.*int32"
    with pytest.raises(ValueError, match=match):
        kgan.GAN(keras.Model(latents, whole), games.critic())
    whole = keras.ops.cast(layers.Dense(1)(samples), "int32")
    with pytest.raises(ValueError, match="`discriminator` must return.*int32"):
        kgan.GAN(games.generator(), keras.Model(samples, whole))
    pixels = keras.Input((2,), dtype="uint8")
    scaled = layers.Rescaling(1 / 127.5, -1)(pixels)
    critic = keras.Model(pixels, layers.Dense(1)(scaled))
    with pytest.raises(ValueError, match="`discriminator` must take.*uint8"):
        kgan.GAN(games.generator(), critic)


def images(shape):
    latents = keras.Input((3,))
    x = layers.Dense(math.prod(shape), "tanh")(latents)
    return keras.Model(latents, layers.Reshape(shape)(x))


def judge(shape):
    samples = keras.Input(shape)
    x = layers.Flatten()(samples)
    return keras.Model(samples, layers.Dense(1)(x))


@pytest.mark.once
def test_channels_first():
    for made, judged in (((4, 4, 1), (1, 4, 4)), ((3, 4, 4), (4, 4, 3))):
        with pytest.raises(ValueError, match="channels first.*transpose"):
            kgan.GAN(images(made), judge(judged))
    with pytest.raises(ValueError) as caught:
        kgan.GAN(images((4, 4, 1)), judge((4, 4, 3)))
    assert "transpose" not in str(caught.value)
    gan = kgan.GAN(images((4, 4, 1)), judge((4, 4, 1)))
    gan.compile()
    data = np.zeros((16, 1, 4, 4), "float32")
    match = r"Received: shape=.*transpose.*\(0, 2, 3, 1\)"
    with pytest.raises(ValueError, match=match):
        gan.fit(data, verbose=0)


@pytest.mark.once
@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_a_generator_of_half_the_range_is_warned_of(activation):
    with pytest.warns(UserWarning, match=f"`generator` ends in {activation}"):
        gan = kgan.GAN(layered(activation), judge((4, 4, 1)))
    gan.compile()
    gan.fit(np.zeros((16, 4, 4, 1), "float32"), batch_size=8, verbose=0)


def layered(activation):
    latents = keras.Input((3,))
    x = layers.Reshape((4, 4, 1))(layers.Dense(16)(latents))
    return keras.Model(latents, layers.Activation(activation)(x))


@pytest.mark.once
def test_vectors_that_a_generator_cannot_make_are_warned_of():
    gan = kgan.GAN(games.generator(activation="sigmoid"), games.critic())
    gan.compile()
    positive = np.abs(games.points(16))
    gan.fit(positive, batch_size=8, verbose=0)
    with pytest.warns(UserWarning, match="ends in sigmoid.*Received"):
        gan.fit(-positive, batch_size=8, verbose=0)


def spectral():
    samples = keras.Input((2,))
    normalized = layers.SpectralNormalization(layers.Dense(4, "tanh"))(samples)
    return keras.Model(samples, layers.Dense(1)(normalized))


def test_spectral_normalization_on_pytorch_is_refused():
    if games.BACKEND == "torch":
        match = "PyTorch.*Received: `discriminator`.*kgan.layers"
        with pytest.raises(ValueError, match=match):
            kgan.WGAN(games.generator(), spectral())
        return
    gan = kgan.WGAN(games.generator(), spectral(), n_critic=1)
    gan.compile()
    gan.fit(games.points(16), batch_size=8, verbose=0)


@pytest.mark.parametrize("trainable", [True, False])
def test_trainable_after_compile_asks_for_compile(trainable):
    generator, critic = games.generator(), games.critic()
    layer = critic.layers[1]
    layer.trainable = not trainable
    gan = kgan.GAN(generator, critic, n_critic=1)
    gan.compile()
    layer.trainable = trainable
    before = games.weights(gan)
    for method in (gan.fit, gan.train_on_batch):
        with pytest.raises(ValueError, match=r"compile\(\)` again.*Received"):
            method(games.points(64))
    assert games.distance(before, games.weights(gan)) == 0
    gan.compile()
    gan.fit(games.points(8), batch_size=8, verbose=0)
    moved = np.abs(before[4] - games.weights(gan)[4]).max()
    assert (moved > 0) == trainable


@pytest.mark.once
@pytest.mark.parametrize(
    "num", [10**30, 10**12, np.int64(10**15)], ids=["1e30", "1e12", "int64"]
)
def test_more_samples_than_memory(num):
    with pytest.raises(ValueError, match="`num`.*GiB.*Received: num="):
        games.game().generate(num)


@pytest.mark.skipif(
    games.BACKEND != "jax", reason="Variables keep their values elsewhere"
)
def test_another_thread_is_told_why_there_are_no_weights():
    gan = games.game(n_critic=1)
    latents = np.zeros((1, games.LATENT_DIM), "float32")
    calls = {
        "generate": (2,),
        "get_weights": (),
        "predict": (latents,),
        "save": ("never.keras",),
        "save_weights": ("never.weights.h5",),
    }
    errors = {}

    def ask():
        for method, arguments in calls.items():
            try:
                getattr(gan, method)(*arguments)
            except RuntimeError as error:
                errors[method] = str(error)

    def batches():
        for index in range(4):
            if index == 3:
                thread = threading.Thread(target=ask)
                thread.start()
                thread.join()
            yield games.points(8)

    gan.fit(batches(), verbose=0)
    assert errors.keys() == calls.keys()
    for method, error in errors.items():
        assert f"Received: `{method}`" in error and "after `fit`" in error
    assert np.isfinite(gan.generate(2)).all()
