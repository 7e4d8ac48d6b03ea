"""Penalties: what they refuse, what they leave alone, what they cost."""

import math

import games
import keras
import numpy as np
import pytest
from keras import layers, ops

import kgan
from kgan import distribution, penalties, schedules
from kgan.game import Game


def gan(critic=None, objective="NonSaturatingGAN", **options):
    return getattr(kgan, objective)(
        games.generator(), critic or games.critic(), seed=1, **options
    )


def images_critic(*inner):
    seen = keras.Input((8, 8, 1))
    x = seen
    for layer in inner:
        x = layer(x)
    return keras.Model(seen, layers.Dense(1)(layers.Flatten()(x)))


def images_gan(*inner, **options):
    latents = keras.Input((3,))
    x = layers.Dense(64, "tanh")(latents)
    generator = keras.Model(latents, layers.Reshape((8, 8, 1))(x))
    return kgan.NonSaturatingGAN(
        generator, images_critic(*inner), seed=1, **options
    )


def trained(model, epochs=2, **options):
    sgd = keras.optimizers.SGD
    model.compile(sgd(0.05), sgd(0.05), **options)
    model.fit(games.points(64), batch_size=8, epochs=epochs, verbose=0)
    return games.weights(model)


@pytest.mark.once
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: penalties.R1("0.1"), "`gamma` must be a finite number"),
        (lambda: penalties.R1(-1), "`gamma` must be at least 0"),
        (lambda: penalties.R2(math.nan), "`gamma` must be a finite number"),
        (lambda: penalties.R2(0.1, name=""), "`name` must be the name"),
        (
            lambda: penalties.GradientPenalty(target=-1),
            "`target` is a norm, at least 0",
        ),
        (
            lambda: penalties.GradientPenalty(one_sided="yes"),
            "`one_sided` must be True or False",
        ),
        (lambda: penalties.DRAGAN(scale=0), "`scale` must be above 0"),
        (lambda: penalties.DRAGAN(centred=1), "`centred` must be True"),
        (lambda: penalties.LeCam(decay=1), "`decay` must lie in"),
        (
            lambda: penalties.FiniteDifference(sigma=-0.1),
            "`sigma` must be above 0",
        ),
        (lambda: schedules.Constant(None), "`value` must be a finite"),
        (lambda: schedules.Linear(1, math.inf, 3), "`final` must be a finite"),
        (lambda: schedules.Cosine(1, 0, 0), "`images` must be a positive"),
        (lambda: gan(penalties=[0.1]), "`penalties` must be a list of"),
        (lambda: gan(penalties=3), "`penalties` must be a list of"),
        (lambda: gan(penalties="R1"), "`penalties` must be a list of"),
        (lambda: gan(penalties=penalties.R1), "`penalties` must be a list of"),
        (
            lambda: gan(penalties=[penalties.R1(1), penalties.R1(2)]),
            "two logs named 'r1'",
        ),
        (
            lambda: gan(penalties=[penalties.R1(1, name="generator_loss")]),
            "two logs named 'generator_loss'",
        ),
        (lambda: gan(objective="R3GAN", gamma=-1), "`gamma` must be at least"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_critic_with_batch_statistics_is_refused():
    critic = games.noisy_critic()
    for penalty in (
        penalties.R1(1.0),
        penalties.R2(1.0),
        penalties.GradientPenalty(),
        penalties.DRAGAN(),
    ):
        with pytest.raises(ValueError, match="BatchNormalization: its stat"):
            gan(critic, penalties=[penalty])
    with pytest.raises(ValueError, match="BatchNormalization: its stat"):
        gan(critic, "WGANGP")
    # Without gradients by the samples it does no harm.
    gan(critic, penalties=[penalties.LeCam(), penalties.FiniteDifference()])
    # Nor where it does not train.
    for layer in critic.layers:
        layer.trainable = not isinstance(layer, layers.BatchNormalization)
    gan(critic, penalties=[penalties.R1(1.0)])


def test_layers_without_a_second_derivative_are_refused():
    bilinear = layers.UpSampling2D(interpolation="bilinear")
    r1 = [penalties.R1(1.0)]
    if keras.backend.backend() == "tensorflow":
        for layer in (bilinear, layers.Resizing(4, 4)):
            with pytest.raises(ValueError, match="no second derivative"):
                images_gan(layer, penalties=r1)
    else:
        images_gan(bilinear, penalties=r1)
    images_gan(layers.UpSampling2D(), penalties=r1)
    images_gan(bilinear, penalties=[penalties.FiniteDifference()])


def test_noise_of_an_unknown_size_is_refused():
    seen = keras.Input((None, None, 1))
    pooled = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(seen))
    critic = keras.Model(seen, layers.Dense(1)(pooled))
    latents = keras.Input((3,))
    x = layers.Reshape((1, 1, 3))(latents)
    for _ in range(2):
        x = layers.UpSampling2D(4)(x)
    x = layers.Conv2D(1, 3, padding="same", activation="tanh")(x)
    sizes = {"generator": keras.Model(latents, x), "discriminator": critic}
    gan_of_any_size = kgan.GAN(**sizes, penalties=[penalties.R1(1.0)])
    assert gan_of_any_size.penalties
    if None in gan_of_any_size.sample_spec.shape:
        with pytest.raises(ValueError, match="must be known"):
            kgan.GAN(**sizes, penalties=[penalties.DRAGAN()])


