"""The unrolled GAN: inner steps of descent, which gradients follow."""

import shutil

import autograd_reference as reference
import games
import keras
import numpy as np
import pytest
import test_games_and_penalties as unconditional
import torch
from keras import layers, ops

import kgan
from kgan.inner_descent import AdamDescent

SGD = keras.optimizers.SGD
ADAM = (0.5, 0.9, 1e-3)
INNER = {
    "sgd": {"unroll_rate": 0.3, "unroll_optimizer": "sgd"},
    "adam": {"unroll_rate": None, "unroll_optimizer": "adam"},
    "adam with a rate": {"unroll_rate": 0.1, "unroll_optimizer": "adam"},
}


@keras.saving.register_keras_serializable(package="test_unrolled")
class Bilinear(kgan.UnrolledGAN):
    """The discriminator ascends theta * phi, the generator descends it."""

    estimate_name = None

    @staticmethod
    def discriminator_loss(real_logits, fake_logits, class_prior=None):
        return -ops.mean(fake_logits)

    def sample_latents(self, batch_size, seed_generator):
        return ops.ones((batch_size, 1))


def bilinear(theta, phi, steps, rate, **options):
    def line(name, value):
        inputs = keras.Input((1,))
        outputs = layers.Dense(1, use_bias=False)(inputs)
        network = keras.Model(inputs, outputs, name=name)
        network.set_weights([np.full((1, 1), value, "float32")])
        return network

    gan = Bilinear(
        line("generator", theta),
        line("discriminator", phi),
        unroll_steps=steps,
        unroll_rate=rate,
        seed=1,
    )
    # The discriminator stands still, the generator moves by its gradient.
    gan.compile(SGD(1.0), SGD(0.0), **options)
    return gan


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_generator_of_the_bilinear_game_sees_the_inner_steps(steps):
    theta, phi, rate = 0.75, -0.5, 0.125
    gan = bilinear(theta, phi, steps, rate)
    gan.train_on_batch(games.points(4, width=1))
    ((moved,),) = gan.generator.get_weights()[0]
    assert theta - moved == phi + 2 * steps * rate * theta
    # The unrolled weights are thrown away.
    assert gan.discriminator.get_weights()[0] == np.float32(phi)


def test_loss_is_that_at_the_unrolled_weights():
    gan = bilinear(0.75, -0.5, 3, 0.125)
    logs = gan.evaluate(games.points(6, width=1), return_dict=True, verbose=0)
    unrolled = -0.5 + 3 * 0.125 * 0.75
    assert logs["generator_loss"] == pytest.approx(0.75 * unrolled, rel=1e-6)
    assert logs["discriminator_loss"] == pytest.approx(0.375, rel=1e-6)


def model(inner, n_critic=1, steps=3, **options):
    """A model, and the weights of both networks for the reference."""
    (generator, *_), (critic, *_) = unconditional.networks()
    gan = kgan.UnrolledGAN(
        generator,
        critic,
        n_critic=n_critic,
        seed=unconditional.SEED,
        unroll_steps=steps,
        **INNER[inner],
    )
    judge = SGD(0.02)
    if "adam" in inner:
        judge = keras.optimizers.Adam(0.02, *ADAM)
    gan.compile(SGD(0.02), judge, **options)
    return gan


def expected(gan, real, inner, n_critic, steps=3):
    """Weights of both networks, and the reference's generator at its end."""
    rate = INNER[inner]["unroll_rate"] or 0.02
    adam = ADAM if "adam" in inner else None
    unrolled = reference.Unrolled(steps, rate, adam)
    batches = len(real) // unconditional.BATCH
    weights = reference.train(
        "UnrolledGAN",
        [],
        *(
            [w.astype("float64") for w in network.get_weights()]
            for network in (gan.generator, gan.discriminator)
        ),
        iter(np.split(real.astype("float64"), batches)),
        unconditional.draws([]),
        n_critic,
        batches // (n_critic + 1),
        0.02,
        generator_objective=unrolled,
    )
    return weights, unrolled


