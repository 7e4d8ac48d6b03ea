"""Augmentations against NumPy, and penalties through them."""

import keras
import numpy as np
import pytest
from keras import ops

import kgan
from kgan import backend
from kgan.augmentations import Augmentation, DiffAugment
from kgan.draws import RowRandom
from kgan.game import Game

SHAPE = (6, 12, 10, 3)


def images(shape=SHAPE, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype("float32")


def numbers(batch=6, seed=1):
    draws = np.random.default_rng(seed).uniform(size=(batch, 8))
    return draws.astype("float32")


def augmented(policy, x, draws, **options):
    augment = DiffAugment(policy, **options)
    return ops.convert_to_numpy(
        augment(ops.convert_to_tensor(x), ops.convert_to_tensor(draws))
    )


def colored(x, draws):
    result = []
    for image, d in zip(x.astype("float64"), draws, strict=True):
        image = image + d[0] - 0.5
        gray = image.mean(axis=2, keepdims=True)
        image = (image - gray) * 2 * d[1] + gray
        mean = image.mean()
        result.append((image - mean) * (d[2] + 0.5) + mean)
    return np.array(result)


def translated(x, draws):
    result = np.zeros_like(x)
    height, width = x.shape[1:3]
    most = [int(size / 8 + 0.5) for size in (height, width)]
    for n, d in enumerate(draws):
        down, right = (
            int(np.floor(d[3 + axis] * (2 * most[axis] + 1))) - most[axis]
            for axis in (0, 1)
        )
        for i in range(height):
            for j in range(width):
                if 0 <= i - down < height and 0 <= j - right < width:
                    result[n, i, j] = x[n, i - down, j - right]
    return result


def cut(x, draws):
    result = x.copy()
    for n, d in enumerate(draws):
        spans = []
        for size, share in zip(x.shape[1:3], d[5:7], strict=True):
            side = int(size / 2 + 0.5)
            centre = int(np.floor(share * (size + 1 - side % 2)))
            first = centre - side // 2
            spans.append(slice(max(first, 0), max(first + side, 0)))
        result[(n, *spans)] = 0
    return result


@pytest.mark.parametrize(
    ("policy", "reference"),
    [("color", colored), ("translation", translated), ("cutout", cut)],
)
@pytest.mark.parametrize("size", [(12, 10), (7, 16), (5, 5)])
def test_each_change_is_numpys(policy, reference, size):
    x, draws = images((40, *size, 3)), numbers(40)
    np.testing.assert_allclose(
        augmented(policy, x, draws), reference(x, draws), atol=1e-6
    )


def test_all_changes_in_their_order():
    x, draws = images(), numbers()
    expected = cut(translated(colored(x, draws), draws), draws)
    for policy in ("color,translation,cutout", "cutout,color,translation"):
        np.testing.assert_allclose(
            augmented(policy, x, draws), expected, atol=1e-6
        )


@pytest.mark.once
def test_means_and_ranges():
    x, draws = np.full((4000, 8, 8, 1), 0.25, "float32"), numbers(4000)
    bright = augmented("color", x, draws)
    # Of one colour, an image keeps no contrast: brightness is left.
    assert bright.min() >= -0.25 and bright.max() < 0.75
    assert bright.mean() == pytest.approx(0.25, abs=0.02)
    left = augmented("cutout", x, draws) != 0
    assert 0.75 <= left.mean() <= 0.86
    moved = augmented("translation", x, draws) != 0
    # A shift is -1, 0 or 1 of 8 pixels along each axis, of equal chance.
    assert moved.mean() == pytest.approx((1 - 2 / 3 / 8) ** 2, abs=0.01)


def test_a_probability():
    x, draws = images((500, 8, 8, 3)), numbers(500)
    assert np.array_equal(augmented("color", x, draws, probability=0.0), x)
    half = augmented("color", x, draws, probability=0.5)
    changed = (half != x).any(axis=(1, 2, 3))
    assert np.array_equal(changed, draws[:, 7] < 0.5)
    everything = augmented("color", x, draws, probability=1.0)
    np.testing.assert_array_equal(half[changed], everything[changed])


class Scale(Augmentation):
    def draw(self, random, shape):
        return random.uniform((shape[0], 1))

    def __call__(self, samples, draws):
        return 3.0 * samples


def linear_game(augmentation=None, shape=(2,), penalties=()):
    seen = keras.Input(shape)
    flat = keras.layers.Flatten()(seen)
    critic = keras.Model(seen, keras.layers.Dense(1)(flat))
    latents = keras.Input((3,))
    x = keras.layers.Dense(int(np.prod(shape)), "tanh")(latents)
    generator = keras.Model(latents, keras.layers.Reshape(shape)(x))
    return kgan.NonSaturatingGAN(
        generator,
        critic,
        seed=2,
        augmentation=augmentation,
        penalties=penalties,
    )


def test_r1_goes_through_the_augmentation():
    """Of a linear critic after x -> s x it is gamma / 2 * s^2 |w|^2."""
    gan = linear_game(Scale(), penalties=[kgan.penalties.R1(1.0)])
    gan.compile()
    real = ops.convert_to_tensor(images((8, 2)))
    game = Game(gan, real, gan.draw(8))
    kernel = gan.discriminator.get_weights()[0]
    penalty = float(ops.convert_to_numpy(gan.penalties[0](game)))
    assert penalty == pytest.approx(9 * (kernel**2).sum() / 2, rel=1e-5)


def test_gradient_of_a_gradient_is_a_finite_difference():
    augment, draws = DiffAugment(), ops.convert_to_tensor(numbers())
    direction = images(seed=5)

    def squared_slope(x):
        def total(tensors):
            seen = augment(tensors[0], draws)
            return ops.sum(ops.sin(2.0 * seen)), ()

        _, (gradient,) = backend.value_and_gradients(total, [x], again=True)
        return ops.sum(ops.square(gradient)) / 2, ()

    x = images()
    _, (found,) = backend.value_and_gradients(
        lambda tensors: squared_slope(tensors[0]), [ops.convert_to_tensor(x)]
    )
    step = 1e-2
    ahead, behind = (
        float(
            ops.stop_gradient(
                squared_slope(ops.convert_to_tensor(x + s * direction))[0]
            )
        )
        for s in (step, -step)
    )
    slope = float((ops.convert_to_numpy(found) * direction).sum())
    assert slope == pytest.approx((ahead - behind) / (2 * step), rel=2e-3)
    assert abs(slope) > 1


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_both_players_see_augmented_samples_of_both_kinds(run_eagerly):
    """With x -> 3 x the critic's first gradient is 3 times the plain one."""
    changes = []
    for augmentation in (None, Scale()):
        gan = linear_game(augmentation)
        gan.generator.set_weights(
            [0.1 + np.zeros_like(w) for w in gan.generator.get_weights()]
        )
        gan.discriminator.set_weights(
            [np.zeros_like(w) for w in gan.discriminator.get_weights()]
        )
        gan.compile(
            keras.optimizers.SGD(1.0),
            keras.optimizers.SGD(1.0),
            run_eagerly=run_eagerly,
        )
        before = gan.generator.get_weights()
        gan.train_on_batch(images((8, 2)))
        moved = gan.generator.get_weights()[0] - before[0]
        changes.append((gan.discriminator.get_weights()[0], moved))
    (kernel, moved), (kernel_seen, moved_seen) = changes
    # Equal latents: the numbers of the augmentation are drawn behind them.
    np.testing.assert_allclose(kernel_seen, 3 * kernel, rtol=1e-5)
    assert np.abs(moved_seen).max() > 5 * np.abs(moved).max()


def test_a_game_of_images_trains_and_is_saved(tmp_path):
    gan = linear_game(
        DiffAugment("translation,cutout", 0.8),
        (8, 8, 1),
        [kgan.penalties.R1(0.1), kgan.penalties.R2(0.1)],
    )
    gan.compile()
    x = images((32, 8, 8, 1))
    history = gan.fit(x, batch_size=8, epochs=2, verbose=0).history
    assert np.isfinite(history["discriminator_loss"]).all()
    gan.save(tmp_path / "run.keras")
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    assert loaded.augmentation.get_config() == gan.augmentation.get_config()
    for model in (gan, loaded):
        model.fit(x, batch_size=8, verbose=0)
    for a, b in zip(gan.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    scores = gan.evaluate(x, verbose=0, return_dict=True)
    assert sorted(scores) == [
        "discriminator_loss",
        "generator_loss",
        "jsd_estimate",
    ]


def test_real_and_generated_samples_have_numbers_of_their_own():
    gan = linear_game(DiffAugment(), (8, 8, 1))
    drawn = gan.draw(4)
    real, fake = (
        ops.convert_to_numpy(drawn[name])
        for name in ("augmentation", "augmentation of fake")
    )
    assert real.shape == fake.shape == (4, 8)
    assert not np.array_equal(real, fake)


@pytest.mark.once
def test_rows_are_drawn_from_one_seed():
    drawn = [
        ops.convert_to_numpy(
            RowRandom(keras.random.SeedGenerator(3)).uniform((5, 2))
        )
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*drawn)
    assert 0 <= drawn[0].min() and drawn[0].max() < 1


@pytest.mark.once
@pytest.mark.parametrize(
    "policy", ["colour", "", "color;cutout", None, 3, ["color"]]
)
def test_bad_policies(policy):
    with pytest.raises(ValueError, match="`policy` must be names"):
        DiffAugment(policy)


@pytest.mark.once
def test_bad_arguments():
    with pytest.raises(ValueError, match="`probability` must lie in"):
        DiffAugment(probability=1.5)
    with pytest.raises(ValueError, match="changes images of known size"):
        linear_game(DiffAugment())
    with pytest.raises(ValueError, match="`augmentation` must be one of"):
        linear_game("color")
