"""`fit`, `evaluate`, `generate` and Keras's own callbacks."""

import csv
import gc
import math
import weakref

import games
import keras
import numpy as np
import pytest

import kgan

pytestmark = pytest.mark.filterwarnings("ignore:WGAN trains without")
not_on_torch = pytest.mark.skipif(
    games.BACKEND == "torch", reason="Keras has none on PyTorch"
)


def fit(gan, num=32, **options):
    options = {"batch_size": 8, "verbose": 0, **options}
    return gan.fit(options.pop("x", games.points(num)), **options).history


@pytest.mark.parametrize("kind", games.KINDS)
def test_a_step_counts_once_and_leftovers_are_dropped(kind):
    gan = games.game("GAN", n_critic=2)
    counter = games.Counter()
    # 7 batches of 8 and 5 points: 3 steps of 2 batches.
    epochs = 1 if kind == "generator" else 2
    data = games.as_data(kind, games.points(61))
    gan.fit(**data, epochs=epochs, callbacks=[counter], verbose=0)
    assert counter.counts == [3] * epochs
    unknown = kind in ("generator", "unknown tf.data")
    assert counter.expected == (None if unknown else 3)
    assert int(gan.optimizer.iterations) == 3 * epochs


@pytest.mark.parametrize("kind", games.KINDS)
def test_every_kind_trains_alike_with_validation(kind):
    gan, other = games.game(), games.game()
    other.set_weights(gan.get_weights())
    samples, validation = games.points(61), games.points(20, seed=8)
    fit(gan, x=samples, shuffle=False)
    want = other.evaluate(validation, batch_size=8, verbose=0, return_dict=True)
    history = other.fit(
        **games.as_data(kind, samples),
        validation_data=games.as_data(kind, validation)["x"],
        verbose=0,
    ).history
    assert games.distance(games.weights(gan), games.weights(other)) < 1e-6
    got = other.evaluate(validation, batch_size=8, verbose=0, return_dict=True)
    for name, value in got.items():
        assert history[f"val_{name}"] == [pytest.approx(value, abs=1e-5)]
        assert value != pytest.approx(want[name], abs=1e-7)


@pytest.mark.parametrize("kind", ["array", "tf.data", "pydataset", "loader"])
def test_validation_is_whole_in_every_epoch(kind):
    gan = games.game(rate=0.0)
    data = games.as_data(kind, games.points(20, seed=8))["x"]
    history = fit(gan, epochs=3, validation_data=data)
    losses = history["val_discriminator_loss"]
    assert len(losses) == 3
    assert losses == pytest.approx([losses[0]] * 3, abs=1e-6)


@pytest.mark.parametrize("kind", games.KINDS)
def test_steps_per_epoch(kind):
    gan = games.game(n_critic=2)
    counter = games.Counter()
    data = games.as_data(kind, games.points(160))
    gan.fit(**data, epochs=2, steps_per_epoch=4, callbacks=[counter], verbose=0)
    assert counter.counts == [4, 4] and counter.expected == 4


@not_on_torch
@pytest.mark.parametrize("steps_per_execution", [2, 3])
def test_steps_per_execution_trains_alike(steps_per_execution):
    results = []
    for options in ({}, {"steps_per_execution": steps_per_execution}):
        keras.utils.set_random_seed(3)
        gan = games.game(**options)
        fit(gan, 80)
        results.append(games.weights(gan))
    assert games.distance(*results) < 1e-6


@pytest.mark.skipif(games.BACKEND != "torch", reason="works elsewhere")
def test_steps_per_execution_on_torch():
    with pytest.raises(ValueError, match="PyTorch.*Received: steps_per_exec"):
        games.game(steps_per_execution=2)


def test_validation_split_takes_the_end():
    samples = games.points(40)
    gan = games.game(rate=0.0)
    history = fit(gan, x=samples, validation_split=0.25)
    want = gan.evaluate(samples[30:], batch_size=8, verbose=0, return_dict=True)
    assert history["val_generator_loss"][0] == pytest.approx(
        want["generator_loss"], abs=1e-5
    )