@pytest.mark.parametrize(
    ("inner", "n_critic", "run_eagerly"),
    [
        ("adam", 2, False),
        pytest.param(
            "adam with a rate",
            1,
            True,
            marks=[pytest.mark.slow, pytest.mark.once("tensorflow", "torch")],
        ),
        pytest.param("adam", 1, False, marks=pytest.mark.soak),
        pytest.param("adam", 2, True, marks=pytest.mark.soak),
    ],
)
def test_adam_goes_on_where_the_discriminators_is(inner, n_critic, run_eagerly):
    gan = model(inner, n_critic, run_eagerly=run_eagerly)
    real = games.points(5 * (n_critic + 1) * unconditional.BATCH, seed=5) + 1
    (generator, critic), _ = expected(gan, real, inner, n_critic)
    before = games.weights(gan)
    gan.fit(real, batch_size=unconditional.BATCH, shuffle=False, verbose=0)
    assert games.distance(games.weights(gan), before) > 1e-2
    assert games.distance(games.weights(gan), [*generator, *critic]) < 5e-6


@pytest.mark.once("jax")
@pytest.mark.slow
def test_evaluation_unrolls_from_the_moments_that_there_are():
    """Each time: a compiled evaluation would hold those of the first."""
    gan = model("adam")
    held_out = games.points(12, seed=8)
    for seed in (5, 6):
        real = games.points(4 * unconditional.BATCH, seed=seed) + 1
        gan.evaluate(held_out, batch_size=12, verbose=0)
        gan.fit(real, batch_size=unconditional.BATCH, shuffle=False, verbose=0)
    logs = gan.evaluate(held_out, batch_size=12, return_dict=True, verbose=0)
    adam = gan.discriminator_optimizer
    unrolled = reference.Unrolled(3, 0.02, ADAM)
    unrolled.count = int(adam.iterations)
    moments = [
        torch.tensor(m, dtype=torch.float64)
        for m in games.numpy_of(adam.variables[2:])
    ]
    unrolled.moments = list(zip(moments[::2], moments[1::2], strict=True))
    generator, critic = (
        [torch.tensor(w.astype("float64"), requires_grad=True) for w in ws]
        for ws in (gan.generator.get_weights(), gan.discriminator.get_weights())
    )
    seed = keras.random.SeedGenerator(gan.seed + 1)
    latents = ops.convert_to_numpy(keras.random.normal((12, 3), seed=seed))
    fake = reference.forward(generator, torch.tensor(latents).double())
    want = unrolled(critic, torch.tensor(held_out).double(), fake, [])
    assert unrolled.count == 4
    assert logs["generator_loss"] == pytest.approx(want.item(), rel=1e-5)


@pytest.mark.once("tensorflow", "torch")
def test_second_moments_of_zero_leave_no_nan():
    """Of a unit that no sample turns on: its gradients are 0, too."""
    samples = keras.Input((2,))
    hidden = layers.Dense(4, "relu")
    critic = keras.Model(samples, layers.Dense(1)(hidden(samples)))
    hidden.bias.assign([0.0, 0.0, 0.0, -1e3])
    gan = build(critic, unroll_rate=None, unroll_optimizer="adam")
    gan.compile()
    gan.fit(games.points(32), batch_size=8, verbose=0)
    assert all(np.isfinite(w).all() for w in games.weights(gan))


def test_adam_descends_as_keras_does():
    rng = np.random.default_rng(3)
    variable = keras.Variable(rng.standard_normal(5).astype("float32"))
    adam = keras.optimizers.Adam(0.1, 0.6, 0.8, epsilon=1e-4)
    gradients = rng.standard_normal((7, 5)).astype("float32")
    adam.build([variable])
    for gradient in gradients[:3]:
        adam.apply([ops.convert_to_tensor(gradient)], [variable])
    descent = AdamDescent(adam, [variable], None)
    weights = [variable.value + 0]
    for gradient in gradients[3:]:
        weights = descent.step(weights, [ops.convert_to_tensor(gradient)])
    weights = descent.step(weights, [None])
    for gradient in gradients[3:]:
        adam.apply([ops.convert_to_tensor(gradient)], [variable])
    np.testing.assert_allclose(
        ops.convert_to_numpy(weights[0]),
        ops.convert_to_numpy(variable),
        rtol=1e-6,
    )


