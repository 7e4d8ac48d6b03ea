"""GANs whose generator compares the discriminator's features."""

import conditional_games as conditional
import games
import keras
import numpy as np
import ot
import pytest
from keras import layers, ops

import kgan
from kgan.game import Game
from kgan.objectives.sliced import sliced_loss

SGD = keras.optimizers.SGD
OBJECTIVES = [
    "FeatureMatchingGAN",
    "SlicedWassersteinGAN",
    "MaxSlicedWassersteinGAN",
]


def of(tensor):
    return np.array(ops.convert_to_numpy(tensor))


def number(real, fake, directions):
    arrays = (np.asarray(a, "float32") for a in (real, fake, directions))
    return float(sliced_loss(*map(ops.convert_to_tensor, arrays)))


def directions(num, size, seed=1):
    rows = np.random.default_rng(seed).standard_normal((num, size))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_sliced_loss_is_that_of_pot():
    real, fake = games.points(16, 5), 2 * games.points(16, 5, seed=2) + 1
    lines = directions(40, 5)
    want = ot.sliced_wasserstein_distance(real, fake, projections=lines.T)
    assert number(real, fake, lines) == pytest.approx(want**2, rel=1e-5)


def test_sliced_loss_on_a_line_is_literal():
    golden = number([[0.0], [1.0]], [[2.0], [0.5]], [[1.0]])
    assert golden == pytest.approx(0.625)
    assert golden == number([[1.0], [0.0]], [[0.5], [2.0]], [[-1.0]])


@pytest.mark.once
def test_sliced_loss_has_the_closed_forms():
    lines, num = directions(4000, 4), 8000
    # Two point masses: d^2 over the dimension.
    apart = np.array([3.0, 0.0, 4.0, 0.0])
    points = number(np.zeros((2, 4)), np.tile(apart, (2, 1)), lines)
    assert points == pytest.approx(25 / 4, rel=0.03)
    # A Gaussian and itself moved, and of another width.
    lines = lines[:200]
    normal = games.points(num, 4)
    moved = number(normal, normal + apart, lines)
    expected = np.mean((lines @ apart) ** 2)
    assert moved == pytest.approx(expected, rel=1e-3)
    wider = number(normal, 3 * games.points(num, 4, seed=9), lines)
    assert wider == pytest.approx((3 - 1) ** 2, rel=0.03)


def dense_game(objective, critic=None, **arguments):
    gan = getattr(kgan, objective)(
        games.generator(), critic or games.critic(), seed=1, **arguments
    )
    gan.compile(SGD(0.05), SGD(0.05))
    return gan


@pytest.mark.parametrize("distance", ["squared_l2", "l1"])
def test_means_of_features_are_matched(distance):
    gan = dense_game("FeatureMatchingGAN", distance=distance)
    real = games.points(12)
    logs = gan.evaluate(real, batch_size=12, return_dict=True, verbose=0)
    seed = keras.random.SeedGenerator(gan.seed + 1)
    fake = of(gan(keras.random.normal((12, 3), seed=seed)))
    w, b, *_ = gan.discriminator.get_weights()
    apart = np.tanh(real @ w + b).mean(0) - np.tanh(fake @ w + b).mean(0)
    want = {"squared_l2": (apart**2).sum(), "l1": np.abs(apart).mean()}
    assert logs["generator_loss"] == pytest.approx(want[distance], rel=1e-5)


def test_directions_are_fresh_and_of_length_one():
    gan = dense_game("SlicedWassersteinGAN", num_projections=7)
    drawn = [of(gan.draw(4)["directions"]) for _ in range(2)]
    for lines in drawn:
        assert lines.shape == (7, 6)
        norms = np.linalg.norm(lines, axis=1)
        np.testing.assert_allclose(norms, 1, rtol=1e-6)
    assert np.abs(drawn[0] - drawn[1]).max() > 0.1
    held_out = games.points(12)
    first, again = (gan.evaluate(held_out, verbose=0) for _ in range(2))
    assert first == again


def test_features_are_what_the_last_layer_is_given():
    critic, (hidden, *_) = conditional.critic()
    gan = kgan.SlicedWassersteinGAN(
        conditional.generator()[0], critic, seed=1, num_projections=2
    )
    real, labels = games.points(6), conditional.labels(6)
    gan.compile()
    game = Game(gan, real, gan.draw(6), True, labels)
    want = of(hidden(ops.convert_to_tensor(real)))
    np.testing.assert_allclose(of(game.features(game.real)), want, rtol=1e-6)
    values = [0 * w.value for w in critic.trainable_variables]
    other = game.with_critic(values)
    assert not of(other.features(game.real)).any()
    assert of(game.features(game.real)).any()