def test_validation_changes_no_weight():
    results = []
    for validation in (None, games.points(20)):
        keras.utils.set_random_seed(5)
        gan = kgan.GAN(games.noisy_generator(), games.noisy_critic(), seed=1)
        gan.compile()
        fit(gan, epochs=2, validation_data=validation)
        results.append(games.weights(gan))
    assert games.distance(*results) == 0


def test_evaluate_trains_nothing_and_repeats_itself():
    gan = kgan.GAN(games.noisy_generator(), games.noisy_critic(), seed=1)
    gan.compile()
    fit(gan)
    before = games.numpy_of([*gan.weights, *gan.optimizer.variables])
    training_seed = games.numpy_of([gan._training_seed.state])
    first = gan.evaluate(games.points(20), batch_size=8, verbose=0)
    again = gan.evaluate(games.points(20), batch_size=8, verbose=0)
    assert first == again and len(first) == len(gan.metrics_names) == 3
    after = games.numpy_of([*gan.weights, *gan.optimizer.variables])
    assert games.distance(before, after) == 0
    assert (
        games.distance(
            training_seed, games.numpy_of([gan._training_seed.state])
        )
        == 0
    )


def test_evaluate_is_numpy_by_hand():
    """A generator of constants: no random number enters."""
    gan = games.game("WGAN")
    *_, kernel, bias = gan.generator.weights
    kernel.assign(np.zeros(kernel.shape))
    bias.assign([0.5, -1.0])
    real = games.points(21)

    def critic(x):
        w1, b1, w2, b2 = gan.critic.get_weights()
        return np.tanh(x @ w1 + b1) @ w2 + b2

    distance = critic(real).mean() - critic(np.array([[0.5, -1.0]])).item()
    got = gan.evaluate(real, batch_size=8, verbose=0, return_dict=True)
    assert got == pytest.approx(
        {
            "discriminator_loss": -distance,
            "wasserstein_estimate": distance,
            "generator_loss": -critic(np.array([[0.5, -1.0]])).item(),
        },
        abs=1e-5,
    )


class Gap(keras.metrics.Metric):
    """Mean of real less mean of fake, of all batches."""

    def __init__(self, name="gap"):
        super().__init__(name=name)
        self.total = self.add_weight(shape=(), initializer="zeros")
        self.count = self.add_weight(shape=(), initializer="zeros")

    def update_state(self, real, fake, sample_weight=None):
        gap = keras.ops.sum(real) - keras.ops.sum(fake)
        self.total.assign_add(gap)
        self.count.assign_add(
            keras.ops.cast(keras.ops.shape(real)[0], "float32")
        )

    def result(self):
        return self.total / self.count


class Both(Gap):
    def result(self):
        return {"shift": super().result(), "samples": self.count + 0.0}


def spread(real, fake):
    return keras.ops.abs(real - fake)


def test_metrics_see_samples_in_validation_only():
    gan = games.game(metrics=[Gap(), Both("both"), spread, "mse"])
    history = fit(gan, epochs=2, validation_data=games.points(21))
    names = {"gap", "shift", "samples", "spread", "mean_squared_error"}
    assert not names & set(history)
    assert {f"val_{name}" for name in names} <= set(history)
    assert history["val_samples"] == [21, 21]  # All, and no more.
    assert history["val_gap"] == pytest.approx(history["val_shift"])
    logs = gan.evaluate(
        games.points(21), batch_size=8, verbose=0, return_dict=True
    )
    assert logs["gap"] == pytest.approx(history["val_gap"][-1], abs=1e-5)
    assert all(math.isfinite(value) for value in logs.values())


def test_metric_of_a_constant_generator():
    gan = games.game(metrics=[Gap(), "mse"])
    *_, kernel, bias = gan.generator.weights
    kernel.assign(np.zeros(kernel.shape))
    bias.assign([0.5, -1.0])
    real = games.points(21)
    logs = gan.evaluate(real, batch_size=8, verbose=0, return_dict=True)
    assert logs["gap"] == pytest.approx(real.sum() / 21 + 0.5, abs=1e-5)
    want = ((real - [0.5, -1.0]) ** 2).mean()
    assert logs["mean_squared_error"] == pytest.approx(want, rel=1e-5)


