"""Every objective and penalty against PyTorch in float64, without Keras."""

import functools

import autograd_reference as reference
import keras
import numpy as np
import pytest

import kgan
from kgan import penalties

BATCH = 8
STEPS = 5
LATENT_DIM = 3
SEED = 4
UNIT = (BATCH, 1)
SAMPLE = (BATCH, 2)


def uniform(shape):
    return lambda seed: keras.random.uniform(shape, seed=seed)


def normal(shape):
    return lambda seed: keras.random.normal(shape, seed=seed)


# Name: the penalty, its reference, and what it draws in each update.
PENALTIES = {
    "R1": (lambda: penalties.R1(0.7), {"gamma": 0.7}, reference.r1, None),
    "R2": (lambda: penalties.R2(0.7), {"gamma": 0.7}, reference.r2, None),
    "GradientPenalty": (
        penalties.GradientPenalty,
        {},
        reference.gradient_penalty,
        uniform(UNIT),
    ),
    "one-sided": (
        lambda: penalties.GradientPenalty(5.0, 0.05, one_sided=True),
        {"weight": 5.0, "target": 0.05, "one_sided": True},
        reference.gradient_penalty,
        uniform(UNIT),
    ),
    "zero-centred on the line": (
        lambda: penalties.GradientPenalty(2.0, target=0),
        {"weight": 2.0, "target": 0.0},
        reference.gradient_penalty,
        uniform(UNIT),
    ),
    "DRAGAN": (
        penalties.DRAGAN,
        {},
        reference.dragan,
        {"share": uniform(UNIT), "noise": uniform(SAMPLE)},
    ),
    "DRAGAN centred": (
        lambda: penalties.DRAGAN(3.0, 0.7, centred=True),
        {"weight": 3.0, "scale": 0.7, "centred": True},
        reference.dragan,
        {"share": uniform(UNIT), "noise": uniform(SAMPLE)},
    ),
    "FiniteDifference": (
        lambda: penalties.FiniteDifference(sigma=0.1),
        {"sigma": 0.1},
        reference.finite_difference,
        normal(SAMPLE),
    ),
    "LeCam": (
        lambda: penalties.LeCam(2.0, decay=0.5),
        {"weight": 2.0, "decay": 0.5},
        reference.LeCam,
        None,
    ),
}
# Of the constructor, and the reference of a generator that sees no logits.
ARGUMENTS = {
    "R3GAN": {"gamma": 0.7},
    "UnrolledGAN": {"unroll_steps": 3, "unroll_rate": 0.3},
    "DualingGAN": {"C": 0.5, "dual_steps": 4},
    "SlicedWassersteinGAN": {"num_projections": 5},
}
GENERATORS = {
    "UnrolledGAN": lambda: reference.Unrolled(3, 0.3),
    "DualingGAN": lambda: reference.Dualing(0.5, 4),
    "FeatureMatchingGAN": lambda: reference.matched_features,
    "SlicedWassersteinGAN": lambda: reference.sliced,
    "MaxSlicedWassersteinGAN": lambda: reference.max_sliced,
}
# Drawn behind what the penalties draw, in each update.
DRAWN = {"SlicedWassersteinGAN": [normal((5, 8))]}
OBJECTIVES = sorted(reference.LOSSES)
every_way = pytest.mark.parametrize(
    ("n_critic", "run_eagerly"),
    [
        pytest.param(2, False, id="2-graph"),
        pytest.param(
            1,
            True,
            id="1-eager",
            # On JAX eager operations compile one by one.
            marks=pytest.mark.once("tensorflow", "torch"),
        ),
        pytest.param(1, False, id="1-graph", marks=pytest.mark.soak),
        pytest.param(2, True, id="2-eager", marks=pytest.mark.soak),
    ],
)


def expected_penalty(name):
    _, arguments, function, _ = PENALTIES[name]
    if isinstance(function, type):
        return function(**arguments)
    return functools.partial(function, **arguments)


