import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from kgan import images

pytestmark = pytest.mark.once


def test_grid_places_every_pixel():
    # Two images of 16 x 32 pixels: too tall to be enlarged.
    batch = np.stack([np.full((32, 16, 1), -1.0), np.full((32, 16, 1), 1.0)])
    batch[0, 0, 3] = 1.0
    expected = np.full((36, 38), 128, "uint8")
    expected[2:34, 2:18] = 0
    expected[2, 5] = 255
    expected[2:34, 20:36] = 255
    np.testing.assert_array_equal(images.image_grid(batch), expected)


def test_rows_fill_from_the_left_and_spare_cells_are_gray():
    batch = np.stack([np.full((32, 32, 1), v) for v in (-1.0, 0.0, 1.0)])
    grid = images.image_grid(batch, columns=2)
    assert grid.shape == (70, 70)
    assert (grid[2:34, 2:34] == 0).all()
    assert (grid[2:34, 36:68] == 128).all()
    assert (grid[36:68, 2:34] == 255).all()
    assert (grid[36:, 34:] == 128).all()


def test_small_images_are_enlarged_by_whole_pixels():
    batch = np.full((1, 8, 8, 1), -1.0)
    batch[0, 1, 2] = 1.0
    expected = np.zeros((32, 32), "uint8")
    expected[4:8, 8:12] = 255
    grid = images.image_grid(batch)
    assert grid.shape == (36, 36)
    np.testing.assert_array_equal(grid[2:-2, 2:-2], expected)


def test_default_grid_is_square():
    assert images.image_grid(np.zeros((5, 32, 32, 1))).shape == (70, 104)
    assert images.image_grid(np.zeros((9, 32, 32, 1))).shape == (104, 104)


def test_colour_channels_keep_their_order():
    batch = np.zeros((1, 32, 32, 3))
    batch[..., 0], batch[..., 2] = 1.0, -1.0
    grid = images.image_grid(batch)
    assert grid.shape == (36, 36, 3)
    assert grid[10, 10].tolist() == [255, 128, 0]


def test_values_outside_the_range_are_clipped():
    batch = np.zeros((1, 32, 32, 1))
    batch[0, 0, :4, 0] = [-7.0, 7.0, np.nan, np.inf]
    grid = images.image_grid(batch)
    assert grid[2, 2:6].tolist() == [0, 255, 0, 255]


@pytest.mark.parametrize(
    "batch, columns, message",
    [
        (np.zeros((4, 8, 8)), None, r"Received: images.shape=\(4, 8, 8\)"),
        (np.zeros((4, 8, 8, 2)), None, "1 or 3 channels"),
        (np.zeros((0, 8, 8, 1)), None, "at least one"),
        (np.zeros((4, 8, 8, 1), "uint8"), None, "images.dtype=uint8"),
        (np.zeros((4, 8, 8, 1)), 0, "Received: columns=0"),
        (np.zeros((4, 8, 8, 1)), 1.5, "Received: columns=1.5"),
    ],
)
def test_grid_refuses(batch, columns, message):
    with pytest.raises(ValueError, match=message):
        images.image_grid(batch, columns)


@pytest.mark.parametrize("channels", [1, 3])
def test_save_grid_writes_the_grid(tmp_path, channels):
    rng = np.random.default_rng(0)
    batch = rng.uniform(-1, 1, (3, 8, 8, channels))
    path = tmp_path / "new" / "directory" / "grid.png"
    images.save_grid(batch, path, columns=3)
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        written = np.asarray(picture)
    np.testing.assert_array_equal(written, images.image_grid(batch, 3))
    assert os.listdir(path.parent) == ["grid.png"]


