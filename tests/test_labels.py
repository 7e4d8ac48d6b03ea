"""Conditional games: labels go with their samples, wherever they go."""

import itertools
import shutil
import warnings

import autograd_reference as reference
import conditional_games as conditional
import games
import keras
import numpy as np
import pytest
import test_games_and_penalties as unconditional

import kgan

BATCH = games.BATCH
STEPS = 5


def networks():
    """Both networks, and their weights in float64 for the reference."""
    rng = np.random.default_rng(12)
    made = []
    for build, kind in (
        (conditional.generator, reference.ConditionalGenerator),
        (conditional.critic, reference.ConditionalCritic),
    ):
        model, layers = build()
        variables = [w for layer in layers for w in layer.weights]
        for variable in variables:
            variable.assign(0.4 * rng.standard_normal(variable.shape))
        weights = kind(w.astype("float64") for w in games.numpy_of(variables))
        made.append((model, variables, weights))
    return made


def difference(objective, names, n_critic, shown=None, **options):
    """Largest distance of any weight to the reference's after five steps.

    Args:
        shown: Changes the labels that the model is given, not the reference.
    """
    (generator, *of_generator), (critic, *of_critic) = networks()
    penalties = unconditional.PENALTIES
    extra = [penalties[name][0]() for name in names]
    arguments = unconditional.ARGUMENTS.get(objective, {})
    names = [*(["R1", "R2"] if objective == "R3GAN" else []), *names]
    gan = getattr(kgan, objective)(
        generator,
        critic,
        n_critic=n_critic,
        seed=unconditional.SEED,
        penalties=extra,
        **arguments,
    )
    rate = 0.05
    gan.compile(
        keras.optimizers.SGD(rate), keras.optimizers.SGD(rate), **options
    )
    batches = STEPS * (n_critic + (objective in reference.SEES_REAL))
    real = games.points(batches * BATCH, seed=5) + np.float32(1)
    labels = conditional.labels(len(real))
    gan.fit(
        real,
        labels if shown is None else shown(labels),
        batch_size=BATCH,
        shuffle=False,
        verbose=0,
    )
    expected = reference.train(
        objective,
        [unconditional.expected_penalty(name) for name in names],
        of_generator[1],
        of_critic[1],
        iter(np.split(real.astype("float64"), batches)),
        unconditional.draws([penalties[name][3] for name in names]),
        n_critic,
        STEPS,
        rate,
        iter(np.split(labels.astype("int64"), batches)),
        unconditional.GENERATORS.get(objective, lambda: None)(),
    )
    (variables, before), (judging, judged_before) = of_generator, of_critic
    got = games.numpy_of([*variables, *judging])
    # The embeddings have moved, too.
    for moved in (got[0] - before[0], got[-1] - judged_before[-1]):
        assert np.abs(moved).max() > 1e-4
    return games.distance(got, [*expected[0], *expected[1]])


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


@every_way
@pytest.mark.parametrize(
    ("objective", "names"),
    [
        ("GAN", []),
        ("NonSaturatingGAN", ["R1", "GradientPenalty"]),
        pytest.param(
            "HingeGAN",
            ["FiniteDifference", "DRAGAN", "LeCam"],
            marks=pytest.mark.slow,
        ),
        ("R3GAN", []),
        ("UnrolledGAN", []),
    ],
)
def test_conditional_game(objective, names, n_critic, run_eagerly):
    found = difference(objective, names, n_critic, run_eagerly=run_eagerly)
    assert found < 5e-6


def test_conditional_game_without_speed(monkeypatch):
    monkeypatch.setenv("KGAN_SPEED", "0")
    found = difference("NonSaturatingGAN", ["R1", "GradientPenalty"], 2)
    assert found < 5e-6


@pytest.mark.soak  # torch.compile takes 10 seconds.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.skipif(
    games.BACKEND == "tensorflow", reason="XLA draws other latents there"
)
@pytest.mark.skipif(
    games.BACKEND == "torch" and shutil.which("g++") is None,
    reason="torch.compile needs a C++ compiler",
)
@pytest.mark.parametrize("objective", ["NonSaturatingGAN", "R3GAN"])
def test_conditional_game_compiled(objective):
    assert difference(objective, [], 2, jit_compile=True) < 5e-6


@pytest.mark.parametrize(
    "shown", [np.zeros_like, lambda labels: np.roll(labels, 1)]
)
def test_labels_that_are_lost_or_of_other_samples_are_seen(shown):
    assert difference("GAN", [], 2, shown) > 1e-3


def trained(data, **arguments):
    keras.utils.set_random_seed(0)
    gan = conditional.game()
    gan.fit(**data, verbose=0, **arguments)
    return games.weights(gan)


