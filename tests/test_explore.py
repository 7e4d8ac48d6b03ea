"""The explorer without its page: directions, moves, ways, pictures, data."""

import importlib.util
import io

import keras
import numpy as np
import pytest
from PIL import Image

import kgan
from kgan.explore import Explorer, Neighbours, View, principal_directions
from kgan.explore.__main__ import main
from kgan.explore.pictures import FRAMES, Pictures, image_png

pytestmark = pytest.mark.once


def images_of(num_classes=None, latent_dim=6):
    return kgan.architectures.dcgan_generator(
        (8, 8, 1), latent_dim, filters=4, num_classes=num_classes
    )


@pytest.fixture(scope="module")
def explorer():
    return Explorer(images_of(num_classes=3))


@pytest.fixture(scope="module")
def of_vectors():
    return Explorer(kgan.architectures.mlp_generator(2, latent_dim=5))


def first_dense(generator):
    dense = (x for x in generator.layers if isinstance(x, keras.layers.Dense))
    return keras.ops.convert_to_numpy(next(dense).kernel)


def test_directions_are_those_that_the_first_layer_stretches_most():
    generator = images_of()
    directions = principal_directions(generator, most=4)
    kernel = first_dense(generator)
    assert directions.shape == (4, 6)
    np.testing.assert_allclose(directions @ directions.T, np.eye(4), atol=1e-5)
    # Of A A^T the eigenvectors, by another routine than the one in use.
    values = np.linalg.eigvalsh(kernel.astype("float64") @ kernel.T)[::-1]
    stretched = np.linalg.norm(directions @ kernel, axis=1)
    np.testing.assert_allclose(stretched**2, values[:4], rtol=1e-4)


def test_directions_leave_the_rows_of_labels_out():
    generator = images_of(num_classes=3)
    rows = first_dense(generator)[:6]
    directions = principal_directions(generator)
    values = np.linalg.svd(rows, compute_uv=False)
    stretched = np.linalg.norm(directions @ rows, axis=1)
    assert directions.shape == (6, 6)
    np.testing.assert_allclose(stretched, values, rtol=1e-4)


def test_directions_leave_the_rows_of_components_out():
    """Quick tier, 0.2 s."""
    generator = kgan.architectures.dcgan_generator(
        (8, 8, 1), 6, filters=4, num_classes=3, num_components=2
    )
    [kernel] = [w for w in generator.get_weights() if w.shape == (15, 64)]
    directions = principal_directions(generator)
    values = np.linalg.svd(kernel[:6], compute_uv=False)
    stretched = np.linalg.norm(directions @ kernel[:6], axis=1)
    np.testing.assert_allclose(stretched, values, rtol=1e-4)


def test_directions_of_every_layer_that_takes_the_latents():
    latents = keras.Input((4,))
    passed = keras.layers.Dropout(0.5)(latents)
    dense = [keras.layers.Dense(3), keras.layers.Dense(5)]
    both = keras.layers.Concatenate()([layer(passed) for layer in dense])
    generator = keras.Model(latents, keras.layers.Dense(2)(both))
    kernels = [keras.ops.convert_to_numpy(layer.kernel) for layer in dense]
    values = np.linalg.svd(np.concatenate(kernels, 1), compute_uv=False)
    directions = principal_directions(generator)
    stretched = np.linalg.norm(directions @ np.concatenate(kernels, 1), axis=1)
    np.testing.assert_allclose(stretched, values, rtol=1e-4)


def test_directions_of_r3gan_are_those_of_its_base():
    generator = kgan.architectures.r3gan_generator(
        (8, 8, 1), 4, widths=(16, 16), blocks=(1, 1), cardinality=(1, 1)
    )
    assert principal_directions(generator).shape == (4, 4)