def test_train_on_batch_is_a_step_of_fit():
    samples = games.points(16)
    gan, other = games.game(n_critic=2), games.game(n_critic=2)
    other.set_weights(gan.get_weights())
    history = fit(gan, x=samples, shuffle=False)
    logs = other.train_on_batch(samples, return_dict=True)
    assert games.distance(games.weights(gan), games.weights(other)) < 1e-6
    for name, value in logs.items():
        assert history[name][0] == pytest.approx(float(value), abs=1e-5)


def test_test_on_batch_is_evaluate():
    gan, samples = games.game(), games.points(16)
    before = games.weights(gan)
    want = gan.evaluate(samples, verbose=0, return_dict=True)
    got = gan.test_on_batch(samples, return_dict=True)
    assert {k: float(v) for k, v in got.items()} == pytest.approx(
        want, abs=1e-5
    )
    assert games.distance(before, games.weights(gan)) == 0


def test_generate():
    gan = games.game()
    first = gan.generate(7, seed=3)
    assert isinstance(first, np.ndarray) and first.dtype == np.float32
    assert first.shape == (7, 2)
    np.testing.assert_array_equal(first, gan.generate(7, seed=3))
    for batch_size in (1, 3, 7, 100):
        np.testing.assert_allclose(
            first, gan.generate(7, seed=3, batch_size=batch_size), atol=1e-6
        )
    assert np.abs(first - gan.generate(7, seed=4)).max() > 1e-3
    assert np.abs(gan.generate(7) - gan.generate(7)).max() > 1e-3
    np.testing.assert_allclose(
        first, gan.generate(7, seed=np.int64(3)), atol=1e-6
    )
    latents = np.random.default_rng(3).standard_normal((7, 3), dtype="float32")
    np.testing.assert_allclose(
        first, gan.predict(latents, verbose=0), atol=1e-6
    )


def test_generate_infers_and_leaves_training_alone():
    results = []
    for draw in (False, True):
        keras.utils.set_random_seed(5)
        gan = kgan.GAN(games.noisy_generator(), games.noisy_critic(), seed=1)
        gan.compile()
        fit(gan)
        if draw:
            gan.generate(5)
            gan.evaluate(games.points(8), verbose=0)
        fit(gan)
        results.append(games.numpy_of(gan.variables))
    # The seed of `evaluate` is rewound at each call, and alone differs.
    kept = [
        [
            a
            for a, v in zip(result, gan.variables, strict=True)
            if v is not gan._evaluation_seed.state
        ]
        for result in results
    ]
    assert games.distance(*kept) == 0


def test_weights_follow_the_seed():
    results = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(0)
        gan = games.game(seed=seed)
        fit(gan, epochs=2)
        results.append(games.weights(gan))
    assert games.distance(results[0], results[1]) == 0
    assert games.distance(results[0], results[2]) > 1e-4


def test_seed_of_none_follows_keras():
    seeds = []
    for seed in (4, 4, 5):
        keras.utils.set_random_seed(seed)
        seeds.append(games.game(seed=None).seed)
    assert seeds[0] == seeds[1] != seeds[2]


class Eavesdropper(kgan.GAN):
    """Keeps what each update sees."""

    def sample_latents(self, batch_size, seed_generator):
        latents = super().sample_latents(batch_size, seed_generator)
        self.latents.append(keras.ops.convert_to_numpy(latents))
        return latents

    def discriminator_objective(self, game):
        self.real.append(keras.ops.convert_to_numpy(game.real))
        return super().discriminator_objective(game)


