"""Models of kernels and slices against float64 PyTorch, the metrics and POT."""

import functools

import games
import keras
import moment_reference as reference
import numpy as np
import pytest
import torch
from keras import ops
from test_kernels import gradients, number

import kgan
from kgan.game import Game
from kgan.kernels import Distance, RationalQuadratic
from kgan.objectives.sliced import draw_directions, sliced_loss

BATCH, STEPS, SEED, RATE, WIDTH = 8, 5, 4, 0.02, 3
BANDWIDTHS = (0.5, 2.0)
PROJECTIONS = 7
every_way = pytest.mark.parametrize(
    "run_eagerly",
    [
        pytest.param(False, id="graph"),
        # On JAX eager operations compile one by one.
        pytest.param(
            True, id="eager", marks=pytest.mark.once("tensorflow", "torch")
        ),
    ],
)


def network(rng, width, out):
    """Two dense layers, and their weights in float64."""
    inputs = keras.Input((width,))
    x = keras.layers.Dense(8, "tanh")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(out)(x))
    model.set_weights(
        [0.4 * rng.standard_normal(w.shape) for w in model.weights]
    )
    return model, [w.astype("float64") for w in model.get_weights()]


def networks(**shapes):
    rng = np.random.default_rng(12)
    return [network(rng, *shape) for shape in shapes.values()]


def samples(batches):
    rng = np.random.default_rng(5)
    real = rng.standard_normal((batches * BATCH, 2)) + 1
    return real.astype("float32")


def draws(*kinds):
    """What a model of this seed draws for update after update."""
    seed = keras.random.SeedGenerator(SEED)

    def numpy_of(tensor):
        return ops.convert_to_numpy(tensor).astype("float64")

    while True:
        normal = keras.random.normal((BATCH, games.LATENT_DIM), seed=seed)
        yield numpy_of(normal), *(numpy_of(kind(seed)) for kind in kinds)