@pytest.mark.parametrize(
    "make",
    [
        lambda: gan(penalties=[penalties.LeCam()]),
        lambda: gan(penalties=[penalties.DRAGAN()]),
        lambda: gan(objective="RelativisticAverageGAN"),
    ],
    ids=["LeCam", "DRAGAN", "RelativisticAverageGAN"],
)
def test_losses_of_a_whole_batch_on_replicas(make, monkeypatch):
    model = make()
    model.compile()
    monkeypatch.setattr(distribution.engine, "share", lambda: (2, 0, 1, True))
    if keras.backend.backend() == "jax":
        model.peers.share()
        return
    with pytest.raises(ValueError, match="a whole batch at once.*2 replicas"):
        model.fit(games.points(16), batch_size=8, verbose=0)


def test_penalties_of_each_sample_on_replicas(monkeypatch):
    model = gan(objective="R3GAN", gamma=1.0)
    monkeypatch.setattr(distribution.engine, "share", lambda: (2, 0, 1, True))
    assert model.peers.share().replicas == 2


@pytest.mark.filterwarnings("ignore:The train step of this model cannot be")
@pytest.mark.parametrize(
    "run_eagerly",
    [
        False,
        pytest.param(
            True, marks=pytest.mark.once("tensorflow", "torch"), id="eagerly"
        ),
    ],
)
def test_no_trace_is_left(run_eagerly):
    """With a weight of 0 a critic that draws trains as without a penalty."""

    def critic():
        samples = keras.Input((2,))
        x = layers.Dropout(0.3, seed=3)(layers.Dense(6, "tanh")(samples))
        return keras.Model(samples, layers.Dense(1)(x))

    weights = []
    for given in ([], [penalties.R1(0.0), penalties.R2(0.0)]):
        keras.utils.set_random_seed(0)
        model = gan(critic(), penalties=given)
        weights.append(trained(model, run_eagerly=run_eagerly))
    assert games.distance(*weights) < 1e-7


def test_one_pass_serves_the_penalties_and_the_logits(monkeypatch):
    model = gan(penalties=[penalties.R1(1.0), penalties.R2(1.0)])
    model.compile()
    passes = []
    judge = Game._seen
    monkeypatch.setattr(
        Game,
        "_seen",
        lambda game, network, seen, *rest, **options: (
            passes.append(seen.shape)
            or judge(game, network, seen, *rest, **options)
        ),
    )
    game = Game(model, ops.convert_to_tensor(games.points(8)), model.draw(8))
    game.detach()
    for penalty in model.penalties:
        game.will_differentiate(penalty.points(game))
    for value in (game.real_logits, game.fake_logits):
        assert tuple(value.shape) == (8, 1)
    together = [float(ops.stop_gradient(p(game))) for p in model.penalties]
    assert [tuple(shape) for shape in passes] == [(16, 2)]
    apart = Game(model, game.real, game.draws)
    apart._fake = game.fake
    found = [float(ops.stop_gradient(p(apart))) for p in model.penalties]
    np.testing.assert_allclose(together, found, rtol=1e-5)


