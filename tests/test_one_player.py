"""Models without a discriminator: fit, files, callbacks, refusals."""

import games
import keras
import numpy as np
import pytest
from keras import ops

import kgan
from kgan.agreement.models import of_model
from kgan.penalties.checks import check_replicas

ONE_PLAYER = {
    "GMMN": lambda generator, **options: kgan.GMMN(generator, 1.0, **options),
    "SlicedWassersteinModel": lambda generator, **options: (
        kgan.SlicedWassersteinModel(generator, 8, **options)
    ),
}
each = pytest.mark.parametrize("name", ONE_PLAYER)


class MeanMatching(kgan.AdversarialModel):
    """A user's: the squared distance of the means, and its root."""

    has_discriminator = False
    generator_sees_real = True
    is_mean_over_samples = False
    estimate_name = "gap_estimate"

    def __init__(self, generator, **options):
        super().__init__(generator, None, **options)

    def generator_objective(self, game):
        gap = ops.mean(game.real, axis=0) - ops.mean(game.fake, axis=0)
        return ops.sum(ops.square(gap))

    def estimate_objective(self, game):
        return ops.sqrt(self.generator_objective(game))


def extractor(seed=5):
    keras.utils.set_random_seed(seed)
    samples = keras.Input((2,))
    x = keras.layers.BatchNormalization()(keras.layers.Dense(5)(samples))
    x = keras.layers.Dropout(0.5, seed=1)(x)
    return keras.Model(samples, keras.layers.Dense(3, "tanh")(x))


def model(name="GMMN", noisy=False, features=None, compiled=True, **options):
    keras.utils.set_random_seed(5)
    maker = games.noisy_generator() if noisy else games.generator()
    if features is not None:
        options["features"] = features
    made = ONE_PLAYER[name](maker, seed=11, **options)
    if compiled:
        made.compile(keras.optimizers.Adam(0.05))
    return made


def fit(made, *callbacks, epochs=1, **options):
    return made.fit(
        games.points(40) + 1,
        batch_size=8,
        epochs=epochs,
        callbacks=list(callbacks),
        verbose=0,
        **options,
    ).history


def state(made):
    return games.numpy_of([*made.variables, *made.optimizer.variables])


@each
def test_a_step_is_one_batch_and_one_log(name):
    made = model(name)
    counter = games.Counter()
    history = fit(made, counter, epochs=2, validation_data=games.points(20))
    assert counter.counts == [5, 5] and made.batches_per_step == 1
    assert set(history) == {"generator_loss", "val_generator_loss"}
    assert made.n_critic == 0 and made.discriminator is None
    assert made.networks == (made.generator,) and made.judges == ()
    assert made.discriminator_optimizer is None
    assert int(made.optimizer.iterations) == 10
    logs = made.train_on_batch(games.points(8), return_dict=True)
    assert set(logs) == {"generator_loss"}
    samples = made.generate(6, seed=1)
    assert samples.shape == (6, 2)
    latents = np.random.default_rng(1).standard_normal((6, 3), "float32")
    np.testing.assert_allclose(
        made.predict(latents, verbose=0), samples, rtol=1e-5
    )


@each
def test_it_learns_the_data(name):
    made = model(name)
    before = made.evaluate(games.points(64) + 1, verbose=0)
    history = fit(made, epochs=12)
    assert history["generator_loss"][-1] < history["generator_loss"][0] / 1.2
    after = made.evaluate(games.points(64) + 1, verbose=0)
    assert after[0] < before[0] / 1.2
    again = made.evaluate(games.points(64) + 1, verbose=0)
    assert after == again


def test_an_objective_of_a_user_with_an_estimate():
    made = MeanMatching(games.generator(), seed=1)
    made.compile(keras.optimizers.SGD(0.05))
    history = fit(made, validation_data=games.points(8))
    names = {"generator_loss", "gap_estimate"}
    assert set(history) == names | {f"val_{name}" for name in names}
    loss, gap = history["val_generator_loss"][0], history["val_gap_estimate"][0]
    assert gap == pytest.approx(loss**0.5, rel=1e-5)


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "of_features"),
    [("GMMN", True), ("SlicedWassersteinModel", False)],
)
def test_a_resumed_run_is_the_uninterrupted_one(name, of_features, tmp_path):
    def make(seed=5):
        features = extractor(seed) if of_features else None
        return model(name, noisy=True, average=0.7, features=features)

    straight = make()
    fit(straight, epochs=3)
    fit(make(), kgan.callbacks.Checkpoint(tmp_path), epochs=1)
    # The weights of the features come with the run.
    resumed = make(seed=6)
    fit(resumed, kgan.callbacks.Checkpoint(tmp_path), epochs=3)
    assert games.distance(state(straight), state(resumed)) <= 1e-6
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    assert games.distance(state(loaded), state(resumed)) == 0
    assert type(loaded) is type(resumed)
    assert loaded.get_config().keys() == resumed.get_config().keys()
    np.testing.assert_array_equal(
        loaded.generate(3, seed=1), resumed.generate(3, seed=1)
    )
    fit(loaded, epochs=1)


@pytest.mark.once
def test_another_model_does_not_go_on(tmp_path):
    fit(model(), kgan.callbacks.Checkpoint(tmp_path))
    other = kgan.GMMN(games.generator(), 2.0, seed=11)
    other.compile(keras.optimizers.Adam(0.05))
    with pytest.raises(ValueError, match="bandwidths.*2.0 here, 1.0 in"):
        fit(other, kgan.callbacks.Checkpoint(tmp_path), epochs=2)