def split(real):
    return np.split(real.astype("float64"), len(real) // BATCH)


def difference(models, expected):
    """Largest distance of any weight; all have moved."""
    return games.distance(
        [w for model in models for w in model.get_weights()],
        [w for weights in expected for w in weights],
    )


def gmmn_loss(real, fake, drawn):
    kernel = reference.squared_exponential(*BANDWIDTHS)
    return reference.biased(kernel, real, fake).sqrt()


def sliced(real, fake, drawn):
    return reference.sliced(real, fake, torch.tensor(drawn))


# Name: the model, its reference, and what it draws beside latents.
ALONE = {
    "GMMN": (
        functools.partial(kgan.GMMN, bandwidths=BANDWIDTHS),
        gmmn_loss,
        None,
    ),
    "SlicedWassersteinModel": (
        functools.partial(
            kgan.SlicedWassersteinModel, num_projections=PROJECTIONS
        ),
        sliced,
        lambda dim: functools.partial(draw_directions, PROJECTIONS, dim),
    ),
}


@every_way
@pytest.mark.parametrize("of_features", [False, True])
@pytest.mark.parametrize("name", ALONE)
def test_five_steps_without_a_discriminator(name, of_features, run_eagerly):
    make, loss, drawing = ALONE[name]
    (generator, before), (features, extract) = networks(
        generator=(games.LATENT_DIM, 2), features=(2, WIDTH)
    )
    model = make(
        generator, seed=SEED, features=features if of_features else None
    )
    model.compile(keras.optimizers.SGD(RATE), run_eagerly=run_eagerly)
    # It has its own: what becomes of the one that was passed is no matter.
    features.set_weights([0 * w for w in features.get_weights()])
    real = samples(STEPS)
    model.fit(real, batch_size=BATCH, shuffle=False, verbose=0)
    extract = [torch.tensor(w) for w in extract]

    def of_rows(x, y, drawn):
        if of_features:
            x, y = (reference.forward(extract, rows) for rows in (x, y))
        return loss(x, y, drawn)

    kinds = [drawing(WIDTH if of_features else 2)] if drawing else []
    stream = ((z, *(rest or [None])) for z, *rest in draws(*kinds))
    after = reference.train_alone(of_rows, before, split(real), stream, RATE)
    assert games.distance(generator.get_weights(), before) > 1e-3
    assert difference([generator], [after]) < 5e-6


def uniform(seed):
    return keras.random.uniform((BATCH, 1), seed=seed)


# Name: arguments, kernel of the reference, form, clip, penalties' drawing.
MMD_GANS = {
    "2017": (dict, reference.gaussian(1, 2, 4, 8, 16), "2017", None),
    "2017 with a clip": (
        lambda: {"feasible_weight": 2},
        reference.gaussian(1, 2, 4, 8, 16),
        "2017",
        0.3,
    ),
    "2018": (
        lambda: {
            "kernel": RationalQuadratic(),
            "unbiased": True,
            "penalties": [
                kgan.penalties.WitnessPenalty(0.7),
                kgan.penalties.FeatureNorm(0.3),
            ],
        },
        reference.rational_quadratic(0.2, 0.5, 1, 2, 5),
        "2018",
        None,
    ),
    "distance": (
        lambda: {"kernel": Distance(), "unbiased": True},
        reference.distance,
        "2018",
        None,
    ),
}


@every_way
@pytest.mark.parametrize(
    ("name", "decodes"),
    [
        ("2017", False),
        ("2017 with a clip", True),
        pytest.param("2018", False, marks=pytest.mark.slow),
        ("distance", True),
        pytest.param("2017", True, marks=pytest.mark.soak),
        pytest.param("2018", True, marks=pytest.mark.soak),
    ],
)
def test_five_steps_of_mmd_gan(name, decodes, run_eagerly):
    make, kernel, form, clip = MMD_GANS[name]
    found = networks(
        generator=(games.LATENT_DIM, 2), critic=(2, WIDTH), decoder=(WIDTH, 2)
    )
    models, before = zip(*found, strict=True)
    if not decodes:
        models, before = models[:2], [*before[:2], []]
    options, n_critic = make(), 1 if form == "2018" else 2
    gan = kgan.MMDGAN(
        *models[:2],
        n_critic=n_critic,
        seed=SEED,
        decoder=models[2] if decodes else None,
        **options,
    )
    gan.compile(
        keras.optimizers.SGD(RATE),
        keras.optimizers.SGD(RATE),
        run_eagerly=run_eagerly,
    )
    real = samples(STEPS * (n_critic + 1))
    callbacks = [kgan.callbacks.WeightClip(clip)] if clip else []
    gan.fit(
        real, batch_size=BATCH, shuffle=False, verbose=0, callbacks=callbacks
    )
    penalties, kinds = [], []
    if "penalties" in options:
        kinds = [uniform]
        penalties = [
            lambda critic, real, fake, drawn: reference.witness_penalty(
                kernel, critic, real, fake, torch.tensor(drawn), 0.7
            ),
            lambda critic, real, fake, drawn: reference.feature_norm(
                critic, real, fake, 0.3
            ),
        ]
    expected = reference.train_mmd_gan(
        lambda x, y: reference.feature_loss(
            kernel, x, y, form, options.get("feasible_weight", 16)
        ),
        penalties,
        *before,
        split(real),
        ((z, *(rest or [None])) for z, *rest in draws(*kinds)),
        n_critic,
        RATE,
        clip,
    )
    for model, weights in zip(models, before, strict=False):
        assert games.distance(model.get_weights(), weights) > 1e-3
    assert difference(models, expected) < 5e-6


def rows(dim, num=20, seed=1):
    rng = np.random.default_rng(seed)
    real = rng.standard_normal((num, dim))
    fake = 1.5 * rng.standard_normal((num, dim)) + 0.5
    return real.astype("float32"), fake.astype("float32")


def unit(num, dim, seed=2):
    found = np.random.default_rng(seed).standard_normal((num, dim))
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found.astype("float32")


def test_sliced_loss_is_that_of_pot_and_of_the_metric():
    ot = pytest.importorskip("ot")
    real, fake = rows(4)
    directions = unit(30, 4)
    value, found = gradients(
        lambda x, y: sliced_loss(x, y, ops.convert_to_tensor(directions)),
        real,
        fake,
    )
    wide = [a.astype("float64") for a in (real, fake)]
    theirs = ot.sliced_wasserstein_distance(
        *wide, projections=directions.T.astype("float64"), p=2
    )
    assert value == pytest.approx(theirs**2, rel=1e-6)
    tensors = [torch.tensor(a, requires_grad=True) for a in wide]
    reference.sliced(*tensors, torch.tensor(directions).double()).backward()
    for got, want in zip(found, tensors, strict=True):
        np.testing.assert_allclose(got, want.grad.numpy(), atol=1e-6)
    from kgan.metrics.sliced_wasserstein import random_directions

    same = random_directions(50, 4, 0)
    metric = kgan.metrics.SlicedWasserstein(num_projections=50, order=2, seed=0)
    metric.update_state(real, fake)
    got = number(sliced_loss(real, fake, same.astype("float32")))
    assert got == pytest.approx(float(metric.result()) ** 2, rel=1e-5)


def test_sliced_loss_in_closed_form():
    line = np.ones((1, 1), "float32")
    sets = [np.array(v, "float32")[:, None] for v in ([1, 0], [0.5, 2])]
    assert number(sliced_loss(*sets, line)) == pytest.approx(0.625, rel=1e-6)
    dim, num = 3, 4_000
    rng = np.random.default_rng(0)
    real, fake = rng.standard_normal((2, num, dim)).astype("float32")
    directions = unit(400, dim)
    shift = np.array([1.0, -2.0, 0.5], "float32")
    for other, want in (
        (fake + shift, shift @ shift / dim),  # N(0, I) and N(m, I).
        (3 * fake, 4.0),  # N(0, s^2 I) and N(0, t^2 I): (s - t)^2.
    ):
        got = number(sliced_loss(real, other, directions))
        assert got == pytest.approx(want, rel=0.1)
    # Two point masses.
    ones = np.ones((5, dim), "float32")
    got = number(sliced_loss(0 * ones, ones * shift, directions))
    assert got == pytest.approx(shift @ shift / dim, rel=0.1)


def test_sliced_loss_knows_no_order():
    real, fake = rows(3)
    order = np.random.default_rng(0).permutation(len(fake))
    directions = ops.convert_to_tensor(unit(9, 3))

    def loss(x, y):
        return sliced_loss(x, y, directions)

    value, (_, found) = gradients(loss, real, fake)
    again, (_, permuted) = gradients(loss, real, fake[order])
    assert again == pytest.approx(value, rel=1e-6)
    np.testing.assert_allclose(permuted, found[order], atol=1e-7)


def test_directions_are_fresh_unit_vectors():
    model = kgan.SlicedWassersteinModel(games.generator(), 6, seed=1)
    first, second = (
        ops.convert_to_numpy(model.draw(4)["directions"]) for _ in range(2)
    )
    assert first.shape == (6, 2) and np.abs(first - second).max() > 0.1
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, rtol=1e-6)