@pytest.mark.once
def test_schedules():
    cosine = schedules.Cosine(2e-4, 5e-5, images=20_000_000)
    assert float(cosine(5_000_000)) == pytest.approx(1.7803e-4, rel=1e-4)
    assert float(cosine(10_000_000)) == pytest.approx(1.25e-4, rel=1e-5)
    assert float(cosine(10**9)) == pytest.approx(5e-5, rel=1e-5)
    gamma = schedules.Cosine(0.05, 0.005, images=20_000_000)
    assert float(gamma(5_000_000)) == pytest.approx(0.04340990, rel=1e-5)
    linear = schedules.Linear(1.0, 3.0, images=100)
    values = [float(linear(n)) for n in (0, 25, 100, 200)]
    assert values == pytest.approx([1.0, 1.5, 3.0, 3.0])
    assert float(schedules.Constant(0.3)(5)) == pytest.approx(0.3)


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_a_weight_follows_its_schedule(run_eagerly):
    """Within one compiled step; as logged, it is weight times term."""
    weight = schedules.Linear(1.0, 0.0, images=64)

    class Given(penalties.Penalty):
        def term(self, game):
            return ops.sum(0.0 * game.real_logits) + 8.0

    seen = []
    logged = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(logs["given"])
    )
    model = gan(penalties=[Given(weight, name="given")])
    model.compile(run_eagerly=run_eagerly)
    model.fit(
        games.points(16),
        batch_size=16,
        epochs=6,
        callbacks=[logged],
        verbose=0,
    )
    # Each epoch is one step of 16 images.
    assert seen == pytest.approx([8.0, 6.0, 4.0, 2.0, 0.0, 0.0])


@pytest.mark.once("torch")
@pytest.mark.parametrize(
    ("objective", "options"),
    [
        ("WGANGP", {}),
        ("R3GAN", {"gamma": schedules.Cosine(1.0, 0.1, images=100)}),
        ("R3GAN", {"gamma": 0.5, "penalties": [penalties.LeCam()]}),
        (
            "HingeGAN",
            {
                "penalties": [
                    penalties.DRAGAN(3.0, 0.7, centred=True),
                    penalties.GradientPenalty(2.0, 0.5, True, name="lp"),
                    penalties.FiniteDifference(10.0, 0.1),
                ],
                "average": 0.5,
            },
        ),
    ],
)
def test_a_saved_game_goes_on(objective, options, tmp_path):
    model = gan(objective=objective, **options)
    trained(model)
    model.save(tmp_path / "run.keras")
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    assert type(loaded) is type(model)
    for before, after in zip(model.penalties, loaded.penalties, strict=True):
        assert type(before) is type(after)
        assert before.get_config() == after.get_config()
    for each in (model, loaded):
        each.fit(games.points(64), batch_size=8, verbose=0)
    state = [
        games.numpy_of([*each.variables, *each.optimizer.variables])
        for each in (model, loaded)
    ]
    assert games.distance(*state) == 0


def test_evaluation_has_no_penalties():
    model = gan(objective="R3GAN", gamma=1.0)
    trained(model)
    scores = model.evaluate(games.points(16), verbose=0, return_dict=True)
    assert sorted(scores) == ["discriminator_loss", "generator_loss"]
    history = model.fit(
        games.points(32),
        batch_size=8,
        validation_data=games.points(16),
        verbose=0,
    ).history
    assert {"r1", "r2"} < set(history)
    assert not {"val_r1", "val_r2"} & set(history)


@pytest.mark.filterwarnings("error:WGAN trains without")
def test_a_gradient_penalty_bounds_a_wasserstein_critic():
    model = gan(objective="WGANGP")
    trained(model, epochs=1)