def test_features_stay_as_they_were():
    features = extractor()
    made = model(features=features)
    before = [w.copy() for w in features.get_weights()]
    fit(made, epochs=2)
    assert games.distance(made.features.get_weights(), before) == 0
    assert made.features is not features and features.trainable
    assert not made.features.trainable_variables
    generator = {id(v) for v in made.generator.trainable_variables}
    assert {id(v) for v in made.trainable_variables} == generator


def test_samples_and_scores_are_of_the_average():
    made = model(average=0.9)
    fit(made)
    distance = games.distance(
        made.generator.get_weights(), made.averaged_generator.get_weights()
    )
    assert distance > 1e-3
    latents = np.random.default_rng(1).standard_normal((4, 3), "float32")
    want = ops.convert_to_numpy(made.averaged_generator(latents))
    np.testing.assert_allclose(made.generate(4, seed=1), want, rtol=1e-5)


@pytest.mark.once
def test_callbacks(tmp_path):
    """A picture, a curve, scores and a metric, of one player."""
    made = model(average=0.9)
    made.compile(metrics=[kgan.metrics.SlicedWasserstein(num_projections=8)])
    history = fit(
        made,
        kgan.callbacks.LossCurve(tmp_path / "loss.png"),
        kgan.callbacks.Scores(
            tmp_path / "scores.json", dataset="points", split="test"
        ),
        kgan.callbacks.SampleGrid(tmp_path / "samples"),
        kgan.callbacks.Checkpoint(
            tmp_path, monitor="val_sliced_wasserstein", mode="min"
        ),
        kgan.callbacks.TerminateOnNaN(),
        epochs=2,
        validation_data=games.points(16),
    )
    assert len(history["val_sliced_wasserstein"]) == 2
    table = (tmp_path / "loss.csv").read_text().splitlines()
    assert table[0].startswith("epoch,generator_loss")
    assert (tmp_path / "loss.png").exists() and len(table) == 3
    assert list((tmp_path / "samples").iterdir())
    (score,) = kgan.scores.read(tmp_path / "scores.json")["scores"].values()
    assert score == history["val_sliced_wasserstein"][-1]


def conditional():
    latents, labels = keras.Input((3,)), keras.Input((), dtype="int32")
    embedded = keras.layers.Embedding(4, 2)(labels)
    x = keras.layers.Concatenate()([latents, embedded])
    return keras.Model([latents, labels], keras.layers.Dense(2)(x))


@pytest.mark.once
@each
@pytest.mark.parametrize(
    "options, match",
    [
        (
            {"penalties": [kgan.penalties.R1(1.0)]},
            "takes no `penalties`: .*Received: penalties=",
        ),
        (
            {"augmentation": kgan.augmentations.DiffAugment()},
            "takes no `augmentation`: .*Received: augmentation=",
        ),
        ({"seed": -1}, "`seed`.*Received: seed=-1"),
        ({"average": 2}, "`average`.*Received: average=2"),
    ],
)
def test_bad_arguments(name, options, match):
    with pytest.raises(ValueError, match=match):
        ONE_PLAYER[name](games.generator(), **options)


@pytest.mark.once
@each
def test_bad_networks(name):
    with pytest.raises(ValueError, match="no conditional `generator`.*Receiv"):
        ONE_PLAYER[name](conditional())
    with pytest.raises(ValueError, match="`generator` must be a keras.Model"):
        ONE_PLAYER[name](None)
    with pytest.raises(TypeError, match="n_critic"):
        ONE_PLAYER[name](games.generator(), n_critic=2)
    latents = keras.Input((3,))
    unsized = keras.layers.Lambda(lambda x: x, output_shape=(None,))(latents)
    with pytest.raises(ValueError, match="need a size. Received: .*None"):
        ONE_PLAYER[name](keras.Model(latents, unsized))
    with pytest.raises(ValueError, match="takes no `discriminator`.*Received"):
        kgan.AdversarialModel.__init__(
            object.__new__(type(model(name))), games.generator(), games.critic()
        )


@pytest.mark.once
def test_what_needs_a_discriminator_is_refused():
    made = model(compiled=False)
    with pytest.raises(ValueError, match="no discriminator.*Received: discrim"):
        made.compile("adam", "adam")
    made.compile("adam")
    with pytest.raises(ValueError, match="`WeightClip`.*Received: a GMMN"):
        fit(made, kgan.callbacks.WeightClip(0.01))
    with pytest.raises(ValueError, match="nothing to clip. Received: clip_val"):
        made.clip_weights(0.1)
    assert made.clip_value is None
    (only,) = kgan.scripts.optimizers(made, gmmn=0.5)
    assert float(only.learning_rate) == 0.5


@pytest.mark.once
def test_a_search_is_refused():
    with pytest.raises(ValueError, match="`model` must have a discr.*Received"):
        kgan.tuning.GANHyperModel(
            games.generator,
            games.critic,
            metrics=[kgan.metrics.SlicedWasserstein()],
            model=kgan.GMMN,
        )


@each
def test_replicas_are_refused_but_on_jax(name):
    made = model(name)
    check_replicas(made, 1)
    if games.BACKEND == "jax":
        check_replicas(made, 2)
        return
    with pytest.raises(ValueError, match="whole batch.*Received: 2 replicas"):
        check_replicas(made, 2)


@pytest.mark.once
def test_processes_compare_what_they_train():
    facts = [
        of_model(made)
        for made in (model(), model(), model("SlicedWassersteinModel"))
    ]
    assert facts[0] == facts[1] != facts[2]
    assert "discriminator_optimizer" not in [
        key for key, value in facts[0].items() if isinstance(value, dict)
    ]
    other = kgan.GMMN(games.generator(), 3.0, seed=11)
    other.compile(keras.optimizers.Adam(0.05))
    key = "arguments of the loss"
    assert of_model(other)[key] != facts[0][key]