@pytest.mark.soak
@pytest.mark.skipif(
    games.BACKEND == "torch" and shutil.which("g++") is None,
    reason="torch.compile needs a C++ compiler",
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("inner", ["sgd", "adam"])
def test_compiled_by_the_backend_trains_the_same_weights(inner):
    real = games.points(4 * 2 * unconditional.BATCH, seed=5) + 1
    trained = []
    for options in ({"jit_compile": True}, {"run_eagerly": True}):
        gan = model(inner, steps=2, **options)
        # XLA's Philox is not that of TensorFlow's kernels.
        latents = games.points(unconditional.BATCH, width=3)
        gan.sample_latents = lambda *_, x=latents: ops.convert_to_tensor(x)
        gan.fit(real, batch_size=unconditional.BATCH, shuffle=False, verbose=0)
        trained.append(games.weights(gan))
        if games.BACKEND == "torch" and "jit_compile" in options:
            assert all(gan.fast_paths.graphs._graphs.values())
    assert games.distance(*trained) < 5e-6


def build(critic=None, **arguments):
    arguments = {"unroll_rate": 0.1, **arguments}
    return kgan.UnrolledGAN(
        games.generator(), critic or games.critic(), seed=1, **arguments
    )


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"unroll_steps": 0}, "`unroll_steps`.*Received: unroll_steps=0"),
        ({"unroll_rate": 0}, "`unroll_rate` must be.*Received: unroll_rate=0"),
        ({"unroll_rate": None}, "`unroll_rate` must be.*None"),
        ({"unroll_rate": float("inf")}, "`unroll_rate` must be.*inf"),
        ({"unroll_optimizer": "lion"}, "`unroll_optimizer`.*'lion'"),
        ({"unroll_optimizer": ["sgd"]}, "`unroll_optimizer` must be"),
        ({"critic": games.noisy_critic()}, "inner steps.*BatchNormalization"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        build(**arguments)


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(0.1),
        keras.optimizers.AdamW(1e-3),
        keras.optimizers.Adam(1e-3, amsgrad=True),
        keras.optimizers.Adam(1e-3, clipnorm=1.0),
    ],
)
def test_adam_needs_an_adam(optimizer):
    gan = build(unroll_optimizer="adam")
    with pytest.raises(ValueError, match="`unroll_optimizer=.adam.*Received"):
        gan.compile(SGD(0.1), optimizer)
    assert not gan.compiled
    gan.compile()
    build().compile(SGD(0.1), optimizer)


def test_layers_without_a_second_derivative_are_refused():
    samples = keras.Input((4, 4, 1))
    x = layers.Flatten()(layers.Resizing(2, 2)(samples))
    critic = keras.Model(samples, layers.Dense(1)(x))
    latents = keras.Input((3,))
    x = layers.Reshape((4, 4, 1))(layers.Dense(16, "tanh")(latents))
    networks = keras.Model(latents, x), critic
    if games.BACKEND != "tensorflow":
        kgan.UnrolledGAN(*networks, unroll_rate=0.1)
        return
    with pytest.raises(ValueError, match="UnrolledGAN .*no second derivative"):
        kgan.UnrolledGAN(*networks, unroll_rate=0.1)


def test_replicas_are_refused_but_on_jax(monkeypatch):
    gan = build()
    gan.compile()
    monkeypatch.setattr(
        kgan.distribution.engine, "share", lambda: (2, 0, 1, True)
    )
    if games.BACKEND == "jax":
        assert gan.peers.share().replicas == 2
        return
    with pytest.raises(ValueError, match="a whole batch at once.*2 replicas"):
        gan.fit(games.points(16), batch_size=8, verbose=0)


@pytest.mark.once
def test_a_saved_model_goes_on(tmp_path):
    gan = model("adam with a rate")
    real = games.points(4 * unconditional.BATCH)
    fit = {"batch_size": unconditional.BATCH, "shuffle": False, "verbose": 0}
    gan.fit(real, **fit)
    gan.save(tmp_path / "run.keras")
    again = keras.saving.load_model(tmp_path / "run.keras")
    assert again.unroll_steps == 3 and again.unroll_rate == 0.1
    assert again.unroll_optimizer == "adam"
    for each in (gan, again):
        each.fit(real, **fit)
    assert games.distance(games.weights(gan), games.weights(again)) == 0
