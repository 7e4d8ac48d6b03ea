"""`load`: every source, the pipeline's promises and its errors."""

import gzip
import pathlib
import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest
import sklearn.datasets
import tensorflow as tf
import tensorflow_datasets as tfds
from PIL import Image

from kgan.data import folders, gpus, load, pipeline
from kgan.data.images import prepare_image

pytestmark = pytest.mark.once

SHARED_DATA = pathlib.Path(__file__).resolve().parents[2] / "shared" / "data"
needs_shared_data = pytest.mark.skipif(
    not (SHARED_DATA / "seed_tfds_cache.py").is_file(),
    reason="the offline data folder ../shared/data is not there",
)
PREPARED = SHARED_DATA / "tfds"


def batches_of(dataset):
    return [
        tuple(np.asarray(part) for part in batch)
        if isinstance(batch, tuple)
        else np.asarray(batch)
        for batch in dataset
    ]


def images_of(dataset):
    return np.concatenate(batches_of(dataset))


def as_bytes(images):
    return np.round((images + 1.0) * 127.5).astype("uint8")


def save_image(path, pixels, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, dtype="uint8")).save(path, **options)


def noise_image(seed, height=12, width=12):
    random = np.random.default_rng(seed)
    return random.integers(0, 256, (height, width, 3), dtype="uint8")


@pytest.fixture
def photos(tmp_path):
    """Five 12x12 colour images: photos/cats/0..2.png, photos/dogs/0..1.png."""
    folder = tmp_path / "photos"
    for number in range(3):
        save_image(folder / "cats" / f"{number}.png", noise_image(number))
    for number in range(2):
        save_image(folder / "dogs" / f"{number}.png", noise_image(3 + number))
    return folder


@pytest.fixture(scope="module")
def seeded_data_dir(tmp_path_factory):
    """A tensorflow-datasets folder with Fashion-MNIST's downloads only."""
    data_dir = tmp_path_factory.mktemp("tfds")
    subprocess.run(
        [
            sys.executable,
            str(SHARED_DATA / "seed_tfds_cache.py"),
            str(SHARED_DATA / "raw"),
            str(data_dir),
            "fashion_mnist",
        ],
        check=True,
        capture_output=True,
    )
    return data_dir


@pytest.fixture
def mocked_catalogue():
    """Catalogue data sets made of random images, without any files."""
    policy = tfds.testing.MockPolicy.USE_CODE
    with tfds.testing.mock_data(num_examples=10, policy=policy):
        yield


# Digits and the pipeline


def test_digits_are_float32_batches_from_minus_one_to_one():
    dataset = load("digits")
    assert isinstance(dataset, tf.data.Dataset)
    assert dataset.element_spec.shape == (None, 8, 8, 1)
    images = images_of(dataset)
    assert images.dtype == np.float32
    assert (images.min(), images.max()) == (-1.0, 1.0)


def test_digits_are_scikit_learns_scans_in_their_order():
    scans, digits = sklearn.datasets.load_digits(return_X_y=True)
    batches = batches_of(load("digits", "all", labels=True, shuffle=False))
    images = np.concatenate([batch[0] for batch in batches])
    labels = np.concatenate([batch[1] for batch in batches])
    expected = scans.reshape(-1, 8, 8, 1) / 8 - 1
    np.testing.assert_allclose(images, expected, atol=0.5 / 127.5 + 1e-6)
    np.testing.assert_array_equal(labels, digits)
    assert labels.dtype == np.int32


def test_digits_splits_are_disjoint_stratified_and_complete():
    parts = {}
    for split in ("train", "test", "all"):
        batches = batches_of(load("digits", split, labels=True))
        images = np.concatenate([batch[0] for batch in batches])
        labels = np.concatenate([batch[1] for batch in batches])
        parts[split] = {image.tobytes() for image in images}, labels
    assert len(parts["train"][1]) == 1500
    assert len(parts["test"][1]) == 297
    # All but one of the 1,797 scans are unique.
    assert not parts["train"][0] & parts["test"][0]
    assert parts["train"][0] | parts["test"][0] == parts["all"][0]
    shares = np.bincount(parts["test"][1]) / np.bincount(parts["all"][1])
    np.testing.assert_allclose(shares, 297 / 1797, atol=0.01)