def overheard(n_critic=2, seed=1, epochs=2, num=45, **options):
    gan = Eavesdropper(
        games.generator(), games.critic(), n_critic=n_critic, seed=seed
    )
    gan.latents, gan.real = [], []
    gan.compile(run_eagerly=True)
    samples = games.points(num)
    fit(gan, x=samples, epochs=epochs, **options)
    return gan, samples


@pytest.fixture(scope="module")
def heard():
    """Latents, batches and samples of one run, which two tests read."""
    keras.utils.set_random_seed(0)
    gan, samples = overheard()
    return gan.latents, gan.real, samples


def rows(batches):
    return [tuple(row) for batch in batches for row in batch.tolist()]


def test_each_update_has_fresh_samples_in_a_new_order_each_epoch(heard):
    _, real, samples = heard
    # 45 points: 2 steps of 2 batches of 8 in each epoch.
    first, second = rows(real[:4]), rows(real[4:])
    assert len(real) == 8
    for epoch in (first, second):
        assert len(set(epoch)) == 32 and set(epoch) <= set(rows([samples]))
    assert first != second
    assert set(first) != set(second)  # Not the same ones left over.
    assert rows(overheard()[0].real) == first + second
    assert rows(overheard(seed=2)[0].real) != first + second


def test_without_shuffling_the_order_is_that_of_the_data():
    gan, samples = overheard(shuffle=False)
    assert rows(gan.real) == rows([samples[:32]]) * 2


def test_each_update_has_latents_of_its_own(heard):
    latents, _, _ = heard
    assert len(latents) == 4 * 3  # Two critic updates and a generator's.
    drawn = rows(latents)
    assert len(set(drawn)) == len(drawn) == 4 * 3 * 8
    assert abs(np.mean(drawn)) < 0.2
    assert np.std(drawn) == pytest.approx(1, abs=0.15)


def test_pydataset_is_shuffled_by_batches():
    seen = []

    class Watched(games.Batches):
        def __getitem__(self, index):
            seen.append(index)
            return super().__getitem__(index)

    data = Watched(games.cut(games.points(64)))
    games.game().fit(data, epochs=2, shuffle=True, verbose=0)
    order = seen[-16:]
    assert sorted(order[:8]) == sorted(order[8:]) == list(range(8))
    assert order[:8] != order[8:]


@pytest.mark.once("torch")
@pytest.mark.filterwarnings("ignore:The labels of the data are not used")
def test_labels_are_ignored():
    samples = games.points(32)
    labels = np.arange(32)
    results = []
    for data in (
        {"x": samples, "batch_size": 8, "shuffle": False},
        {"x": samples, "y": labels, "batch_size": 8, "shuffle": False},
        {"x": ((b, b[:, 0]) for b in games.cut(samples))},
        {"x": ((b, b, b) for b in games.cut(samples))},
    ):
        keras.utils.set_random_seed(0)
        gan = games.game()
        gan.fit(**data, validation_data=(samples, labels), verbose=0)
        results.append(games.weights(gan))
    for result in results[1:]:
        assert games.distance(results[0], result) < 1e-6


def test_frozen_layers_stay():
    gan = kgan.GAN(games.generator(), games.critic())
    frozen = [gan.generator.layers[1], gan.discriminator.layers[1]]
    for layer in frozen:
        layer.trainable = False
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    before = [w for layer in frozen for w in layer.get_weights()]
    everything = games.weights(gan)
    fit(gan)
    after = [w for layer in frozen for w in layer.get_weights()]
    assert games.distance(before, after) == 0
    assert games.distance(everything, games.weights(gan)) > 1e-4


