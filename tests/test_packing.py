"""Packs: the discriminator takes several samples at once (PacGAN)."""

import conditional_games as conditional
import games
import keras
import numpy as np
import pytest
import test_games_and_penalties as unconditional
from keras import layers, ops

import kgan
from kgan import packing, penalties
from kgan.game import Game

SGD = keras.optimizers.SGD
BATCH = unconditional.BATCH


def of(tensor):
    return np.array(ops.convert_to_numpy(tensor))


def test_samples_of_a_pack_are_joined_on_the_last_axis():
    samples = np.arange(4 * 2 * 3 * 2).reshape(4, 2, 3, 2).astype("float32")
    packs = of(packing.packed(ops.convert_to_tensor(samples), 2))
    assert packs.shape == (2, 2, 3, 4)
    for i, pack in enumerate(packs):
        joined = np.concatenate([samples[2 * i], samples[2 * i + 1]], axis=-1)
        np.testing.assert_array_equal(pack, joined)
    back = packing.unpacked(ops.convert_to_tensor(packs), 2)
    np.testing.assert_array_equal(of(back), samples)
    rows = of(packing.packed(ops.convert_to_tensor(samples[:, 0, 0]), 4))
    np.testing.assert_array_equal(rows, samples[:, 0, 0].reshape(1, 8))


def test_the_last_pack_is_filled_up():
    for num, expected in ((4, [0, 1, 2, 3]), (5, [0, 1, 2, 3, 4, 0])):
        rows = ops.convert_to_tensor(np.arange(num, dtype="float32")[:, None])
        assert of(packing.filled(rows, 2))[:, 0].tolist() == expected
    single = ops.convert_to_tensor(np.ones((1, 2), "float32"))
    assert of(packing.filled(single, 3)).shape == (3, 2)


def networks(num, width=2):
    """A generator, and a critic of `num` of its samples at once."""
    rng = np.random.default_rng(12)
    made = games.generator(width), games.critic(num * width)
    for network in made:
        network.set_weights(
            [0.5 * rng.standard_normal(w.shape) for w in network.get_weights()]
        )
    return made


def model(num=2, objective="GAN", n_critic=1, rate=0.05, **arguments):
    options = {"run_eagerly": arguments.pop("run_eagerly", False)}
    gan = getattr(kgan, objective)(
        *networks(num),
        n_critic=n_critic,
        seed=unconditional.SEED,
        packing=num,
        **arguments,
    )
    gan.compile(SGD(rate), SGD(rate), **options)
    return gan


