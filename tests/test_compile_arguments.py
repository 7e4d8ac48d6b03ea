"""`compile` refuses what it cannot use, and keeps what it had."""

import functools

import games
import keras
import numpy as np
import pytest

import kgan

metrics = keras.metrics


def apart(real, fake):
    return keras.ops.mean(fake) - keras.ops.mean(real)


class Unlike(metrics.Mean):
    """A metric of three things, which no step has."""

    def update_state(self, real, fake, labels):
        pass


@pytest.mark.once
@pytest.mark.parametrize(
    "metric",
    [
        None,
        "accuracy",
        "binary_crossentropy",
        "AUC",
        "no such metric",
        3,
        metrics.Accuracy,
        metrics.Mean,
        Unlike,
        lambda real: real,
    ],
    ids=lambda metric: getattr(metric, "__name__", str(metric)),
)
def test_a_metric_of_something_else(metric):
    if isinstance(metric, type):
        metric = metric()
    gan = games.game()
    kept = gan.optimizer
    match = r"`metrics`.*update_state\(real, fake\).*Received: .*Sliced"
    with pytest.raises(ValueError, match=match):
        gan.compile(metrics=[metric])
    assert gan.optimizer is kept


def test_metrics_of_real_and_fake_are_taken():
    taken = [
        "mse",
        metrics.MeanAbsoluteError(),
        apart,
        functools.partial(apart),
        keras.losses.huber,
        kgan.metrics.SlicedWasserstein(),
    ]
    gan = games.game(metrics=taken)
    logs = gan.evaluate(games.points(16), return_dict=True, verbose=0)
    assert len(logs) == 3 + len(taken)
    assert np.isfinite([*logs.values()]).all()


@pytest.mark.once
@pytest.mark.parametrize(
    "name, value, way_out",
    [
        ("jit_compile", "yes", "`jit_compile` must be True, False or"),
        ("jit_compile", 1, "`jit_compile` must be True, False or"),
        ("jit_compile", None, "`jit_compile` must be True, False or"),
        ("run_eagerly", "no", "`run_eagerly` must be True or False"),
        ("run_eagerly", None, "`run_eagerly` must be True or False"),
        ("steps_per_execution", "4", "`steps_per_execution`"),
        ("steps_per_execution", 10**30, "`steps_per_execution`"),
        ("steps_per_execution", None, "`steps_per_execution`"),
        ("optimizer", "adam", "generator_optimizer=.*discriminator_optimizer="),
        ("loss", "mse", "`loss`.*objective.*AdversarialModel"),
        ("loss_weights", [1.0], "`loss_weights`"),
        ("weighted_metrics", [], "`weighted_metrics`.*`metrics=`"),
        ("generator_optimizer", "adamm", "`generator_optimizer` must be"),
        ("generator_optimizer", 3, "`generator_optimizer` must be"),
        ("generator_optimizer", [], "`generator_optimizer` must be"),
        ("discriminator_optimizer", {"a": 1}, "`discriminator_optimizer` must"),
        ("discriminator_optimizer", object, "`discriminator_optimizer` must"),
    ],
)
def test_arguments_out_of_range(name, value, way_out):
    gan = games.game()
    kept = gan.optimizer
    with pytest.raises(ValueError, match=f"{way_out}.*Received: {name}="):
        gan.compile(**{name: value})
    assert gan.optimizer is kept


@pytest.mark.once
def test_an_argument_that_nobody_has():
    with pytest.raises(TypeError, match="unexpected keyword argument 'rate'"):
        games.game().compile(rate=0.1)


def test_an_optimizer_of_another_model():
    used = games.game().generator_optimizer
    gan = games.game()
    match = "`generator_optimizer` has moments of other weights.*Received"
    with pytest.raises(ValueError, match=match):
        gan.compile(used)
    # The model's own goes on.
    gan.compile(gan.generator_optimizer, gan.discriminator_optimizer)
    gan.fit(games.points(16), batch_size=8, verbose=0)


CALLS = {
    "mlp": lambda **given: kgan.architectures.mlp_generator(
        **{"output_dim": 2, **given}
    ),
    "mlp critic": lambda **given: kgan.architectures.mlp_discriminator(
        **{"input_dim": 2, **given}
    ),
    "dcgan": lambda **given: kgan.architectures.dcgan_generator(
        **{"image_shape": (8, 8, 1), **given}
    ),
    "dcgan critic": lambda **given: kgan.architectures.dcgan_discriminator(
        **{"image_shape": (8, 8, 1), **given}
    ),
}
SIZES = (0, -1, 1.5, True, None, "3", float("nan"), 10**30, [3])
SHAPES = (
    *("888", None, 8, (), (8, 8), (8, 8, 1, 1), (None, None, 1)),
    *((8.0, 8.0, 1), (True, True, 1), ("8", "8", 1), (8, 8, True)),
    *((8, 8, 1.0), (8, 8, "1"), (8, 8, [1]), (np.nan, np.nan, 1)),
    *(np.ones((3, 3)), (10**30, 10**30, 1), {}, b"888"),
)
BAD = [
    *(("mlp", "hidden_units", x) for x in (3, None, "12", {}, (4, 0), 1.5)),
    *(("mlp", "hidden_units", x) for x in ((4, None), (10**30,), ("4",))),
    *(("mlp critic", "hidden_units", x) for x in (3, "12", (4, 0), [2.0])),
    *(("mlp", "latent_dim", x) for x in SIZES),
    *(("mlp", "output_dim", x) for x in SIZES),
    *(("mlp critic", "input_dim", x) for x in SIZES),
    *(("mlp", "output_activation", x) for x in (3, "no such", [], 1.5)),
    *(("dcgan", "latent_dim", x) for x in SIZES),
    *(("dcgan", "filters", x) for x in SIZES),
    *(("dcgan critic", "filters", x) for x in SIZES),
    *(("dcgan critic", "normalization", x) for x in (3, None, "x", np.ones(2))),
    *(("dcgan", "image_shape", x) for x in SHAPES),
    *(("dcgan critic", "image_shape", x) for x in SHAPES),
    *(("mlp", "name", x) for x in (3, "a/b")),
]


@pytest.mark.once
@pytest.mark.parametrize("network", CALLS)
def test_arguments_of_architectures_out_of_range(network):
    cases = [case[1:] for case in BAD if case[0] == network]
    assert cases
    for name, value in cases:
        with pytest.raises(ValueError, match="(?s)Received") as caught:
            CALLS[network](**{name: value})
        message = str(caught.value)
        assert f"`{name}`" in message or (
            name == "image_shape" and "`channels`" in message
        ), (name, value, message)


@pytest.mark.once
def test_widths_may_come_as_any_sequence():
    for widths in ([3, 4], (3, 4), np.array([3, 4])):
        network = kgan.architectures.mlp_discriminator(2, widths)
        assert [w.shape[-1] for w in network.weights[::2]] == [3, 4, 1]
    straight = kgan.architectures.mlp_generator(2, hidden_units=())
    assert straight.count_params() == 6