def test_mixed_bfloat16_trains():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        gan = games.game("WGAN")
        clip = kgan.callbacks.WeightClip(0.1)
        before = games.weights(gan)
        history = fit(gan, callbacks=[clip])
        after = games.weights(gan)
        assert all(w.dtype == np.float32 for w in after)
        assert games.distance(before, after) > 1e-4
        assert math.isfinite(history["discriminator_loss"][0])
        assert gan.generate(3).dtype == np.float32
        logs = gan.evaluate(games.points(8), verbose=0)
        assert np.isfinite(logs).all()
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.once("torch")
def test_optimizers_by_name_and_compiling_again():
    gan = games.game()
    gan.compile("adam", "rmsprop")
    assert isinstance(gan.generator_optimizer, keras.optimizers.Adam)
    assert isinstance(gan.discriminator_optimizer, keras.optimizers.RMSprop)
    fit(gan)
    used = gan.generator_optimizer
    gan.compile(used, "sgd")
    before = games.weights(gan)
    fit(gan)
    assert games.distance(before, games.weights(gan)) > 1e-5
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0))
    before = games.weights(gan)
    fit(gan)
    assert games.distance(before, games.weights(gan)) == 0


def test_each_player_has_its_optimizer():
    for rates, moved in (((0.1, 0.0), 0), ((0.0, 0.1), 1)):
        gan = games.game()
        gan.compile(*map(keras.optimizers.SGD, rates))
        players = (gan.generator, gan.discriminator)
        before = [player.get_weights() for player in players]
        fit(gan)
        for i, player in enumerate(players):
            change = games.distance(before[i], player.get_weights())
            assert (change > 0) == (i == moved)