def test_last_batch_is_ragged_and_the_length_known():
    dataset = load("digits", batch_size=64)
    assert len(dataset) == 24
    sizes = [len(batch) for batch in batches_of(dataset)]
    assert sizes == [64] * 23 + [1500 - 23 * 64]


def test_same_seed_gives_the_same_batches_in_every_epoch():
    first, second = load("digits", seed=7), load("digits", seed=7)
    for _ in range(2):
        np.testing.assert_array_equal(images_of(first), images_of(second))


def test_another_seed_and_another_epoch_give_another_order():
    dataset = load("digits", seed=7)
    first, second = images_of(dataset), images_of(dataset)
    other = images_of(load("digits", seed=8))
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, other)
    np.testing.assert_allclose(
        np.sort(first.sum(axis=(1, 2, 3))), np.sort(second.sum(axis=(1, 2, 3)))
    )


def test_shuffle_false_keeps_the_order_in_every_epoch():
    dataset = load("digits", shuffle=False)
    np.testing.assert_array_equal(images_of(dataset), images_of(dataset))


def test_shuffling_reaches_over_the_whole_set():
    batches = batches_of(load("digits", "all", labels=True, batch_size=300))
    plain = batches_of(
        load("digits", "all", labels=True, batch_size=300, shuffle=False)
    )
    positions = {
        image.tobytes(): number
        for number, image in enumerate(
            np.concatenate([batch[0] for batch in plain])
        )
    }
    drawn_first = [positions[image.tobytes()] for image in batches[0][0]]
    assert max(drawn_first) > 1600


@pytest.mark.parametrize("image_size", [16, 32])
def test_digits_are_resized_and_converted_to_colour(image_size):
    images = images_of(load("digits", image_size=image_size, channels=3))
    assert images.shape == (1500, image_size, image_size, 3)
    np.testing.assert_array_equal(images[..., 0], images[..., 2])
    # Bilinear resizing keeps the mean, nearly.
    assert abs(images.mean() - images_of(load("digits")).mean()) < 0.02


# Cache


def test_memory_cache_decodes_each_image_once(photos):
    dataset = load(photos, shuffle=False)
    first = images_of(dataset)
    for path in photos.rglob("*.png"):
        path.unlink()
    np.testing.assert_array_equal(images_of(dataset), first)


def test_without_cache_the_files_are_read_in_every_epoch(photos):
    dataset = load(photos, shuffle=False, cache=False)
    images_of(dataset)
    for path in photos.rglob("*.png"):
        path.unlink()
    with pytest.raises(tf.errors.OpError):
        images_of(dataset)


def test_disk_cache_serves_a_later_load(tmp_path, monkeypatch):
    first = images_of(load("digits", cache=tmp_path / "cache"))
    assert any((tmp_path / "cache").rglob("examples.index"))

    def refuse(*arguments):
        raise RuntimeError("decoded again")

    monkeypatch.setattr("kgan.data.loading.prepare_image", refuse)
    with pytest.raises(RuntimeError, match="decoded again"):
        load("digits")
    monkeypatch.undo()
    again = images_of(load("digits", cache=str(tmp_path / "cache")))
    np.testing.assert_array_equal(first, again)


def test_disk_cache_is_not_mixed_up_between_sizes_and_splits(tmp_path):
    cache = tmp_path / "cache"
    assert images_of(load("digits", cache=cache)).shape == (1500, 8, 8, 1)
    test = images_of(load("digits", "test", 16, cache=cache))
    assert test.shape == (297, 16, 16, 1)


def test_a_set_too_big_for_memory_is_not_cached_and_says_so(monkeypatch):
    monkeypatch.setattr(pipeline, "MEMORY_CACHE_BYTES", 1000)
    with pytest.warns(UserWarning, match="not cached in memory"):
        dataset = load("digits")
    assert len(images_of(dataset)) == 1500


# Toy vectors


@pytest.mark.parametrize(
    "name, dim",
    [("ring", 2), ("grid", 2), ("swiss_roll", 2)] + [("gaussian_pair", 1)],
)
def test_toys_are_vector_batches_that_are_not_scaled(name, dim):
    dataset = load(name, batch_size=1000)
    assert len(dataset) == 100
    assert dataset.element_spec.shape == (None, dim)
    assert dataset.element_spec.dtype == tf.float32
    samples = images_of(dataset)
    assert samples.shape == (100_000, dim)
    assert np.abs(samples).max() > 1.5