def test_gmmn_has_gradients_where_the_sets_are_one():
    model = kgan.GMMN(games.generator(), seed=1)
    model.compile(keras.optimizers.SGD(1.0))
    model.generator.set_weights([0 * w for w in model.generator.get_weights()])
    logs = model.train_on_batch(np.zeros((8, 2), "float32"), return_dict=True)
    assert float(logs["generator_loss"]) < 1e-6
    assert all(np.isfinite(w).all() for w in model.generator.get_weights())


def game_of(gan, drawn=None):
    real = games.points(BATCH)
    draws = {"latents": games.points(BATCH, games.LATENT_DIM, seed=1)}
    return Game(gan, real, draws | (drawn or {}))


def test_mmd_estimate_is_the_metric_of_the_features():
    gan = kgan.MMDGAN(games.generator(), games.critic(units=3), seed=1)
    gan.compile()
    game = game_of(gan)
    got = number(gan.estimate_objective(game))
    metric = kgan.metrics.MaximumMeanDiscrepancy(
        bandwidths=gan.kernel.sigmas, num_permutations=1
    )
    metric.update_state(
        *map(ops.convert_to_numpy, (game.real_logits, game.fake_logits))
    )
    want = list(metric.result().values())[0] * len(gan.kernel.sigmas)
    assert got == pytest.approx(want, abs=2e-6)


@pytest.mark.once
def test_defaults_of_the_papers():
    row = kgan.objectives.table()["mmdgan"]
    assert (row.n_critic, row.clip_value) == (5, 0.01)
    gan = kgan.MMDGAN(games.generator(), games.critic(units=3))
    optimizer = gan.default_optimizer("x")
    assert isinstance(optimizer, keras.optimizers.RMSprop)
    assert float(optimizer.learning_rate) == pytest.approx(5e-5)
    assert gan.batches_per_step == 6
    assert gan.kernel.sigmas == (1, 2, 4, 8, 16)
    arguments = {"unbiased": False, "feasible_weight": 16.0}
    assert arguments.items() <= gan.loss_arguments.items()
    assert gan.reconstruction_weight == 8
    gmmn = kgan.GMMN(games.generator())
    assert gmmn.kernel.bandwidths == (2, 5, 10, 20, 40, 80)
    assert (
        kgan.SlicedWassersteinModel(games.generator()).num_projections == 1000
    )


def decoder(taken=3, made=2, **options):
    features = keras.Input((taken,))
    return keras.Model(features, keras.layers.Dense(made, **options)(features))