def test_callbacks_of_keras_that_watch(tmp_path):
    gan = games.game(rate=0.0)
    epochs = []
    callbacks = [
        keras.callbacks.EarlyStopping(
            "val_generator_loss", mode="min", patience=1
        ),
        keras.callbacks.ReduceLROnPlateau(
            "val_generator_loss", mode="min", patience=1, factor=0.5
        ),
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        keras.callbacks.ModelCheckpoint(
            tmp_path / "{epoch}.keras",
            monitor="val_generator_loss",
            mode="min",
        ),
        keras.callbacks.ModelCheckpoint(
            tmp_path / "x.weights.h5", save_weights_only=True
        ),
        keras.callbacks.TensorBoard(tmp_path / "board"),
        keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: epochs.append(epoch)
        ),
    ]
    fit(gan, epochs=9, validation_data=games.points(8), callbacks=callbacks)
    assert epochs == [0, 1]  # Nothing improves where nothing moves.
    with open(tmp_path / "log.csv", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 2 and "val_jsd_estimate" in table[0]
    assert any((tmp_path / "board").rglob("events*"))
    loaded = keras.saving.load_model(tmp_path / "2.keras")
    assert games.distance(games.weights(loaded), games.weights(gan)) == 0
    other = games.game()
    other.load_weights(tmp_path / "x.weights.h5")
    assert games.distance(games.weights(other), games.weights(gan)) == 0


def test_callbacks_on_the_learning_rate_reach_both_players():
    gan = games.game(rate=0.5)
    rates = keras.callbacks.LearningRateScheduler(lambda epoch: 0.0)
    before = games.weights(gan)
    fit(gan, callbacks=[rates])
    assert games.distance(before, games.weights(gan)) == 0
    assert float(gan.generator_optimizer.learning_rate) == 0
    assert float(gan.discriminator_optimizer.learning_rate) == 0


class Dies(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt


@pytest.mark.once("torch")
@pytest.mark.slow
def test_backup_and_restore(tmp_path):
    def trained(*runs):
        keras.utils.set_random_seed(5)
        for callbacks in runs:
            gan = kgan.GAN(
                games.noisy_generator(), games.noisy_critic(), seed=1
            )
            gan.compile()
            try:
                fit(gan, 40, epochs=2, callbacks=callbacks)
            except KeyboardInterrupt:
                pass
            keras.utils.set_random_seed(9)
        return games.weights(gan)

    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path / "backup")

    straight = trained([])
    assert games.distance(straight, trained([backup(), Dies()], [backup()])) < (
        1e-6
    )


class Poison(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        variable = self.model.generator.weights[0]
        variable.assign(np.full(variable.shape, np.nan))


@pytest.mark.filterwarnings("ignore:keras.callbacks.TerminateOnNaN")
def test_terminate_on_nan_of_keras_does_not_see_a_gan():
    """It looks at a log named `loss`, which a GAN does not have."""
    counter = games.Counter()
    nan = keras.callbacks.TerminateOnNaN()
    fit(games.game(), epochs=2, callbacks=[Poison(), nan, counter])
    assert counter.counts == [2, 2]


def test_callbacks_may_be_a_list_of_keras():
    gan = games.game()
    counter = games.Counter()
    callbacks = keras.callbacks.CallbackList(
        [counter], add_history=True, model=gan, epochs=1
    )
    callbacks.set_params({"epochs": 1, "steps": 2})
    fit(gan, callbacks=callbacks)
    assert counter.counts == [2]


def test_a_generator_without_weights_leaves_the_discriminator_to_learn():
    latents = keras.Input((2,))
    fixed = keras.Model(latents, keras.layers.Rescaling(0.5)(latents))
    gan = kgan.NonSaturatingGAN(fixed, games.critic(), seed=1)
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    before = gan.discriminator.get_weights()
    gan.fit(games.points(64), batch_size=16, verbose=0)
    assert games.distance(before, gan.discriminator.get_weights()) > 0


def graphs() -> int:
    """Graphs of TensorFlow that something holds."""
    return sum(type(x).__name__ == "FuncGraph" for x in gc.get_objects())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["array", "pydataset"])
def test_a_trained_model_is_let_go(kind):
    gc.collect()
    before = graphs()
    gan = games.game("WGAN")
    gan.fit(**games.as_data(kind, games.points(32)), verbose=0)
    trained = weakref.ref(gan)
    del gan
    keras.utils.clear_session()
    gc.collect()
    assert trained() is None
    assert graphs() <= before


@pytest.mark.parametrize("asked", [None, True])
def test_no_pass_waits_for_the_tuning_of_tf_data(asked):
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensor_slices(games.points(32)).batch(8)
    if asked:
        options = tf.data.Options()
        options.autotune.enabled = True
        data = data.with_options(options)
    gan = games.game("GAN", n_critic=2)
    training, _ = kgan.steps.as_steps(
        data, 2, gan.sample_spec, None, None, 1, gan.peers.share()
    )
    validation = kgan.steps.as_batches(data, gan.sample_spec, None)
    for read in (training, validation):
        assert read.options().autotune.enabled is bool(asked)


@pytest.mark.skipif(games.BACKEND != "tensorflow", reason="Keras reads arrays")
@pytest.mark.parametrize("rows", [32, 30])
def test_arrays_as_tensorflow_reads_them(rows):
    points = games.points(rows)
    steps = kgan.steps.ArraySteps(
        points,
        2,
        4,
        shuffle=False,
        steps_per_epoch=None,
        seed=lambda: 0,
        steps_done=lambda: 0,
        share=kgan.steps.Share(),
    )
    read = kgan.steps.readable(steps, replicas=1)
    # Of a known size, so that a step computes no shapes.
    assert read.element_spec[0].shape == (4, 2, 2)
    assert read.options().autotune.enabled is False
    for _ in range(2):
        got = [np.moveaxis(step, 1, 0) for (step,) in read]
        whole = points[: rows // 8 * 8]
        np.testing.assert_array_equal(np.reshape(got, whole.shape), whole)
    batches = kgan.steps.ArrayBatches(points, 4)
    read = kgan.steps.readable(batches, replicas=1)
    np.testing.assert_array_equal(
        np.concatenate([batch for (batch,) in read]), points
    )
    # A strategy splits what Keras makes of them.
    assert kgan.steps.readable(steps, replicas=2) is steps


# Keras's own conversion of TensorFlow's tensors to PyTorch's.
@pytest.mark.once("tensorflow")
@pytest.mark.filterwarnings("ignore:__array__ implementation")
def test_a_model_of_keras_takes_the_batches_of_load():
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(10)]
    )
    model.compile(
        "adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    dataset = kgan.data.load("digits", labels=True)
    history = model.fit(dataset, epochs=4, verbose=0, shuffle=False)
    assert history.history["loss"][-1] < 0.8 * history.history["loss"][0]
