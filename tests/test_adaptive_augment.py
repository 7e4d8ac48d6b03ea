"""The adaptive augmentation against NumPy, and what its probability does."""

import games
import keras
import numpy as np
import pytest
from keras import ops
from test_augmentations import images, linear_game

import kgan
from kgan import backend
from kgan.augmentations import AdaptiveAugment
from kgan.augmentations.adaptive_augment import CHANCES, NORMALS, NUMBERS
from kgan.game import Game

EVERYTHING = "mirror,rotation,translation,color,cutout"
SIZES = [(8, 8, 3), (6, 11, 3), (16, 7, 1)]


def numbers(batch=40, seed=1, only=None):
    """Draws; with `only`, the one change that has a chance below 1."""
    rng = np.random.default_rng(seed)
    uniform = rng.uniform(size=(batch, len(NUMBERS) + len(CHANCES)))
    if only is not None:
        for index, name in enumerate(CHANCES, len(NUMBERS)):
            if name != only:
                uniform[:, index] = 1.0
    normal = rng.normal(size=(batch, len(NORMALS)))
    return {
        "uniform": uniform.astype("float32"),
        "normal": normal.astype("float32"),
    }


def tensors(draws):
    return {name: ops.convert_to_tensor(x) for name, x in draws.items()}


def augmented(policy, x, draws, p):
    augment = AdaptiveAugment(policy, p)
    changed = augment(ops.convert_to_tensor(x), tensors(draws))
    return ops.convert_to_numpy(changed)


def shifted(x, down, right):
    """By NumPy's own padding, which reflects without the border."""
    height, width, _ = x.shape
    pad = [(abs(down), abs(down)), (abs(right), abs(right)), (0, 0)]
    padded = np.pad(x, pad, mode="reflect")
    top, left = abs(down) - down, abs(right) - right
    return padded[top : top + height, left : left + width]


def recolored(x, d, n, does):
    gray = np.full(3, 1 / np.sqrt(3))
    matrix = np.eye(4)
    if does["brightness"]:
        matrix[:3, 3] += 0.2 * n["brightness"]
    if does["contrast"]:
        matrix[:3] *= 2 ** (0.5 * n["contrast"])
    if does["luma flip"] and d["luma flip"] >= 0.5:
        matrix[:3] = (np.eye(3) - 2 * np.outer(gray, gray)) @ matrix[:3]
    if does["hue"]:
        angle = np.pi * (2 * d["hue"] - 1)
        turn = np.array([np.cos(angle), np.sin(angle)])
        # About gray: in the plane of two vectors at right angles to it.
        a = np.array([1, -1, 0]) / np.sqrt(2)
        b = np.cross(gray, a)
        plane = np.stack([a, b], axis=1)
        rotation = plane @ [[turn[0], -turn[1]], [turn[1], turn[0]]] @ plane.T
        matrix[:3] = (np.outer(gray, gray) + rotation) @ matrix[:3]
    if does["saturation"]:
        along = np.outer(gray, gray)
        rest = (np.eye(3) - along) * 2.0 ** n["saturation"]
        matrix[:3] = (along + rest) @ matrix[:3]
    colors = np.broadcast_to(x, (*x.shape[:2], 3))
    changed = colors @ matrix[:3, :3].T + matrix[:3, 3]
    return changed.mean(axis=2, keepdims=True) if x.shape[2] == 1 else changed


def reference(policy, x, draws, p):
    """All changes in their order, image by image, in float64."""
    names, result = policy.split(","), []
    rows = zip(x.astype("float64"), *draws.values(), strict=True)
    for image, uniform, normal in rows:
        d = dict(zip(NUMBERS, uniform.astype("float64"), strict=False))
        chances = uniform[len(NUMBERS) :]
        does = {n: c < np.float32(p) for n, c in zip(CHANCES, chances)}
        n = dict(zip(NORMALS, normal.astype("float64"), strict=True))
        height, width, _ = image.shape
        if "mirror" in names and does["mirror"] and d["mirror"] >= 0.5:
            image = image[:, ::-1]
        if "rotation" in names and does["rotation"]:
            quarters = int(4 * d["turns"])
            if height != width:
                quarters = 2 * int(2 * d["turns"])
            image = np.rot90(image, quarters)
        if "translation" in names and does["translation"]:
            most = np.array([height, width]) / 8
            share = np.array([d["down"], d["right"]])
            image = shifted(image, *np.rint((2 * share - 1) * most).astype(int))
        if "color" in names:
            image = recolored(image, d, n, does)
        if "cutout" in names and does["cutout"]:
            places = [
                np.abs((np.arange(size) + 0.5) / size - d[f"cut {axis}"])
                for size, axis in ((height, "down"), (width, "right"))
            ]
            inside = (places[0] < 0.25)[:, None] & (places[1] < 0.25)[None]
            image = np.where(inside[..., None], 0.0, image)
        result.append(image)
    return np.array(result)


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

    _, (found,) = backend.value_and_gradients(
        squared_slope, [ops.convert_to_tensor(x)]
    )
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


