"""The adaptive augmentation against NumPy, and what its probability does."""

import games
import numpy as np
import pytest
from adaptive_reference import EVERYTHING, numbers, reference
from keras import ops
from test_augmentations import images, linear_game

import kgan
from kgan import backend
from kgan.augmentations import AdaptiveAugment
from kgan.augmentations.adaptive_augment import CHANCES, NUMBERS
from kgan.game import Game

SIZES = [(8, 8, 3), (6, 11, 3), (16, 7, 1)]


def compiled(function):
    """On JAX, where eager operations compile one by one."""
    if games.BACKEND != "jax":
        return function
    import jax

    return jax.jit(function)


def tensors(draws):
    return {name: ops.convert_to_tensor(x) for name, x in draws.items()}


def augmented(policy, x, draws, p):
    augment = AdaptiveAugment(policy, p)
    changed = augment(ops.convert_to_tensor(x), tensors(draws))
    return ops.convert_to_numpy(changed)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", CHANCES)
def test_each_change_is_numpys(name, size):
    x, draws = images((40, *size)), numbers(only=name)
    expected = reference(EVERYTHING, x, draws, 0.9)
    found = augmented(EVERYTHING, x, draws, 0.9)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    is_color = size[2] == 3 or name not in ("hue", "saturation")
    assert (np.abs(expected - x).max() > 1e-3) == is_color


@pytest.mark.parametrize(
    "policy", [EVERYTHING, "cutout,rotation", "mirror", "color,translation"]
)
def test_changes_of_a_policy_in_their_order(policy):
    x, draws = images((40, 8, 8, 3)), numbers(seed=2)
    np.testing.assert_allclose(
        augmented(policy, x, draws, 0.7),
        reference(policy, x, draws, 0.7),
        atol=1e-5,
    )


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_no_probability_is_the_identity(size):
    x, draws = images((40, *size)), numbers()
    assert np.array_equal(augmented(EVERYTHING, x, draws, 0.0), x)
    some = augmented(EVERYTHING, x, draws, 0.1)
    same = (some == x).all(axis=(1, 2, 3))
    untouched = (draws["uniform"][:, len(NUMBERS) :] >= 0.1).all(axis=1)
    assert untouched.any() and same[untouched].all() and not same.all()


def test_the_gradient_of_a_gradient_is_exact():
    """Of |grad f|^2 / 2, f the sum of sin(2 y), y = A x + b, in float64."""
    batch, shape = 3, (5, 5, 3)
    size = int(np.prod(shape))
    draws, x = numbers(batch, seed=4), images((batch, *shape))
    augment, given = AdaptiveAugment(EVERYTHING, 0.7), tensors(draws)

    def squared_slope(points):
        def total(points):
            return ops.sum(ops.sin(2.0 * augment(points[0], given))), ()

        _, (slope,) = backend.value_and_gradients(total, points, again=True)
        return ops.sum(ops.square(slope)) / 2, ()

    found = compiled(
        lambda x: backend.value_and_gradients(squared_slope, [x])[1][0]
    )(ops.convert_to_tensor(x))
    points = np.concatenate([np.zeros((1, size)), np.eye(size)])
    for index in range(batch):
        rows = {
            name: np.repeat(drawn[index : index + 1], size + 1, axis=0)
            for name, drawn in draws.items()
        }
        y = reference(EVERYTHING, points.reshape(-1, *shape), rows, 0.7)
        b, *columns = y.reshape(size + 1, size)
        a = np.transpose(columns - b)
        y = a @ x[index].ravel().astype("float64") + b
        slope = 2 * a.T @ np.cos(2 * y)
        expected = -4 * a.T @ (np.sin(2 * y) * (a @ slope))
        of_image = ops.convert_to_numpy(found)[index].ravel()
        scale = np.abs(expected).max()
        assert scale > 1
        np.testing.assert_allclose(of_image, expected, atol=1e-5 * scale)


@pytest.mark.once
def test_a_penalty_goes_through_it():
    """R1 of a linear critic of mirrored and turned images is its own."""
    gan = linear_game(
        AdaptiveAugment("mirror,rotation", 0.8),
        (8, 8, 1),
        [kgan.penalties.R1(1.0)],
    )
    gan.compile()
    game = Game(gan, ops.convert_to_tensor(images((8, 8, 8, 1))), gan.draw(8))
    kernel = gan.discriminator.get_weights()[0]
    penalty = float(ops.convert_to_numpy(gan.penalties[0](game)))
    assert penalty == pytest.approx((kernel**2).sum() / 2, rel=1e-5)


@pytest.mark.once
def test_it_does_not_leak():
    """With p of 0.8 an upright image stays the likeliest, with 1 it does not.

    So that only the upright one makes what the discriminator sees of data.
    """
    x = np.zeros((8000, 4, 4, 1), "float32")
    x[:, 0] = 1.0
    draws = numbers(8000, seed=3)
    turned = augmented("rotation", x, draws, 0.8)
    shares = [
        (turned == np.rot90(x[0], k)).all(axis=(1, 2, 3)).mean()
        for k in range(4)
    ]
    # 0.2 + 0.8 / 4, and 0.8 / 4.
    assert shares == pytest.approx([0.4, 0.2, 0.2, 0.2], abs=0.02)
    always = augmented("rotation", x, draws, 1.0)
    upright = (always == x).all(axis=(1, 2, 3)).mean()
    assert upright == pytest.approx(0.25, abs=0.02)


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"policy": "flip"}, "`policy` must be names"),
        ({"policy": None}, "`policy` must be names"),
        ({"probability": 1.5}, "`probability` must be a number in"),
        ({"probability": "0.5"}, "`probability` must be a number in"),
        (
            {"probability": kgan.schedules.Cosine(0.0, 1.2, 100)},
            "`probability` must follow numbers in .* which is 1.2 after",
        ),
        ({"target": 1.0}, "`target` must be a number between"),
        ({"interval": 0}, "`interval` must be a positive integer"),
        ({"images": -1}, "`images` must be a positive finite number"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        AdaptiveAugment(**arguments)


@pytest.mark.once
def test_models_that_it_does_not_fit():
    with pytest.raises(ValueError, match="changes images of known size"):
        linear_game(AdaptiveAugment())
    with pytest.raises(ValueError, match="of 1 or 3 channels.*Leave `color`"):
        linear_game(AdaptiveAugment(), (8, 8, 2))
    assert linear_game(AdaptiveAugment("mirror"), (8, 8, 2)).augmentation
    networks = [
        getattr(games.image_game(), name)
        for name in ("generator", "discriminator")
    ]
    for name in ("WGAN", "LeastSquaresGAN", "RelativisticGAN", "WGANGP"):
        objective = getattr(kgan, name)
        with pytest.raises(ValueError, match=f"those of {name} tell no real"):
            objective(*networks, augmentation=AdaptiveAugment("mirror"))
        objective(*networks, augmentation=AdaptiveAugment("mirror", 0.5))
    taken = kgan.penalties.R1(1.0, name="augmentation_p")
    with pytest.raises(ValueError, match="two logs named 'augmentation_p'"):
        linear_game(AdaptiveAugment(), (8, 8, 1), [taken])