@pytest.mark.once("torch")
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_every_kind_of_data_trains_alike():
    x, y = games.points(68), conditional.labels(68)
    validation = (games.points(20, seed=3), conditional.labels(20))
    expected = trained(conditional.as_data("array", x, y))
    for kind in games.KINDS:
        got = trained(
            conditional.as_data(kind, x, y), validation_data=validation
        )
        assert games.distance(expected, got) < 1e-7, kind
    shuffled = trained({"x": x, "y": y, "batch_size": BATCH})
    assert games.distance(expected, shuffled) > 1e-4


def test_shuffled_labels_stay_with_their_samples():
    """Of samples that are their labels, in every batch and update."""
    y = conditional.labels(64)
    x = np.stack([y, y], axis=1).astype("float32")
    gan = conditional.game(run_eagerly=True)
    seen = []

    def objective(game):
        real, labels = games.numpy_of([game.real, game.labels])
        seen.append((real[:, 0] == labels).all())
        return keras.ops.mean(game.fake_logits - game.real_logits)

    gan.discriminator_objective = objective
    gan.fit(x, y, batch_size=BATCH, verbose=0, epochs=2)
    dataset = conditional.as_data("tf.data", x, y)["x"].unbatch()
    gan.fit(dataset.shuffle(64).batch(BATCH), verbose=0)
    assert len(seen) == 24 and all(seen)


def test_single_batches_and_splits_are_what_fit_is():
    x, y = games.points(80), conditional.labels(80)
    whole = trained(
        {"x": x[:64], "y": y[:64], "batch_size": BATCH, "shuffle": False}
    )
    split = trained(
        {"x": x, "y": y, "batch_size": BATCH, "shuffle": False},
        validation_split=0.2,
    )
    assert games.distance(whole, split) == 0
    keras.utils.set_random_seed(0)
    gan = conditional.game()
    for start in range(0, 64, 2 * BATCH):
        rows = slice(start, start + 2 * BATCH)
        gan.train_on_batch(x[rows], y[rows])
    assert games.distance(whole, games.weights(gan)) < 1e-7


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_evaluation_judges_fakes_of_the_labels_of_the_data():
    x, y = games.points(16), conditional.labels(16)
    gan = conditional.game()
    of_data = gan.evaluate(x, y, batch_size=16, verbose=0, return_dict=True)
    assert of_data == pytest.approx(
        gan.test_on_batch(x, y, return_dict=True), rel=1e-5
    )
    for kind in ("tf.data", "pydataset", "loader", "generator"):
        data = conditional.as_data(kind, x, y, 16)["x"]
        got = gan.evaluate(data, verbose=0, return_dict=True)
        assert got == pytest.approx(of_data, rel=1e-5), kind
    other = gan.evaluate(x, (y + 1) % 3, verbose=0, return_dict=True)
    assert abs(other["generator_loss"] - of_data["generator_loss"]) > 1e-5


def test_a_resumed_run_is_the_uninterrupted_one(tmp_path):
    x, y = games.points(32), conditional.labels(32)

    def fit(epochs, folder, labels=y):
        keras.utils.set_random_seed(0)
        gan = conditional.game()
        callbacks = [kgan.callbacks.Checkpoint(tmp_path / folder)]
        gan.fit(
            x,
            labels,
            batch_size=BATCH,
            epochs=epochs,
            verbose=0,
            callbacks=callbacks,
        )
        return games.weights(gan)

    whole = fit(3, "whole")
    fit(1, "parts")
    with pytest.raises(ValueError, match="other data|checksum|`x`"):
        fit(3, "parts", np.roll(y, 1))
    assert games.distance(fit(3, "parts"), whole) == 0
    loaded = keras.saving.load_model(tmp_path / "parts" / "run.keras")
    assert games.distance(games.weights(loaded), whole) == 0


def of(kind, x, y):
    """A function that fits with such labels."""

    def fit():
        data = {"x": x, "y": y, "batch_size": BATCH}
        if kind != "array":
            data = conditional.as_data(kind, x, y)
        conditional.game().fit(**data, verbose=0)

    return fit


