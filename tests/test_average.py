"""The average of a generator's weights, against sums by hand."""

import games
import keras
import numpy as np
import pytest

import kgan
import kgan.sample
from kgan.average import Average

# As of R3GAN, from 0.
RISING = kgan.schedules.Cosine(0.0, 40.0, images=48)


def cosine(images):
    return 20.0 * (1 - np.cos(np.pi * min(images / 48, 1)))


class Record(keras.callbacks.Callback):
    """Keeps the generator's weights after each step."""

    def on_train_begin(self, logs=None):
        self.weights = [self.model.generator.get_weights()]

    def on_train_batch_end(self, batch, logs=None):
        self.weights.append(self.model.generator.get_weights())


def trained(average, generator=games.generator, epochs=2, rate=0.1, **options):
    gan = kgan.GAN(
        generator(), games.critic(), n_critic=2, seed=1, average=average
    )
    gan.compile(
        keras.optimizers.SGD(rate), keras.optimizers.SGD(rate), **options
    )
    record = Record()
    gan.fit(
        games.points(64),
        batch_size=8,
        epochs=epochs,
        callbacks=[record],
        verbose=0,
    )
    return gan, record.weights


def expected(weights, betas):
    """The average of a list of lists of weights, in float64."""
    mean = [w.astype("float64") for w in weights[0]]
    for new, beta in zip(weights[1:], betas, strict=True):
        mean = [
            beta * m + (1 - beta) * n for m, n in zip(mean, new, strict=False)
        ]
    return mean


@pytest.mark.once
@pytest.mark.parametrize(
    ("batch", "half_life", "beta"),
    [(64, 500_000, 0.99991128), (512, 5_000_000, 0.99992902), (8, 8, 0.5)],
)
def test_published_decays(batch, half_life, beta):
    found = float(Average(half_life).beta(batch, 10**9))
    assert found == pytest.approx(beta, abs=6e-8)


@pytest.mark.once
def test_the_half_life_ramps_up():
    average = Average(half_life=1000, ramp_up=0.5)
    # 0.5 of 16 images seen is a half-life of 8.
    assert float(average.beta(8, 16)) == pytest.approx(0.5)
    assert float(average.beta(8, 2000)) == pytest.approx(0.5 ** (8 / 1000))
    assert float(average.beta(8, 0)) == 0.0
    # At most 50,000 images, and a tenth of the images seen.
    average = Average(half_life=50_000, ramp_up=0.1)
    for seen in (64, 10_000, 500_000, 2_000_000):
        beta = 0.5 ** (64 / min(50_000, 0.1 * seen))
        assert float(average.beta(64, seen)) == pytest.approx(beta, abs=6e-8)
    rising = Average(half_life=kgan.schedules.Linear(8, 16, images=100))
    assert float(rising.beta(8, 0)) == pytest.approx(0.5)
    assert float(rising.beta(8, 100)) == pytest.approx(0.5**0.5)


@pytest.mark.parametrize("run_eagerly", [False, True])
@pytest.mark.parametrize(
    ("average", "betas"),
    [
        (0.75, [0.75] * 8),
        (Average(half_life=20), [0.5 ** (8 / 20)] * 8),
        (
            Average(half_life=20, ramp_up=0.5),
            [0.5 ** (8 / min(20, 0.5 * 8 * step)) for step in range(1, 9)],
        ),
        (
            Average(half_life=RISING),
            [0.5 ** (8 / cosine(8 * step)) for step in range(1, 9)],
        ),
        (
            Average(half_life=RISING, ramp_up=0.5),
            [
                0.5 ** (8 / min(cosine(8 * step), 0.5 * 8 * step))
                for step in range(1, 9)
            ],
        ),
    ],
    ids=["decay", "half-life", "ramp-up", "schedule", "both"],
)
def test_average_of_all_steps(average, betas, run_eagerly):
    gan, weights = trained(average, run_eagerly=run_eagerly)
    mean = expected(weights, betas)
    found = gan.averaged_generator.get_weights()
    assert games.distance(found, mean) < 1e-6
    assert games.distance(found, weights[-1]) > 1e-3
    assert int(keras.ops.convert_to_numpy(gan.progress.images_seen)) == 8 * 8


def test_constant_weights_stay():
    gan, weights = trained(0.9, rate=0.0)
    found = gan.averaged_generator.get_weights()
    assert games.distance(found, weights[0]) == 0


def test_an_average_changes_nothing_in_training():
    with_it, _ = trained(0.9)
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    gan, _ = trained(None)
    # Built after the same seed, they differ by chance otherwise.
    assert gan.averaged_generator is None
    assert [w.shape for w in games.weights(gan)] == [
        w.shape for w in games.weights(with_it)
    ]


def test_statistics_of_batch_normalization_are_copied():
    gan, weights = trained(0.9, generator=games.noisy_generator)
    averaged, layer = (
        next(
            layer
            for layer in network.layers
            if isinstance(layer, keras.layers.BatchNormalization)
        )
        for network in (gan.averaged_generator, gan.generator)
    )
    copied, of_layer = (
        games.numpy_of([x.moving_mean, x.moving_variance])
        for x in (averaged, layer)
    )
    assert games.distance(copied, of_layer) == 0
    assert np.abs(of_layer[0]).max() > 0
    assert games.distance(
        *(games.numpy_of([x.gamma]) for x in (averaged, layer))
    )


