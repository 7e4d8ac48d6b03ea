"""Scores and files of a mean of weights are of that mean, or are refused."""

import games
import keras
import numpy as np
import pytest

import kgan

pytestmark = pytest.mark.filterwarnings("ignore:WGAN trains without")
Checkpoint = kgan.callbacks.Checkpoint
Swap = keras.callbacks.SwapEMAWeights
VALIDATION = games.points(32, seed=9)


@keras.saving.register_keras_serializable("kgan_tests_averages")
class Spread(keras.metrics.Mean):
    """Standard deviation of the generated samples."""

    def update_state(self, real, fake, sample_weight=None):
        super().update_state(keras.ops.std(fake))


def make(
    generator=True, critic=False, metrics=True, objective="WGAN", noisy=False
):
    """A game where the players of which it is said keep a mean."""
    keras.utils.set_random_seed(5)
    gan = getattr(kgan, objective)(
        games.noisy_generator() if noisy else games.generator(),
        games.critic(),
        n_critic=2,
        seed=11,
    )
    gan.compile(
        *(
            keras.optimizers.RMSprop(0.02, use_ema=mean, ema_momentum=0.9)
            for mean in (generator, critic)
        ),
        metrics=[Spread(name="spread")] if metrics else None,
    )
    return gan


def fit(gan, *callbacks, epochs=3, validation=True, clip=True):
    return gan.fit(
        games.points(64, seed=3),
        batch_size=8,
        epochs=epochs,
        validation_data=VALIDATION if validation else None,
        callbacks=[
            *([kgan.callbacks.WeightClip(0.3)] if clip else []),
            *callbacks,
        ],
        verbose=0,
    ).history


def spread(gan):
    logs = gan.evaluate(VALIDATION, batch_size=8, verbose=0, return_dict=True)
    return logs["spread"]


class Keep(keras.callbacks.Callback):
    """Keeps, after each epoch, what trains, its mean, and the files."""

    def __init__(self, directory):
        super().__init__()
        self.directory = directory
        self.trained, self.means, self.files = [], [], []

    def on_epoch_end(self, epoch, logs=None):
        generator = self.model.generator
        self.trained.append(games.numpy_of(generator.trainable_variables))
        optimizer = self.model.generator_optimizer
        weights = games.numpy_of(generator.trainable_variables)
        self.means.append(self._mean(optimizer, generator, weights))
        self.files.append(
            {
                path.name: keras.saving.load_model(path)
                for path in self.directory.glob("*.keras")
            }
        )

    def _mean(self, optimizer, generator, weights):
        """The mean, as Keras's own `fit` would put it in place."""
        optimizer.finalize_variable_values(generator.trainable_variables)
        mean = games.numpy_of(generator.trainable_variables)
        for variable, value in zip(
            generator.trainable_variables, weights, strict=True
        ):
            variable.assign(value)
        return mean


def trained_weights(model):
    generator = getattr(model, "generator", model)
    return games.numpy_of(generator.trainable_variables)


@pytest.mark.once("torch")
def test_generator_of_each_epoch_is_the_mean_and_the_run_what_trains(tmp_path):
    keep = Keep(tmp_path)
    gan = make(noisy=True)
    fit(gan, Checkpoint(tmp_path), keep, validation=False, epochs=2)
    assert len(keep.files) == 2
    for trained, mean, files in zip(
        keep.trained, keep.means, keep.files, strict=True
    ):
        assert games.distance(trained, mean) > 1e-3
        saved = trained_weights(files["generator.keras"])
        assert games.distance(saved, mean) == 0
        run = files["run.keras"]
        assert games.distance(trained_weights(run), trained) == 0
    # Moving statistics of normalization are of no optimizer.
    last = keras.saving.load_model(tmp_path / "generator.keras")
    assert games.distance(last.get_weights(), gan.generator.get_weights()) == 0


@pytest.mark.once("torch")
@pytest.mark.slow
def test_checkpoint_changes_no_weight_and_goes_on_exactly(tmp_path):
    plain, straight, resumed = (make(noisy=True) for _ in range(3))
    fit(plain, Swap(), epochs=2)
    fit(straight, Swap(), Checkpoint(tmp_path / "a"), epochs=2)
    halted = make(noisy=True)
    fit(halted, Swap(), Checkpoint(tmp_path / "b"), epochs=1)
    fit(resumed, Swap(), Checkpoint(tmp_path / "b"), epochs=2)
    want = games.numpy_of([*plain.variables, *plain.optimizer.variables])
    for gan in (straight, resumed):
        got = games.numpy_of([*gan.variables, *gan.optimizer.variables])
        assert games.distance(want, got) == 0