def test_a_generator_without_such_a_layer_says_why_and_is_explored():
    latents = keras.Input((16,))
    pixels = keras.layers.Reshape((4, 4, 1))(latents)
    generator = keras.Model(latents, keras.layers.Conv2D(1, 1)(pixels))
    with pytest.raises(ValueError, match="begin with Reshape, Conv2D"):
        principal_directions(generator)
    explored = Explorer(generator)
    assert explored.directions.shape == (0, 16)
    assert "must be keras.layers.Dense" in explored.reason
    assert explored.selected(View()).shape == (4, 4, 1)


def test_a_move_is_the_latent_plus_a_direction(explorer):
    view = View(seed=2, label=1, selected=3, moves=(0.0, -1.5))
    latents = kgan.images.latents(explorer.num, 6, seed=2)
    expected = latents[3] - 1.5 * explorer.directions[1]
    np.testing.assert_allclose(explorer.latent(view), expected, atol=1e-6)
    sample = explorer.generator.predict(
        [expected[None], np.array([1])], verbose=0
    )[0]
    np.testing.assert_allclose(explorer.selected(view), sample, atol=1e-5)
    still = explorer.samples(view)
    assert np.abs(still[3] - sample).max() > 1e-3
    unmoved = explorer.selected(View(seed=2, label=1, selected=3))
    np.testing.assert_allclose(unmoved, still[3], atol=1e-5)


def test_classes_seeds_and_truncation_are_those_of_sample(explorer):
    generator = explorer.generator
    latents = kgan.images.latents(explorer.num, 6, seed=5)
    latents = kgan.images.truncate(latents, 0.5)
    drawn = kgan.labels.chosen_labels(None, explorer.num, 5, generator)
    assert len(set(drawn)) == 3
    expected = generator.predict([latents, drawn], verbose=0)
    samples = explorer.samples(View(seed=5, truncation=0.5))
    np.testing.assert_allclose(samples, expected, atol=1e-5)
    one = explorer.samples(View(seed=5, truncation=0.5, label=2))
    assert np.abs(one - expected)[drawn != 2].max() > 1e-3


def test_way_begins_at_the_moved_sample_and_keeps_its_class(explorer):
    view = View(seed=1, selected=0, moves=(2.0,))
    way = explorer.way(view, 5, 4)
    assert way.shape == (4, 8, 8, 1)
    np.testing.assert_allclose(way[0], explorer.selected(view), atol=1e-5)
    labels = kgan.labels.chosen_labels(
        None, explorer.num, 1, explorer.generator
    )
    ends = kgan.images.latents(explorer.num, 6, seed=1)[5][None]
    end = explorer.generator.predict([ends, labels[:1]], verbose=0)[0]
    np.testing.assert_allclose(way[-1], end, atol=1e-5)


@pytest.mark.parametrize(
    ("view", "message"),
    [
        (View(seed=-1), "`seed` must be an integer of at least 0"),
        (View(selected=24), "`selected` must be an integer from 0 to 23"),
        (View(truncation=0.0), "`threshold` must be a positive"),
        (View(label=3), "must lie in 0 to 2"),
        (View(moves=(3.5,)), "`moves` must be numbers from -3"),
        (View(moves=(float("nan"),)), "`moves` must be numbers"),
        (View(moves=(0.0,) * 7), "of which there are 6. Received: 7"),
    ],
)
def test_bad_views_are_refused(explorer, view, message):
    with pytest.raises(ValueError, match=message):
        explorer.selected(view)


def test_samples_that_cannot_be_drawn_are_refused():
    latents = keras.Input((4,))
    pixels = keras.layers.Reshape((2, 2, 2))(keras.layers.Dense(8)(latents))
    with pytest.raises(ValueError, match="can be drawn as images"):
        Explorer(keras.Model(latents, pixels))


def test_pictures_of_images(explorer):
    pictures, view = Pictures(explorer), View(label=0, selected=2)
    with Image.open(io.BytesIO(pictures.selected(view))) as picture:
        pixels = np.asarray(picture)
    expected = (explorer.selected(view)[..., 0] + 1) * 127.5
    assert np.abs(pixels - expected).max() <= 0.51
    with Image.open(io.BytesIO(pictures.way(view, 3))) as animation:
        assert animation.size == (256, 256)
        assert FRAMES < animation.n_frames <= 2 * FRAMES - 2
    with Image.open(io.BytesIO(image_png(np.ones((2, 3, 3))))) as colours:
        assert colours.mode == "RGB" and colours.size == (3, 2)