def test_samples_and_scores_are_of_the_average():
    gan, _ = trained(0.9)
    latents = np.random.default_rng(3).standard_normal(
        (5, games.LATENT_DIM), dtype="float32"
    )
    of_average = gan.averaged_generator.predict(latents, verbose=0)
    of_generator = gan.generator.predict(latents, verbose=0)
    assert games.distance([of_average], [of_generator]) > 1e-3
    assert games.distance([gan.generate(5, seed=3)], [of_average]) < 1e-6
    assert (
        games.distance([gan.predict(latents, verbose=0)], [of_average]) < 1e-6
    )

    class Mean(keras.metrics.Mean):
        def update_state(self, real, fake):
            return super().update_state(fake)

    gan.compile(metrics=[Mean(name="mean")])
    points = games.points(16)
    scored = gan.evaluate(points, verbose=0, return_dict=True)["mean"]
    gan.averaged_generator.set_weights(gan.generator.get_weights())
    raw = gan.evaluate(points, verbose=0, return_dict=True)["mean"]
    assert abs(scored - raw) > 1e-4


@pytest.mark.parametrize("half_life", [30, RISING], ids=["number", "schedule"])
def test_a_saved_average_goes_on(tmp_path, half_life):
    gan, _ = trained(Average(half_life, ramp_up=0.2))
    gan.save(tmp_path / "run.keras")
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    assert loaded.average.get_config() == gan.average.get_config()
    for model in (gan, loaded):
        model.fit(games.points(64), batch_size=8, verbose=0)
    assert games.distance(games.weights(gan), games.weights(loaded)) == 0
    assert (
        games.distance(
            gan.averaged_generator.get_weights(),
            loaded.averaged_generator.get_weights(),
        )
        == 0
    )
    assert (
        games.distance(
            games.numpy_of([gan.progress.images_seen]),
            games.numpy_of([loaded.progress.images_seen]),
        )
        == 0
    )


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Pass one of them"),
        ({"half_life": 10, "decay": 0.5}, "Pass one of them"),
        ({"half_life": 0}, "`half_life` must be above 0"),
        ({"half_life": "10"}, "`half_life` must be a finite number"),
        (
            {"half_life": kgan.schedules.Linear(10, -1, 100)},
            "`half_life` must follow numbers of at least 0.*-1 after",
        ),
        ({"decay": 1.0}, "`decay` must lie in"),
        ({"decay": -0.1}, "`decay` must lie in"),
        ({"decay": 0.5, "ramp_up": 0.1}, "`ramp_up` limits a `half_life`"),
        ({"half_life": 10, "ramp_up": -1}, "`ramp_up` must be above 0"),
    ],
)
def test_bad_averages(arguments, message):
    with pytest.raises(ValueError, match=message):
        Average(**arguments)


@pytest.mark.once
@pytest.mark.parametrize("average", ["0.9", 1, True, [0.9], keras.Model])
def test_bad_argument_of_a_model(average):
    with pytest.raises(ValueError, match="`average` must be a kgan.Average"):
        kgan.GAN(games.generator(), games.critic(), average=average)


@pytest.mark.once("torch")
def test_files_and_pictures_are_of_the_average(tmp_path):
    """A score in `fit` is that of the generator that was saved with it."""
    metric = kgan.metrics.SlicedWasserstein(num_projections=16)
    gan = kgan.GAN(games.generator(), games.critic(), seed=1, average=0.9)
    gan.compile(
        keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.5), metrics=[metric]
    )
    checkpoint = kgan.callbacks.Checkpoint(
        tmp_path, monitor="val_sliced_wasserstein", mode="min"
    )
    held_out = games.points(64, seed=9)
    history = gan.fit(
        games.points(64),
        batch_size=8,
        epochs=3,
        validation_data=held_out,
        callbacks=[checkpoint],
        verbose=0,
    ).history
    best = min(history["val_sliced_wasserstein"])
    epoch = history["val_sliced_wasserstein"].index(best)
    saved = keras.saving.load_model(tmp_path / "generator.keras")
    averaged = gan.averaged_generator.get_weights()
    assert games.distance(saved.get_weights(), averaged) == 0
    assert games.distance(averaged, gan.generator.get_weights()) > 1e-4
    kept = keras.saving.load_model(tmp_path / "best_generator.keras")
    gan.averaged_generator.set_weights(kept.get_weights())
    scores = gan.evaluate(held_out, batch_size=8, verbose=0, return_dict=True)
    assert scores["sliced_wasserstein"] == pytest.approx(best, rel=1e-5)
    assert 0 <= epoch < 3
    drawn = kgan.sample.load_generator(tmp_path / "run.keras")
    assert games.distance(drawn.get_weights(), averaged) == 0


@pytest.mark.once("torch")
def test_an_interrupted_fit_has_the_same_average(tmp_path):
    def fit(epochs, directory):
        keras.utils.set_random_seed(3)
        gan = kgan.NonSaturatingGAN(
            games.noisy_generator(),
            games.critic(),
            seed=1,
            average=Average(half_life=50, ramp_up=0.1),
            penalties=[kgan.penalties.LeCam(1.0)],
        )
        gan.compile()
        checkpoint = kgan.callbacks.Checkpoint(tmp_path / directory)
        gan.fit(
            games.points(64),
            batch_size=8,
            epochs=epochs,
            callbacks=[checkpoint],
            verbose=0,
        )
        return games.numpy_of([*gan.variables, *gan.optimizer.variables])

    whole = fit(3, "whole")
    fit(2, "killed")
    assert games.distance(fit(3, "killed"), whole) < 1e-6


def test_two_averages_of_one_generator_are_refused():
    gan = kgan.GAN(games.generator(), games.critic(), seed=1, average=0.9)
    gan.compile(keras.optimizers.SGD(0.1, use_ema=True))
    with pytest.raises(ValueError, match="Two averages of one generator"):
        gan.fit(games.points(64), verbose=0)
