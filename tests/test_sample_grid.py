import copy
import random

import keras
import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator,
)

from kgan import images
from kgan.callbacks.sample_grid import SampleGrid

LATENT_DIM = 3


class AlwaysNoise(keras.layers.Layer):
    """Draws at inference too, from a state that training shares."""

    def __init__(self):
        super().__init__()
        self.seed_generator = keras.random.SeedGenerator(5)

    def call(self, inputs):
        shape = keras.ops.shape(inputs)
        noise = keras.random.normal(shape, seed=self.seed_generator)
        return inputs + 0.1 * noise


class StandIn(keras.Model):
    """The part of an adversarial model that the callback sees."""

    def __init__(self, generator):
        super().__init__()
        self.generator = generator
        self.latent_dim = LATENT_DIM

    def call(self, latents, training=None):
        return self.generator(latents, training=training)


def make_model(noisy=False, shape=(4, 4, 1)):
    latents = keras.Input((LATENT_DIM,))
    x = keras.layers.Dense(
        int(np.prod(shape)),
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.5, seed=1),
    )(latents)
    x = keras.layers.BatchNormalization()(x)
    if noisy:
        x = AlwaysNoise()(x)
        x = keras.layers.Dropout(0.3, seed=2)(x)
    x = keras.layers.Activation("tanh")(x)
    model = StandIn(keras.Model(latents, keras.layers.Reshape(shape)(x)))
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss="mse")
    return model


def fit(model, *callbacks, epochs=2, initial_epoch=0):
    rng = np.random.default_rng(0)
    shape = model.generator.output_shape[1:]
    model.fit(
        rng.normal(size=(16, LATENT_DIM)).astype("float32"),
        rng.uniform(-1, 1, (16, *shape)).astype("float32"),
        batch_size=8,
        epochs=epochs,
        initial_epoch=initial_epoch,
        shuffle=False,
        verbose=0,
        callbacks=list(callbacks),
    )


def read(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def grid_of(model, num, seed):
    latents = images.latents(num, LATENT_DIM, seed)
    samples = model.generator.predict(latents, verbose=0)
    return images.image_grid(samples).astype(int)


@pytest.mark.once("torch")
def test_picture_shows_the_weights_at_the_end_of_its_epoch(tmp_path):
    model = make_model()
    untrained = grid_of(model, num=70, seed=3)
    fit(model, SampleGrid(tmp_path, num=70, seed=3), epochs=1)
    trained = grid_of(model, num=70, seed=3)
    first = read(tmp_path / "epoch_0001.png")
    assert np.abs(first - trained).max() <= 1
    assert np.abs(first - untrained).max() > 10


@pytest.mark.once
def test_files_are_numbered_by_epoch_and_resume(tmp_path):
    model = make_model()
    fit(model, SampleGrid(tmp_path, num=4), epochs=2)
    first = (tmp_path / "epoch_0001.png").read_bytes()
    fit(model, SampleGrid(tmp_path, num=4), epochs=3, initial_epoch=2)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"epoch_000{n}.png" for n in (1, 2, 3)]
    assert (tmp_path / "epoch_0001.png").read_bytes() == first


@pytest.mark.once
def test_every_skips_epochs(tmp_path):
    fit(make_model(), SampleGrid(tmp_path, num=4, every=2), epochs=5)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["epoch_0002.png", "epoch_0004.png"]


@pytest.mark.once("torch")
def test_training_is_the_same_with_and_without_it(tmp_path):
    plain = make_model(noisy=True)
    fit(plain)
    watched = make_model(noisy=True)
    states = np.random.get_state()[1].copy(), random.getstate()
    fit(watched, SampleGrid(tmp_path, num=4))
    np.testing.assert_array_equal(np.random.get_state()[1], states[0])
    assert random.getstate() == states[1]
    assert len(plain.variables) == len(watched.variables) > 6
    for a, b in zip(plain.variables, watched.variables, strict=True):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(a), keras.ops.convert_to_numpy(b)
        )


@pytest.mark.once
def test_animation_shows_the_epochs_in_order(tmp_path):
    model = make_model()
    fit(model, SampleGrid(tmp_path, num=4), epochs=2)
    # A longer earlier run's leftover, and a file that is no picture.
    images.save_grid(np.ones((4, 4, 4, 1)), tmp_path / "epoch_0009.png")
    (tmp_path / "epoch_0001.txt").write_text("notes")
    grid = SampleGrid(tmp_path, num=4, animate=True)
    fit(model, grid, epochs=3, initial_epoch=2)
    with Image.open(tmp_path / "samples.gif") as animation:
        assert animation.n_frames == 3
        for index in range(3):
            animation.seek(index)
            frame = np.asarray(animation.convert("L")).astype(int)
            picture = read(tmp_path / f"epoch_000{index + 1}.png")
            assert np.abs(frame - picture).max() <= 2


def test_pictures_reach_tensorboard(tmp_path):
    log_dir = tmp_path / "logs"
    fit(make_model(), SampleGrid(tmp_path / "a", num=4, log_dir=log_dir))
    events = EventAccumulator(str(log_dir))
    events.Reload()
    pictures = events.Images("samples")
    assert [picture.step for picture in pictures] == [1, 2]
    for picture in pictures:
        path = tmp_path / "a" / f"epoch_000{picture.step}.png"
        assert picture.encoded_image_string == path.read_bytes()
        assert (picture.height, picture.width) == read(path).shape


@pytest.mark.once
def test_vectors_are_plotted(tmp_path):
    fit(make_model(shape=(2,)), SampleGrid(tmp_path, num=9), epochs=1)
    assert read(tmp_path / "epoch_0001.png").shape[:2] == (500, 500)


def test_copies_like_a_tuner_makes_before_and_after_a_fit(tmp_path):
    grid = SampleGrid(tmp_path / "a", num=4, log_dir=tmp_path / "logs")
    fit(make_model(), copy.deepcopy(grid), epochs=1)
    fit(make_model(), grid, epochs=1)
    fit(make_model(), grid, epochs=2)
    assert (tmp_path / "a" / "epoch_0002.png").exists()


@pytest.mark.once
@pytest.mark.parametrize("name", ["directory", "log_dir"])
def test_unwritable_directory_stops_before_training(tmp_path, name):
    (tmp_path / "file").write_text("in the way")
    places = {"directory": tmp_path / "samples", name: tmp_path / "file" / "x"}
    model = make_model()
    before = model.generator.get_weights()
    with pytest.raises(ValueError, match=f"`{name}`.*Received: .*file.x"):
        fit(model, SampleGrid(**places))
    for a, b in zip(before, model.generator.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.once
@pytest.mark.parametrize(
    "arguments",
    [{"num": 0}, {"num": 2.5}, {"every": 0}, {"seed": -1}, {"seed": None}],
)
def test_argument_out_of_range(tmp_path, arguments):
    [(name, value)] = arguments.items()
    with pytest.raises(ValueError, match=f"`{name}`.*Received: {name}={value}"):
        SampleGrid(tmp_path, **arguments)


@pytest.mark.once
def test_model_without_generator(tmp_path):
    grid = SampleGrid(tmp_path)
    grid.set_model(keras.Sequential([keras.layers.Dense(1)]))
    with pytest.raises(ValueError, match="`generator`.*Received: model="):
        grid.on_train_begin()


def test_samples_that_cannot_be_drawn_stop_before_training(tmp_path):
    with pytest.raises(ValueError, match=r"Received: shape=\(None, 2, 3\)"):
        fit(make_model(shape=(2, 3)), SampleGrid(tmp_path))