def test_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "grid.png"
    path.write_bytes(b"old")

    def fail(*paths):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        images.save_grid(np.zeros((1, 8, 8, 1)), path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["grid.png"]


def blue_centre(path):
    """The mean position of a plot's dots, as shares of width and height."""
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    blue = pixels[..., 2] - pixels[..., 0] > 60
    rows, columns = np.nonzero(blue)
    assert len(rows) > 10
    return columns.mean() / pixels.shape[1], rows.mean() / pixels.shape[0]


def test_vectors_of_length_2_are_scattered(tmp_path):
    rng = np.random.default_rng(0)
    corner = rng.uniform(0.5, 0.9, (200, 2))
    images.save_grid(corner, tmp_path / "corner.png")
    images.save_grid(corner * [-1, 1], tmp_path / "mirrored.png")
    right, top = blue_centre(tmp_path / "corner.png")
    left, same = blue_centre(tmp_path / "mirrored.png")
    assert left < 0.5 < right
    assert top < 0.5
    assert abs(top - same) < 0.01


def test_vectors_of_length_1_are_counted(tmp_path):
    images.save_grid(np.full((50, 1), 0.9), tmp_path / "right.png")
    images.save_grid(np.full((50, 1), -0.9), tmp_path / "left.png")
    assert blue_centre(tmp_path / "left.png")[0] < 0.5
    assert blue_centre(tmp_path / "right.png")[0] > 0.5


@pytest.fixture
def drawn(monkeypatch):
    """The figures that would be written."""
    from matplotlib.figure import Figure

    figures = []
    monkeypatch.setattr(
        Figure, "savefig", lambda f, *_, **__: figures.append(f)
    )
    return figures


def test_vectors_of_3_coordinates_are_drawn_in_pairs(tmp_path, drawn):
    rng = np.random.default_rng(0)
    vectors = rng.uniform(-3, 3, (40, 3)).astype("float32")
    images.save_grid(vectors, tmp_path / "pairs.png")
    [figure] = drawn
    cells = iter(figure.axes)
    for row in range(3):
        for column in range(row + 1):
            cell = next(cells)
            if column == row:
                [bars] = cell.patches
                counts, edges = np.histogram(vectors[:, row], 50, (-3, 3))
                np.testing.assert_array_equal(bars.get_data().values, counts)
                np.testing.assert_array_equal(bars.get_data().edges, edges)
            else:
                [dots] = cell.collections
                pair = vectors[:, [column, row]]
                np.testing.assert_allclose(dots.get_offsets(), pair, rtol=1e-6)
    assert next(cells, None) is None


def test_long_vectors_are_drawn_alone_and_as_many_as_fit(tmp_path, drawn):
    for dim in (8, 9, 65):
        images.save_grid(np.zeros((5, dim)), tmp_path / f"{dim}.png")
    pairs, nine, many = drawn
    assert len(pairs.axes) == 36
    assert len(nine.axes) == 9 and len(many.axes) == 64
    assert "each pair" in pairs.get_suptitle()
    assert nine.get_suptitle() == "5 samples, 9 coordinates"
    title = "5 samples, the first 64 of 65 coordinates"
    assert many.get_suptitle() == title


def test_animation_has_each_frame_and_no_end(tmp_path):
    rng = np.random.default_rng(0)
    frames = rng.uniform(-1, 1, (7, 4, 8, 8, 1))
    path = tmp_path / "new" / "walk.gif"
    images.save_animation(frames, path, milliseconds=50, columns=4)
    with Image.open(path) as animation:
        assert (animation.format, animation.n_frames) == ("GIF", 7)
        assert animation.info["loop"] == 0
        for index, frame in enumerate(frames):
            animation.seek(index)
            assert animation.info["duration"] == 50
            shown = np.asarray(animation.convert("L"))
            np.testing.assert_array_equal(shown, images.image_grid(frame, 4))


def test_animation_of_single_images_and_of_vectors(tmp_path):
    rng = np.random.default_rng(0)
    single = rng.uniform(-1, 1, (3, 32, 32, 3))
    images.save_animation(single, tmp_path / "single.gif")
    points = rng.normal(size=(3, 20, 2))
    images.save_animation(points, tmp_path / "points.gif")
    for name, size in (("single", (36, 36)), ("points", (500, 500))):
        with Image.open(tmp_path / f"{name}.gif") as animation:
            assert (animation.n_frames, animation.size) == (3, size)


@pytest.mark.parametrize(
    "frames, options, message",
    [
        (np.zeros((3, 2, 8, 8, 2)), {}, r"Received: shape=\(2, 8, 8, 2\)"),
        (np.zeros((3, 2)), {}, "Frames"),
        (np.zeros((0, 8, 8, 1)), {}, "Received: frames.shape"),
        (np.zeros((3, 8, 8, 1), "uint8"), {}, "`frames` must be floats"),
        (np.zeros((3, 8, 8, 1)), {"milliseconds": 5}, "milliseconds=5"),
        (np.zeros((3, 8, 8, 1)), {"path": "x.png"}, r"\.gif.*path='x.png'"),
    ],
)
def test_animation_refuses(tmp_path, frames, options, message):
    arguments = {"path": tmp_path / "x.gif", **options}
    with pytest.raises(ValueError, match=message):
        images.save_animation(frames, **arguments)
    assert not any(tmp_path.iterdir())


def test_diverged_vectors_are_left_out(tmp_path):
    images.save_grid(np.full((5, 2), np.nan), tmp_path / "nan.png")
    images.save_grid(np.full((5, 1), np.inf), tmp_path / "inf.png")
    assert (tmp_path / "nan.png").exists() and (tmp_path / "inf.png").exists()


@pytest.mark.parametrize("shape", [(4,), (4, 8, 8), (4, 8, 8, 2)])
def test_save_grid_refuses_other_shapes(tmp_path, shape):
    with pytest.raises(ValueError, match="Received: shape="):
        images.save_grid(np.zeros(shape), tmp_path / "grid.png")
    assert not any(tmp_path.iterdir())


def test_save_grid_refuses_other_formats(tmp_path):
    with pytest.raises(ValueError, match=r"\.png.*Received: path="):
        images.save_grid(np.zeros((1, 8, 8, 1)), tmp_path / "grid.jpg")


def test_latents_are_the_same_everywhere():
    drawn = images.latents(3, latent_dim=2, seed=7)
    assert drawn.dtype == np.float32
    expected = [
        [1.5219693183898926, -1.1441057920455933],
        [1.150161623954773, -1.7846531867980957],
        [-0.7714987397193909, 1.0191614627838135],
    ]
    np.testing.assert_allclose(drawn, expected, rtol=1e-6)
    np.testing.assert_array_equal(images.latents(2, 2, seed=7), drawn[:2])
    assert not np.array_equal(images.latents(3, 2, seed=8), drawn)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((0, 2, 0), "Received: num=0"),
        ((True, 2, 0), "Received: num=True"),
        ((2, 0, 0), "Received: latent_dim=0"),
        ((2, 2, -1), "Received: seed=-1"),
    ],
)
def test_latents_refuse(arguments, message):
    with pytest.raises(ValueError, match=message):
        images.latents(*arguments)


@pytest.mark.slow
def test_importing_pictures_imports_no_drawing_library():
    code = (
        "import sys; import keras; before = set(sys.modules); "
        "from kgan import images; "
        "new = set(sys.modules) - before; "
        "print(sorted({'matplotlib', 'PIL', 'tensorboard'} & new))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"