def test_toy_samples_do_not_depend_on_the_seed_but_their_order_does():
    first = images_of(load("ring", batch_size=5000, seed=0))
    second = images_of(load("ring", batch_size=5000, seed=1))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(np.sort(first[:, 0]), np.sort(second[:, 0]))


def test_toy_test_split_shares_no_sample_with_the_training_split():
    train = images_of(load("gaussian_pair", batch_size=5000))
    test = images_of(load("gaussian_pair", "test", batch_size=5000))
    assert not np.array_equal(np.sort(train[:, 0]), np.sort(test[:, 0]))


# Folders


def test_folder_pixels_and_labels_are_those_of_its_files(photos):
    ((images, labels),) = batches_of(load(photos, labels=True, shuffle=False))
    expected = np.stack([noise_image(seed) for seed in range(5)])
    np.testing.assert_array_equal(as_bytes(images), expected)
    np.testing.assert_array_equal(labels, [0, 0, 0, 1, 1])
    assert (images.dtype, labels.dtype) == (np.float32, np.int32)
    assert len(load(str(photos), batch_size=2)) == 3


def test_folder_split_is_the_sub_folder_of_that_name(tmp_path):
    save_image(tmp_path / "train" / "a.png", noise_image(0))
    save_image(tmp_path / "test" / "b.png", noise_image(1))
    for split, seed in (("train", 0), ("test", 1)):
        images = images_of(load(tmp_path, split))
        np.testing.assert_array_equal(as_bytes(images)[0], noise_image(seed))
    with pytest.raises(ValueError, match=r"\['test', 'train'\].*split='valid'"):
        load(tmp_path, "valid")


def test_relative_folder_without_a_dot_is_found(photos, monkeypatch):
    monkeypatch.chdir(photos.parent)
    assert images_of(load("photos/cats")).shape == (3, 12, 12, 3)


def test_folder_of_varying_sizes_asks_for_image_size(photos):
    save_image(photos / "cats" / "wide.png", noise_image(9, 10, 30))
    with pytest.raises(ValueError, match="vary in size.*image_size=None"):
        load(photos)
    images = images_of(load(photos, image_size=8))
    assert images.shape == (6, 8, 8, 3)


def test_folder_of_grey_and_colour_files_becomes_colour(photos):
    save_image(photos / "cats" / "0.png", noise_image(0)[..., 0])
    images = images_of(load(photos, shuffle=False))
    assert images.shape == (5, 12, 12, 3)
    grey = np.repeat(noise_image(0)[..., :1], 3, axis=-1)
    np.testing.assert_array_equal(as_bytes(images)[0], grey)


def test_folder_of_grey_files_stays_grey(tmp_path):
    save_image(tmp_path / "a.png", noise_image(0)[..., 0])
    images = images_of(load(tmp_path))
    np.testing.assert_array_equal(as_bytes(images)[0], noise_image(0)[..., :1])


def test_all_file_formats_are_read(tmp_path):
    flat = np.full((12, 12, 3), (255, 0, 102), dtype="uint8")
    for suffix in ("jpg", "JPEG", "png", "bmp", "gif"):
        save_image(tmp_path / f"image.{suffix}", flat)
    (tmp_path / "notes.txt").write_text("not an image")
    (tmp_path / "._image.jpg").write_text("not an image either")
    images = images_of(load(tmp_path))
    assert images.shape == (5, 12, 12, 3)
    np.testing.assert_allclose(
        images * 127.5 + 127.5, np.broadcast_to(flat, (5, 12, 12, 3)), atol=6
    )


def test_alpha_is_composited_on_white(tmp_path):
    pixels = np.zeros((2, 2, 4), dtype="uint8")
    pixels[0, 1] = (255, 0, 0, 255)
    pixels[1, 0] = (0, 0, 0, 127)
    save_image(tmp_path / "a.png", pixels)
    (image,) = as_bytes(images_of(load(tmp_path)))
    np.testing.assert_array_equal(image[0, 0], [255, 255, 255])
    np.testing.assert_array_equal(image[0, 1], [255, 0, 0])
    np.testing.assert_allclose(image[1, 0], [128, 128, 128], atol=1)