def joined_critic():
    """Whose features depend on the label."""
    samples = keras.Input((2,))
    labels = keras.Input((), dtype="int32")
    embedded = layers.Embedding(conditional.CLASSES, 4)(labels)
    x = layers.Concatenate()([samples, embedded])
    x = layers.Dense(6, "tanh")(x)
    return keras.Model([samples, labels], layers.Dense(1)(x))


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_labels_reach_the_features(objective):
    gan = getattr(kgan, objective)(
        conditional.generator()[0], joined_critic(), seed=1
    )
    gan.compile(SGD(0.05), SGD(0.05))
    x, y = games.points(8), conditional.labels(8)
    features = [
        of(game.features(game.real))
        for game in (Game(gan, x, {}, True, y), Game(gan, x, {}, True, 0 * y))
    ]
    assert np.abs(features[0] - features[1]).max() > 1e-3
    gan.fit(
        np.tile(x, (4, 1)), np.tile(y, 4), batch_size=8, epochs=1, verbose=0
    )
    assert all(np.isfinite(w).all() for w in games.weights(gan))


def image_networks(critic_end):
    latents = keras.Input((3,))
    x = layers.Reshape((4, 4, 1))(layers.Dense(16, "tanh")(latents))
    images = keras.Input((4, 4, 1))
    y = layers.Conv2D(2, 3, padding="same", activation="relu")(images)
    return keras.Model(latents, x), keras.Model(images, critic_end(y))


@pytest.mark.once
def test_features_are_flat_and_of_augmented_samples():
    gan = kgan.SlicedWassersteinGAN(
        *image_networks(lambda y: layers.Flatten()(layers.Conv2D(1, 4)(y))),
        num_projections=3,
        augmentation=kgan.augmentations.DiffAugment("color"),
        seed=1,
    )
    assert gan.discriminator_features.size == 4 * 4 * 2
    real = games.points(4, 16).reshape(4, 4, 4, 1).clip(-1, 1)
    changed = Game(gan, real, gan.draw(4), True)
    clean = Game(gan, real, {}, False)
    features = [of(game.features(game.real)) for game in (changed, clean)]
    assert features[0].shape == features[1].shape == (4, 32)
    assert np.abs(features[0] - features[1]).max() > 1e-3
    # The line of a convolution that sees all of it is its kernel.
    kgan.MaxSlicedWassersteinGAN(gan.generator, gan.discriminator)


@pytest.mark.once
def test_bad_arguments():
    inner = games.critic()
    samples = keras.Input((2,))
    nested = keras.Model(samples, inner(samples))
    for objective in OBJECTIVES:
        with pytest.raises(ValueError, match="`discriminator` that ends in 'c"):
            dense_game(objective, nested)
    for value in (0, 1.5, "10"):
        with pytest.raises(ValueError, match="`num_projections`.*Received"):
            dense_game("SlicedWassersteinGAN", num_projections=value)
    for value in ("l2", None, ["l1"]):
        with pytest.raises(ValueError, match="`distance` must be.*Received"):
            dense_game("FeatureMatchingGAN", distance=value)

    def pooled(y):
        y = layers.Conv2D(1, 3, padding="same")(y)
        return layers.Reshape((1,))(layers.GlobalAveragePooling2D()(y))

    networks = image_networks(pooled)
    with pytest.raises(ValueError, match="of one unit.*a Conv2D. End it in"):
        kgan.MaxSlicedWassersteinGAN(*networks)
    kgan.FeatureMatchingGAN(*networks)
    seen = keras.Input((None, None, 1))
    end = layers.GlobalAveragePooling2D()(layers.Conv2D(1, 3)(seen))
    with pytest.raises(ValueError, match="whose size must be known"):
        kgan.SlicedWassersteinGAN(networks[0], keras.Model(seen, end))


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_saved_model_goes_on(objective, tmp_path):
    arguments = {
        "FeatureMatchingGAN": {"distance": "l1"},
        "SlicedWassersteinGAN": {"num_projections": 9},
    }.get(objective, {})
    gan = dense_game(objective, **arguments)
    real = games.points(32)
    gan.fit(real, batch_size=8, shuffle=False, verbose=0)
    # Features share the discriminator's layers, and add no weights.
    assert len(gan.trainable_variables) == len(games.weights(gan))
    gan.save(tmp_path / "run.keras")
    again = keras.saving.load_model(tmp_path / "run.keras")
    assert arguments.items() <= again.get_config().items()
    for each in (gan, again):
        each.fit(real, batch_size=8, shuffle=False, verbose=0)
    assert games.distance(games.weights(gan), games.weights(again)) == 0


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_replicas_are_refused_but_on_jax(objective, monkeypatch):
    gan = dense_game(objective)
    monkeypatch.setattr(
        kgan.distribution.engine, "share", lambda: (2, 0, 1, True)
    )
    if games.BACKEND == "jax":
        assert gan.peers.share().replicas == 2
        return
    with pytest.raises(ValueError, match="a whole batch at once.*2 replicas"):
        gan.fit(games.points(32), batch_size=8, verbose=0)