def orange(content):
    """Where the mark of a plot is, rows and columns."""
    with Image.open(io.BytesIO(content)) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    near = np.abs(pixels - [213, 94, 0]).max(axis=2) < 40
    assert near.any()
    return np.argwhere(near).mean(axis=0)


def test_a_plot_marks_the_selected_vector_and_moves_it(of_vectors):
    pictures = Pictures(of_vectors)
    places, points = [], []
    for move in (-3.0, 0.0, 3.0):
        view = View(selected=7, moves=(move,))
        places.append(orange(pictures.selected(view)))
        points.append(of_vectors.selected(view))
    places, points = np.diff(places, axis=0), np.diff(points, axis=0)
    # Rows go down where the second coordinate rises; one scale for all.
    scale = np.abs(places).max() / np.abs(points).max()
    moved = np.stack([points[:, 1] * -scale, points[:, 0] * scale], axis=1)
    np.testing.assert_allclose(places, moved, atol=1.5)
    with Image.open(io.BytesIO(pictures.way(View(), 9))) as animation:
        assert animation.n_frames > FRAMES


@pytest.mark.parametrize("dim", [1, 3, 9])
def test_a_plot_of_any_number_of_coordinates_marks_a_vector(dim):
    explorer = Explorer(kgan.architectures.mlp_generator(dim, latent_dim=3))
    orange(Pictures(explorer).selected(View()))


def test_nearest_are_the_nearest_training_images():
    neighbours = Neighbours("digits", (8, 8, 1))
    data = kgan.data.load("digits", shuffle=False, batch_size=2_000)
    [train] = data.as_numpy_iterator()
    sample = train[100] + np.float32(0.01)
    images, distances = neighbours.nearest(sample, num=3)
    every = np.sqrt(np.square(train - sample).sum(axis=(1, 2, 3)))
    np.testing.assert_allclose(distances, np.sort(every)[:3], rtol=1e-4)
    np.testing.assert_array_equal(images[0], train[100])


def test_data_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(ValueError, match="images of one size.*Leave `data`"):
        Neighbours("ring", (2,))
    for name in ("a", "b"):
        Image.new("L", (4, 4)).save(tmp_path / f"{name}.png")
    assert len(Neighbours(tmp_path, (8, 8, 1)).images) == 2
    with pytest.raises(ValueError, match="only square ones are resized"):
        Neighbours(tmp_path, (8, 4, 1))
    neighbours = Neighbours(tmp_path, (8, 8, 1))
    images, _ = neighbours.nearest(np.zeros((8, 8, 1)), num=4)
    assert len(images) == 2
    bad = np.zeros((8, 8, 1))
    bad[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="1 not finite"):
        neighbours.nearest(bad)


@pytest.fixture
def installed(monkeypatch):
    """Whether Gradio is there or not, a made-up module for it."""
    find = importlib.util.find_spec

    def pretend(there):
        answer = find("json") if there else None
        monkeypatch.setattr(
            importlib.util,
            "find_spec",
            lambda name, *rest: answer if name == "gradio" else find(name),
        )

    return pretend


def test_without_gradio_the_error_names_the_extra(installed, capsys):
    installed(False)
    assert main(["digits"]) == 2
    error = capsys.readouterr().err
    assert "no module gradio" in error and "kgan[explore]" in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no_such_preset"], "digits"),
        (["missing.keras"], "missing.keras"),
        (["digits", "--port", "0"], "`port`"),
        (["digits", "--host", ""], "`host`"),
        (["ring", "--data", "ring"], "Leave `data` out"),
        (["digits", "--data", "./no_folder"], "no_folder"),
    ],
)
def test_the_command_says_what_is_wrong(installed, capsys, arguments, message):
    installed(True)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error and len(error.splitlines()) == 1