def networks():
    rng = np.random.default_rng(12)

    def network(width, out, name):
        inputs = keras.Input((width,))
        x = keras.layers.Dense(8, "tanh")(inputs)
        model = keras.Model(inputs, keras.layers.Dense(out)(x), name=name)
        weights = [0.4 * rng.standard_normal(w.shape) for w in model.weights]
        model.set_weights(weights)
        return model, [w.astype("float32").astype("float64") for w in weights]

    return network(LATENT_DIM, 2, "generator"), network(2, 1, "critic")


def draws(kinds):
    """What a model of this seed draws for update after update."""
    seed = keras.random.SeedGenerator(SEED)

    def numpy_of(tensor):
        return keras.ops.convert_to_numpy(tensor).astype("float64")

    def drawn(kind):
        if kind is None:
            return None
        if isinstance(kind, dict):
            return {name: drawn(of) for name, of in kind.items()}
        return numpy_of(kind(seed))

    while True:
        latents = numpy_of(keras.random.normal((BATCH, LATENT_DIM), seed=seed))
        yield latents, [drawn(kind) for kind in kinds]


def difference(objective, names, n_critic, **options):
    """Largest distance of any weight to the reference's after five steps."""
    (generator, generator_weights), (critic, critic_weights) = networks()
    arguments = dict(ARGUMENTS.get(objective, {}))
    implied = {"WGANGP": ["GradientPenalty"], "R3GAN": ["R1", "R2"]}
    extra = [PENALTIES[name][0]() for name in names]
    if objective != "WGANGP":
        arguments["penalties"] = extra
    names = [*implied.get(objective, []), *names]
    gan = getattr(kgan, objective)(
        generator, critic, n_critic=n_critic, seed=SEED, **arguments
    )
    rate = 0.02
    gan.compile(
        keras.optimizers.SGD(rate), keras.optimizers.SGD(rate), **options
    )
    batches = n_critic + (objective in reference.SEES_REAL)
    rng = np.random.default_rng(5)
    real = rng.standard_normal((STEPS * batches * BATCH, 2)) + 1
    real = real.astype("float32")
    gan.fit(real, batch_size=BATCH, shuffle=False, verbose=0)
    expected = reference.train(
        objective,
        [expected_penalty(name) for name in names],
        generator_weights,
        critic_weights,
        iter(np.split(real.astype("float64"), STEPS * batches)),
        draws(
            [
                *(PENALTIES[name][3] for name in names),
                *DRAWN.get(objective, []),
            ]
        ),
        n_critic,
        STEPS,
        rate,
        generator_objective=GENERATORS.get(objective, lambda: None)(),
    )
    moved = max(
        np.abs(got - before).max()
        for got, before in zip(
            critic.get_weights(), critic_weights, strict=True
        )
    )
    assert moved > 1e-3
    return max(
        float(np.abs(got - want).max())
        for model, weights in zip((generator, critic), expected, strict=True)
        for got, want in zip(model.get_weights(), weights, strict=True)
    )


@pytest.mark.filterwarnings("ignore:WGAN trains without a bound")
@every_way
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_objective(objective, n_critic, run_eagerly):
    assert difference(objective, [], n_critic, run_eagerly=run_eagerly) < 5e-6


@every_way
@pytest.mark.parametrize("name", PENALTIES)
def test_penalty(name, n_critic, run_eagerly):
    found = difference(
        "NonSaturatingGAN", [name], n_critic, run_eagerly=run_eagerly
    )
    assert found < 5e-6


@pytest.mark.parametrize(
    "names", [["R2", "R1"], ["R1", "GradientPenalty", "LeCam", "DRAGAN"]]
)
@pytest.mark.parametrize("objective", ["RelativisticGAN", "HingeGAN"])
def test_penalties_together(objective, names):
    assert difference(objective, names, 2) < 5e-6