@pytest.mark.once("torch")
@pytest.mark.parametrize("swap_first", [True, False])
def test_score_and_best_generator_are_of_the_mean(swap_first, tmp_path):
    checkpoint = Checkpoint(tmp_path, True, "val_spread", "max")
    keep = Keep(tmp_path)
    both = [Swap(), checkpoint] if swap_first else [checkpoint, Swap()]
    gan = make()
    scores = fit(gan, *both, keep)["val_spread"]
    assert scores[-1] == pytest.approx(spread(gan), abs=1e-6)
    best = int(np.argmax(scores))
    saved = keras.saving.load_model(tmp_path / "best_generator.keras")
    distance = games.distance(trained_weights(saved), keep.means[best])
    # On TensorFlow Keras swaps by sums and differences, which round.
    assert distance < 1e-6
    gan.generator.set_weights(saved.get_weights())
    assert spread(gan) == pytest.approx(max(scores), abs=1e-6)


def refused(gan, match, *callbacks, **options):
    before = games.weights(gan)
    with pytest.raises(ValueError, match=match) as caught:
        fit(gan, *callbacks, **options)
    assert "Received: " in str(caught.value)
    assert games.distance(before, games.weights(gan)) == 0
    steps = keras.ops.convert_to_numpy(gan.optimizer.iterations)
    assert int(steps) == 0


@pytest.mark.once
def test_scores_of_other_weights_than_the_model_ends_with_are_refused(tmp_path):
    match = "metrics of `compile`.*SwapEMAWeights"
    refused(make(), match)
    refused(make(), match, Checkpoint(tmp_path))
    assert not list(tmp_path.iterdir())
    # Without a metric there is no score, and without validation none either.
    fit(make(metrics=False), epochs=1)
    fit(make(), epochs=1, validation=False)


@pytest.mark.once
@pytest.mark.parametrize(
    ("monitor", "swap"),
    [("generator_loss", True), ("val_generator_loss", False)],
)
def test_monitor_of_weights_that_train_is_refused(monitor, swap, tmp_path):
    checkpoint = Checkpoint(tmp_path, True, monitor, "min")
    swaps = [Swap()] if swap else []
    gan = make(metrics=False)
    refused(gan, "`monitor` must score the mean", *swaps, checkpoint)


@pytest.mark.once
@pytest.mark.parametrize(
    "other",
    [
        lambda folder: Checkpoint(folder),
        lambda folder: keras.callbacks.BackupAndRestore(folder),
        lambda folder: keras.callbacks.ModelCheckpoint(folder / "x.keras"),
        lambda folder: keras.callbacks.EarlyStopping("val_spread"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_swap_on_epoch_with_what_saves_or_stops_is_refused(
    other, first, tmp_path
):
    callbacks = [Swap(swap_on_epoch=True), other(tmp_path)]
    if not first:
        callbacks.reverse()
    refused(make(), "swap_on_epoch=True.* exchanged", *callbacks)


def test_swap_on_epoch_alone_ends_with_the_mean():
    gan, plain = make(), make()
    score = fit(gan, Swap(swap_on_epoch=True))["val_spread"][-1]
    fit(plain, validation=False)
    assert score == pytest.approx(spread(gan), abs=1e-6)
    assert games.distance(games.weights(gan), games.weights(plain)) < 1e-5


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "callback"),
    [
        (
            "save_best_only",
            lambda: keras.callbacks.ModelCheckpoint(
                "x.keras", "val_spread", save_best_only=True, mode="min"
            ),
        ),
        (
            "restore_best_weights",
            lambda: keras.callbacks.EarlyStopping(
                "val_spread", mode="min", restore_best_weights=True
            ),
        ),
    ],
)
def test_callbacks_that_keep_the_best_of_what_trains_are_refused(
    name, callback
):
    refused(make(), f"`{name}` would keep", Swap(), callback())


def test_early_stopping_by_the_mean_ends_with_it():
    stop = keras.callbacks.EarlyStopping("val_spread", mode="min", patience=0)
    gan = make()
    scores = fit(gan, Swap(), stop, epochs=6)["val_spread"]
    assert scores[-1] == pytest.approx(spread(gan), abs=1e-6)


@pytest.mark.once
def test_swaps_without_a_mean_or_twice_are_refused():
    refused(make(generator=False), "use_ema=False", Swap())
    refused(make(), "Two SwapEMAWeights", Swap(), Swap())


@pytest.mark.once
def test_mean_of_a_clipped_critic_is_refused():
    refused(make(False, True), "is not clipped.*generator alone")
    # Without a clip, scores are of the generator, which has no mean here.
    gan = make(False, True, objective="GAN")
    scores = fit(gan, clip=False, epochs=2)["val_spread"]
    assert scores[-1] == pytest.approx(spread(gan), abs=1e-6)