@pytest.mark.once
@pytest.mark.parametrize(
    "options, match",
    [
        ({"unbiased": 1}, "`unbiased` must be True or False.*unbiased=1"),
        ({"feasible_weight": -1}, "`feasible_weight` .*feasible_weight=-1"),
        ({"reconstruction_weight": "8"}, "`reconstruction_weight` .*='8'"),
        ({"decoder": "x"}, "`decoder` must be a keras.Model"),
        ({"decoder": decoder(4)}, "`decoder` must make samples.*Received"),
        ({"decoder": decoder(3, 5)}, "`decoder` must make samples.*Received"),
        (
            {"decoder": decoder(kernel_regularizer="l2")},
            "`decoder` must add no losses.*Received.*regularizers",
        ),
        (
            {"penalties": [kgan.penalties.R1(1.0)]},
            "R1 is of one logit.*Received.*3 features",
        ),
        (
            {"penalties": [kgan.penalties.LeCam()]},
            "LeCam is of one logit.*Received.*3 features",
        ),
    ],
)
def test_bad_arguments_of_mmd_gan(options, match):
    with pytest.raises(ValueError, match=match):
        kgan.MMDGAN(games.generator(), games.critic(units=3), **options)


@pytest.mark.once
def test_features_that_do_not_fit():
    images = keras.Input((4, 4, 1))
    unflattened = keras.Model(images, keras.layers.Conv2D(2, 3)(images))
    maker = games.generator(2)
    with pytest.raises(ValueError, match=r"\(batch, k\).*Received: .*output"):
        kgan.MMDGAN(games.image_game().generator, unflattened)
    for kind in (kgan.GMMN, kgan.SlicedWassersteinModel):
        with pytest.raises(ValueError, match="`features` takes. Received: "):
            kind(maker, features=games.critic(3))
        with pytest.raises(ValueError, match="`features` must be a keras"):
            kind(maker, features=lambda x: x)
    with pytest.raises(ValueError, match="WitnessPenalty is of features"):
        kgan.GAN(
            maker, games.critic(), penalties=[kgan.penalties.WitnessPenalty()]
        )
    for value in (0, 1.5, True):
        with pytest.raises(ValueError, match="`num_projections`.*Received"):
            kgan.SlicedWassersteinModel(maker, value)


def test_witness_penalty_leaves_no_trace():
    """Neither in the critic's seeds nor in what it logs of logits."""
    gan = kgan.MMDGAN(
        games.generator(),
        games.critic(units=3),
        seed=1,
        penalties=[kgan.penalties.WitnessPenalty()],
    )
    gan.compile()
    share = ops.full((BATCH, 1), 0.5)
    game = game_of(gan, {"witness_penalty": share})
    before = games.numpy_of(gan.variables)
    assert number(gan.penalties[0](game)) > 0
    assert games.distance(before, games.numpy_of(gan.variables)) == 0


def whole_mmd_gan(seed=5):
    keras.utils.set_random_seed(seed)
    gan = kgan.MMDGAN(
        games.noisy_generator(),
        games.critic(units=3),
        n_critic=1,
        kernel=RationalQuadratic((0.5, 1.0), linear=True),
        decoder=decoder(),
        seed=1,
        average=0.7,
        feasible_weight=2,
        reconstruction_weight=3,
        penalties=[kgan.penalties.FeatureNorm(0.5)],
    )
    gan.compile(keras.optimizers.Adam(0.02), keras.optimizers.Adam(0.02))
    return gan


@pytest.mark.once
@pytest.mark.slow
def test_a_resumed_mmd_gan_is_the_uninterrupted_one(tmp_path):
    def fit(gan, epochs, *callbacks):
        return gan.fit(
            games.points(60),
            batch_size=8,
            epochs=epochs,
            callbacks=[kgan.callbacks.WeightClip(0.3), *callbacks],
            verbose=0,
        )

    def state(gan):
        return games.numpy_of([*gan.variables, *gan.optimizer.variables])

    straight, resumed = whole_mmd_gan(), whole_mmd_gan()
    fit(straight, 3)
    fit(whole_mmd_gan(), 1, kgan.callbacks.Checkpoint(tmp_path))
    fit(resumed, 3, kgan.callbacks.Checkpoint(tmp_path))
    assert games.distance(state(straight), state(resumed)) <= 1e-6
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    assert games.distance(state(loaded), state(resumed)) == 0
    for part in ("kernel", "feasible_weight", "reconstruction_weight"):
        assert loaded.get_config()[part] == resumed.get_config()[part]
    # The decoder trains and is not clipped.
    clipped = [np.abs(w).max() for w in loaded.discriminator.get_weights()]
    free = [np.abs(w).max() for w in loaded.decoder.get_weights()]
    assert max(clipped) <= 0.3 + 1e-7 < max(free)