GOLDEN = {
    "NonSaturatingGAN": (1.91829369, 0.69687146),
    "GAN": (1.91829369, -0.94687146),
    "LeastSquaresGAN": (2.09375, 0.80208333),
    "HingeGAN": (2.41666667, -0.25),
    "WGAN": (0.41666667, -0.25),
    "RelativisticGAN": (1.37267823, 0.95601157),
    "RelativisticAverageGAN": (1.07276719, 0.65610053),
}


@pytest.mark.parametrize("objective", GOLDEN)
def test_golden_numbers(objective):
    real = ops.convert_to_tensor([[1.0], [-2.0], [0.5]])
    fake = ops.convert_to_tensor([[0.25], [1.5], [-1.0]])
    cls = getattr(kgan, objective)

    class Told:
        real_logits, fake_logits = real, fake

    model = gan(objective=objective)
    found = [
        float(cls.discriminator_loss(real, fake)),
        float(model.generator_objective(Told)),
    ]
    assert found == pytest.approx(GOLDEN[objective], abs=2e-7)


@pytest.mark.once
def test_golden_number_of_lecam():
    real = ops.convert_to_tensor([1.0, -2.0, 0.5])
    fake = ops.convert_to_tensor([0.25, 1.5, -1.0])
    found = float(penalties.LeCam.distance(real, fake, 0.3, -0.2))
    assert found == pytest.approx(1.2075, abs=1e-6)


class Constant(layers.Layer):
    """The one point that a Dirac generator makes, from its bias."""

    def build(self, shape):
        self.theta = self.add_weight(shape=(1,), initializer="zeros")

    def call(self, latents):
        return 0.0 * latents + self.theta


class Slope(layers.Layer):
    """D(x) = psi x."""

    def build(self, shape):
        self.psi = self.add_weight(shape=(1,), initializer="zeros")

    def call(self, samples):
        return samples * self.psi


def flow(model, theta, psi):
    """Change of (theta, psi) in a small step of both players at once."""
    rate = 1e-3
    changes = []
    for player in range(2):
        model.generator.set_weights([np.array([theta], "float32")])
        model.discriminator.set_weights([np.array([psi], "float32")])
        rates = [0.0, 0.0]
        rates[player] = rate
        model.compile(*(keras.optimizers.SGD(r) for r in rates))
        per_step = model.batches_per_step
        model.train_on_batch(np.zeros((4 * per_step, 1), "float32"))
        after = (
            model.generator.get_weights()[0][0],
            model.discriminator.get_weights()[0][0],
        )
        before = (theta, psi)
        changes.append((after[player] - before[player]) / rate)
    return np.array(changes, "float64")


@pytest.mark.once("torch")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("objective", "options", "expected"),
    [
        ("NonSaturatingGAN", {}, [0.5j, -0.5j]),
        (
            "NonSaturatingGAN",
            {"penalties": [penalties.R1(0.6)]},
            [-0.3 + 0.4j, -0.3 - 0.4j],
        ),
        (
            "R3GAN",
            {"gamma": 0.3},
            [-0.3 + 0.4j, -0.3 - 0.4j],
        ),
    ],
    ids=["circles", "R1", "R3GAN"],
)
def test_eigenvalues_of_the_dirac_game(objective, options, expected):
    """Mescheder et al. 2018: without a penalty the players circle."""
    latents, samples = keras.Input((1,)), keras.Input((1,))
    model = getattr(kgan, objective)(
        keras.Model(latents, Constant()(latents)),
        keras.Model(samples, Slope()(samples)),
        seed=1,
        **options,
    )
    small = 0.05
    columns = [
        (flow(model, *point) - flow(model, *(-x for x in point))) / (2 * small)
        for point in ((small, 0.0), (0.0, small))
    ]
    found = np.sort_complex(np.linalg.eigvals(np.array(columns).T))
    np.testing.assert_allclose(found, np.sort_complex(expected), atol=5e-3)