# Drawn for each pack, not for each of its samples.
def unit(num):
    return unconditional.uniform((BATCH // num, 1))


def pack(num):
    return (BATCH // num, 2 * num)


CASES = {
    "GAN": (2, "GAN", [], None),
    "packs of four": (4, "HingeGAN", [], None),
    "whole batch": (BATCH, "LeastSquaresGAN", [], None),
    "RelativisticGAN": (2, "RelativisticGAN", ["R1", "R2"], None),
    "GradientPenalty": (2, "NonSaturatingGAN", ["GradientPenalty"], unit),
    "DRAGAN": (
        4,
        "GAN",
        ["DRAGAN"],
        lambda num: {
            "share": unit(num),
            "noise": unconditional.uniform(pack(num)),
        },
    ),
    "FiniteDifference": (
        2,
        "GAN",
        ["FiniteDifference"],
        lambda num: unconditional.normal(pack(num)),
    ),
    "LeCam": (2, "GAN", ["LeCam"], None),
    "UnrolledGAN": (2, "UnrolledGAN", [], None),
    "FeatureMatchingGAN": (2, "FeatureMatchingGAN", [], None),
}


def difference(case, n_critic, run_eagerly):
    """Largest distance of any weight to the reference's after five steps."""
    num, objective, names, drawn = CASES[case]
    gan = model(
        num,
        objective,
        n_critic,
        0.02,
        penalties=[unconditional.PENALTIES[name][0]() for name in names],
        run_eagerly=run_eagerly,
        **unconditional.ARGUMENTS.get(objective, {}),
    )
    before = [w.astype("float64") for w in games.weights(gan)]
    reference = unconditional.reference
    sees_real = objective in reference.SEES_REAL
    batches = unconditional.STEPS * (n_critic + sees_real)
    real = games.points(batches * BATCH, seed=5) + np.float32(1)
    gan.fit(real, batch_size=BATCH, shuffle=False, verbose=0)
    expected = reference.train(
        objective,
        [unconditional.expected_penalty(name) for name in names],
        before[:4],
        before[4:],
        iter(np.split(real.astype("float64"), batches)),
        unconditional.draws([drawn and drawn(num) for _ in names]),
        n_critic,
        unconditional.STEPS,
        0.02,
        generator_objective=unconditional.GENERATORS.get(
            objective, lambda: None
        )(),
        packing=num,
    )
    got = games.weights(gan)
    assert games.distance(got, before) > 1e-3
    return games.distance(got, [*expected[0], *expected[1]])


@unconditional.every_way
@pytest.mark.parametrize(
    "case",
    [
        "GAN",
        "GradientPenalty",
        *(
            pytest.param(case, marks=pytest.mark.soak)
            for case in CASES
            if case not in ("GAN", "GradientPenalty")
        ),
    ],
)
def test_packs_equal_autograd(case, n_critic, run_eagerly):
    assert difference(case, n_critic, run_eagerly) < 5e-6


def mean_losses(gan, real, latents):
    """Of packs of NumPy arrays, the last filled up."""
    fake = of(gan.generator(latents))
    logits = [
        of(gan.discriminator(of(packing.packed(packing.filled(x, 2), 2))))
        for x in map(ops.convert_to_tensor, (real, fake))
    ]
    return [
        float(loss(*map(ops.convert_to_tensor, given)))
        for loss, given in (
            (gan.discriminator_loss, logits),
            (gan.generator_loss, logits[1:]),
        )
    ]


class SampleMeans(keras.metrics.Metric):
    """Remembers how many samples it was given."""

    def __init__(self, name="rows"):
        super().__init__(name=name)
        self.rows = self.add_weight(initializer="zeros", name="rows")

    def update_state(self, real, fake):
        rows = ops.cast(ops.shape(real)[0] + ops.shape(fake)[0], "float32")
        self.rows.assign_add(rows)

    def result(self):
        return self.rows


def test_evaluation_counts_every_sample_of_a_ragged_batch():
    gan = model()
    gan.compile(SGD(0.1), SGD(0.1), metrics=[SampleMeans()])
    real = games.points(8 + 3)
    logs = gan.evaluate(real, batch_size=8, return_dict=True, verbose=0)
    seed = keras.random.SeedGenerator(gan.seed + 1)
    parts = [
        mean_losses(gan, x, of(keras.random.normal((len(x), 3), seed=seed)))
        for x in (real[:8], real[8:])
    ]
    want = np.average(parts, axis=0, weights=[8, 3])
    got = [logs["discriminator_loss"], logs["generator_loss"]]
    np.testing.assert_allclose(got, want, rtol=1e-5)
    assert logs["rows"] == 2 * len(real)
    # Even a batch smaller than a pack has losses.
    assert np.isfinite(gan.evaluate(real[:1], verbose=0)).all()


def image_model(**arguments):
    latents = keras.Input((3,))
    x = layers.Reshape((4, 4, 1))(layers.Dense(16, "tanh")(latents))
    images = keras.Input((4, 4, 2))
    y = layers.Conv2D(2, 3, padding="same", activation="relu")(images)
    y = layers.Dense(1)(layers.Flatten()(y))
    gan = kgan.GAN(
        keras.Model(latents, x),
        keras.Model(images, y),
        seed=1,
        packing=2,
        **arguments,
    )
    gan.compile(SGD(0.05), SGD(0.05))
    return gan


def test_samples_are_augmented_one_by_one(monkeypatch):
    class Numbered(kgan.augmentations.DiffAugment):
        def __call__(self, samples, drawn):
            rows = ops.reshape(ops.arange(samples.shape[0]), (-1, 1, 1, 1))
            return samples + ops.cast(rows, "float32")

    gan = image_model(augmentation=Numbered("color"))
    real = packing.packed(ops.zeros((4, 4, 4, 1)), 2)
    game = Game(gan, real, gan.draw(4), True)
    seen = []
    monkeypatch.setattr(
        game, "_seen", lambda network, x, labels: seen.append(x)
    )
    game.judge(game.real)
    assert of(seen[0])[:, 0, 0].tolist() == [[0, 1], [2, 3]]


def test_augmented_packs_train_with_penalties():
    gan = image_model(
        augmentation=kgan.augmentations.DiffAugment(),
        penalties=[penalties.R1(1.0)],
        average=0.5,
    )
    assert gan.sample_spec.shape == (4, 4, 1)
    real = games.points(16, 16).reshape(16, 4, 4, 1).clip(-1, 1)
    logs = gan.fit(real, batch_size=4, verbose=0).history
    assert np.isfinite([*logs.values()]).all() and logs["r1"][0] > 0
    assert gan.generate(3, seed=1).shape == (3, 4, 4, 1)


@pytest.mark.parametrize(
    "kind", ["array", "generator", "pydataset", "tf.data", "unknown tf.data"]
)
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_a_batch_that_fills_no_packs_is_refused(kind):
    gan = model(3)
    before = games.weights(gan)
    data = games.as_data(kind, games.points(32), 8)
    message = "divide into packs.*batch of 8 samples for packing=3"
    with pytest.raises(ValueError, match=message):
        gan.fit(**data, verbose=0)
    with pytest.raises(ValueError, match=message):
        gan.train_on_batch(games.points(8))
    assert games.distance(games.weights(gan), before) == 0


@pytest.mark.parametrize("kind", ["generator", "unknown tf.data", "pydataset"])
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_every_kind_of_data_trains_alike(kind):
    real, trained = games.points(36), []
    for each in ("array", kind):
        gan = model()
        gan.fit(**games.as_data(each, real, 8), verbose=0)
        trained.append(games.weights(gan))
    assert games.distance(*trained) < 1e-6


@pytest.mark.once
def test_bad_arguments():
    generator, critic = networks(2)
    for value in (0, 1.5, "2", True):
        with pytest.raises(ValueError, match="`packing`.*Received: packing="):
            kgan.GAN(generator, critic, packing=value)
    with pytest.raises(ValueError, match="`packing` samples.*packing=3"):
        kgan.GAN(generator, critic, packing=3)
    with pytest.raises(ValueError, match="what the discriminator takes"):
        kgan.GAN(generator, critic)
    for pair in (
        (conditional.generator()[0], critic),
        (generator, conditional.critic(4)[0]),
    ):
        with pytest.raises(ValueError, match="no one label.*packing=2"):
            kgan.GAN(*pair, packing=2)


@pytest.mark.once
@pytest.mark.slow
def test_a_saved_model_goes_on(tmp_path):
    gan = model(penalties=[penalties.GradientPenalty()])
    fit = {"batch_size": 8, "shuffle": False, "verbose": 0}
    real = games.points(32)
    gan.fit(real, **fit)
    gan.save(tmp_path / "run.keras")
    again = keras.saving.load_model(tmp_path / "run.keras")
    assert again.packing == 2
    for each in (gan, again):
        each.fit(real, **fit)
    assert games.distance(games.weights(gan), games.weights(again)) == 0


@pytest.mark.once
@pytest.mark.slow
def test_a_resumed_run_is_the_uninterrupted_one(tmp_path):
    def fit(gan, epochs, path):
        checkpoint = kgan.callbacks.Checkpoint(path)
        gan.fit(
            games.points(32),
            batch_size=8,
            epochs=epochs,
            callbacks=[checkpoint],
            verbose=0,
        )
        return games.weights(gan)

    whole = fit(model(), 2, tmp_path / "whole")
    fit(model(), 1, tmp_path / "resumed")
    assert games.distance(fit(model(), 2, tmp_path / "resumed"), whole) == 0


def test_replicas_are_refused_but_on_jax(monkeypatch):
    gan = model()
    monkeypatch.setattr(
        kgan.distribution.engine, "share", lambda: (2, 0, 1, True)
    )
    if games.BACKEND == "jax":
        assert gan.peers.share().replicas == 2
        return
    with pytest.raises(ValueError, match="a whole batch at once.*2 replicas"):
        gan.fit(games.points(32), batch_size=8, verbose=0)