def test_photographs_are_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # The camera was held at a right angle.
    save_image(tmp_path / "a.png", noise_image(0, 4, 6), exif=exif)
    (image,) = as_bytes(images_of(load(tmp_path)))
    np.testing.assert_array_equal(image, np.rot90(noise_image(0, 4, 6), -1))


def test_sixteen_bit_files_become_eight_bit(tmp_path):
    pixels = np.array([[0, 256 * 128], [256 * 255, 65535]], dtype="uint16")
    Image.fromarray(pixels).save(tmp_path / "a.png")
    (image,) = as_bytes(images_of(load(tmp_path)))
    np.testing.assert_array_equal(image[..., 0], [[0, 128], [255, 255]])


@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.parametrize("damage", ["truncated", "not an image", "empty"])
def test_broken_file_is_named_by_load_itself(photos, suffix, damage):
    broken = photos / "dogs" / f"broken.{suffix}"
    save_image(broken, noise_image(0, 64, 64))
    content = broken.read_bytes()
    broken.write_bytes(
        {
            "truncated": content[: len(content) // 2],
            "not an image": b"<html>404</html>",
            "empty": b"",
        }[damage]
    )
    with pytest.raises(ValueError, match=rf"broken\.{suffix}.*Repair or rem"):
        load(photos)


def test_folder_without_images_names_it_and_the_suffixes(tmp_path):
    (tmp_path / "notes.txt").write_text("no image")
    message = rf"{tmp_path.name}.*no images.*'\.jpg', '\.png'"
    with pytest.raises(ValueError, match=message):
        load(tmp_path)


def test_missing_folder_is_said_to_be_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder is there.*absent"):
        load(tmp_path / "absent")
    with pytest.raises(FileNotFoundError, match=r"name='\./absent'|absent"):
        load("./absent")


def test_labels_of_a_flat_folder_are_refused(tmp_path):
    save_image(tmp_path / "a.png", noise_image(0))
    with pytest.raises(ValueError, match="no sub-folder.*labels=True"):
        load(tmp_path, labels=True)


def test_checking_many_files_shows_progress(photos, monkeypatch, capsys):
    load(photos)
    assert "Checking" not in capsys.readouterr().out
    monkeypatch.setattr(folders, "PROGRESS_THRESHOLD", 4)
    load(photos)
    assert "Checking 5 image files" in capsys.readouterr().out


# Preprocessing


def test_resizing_crops_the_centre_square():
    image = np.zeros((10, 30, 3), dtype="uint8")
    image[:, 10:20] = 200
    prepared = np.asarray(prepare_image(tf.constant(image), 5, None))
    np.testing.assert_array_equal(prepared, np.full((5, 5, 3), 200))


def test_shrinking_averages_rather_than_skips_pixels():
    checks = np.indices((64, 64)).sum(axis=0) % 2 * 255
    image = tf.constant(checks[..., np.newaxis].astype("uint8"))
    prepared = np.asarray(prepare_image(image, 8, None)).astype("int")
    np.testing.assert_allclose(prepared[1:-1, 1:-1], 127.5, atol=2)


def test_grey_is_the_luma_of_the_colours():
    image = tf.constant([[[255, 0, 0], [0, 255, 0]]], dtype=tf.uint8)
    prepared = np.asarray(prepare_image(image, None, 1))
    np.testing.assert_array_equal(prepared, [[[76], [150]]])


def test_stored_alpha_is_composited_on_white():
    image = tf.constant([[[9, 9, 9, 0], [10, 20, 30, 255]]], dtype=tf.uint8)
    prepared = np.asarray(prepare_image(image, None, None))
    np.testing.assert_array_equal(prepared, [[[255] * 3, [10, 20, 30]]])


# tensorflow-datasets


def raw_fashion_mnist(kind):
    raw = SHARED_DATA / "raw" / "fashion_mnist"
    images = gzip.decompress(
        (raw / f"{kind}-images-idx3-ubyte.gz").read_bytes()
    )
    labels = gzip.decompress(
        (raw / f"{kind}-labels-idx1-ubyte.gz").read_bytes()
    )
    pixels = np.frombuffer(images, dtype="uint8", offset=16)
    return (
        pixels.reshape(-1, 28, 28),
        np.frombuffer(labels, dtype="uint8", offset=8),
    )


@pytest.mark.soak
@needs_shared_data
def test_fashion_mnist_is_prepared_and_equals_the_official_files(
    seeded_data_dir,
):
    def fingerprints(images, labels):
        pairs = zip(images, labels, strict=True)
        return sorted(
            image.tobytes() + bytes([label]) for image, label in pairs
        )

    for split, kind in (("train", "train"), ("test", "t10k")):
        dataset = load(
            "fashion_mnist",
            split,
            batch_size=1000,
            labels=True,
            data_dir=seeded_data_dir,
        )
        batches = batches_of(dataset)
        images = np.concatenate([batch[0] for batch in batches])
        labels = np.concatenate([batch[1] for batch in batches])
        official_images, official_labels = raw_fashion_mnist(kind)
        assert len(dataset) == len(official_images) // 1000
        assert images.shape[1:] == (28, 28, 1)
        assert fingerprints(as_bytes(images), labels) == fingerprints(
            official_images, official_labels
        )


@pytest.mark.soak  # It writes 70,000 images: 22 s of processor.
@needs_shared_data
def test_prepared_set_needs_no_download(seeded_data_dir):
    arguments = dict(data_dir=str(seeded_data_dir), batch_size=100)
    load("fashion_mnist", **arguments)
    part = load("fashion_mnist", "train[:250]", download=False, **arguments)
    assert [len(batch) for batch in batches_of(part)] == [100, 100, 50]


@needs_shared_data
def test_prepared_set_unknown_to_the_catalogue_is_read():
    dataset = load("cifar10_subset", "test", data_dir=PREPARED, shuffle=False)
    assert len(dataset) == 32
    images = images_of(dataset)
    builder = tfds.builder("cifar10_subset", data_dir=PREPARED)
    stored = builder.as_dataset(split="test", batch_size=-1)["image"]
    np.testing.assert_array_equal(as_bytes(images), stored)


@needs_shared_data
def test_folder_of_one_prepared_version_is_read():
    dataset = load(PREPARED / "cifar10_subset" / "1.0.0", "test", labels=True)
    images, labels = batches_of(dataset)[0]
    assert images.shape == (64, 32, 32, 3)
    assert set(labels) <= set(range(10))


@needs_shared_data
def test_catalogue_order_is_reproducible():
    arguments = dict(data_dir=PREPARED, split="test", seed=3)
    first = images_of(load("cifar10_subset", **arguments))
    second = images_of(load("cifar10_subset", **arguments))
    np.testing.assert_array_equal(first, second)


@needs_shared_data
def test_unknown_split_lists_the_splits():
    message = r"\['test', 'train'\].*Received: split='valid'"
    with pytest.raises(ValueError, match=message):
        load("cifar10_subset", "valid", data_dir=PREPARED)


# (name, image_size, channels, expected shape of the batch)
MOCKED = [
    ("celeb_a", 64, None, (10, 64, 64, 3)),
    ("celeb_a", None, None, (10, 218, 178, 3)),
    ("celeb_a", 32, 1, (10, 32, 32, 1)),
    ("lsun/bedroom", 64, None, (10, 64, 64, 3)),
    ("kmnist", None, None, (10, 28, 28, 1)),
    ("kmnist", 32, 3, (10, 32, 32, 3)),
]


@pytest.mark.parametrize("name, image_size, channels, shape", MOCKED)
def test_catalogue_images_become_square_batches(
    mocked_catalogue, name, image_size, channels, shape
):
    dataset = load(name, image_size=image_size, channels=channels)
    assert len(dataset) == 1
    images = images_of(dataset)
    assert images.shape == shape
    assert images.dtype == np.float32
    assert images.min() >= -1.0 and images.max() <= 1.0
    assert images.std() > 0.02


def test_catalogue_images_of_varying_sizes_ask_for_image_size(
    mocked_catalogue,
):
    with pytest.raises(ValueError, match="vary in size.*image_size=None"):
        load("lsun/bedroom")


def test_catalogue_labels_are_read_or_refused(mocked_catalogue):
    ((_, labels),) = batches_of(load("kmnist", labels=True))
    assert labels.shape == (10,) and labels.dtype == np.int32
    with pytest.raises(ValueError, match="no class labels.*landmarks"):
        load("celeb_a", labels=True)


def test_text_data_set_is_refused_with_its_features(tmp_path):
    message = r"'image'.*imdb_reviews.*\['label', 'text'\]"
    with pytest.raises(ValueError, match=message):
        load("imdb_reviews", data_dir=tmp_path)


def test_download_false_says_what_to_do(tmp_path):
    message = "not prepared in .*download=True.*Received: download=False"
    with pytest.raises(ValueError, match=message):
        load("mnist", data_dir=tmp_path, download=False)


def test_failed_download_says_what_to_do(tmp_path, monkeypatch):
    def fail(builder):
        raise ConnectionError("no route to host")

    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", fail)
    with pytest.raises(RuntimeError, match="Check the connection.*no route"):
        load("mnist", data_dir=tmp_path)


@pytest.mark.parametrize(
    "name, nearest",
    [
        ("fashion_mnst", "'fashion_mnist'"),
        ("Fashion-MNIST", "'fashion_mnist'"),
        ("digit", "'digits'"),
        ("swissroll", "'swiss_roll'"),
        ("celeba", "'celeb_a'"),
        ("my photos/catz", "No known name is like it"),
        ("elsewhere:mnist", "Received: name='elsewhere:mnist'"),
    ],
)
def test_unknown_name_offers_the_nearest(name, nearest):
    with pytest.raises(ValueError, match=nearest) as raised:
        load(name)
    assert f"Received: name={name!r}" in str(raised.value)


def test_unknown_name_offers_prepared_sets_too(tmp_path):
    (tmp_path / "our_paintings").mkdir()
    with pytest.raises(ValueError, match="mean 'our_paintings'"):
        load("our_painting", data_dir=tmp_path)


@pytest.mark.parametrize("name", ["lsun/bedrom", "mnist:99.0.0"])
def test_unknown_configuration_or_version_is_refused(name, tmp_path):
    with pytest.raises(ValueError, match=f"Received: name='{name}'"):
        load(name, data_dir=tmp_path)


def test_unknown_configuration_offers_the_nearest(tmp_path):
    with pytest.raises(ValueError, match="Did you mean 'bedroom'"):
        load("lsun/bedrom", data_dir=tmp_path)


# Arguments


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(name=""), "Received: name=''"),
        (dict(name=3), "Received: name=3"),
        (dict(split=None), "Received: split=None"),
        (dict(split="valid"), "'all'.*Received: split='valid'"),
        (dict(name="ring", split="all"), "'test'.*Received: split='all'"),
        (dict(image_size=0), "Received: image_size=0"),
        (dict(image_size=(8, 8)), r"Received: image_size=\(8, 8\)"),
        (dict(batch_size=0), "Received: batch_size=0"),
        (dict(batch_size=1.5), r"Received: batch_size=1\.5"),
        (dict(channels=4), "Received: channels=4"),
        (dict(channels=True), "Received: channels=True"),
        (dict(seed=None), "Received: seed=None"),
        (dict(cache=None), "Received: cache=None"),
        (dict(name="ring", image_size=8), "Received: image_size=8"),
        (dict(name="grid", labels=True), "Received: .*labels=True"),
    ],
)
def test_arguments_out_of_range_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        load(**{"name": "digits", **arguments})


# GPUs


@pytest.mark.parametrize(
    "backend, hidden", [("tensorflow", 0), ("jax", 1), ("torch", 1)]
)
def test_gpus_are_hidden_unless_tensorflow_trains(monkeypatch, backend, hidden):
    calls = []
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    monkeypatch.setattr(
        tf.config,
        "set_visible_devices",
        lambda devices, kind: calls.append((devices, kind)),
    )
    load("digits")
    assert calls == [([], "GPU")] * hidden


def test_gpus_that_tensorflow_has_taken_already_are_warned_of(monkeypatch):
    def fail(devices, kind):
        raise RuntimeError("Visible devices cannot be modified")

    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    monkeypatch.setattr(tf.config, "set_visible_devices", fail)
    with pytest.warns(UserWarning, match="may hold memory that the jax"):
        gpus.hide_gpus_from_tensorflow()


def test_nothing_is_warned_of_without_gpus():
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        gpus.hide_gpus_from_tensorflow()