class Probabilities(keras.callbacks.Callback):
    """Keeps p after each step."""

    def on_train_begin(self, logs=None):
        self.found = []

    def on_train_batch_end(self, batch, logs=None):
        state = self.model.progress.variables()
        p = state.get("augmentation_probability")
        if p is not None:
            self.found.append(float(ops.convert_to_numpy(p)))


def game(augmentation, n_critic=2, **options):
    """Whose critic, of no learning rate, calls bright images real."""
    latents = keras.Input((3,))
    x = keras.layers.Dense(16, "tanh")(latents)
    generator = keras.Model(latents, keras.layers.Reshape((4, 4, 1))(x))
    seen = keras.Input((4, 4, 1))
    logits = keras.layers.Dense(1, use_bias=False)
    critic = keras.Model(seen, logits(keras.layers.Flatten()(seen)))
    critic.set_weights([np.full((16, 1), 1 / 16)])
    gan = kgan.NonSaturatingGAN(
        generator,
        critic,
        n_critic=n_critic,
        seed=3,
        augmentation=augmentation,
    )
    gan.compile(
        keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.0), **options
    )
    return gan


def bright_or_dark(steps, n_critic=2, batch=8, seed=5):
    """Batches of images that are one gray each, more of them bright first."""
    rng = np.random.default_rng(seed)
    count = steps * n_critic * batch
    chance = np.linspace(1.0, 0.5, count)
    gray = np.where(rng.uniform(size=count) < chance, 0.5, -0.5)
    return np.tile(gray[:, None, None, None], (1, 4, 4, 1)).astype("float32")


def by_hand(real, interval=2, images=100.0, n_critic=2, batch=8, target=0.6):
    """p after each step: mirrored and turned, an image stays as it is."""
    signs = np.sign(real[:, 0, 0, 0]).reshape(-1, n_critic, batch).mean(axis=2)
    p, found = 0.0, []
    for step in range(1, len(signs) + 1):
        if step % interval == 0:
            r = signs[step - interval : step].mean()
            p += np.sign(r - target) * batch * interval / images
            p = min(max(p, 0.0), 1.0)
        found.append(p)
    return found


def control(**options):
    return AdaptiveAugment(
        "mirror,rotation", interval=2, images=100, **options
    )


def fit(gan, real, **options):
    record = Probabilities()
    history = gan.fit(
        real,
        batch_size=8,
        shuffle=False,
        verbose=0,
        callbacks=[record],
        **options,
    ).history
    return record.found, history


@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}])
def test_p_follows_the_discriminator(options):
    real = bright_or_dark(24)
    expected = by_hand(real)
    assert max(expected) > 0.3 and expected[-1] < max(expected)
    found, history = fit(game(control(), **options), real)
    assert found == pytest.approx(expected, abs=1e-6)
    # What is logged is the mean over the steps of the p that each had.
    logged = np.mean([0.0, *expected[:-1]])
    assert history["augmentation_p"] == pytest.approx([logged], abs=1e-6)


@pytest.mark.once("jax")
def test_p_is_a_probability():
    real = np.full((8 * 2 * 20, 4, 4, 1), 0.5, "float32")
    augment = AdaptiveAugment("mirror", interval=1, images=25)
    rising, _ = fit(game(augment), real)
    assert rising[:4] == pytest.approx([0.32, 0.64, 0.96, 1.0])
    assert rising[-1] == 1.0
    falling, _ = fit(game(augment), -real)
    assert set(falling) == {0.0}


@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}])
def test_p_goes_on_exactly(tmp_path, options):
    real = bright_or_dark(21)
    # Half of an interval: the accumulated signs matter.
    first, second = real[: 11 * 16], real[11 * 16 :]
    whole = game(control(), **options)
    fit(whole, first)
    whole.save(tmp_path / "run.keras")
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    config = loaded.augmentation.get_config()
    assert config == whole.augmentation.get_config()
    found = [fit(gan, second)[0] for gan in (whole, loaded)]
    assert found[0] == found[1]
    assert found[0] == pytest.approx(by_hand(real)[11:], abs=1e-6)
    states = (
        games.numpy_of([*gan.variables, *gan.optimizer.variables])
        for gan in (whole, loaded)
    )
    assert games.distance(*states) == 0


def test_p_of_a_schedule(tmp_path):
    schedule = kgan.schedules.Linear(0.0, 0.8, images=64)
    gan = game(AdaptiveAugment(EVERYTHING, schedule), n_critic=1)
    real = bright_or_dark(16, 1)
    _, history = fit(gan, real, epochs=2)
    steps = np.minimum(np.arange(32) * 8 / 64, 1.0) * 0.8
    expected = steps.reshape(2, 16).mean(axis=1)
    assert history["augmentation_p"] == pytest.approx(expected, abs=1e-6)
    gan.save(tmp_path / "run.keras")
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    _, history = fit(loaded, real)
    assert history["augmentation_p"] == pytest.approx([0.8])
    scores = loaded.evaluate(real, verbose=0, return_dict=True)
    assert "augmentation_p" not in scores


@pytest.mark.once
def test_a_fixed_p_is_not_logged():
    _, history = fit(game(AdaptiveAugment("mirror", 0.5)), bright_or_dark(2))
    assert "augmentation_p" not in history