GOOD = conditional.labels(32)
BAD = {
    "above": (np.where(np.arange(32) == 20, 3, GOOD), "lie in 0 to 2"),
    "below": (np.where(np.arange(32) == 20, -1, GOOD), "lie in 0 to 2"),
    "floats": (GOOD + 0.5, "must be integers"),
    "one-hot": (np.eye(3, dtype="int32")[GOOD], "argmax"),
    "column": (GOOD[:, None], r"y\[:, 0\]"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("kind", ["array", "tf.data", "pydataset"])
def test_bad_labels_are_refused(kind, name):
    labels, told = BAD[name]
    with pytest.raises(ValueError, match=told) as caught:
        of(kind, games.points(32), labels)()
    assert "Received:" in str(caught.value)


@pytest.mark.parametrize(
    ("y", "told"),
    [
        (None, "takes labels"),
        (GOOD[:31], "one for each sample"),
        (np.array(["cat"] * 32), "must be integers"),
        ([[0], [1, 2]] * 16, "NumPy can read"),
    ],
)
def test_bad_labels_of_arrays_are_refused(y, told):
    gan = conditional.game()
    before = games.weights(gan)
    x = games.points(32)
    for method in (gan.fit, gan.train_on_batch, gan.evaluate):
        with pytest.raises(ValueError, match=told):
            method(x, y)
    with pytest.raises(ValueError, match=told):
        gan.fit(x, GOOD, BATCH, validation_data=(x, y), verbose=0)
    assert games.distance(before, games.weights(gan)) == 0


@pytest.mark.parametrize("kind", ["tf.data", "pydataset", "generator"])
def test_data_without_labels_is_refused(kind):
    data = games.as_data(kind, games.points(32))
    with pytest.raises(ValueError, match=r"\(samples, labels\)"):
        conditional.game().fit(**data, verbose=0)


def test_labels_of_another_number_than_samples_are_refused():
    pairs = ((batch, GOOD[:7]) for batch in games.cut(games.points(32)))
    with pytest.raises(ValueError, match="7 labels for 8 samples"):
        conditional.game().fit(pairs, verbose=0)
    data = games.as_data("unknown tf.data", games.points(32))["x"]
    with pytest.raises(ValueError, match="7 labels for 8 samples"):
        conditional.game().fit(
            data.map(lambda batch: (batch, GOOD[:7])), verbose=0
        )
    data = games.as_data("tf.data", games.points(32))["x"]
    with pytest.raises(ValueError, match="`y` belongs to arrays"):
        conditional.game().fit(data, GOOD, verbose=0)


@pytest.mark.once("torch")
def test_labels_that_no_network_takes_are_one_warning():
    x, y = games.points(32), np.arange(32)
    plain = games.game()
    for kind in games.KINDS:
        gan = games.game(run_eagerly=True)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for _ in range(2):
                data = conditional.as_data(kind, x, y)
                gan.fit(**data, validation_data=(x, y), verbose=0)
        told = [w for w in caught if "labels of the data" in str(w.message)]
        assert len(told) == 1, kind
    # Without labels, without a word.
    plain.fit(x, batch_size=BATCH, verbose=0)


@pytest.mark.once("jax")
@pytest.mark.parametrize("takes", ["generator", "critic"])
def test_one_network_alone_may_take_labels(takes):
    made, judged = games.generator(), games.critic()
    if takes == "generator":
        made, _ = conditional.generator()
    else:
        judged, _ = conditional.critic()
    gan = kgan.NonSaturatingGAN(made, judged, seed=1)
    gan.compile()
    x, y = games.points(32), conditional.labels(32)
    history = gan.fit(x, y, batch_size=BATCH, verbose=0).history
    assert np.isfinite(history["generator_loss"]).all()
    assert gan.generate(4, seed=1).shape == (4, 2)
    with pytest.raises(ValueError, match="takes labels"):
        gan.fit(x, verbose=0)
    if takes == "critic":
        with pytest.raises(ValueError, match="conditional generator"):
            gan.generate(4, labels=1)


@pytest.mark.once
def test_checksums_of_processes_tell_labels_apart():
    x, y = games.points(8), conditional.labels(8)
    sums = {
        kgan.steps.ArrayBatches(x, 4, labels=labels).checksum()
        for labels in (None, y, y[::-1])
    }
    assert len(sums) == 3


@pytest.mark.once
def test_processes_have_the_labels_of_their_rows():
    x = np.arange(16, dtype="float32")[:, None]
    spec = kgan.steps.SampleSpec(
        (1,), False, labels=kgan.steps.LabelSpec(True, 16)
    )
    y = np.arange(16, dtype="int32")
    steps = [
        kgan.steps.one_step(x, 2, spec, kgan.steps.Share(2, i, 2), y)
        for i in range(2)
    ]
    for samples, labels in steps:
        assert labels.dtype == "int32" and labels.shape == (4, 2)
        np.testing.assert_array_equal(samples[:, :, 0], labels)
    rows = itertools.chain(*(labels.ravel() for _, labels in steps))
    assert sorted(rows) == [*range(16)]
