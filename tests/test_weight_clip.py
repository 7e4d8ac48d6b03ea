"""Weight clipping: line 7 of Algorithm 1, after every critic update."""

import math
import warnings

import games
import keras
import numpy as np
import pytest

import kgan
from kgan.callbacks import WeightClip

# The warning has its own tests below.
pytestmark = pytest.mark.filterwarnings("ignore:WGAN trains without")

WAYS = [
    {},
    {"run_eagerly": True},
    {"jit_compile": True},
    {"jit_compile": False},
    {"steps_per_execution": 3},
]


def compiled(n_critic=2, rate=0.5, **options):
    return games.game("WGAN", n_critic=n_critic, rate=rate, **options)


def largest(gan):
    return max(float(np.abs(w).max()) for w in gan.critic.get_weights())


def fit(gan, *callbacks, epochs=1, num=96, **options):
    return gan.fit(
        games.points(num) + 2.0,
        batch_size=8,
        epochs=epochs,
        callbacks=list(callbacks),
        verbose=0,
        **options,
    )


@pytest.mark.parametrize("options", WAYS, ids=str)
def test_each_fit_obeys_its_own_clip(options):
    if games.BACKEND == "torch" and (
        "steps_per_execution" in options or options.get("jit_compile")
    ):
        pytest.skip("PyTorch: no steps_per_execution; compiling takes minutes")
    gan = compiled(**options)
    for clip_value in (0.1, 0.02, 0.05):
        fit(gan, WeightClip(clip_value))
        # Reached, so that the bound of the fit before is gone too.
        assert largest(gan) == pytest.approx(clip_value, rel=1e-6)
        assert largest(gan) <= np.float32(clip_value)
    fit(gan)
    assert largest(gan) > 0.5


def test_every_weight_is_clipped_and_the_generator_is_not():
    gan = compiled()
    before = gan.generator.get_weights()
    fit(gan, WeightClip(0.01))
    for weight in gan.critic.get_weights():
        assert np.abs(weight).max() <= np.float32(0.01)
    after = gan.generator.get_weights()
    assert max(np.abs(w).max() for w in after) > 0.1
    assert games.distance(before, after) > 0


def test_clip_follows_each_critic_update():
    """The critic's optimizer never meets a weight beyond the bound."""
    seen = []

    class Watching(keras.optimizers.SGD):
        def apply(self, gradients, variables=None):
            seen.append(
                max(float(np.abs(v).max()) for v in map(array, variables))
            )
            super().apply(gradients, variables)

    def array(variable):
        return keras.ops.convert_to_numpy(variable.value)

    gan = kgan.WGAN(games.generator(), games.critic(), n_critic=3, seed=1)
    gan.compile(keras.optimizers.SGD(0.1), Watching(0.5), run_eagerly=True)
    fit(gan, WeightClip(0.05), num=72)
    assert len(seen) == 9
    assert seen[0] > 0.05  # The critic as it was initialised.
    assert all(value <= np.float32(0.05) for value in seen[1:])


@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}], ids=str)
def test_trajectory_tells_a_late_clip_from_clips_after_each_update(options):
    """A critic w x on constant data: by hand, in NumPy."""
    samples = keras.Input((1,))
    critic = keras.Model(
        samples, keras.layers.Dense(1, use_bias=False)(samples)
    )
    latents = keras.Input((1,))
    zero = keras.layers.Dense(1, kernel_initializer="zeros")(latents)
    gan = kgan.WGAN(keras.Model(latents, zero), critic, n_critic=2, seed=1)
    critic.set_weights([np.array([[0.5]], "float32")])
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(1.0), **options)
    # Updates: w += mean(real) * 1, clipped at 1: (0.5 + 3 -> 1) - 0.75.
    real = np.array([3.0] * 4 + [-0.75] * 4, "float32")[:, None]
    gan.fit(
        real,
        batch_size=4,
        shuffle=False,
        callbacks=[WeightClip(1.0)],
        verbose=0,
    )
    # A clip after both would leave 0.5 + 3 - 0.75 -> 1.
    assert critic.get_weights()[0][0, 0] == pytest.approx(0.25, abs=1e-6)


def test_schedule_over_epochs():
    epochs, bounds = [], []

    class Bounds(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            bounds.append(largest(self.model))

    def schedule(epoch):
        epochs.append(epoch)
        return 0.1 * 0.5**epoch

    gan = compiled()
    fit(gan, WeightClip(schedule), Bounds(), epochs=3)
    assert bounds == pytest.approx([0.1, 0.05, 0.025], rel=1e-6)
    assert set(epochs) == {0, 1, 2}
    fit(gan, WeightClip(schedule), Bounds(), epochs=5, initial_epoch=4)
    assert bounds[-1] == pytest.approx(0.1 * 0.5**4, rel=1e-6)


def test_schedule_that_grows_takes_the_bound_off():
    gan = compiled()
    fit(gan, WeightClip(lambda epoch: [0.02, 0.3][epoch]), epochs=2)
    assert largest(gan) == pytest.approx(0.3, rel=1e-6)


def test_clipped_share_is_that_of_numpy():
    shares = []

    class Shares(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            weights = self.model.critic.get_weights()
            flat = np.concatenate([w.ravel() for w in weights])
            shares.append(np.mean(np.abs(flat) == np.float32(0.05)))

    gan = compiled(rate=0.02)
    history = fit(gan, WeightClip(0.05), Shares(), epochs=3).history
    assert history["clipped_share"] == pytest.approx(shares)
    assert 0 < shares[0] < 1


def test_clipped_share_is_zero_without_a_weight_at_the_bound():
    history = fit(compiled(rate=1e-4), WeightClip(50.0)).history
    assert history["clipped_share"] == [0.0]


def test_clip_of_a_gan_and_of_another_order_of_callbacks():
    for name in ("GAN", "NonSaturatingGAN"):
        gan = games.game(name, rate=0.5)
        gan.fit(
            games.points(32),
            batch_size=8,
            callbacks=WeightClip(0.03),
            verbose=0,
        )
        weights = gan.discriminator.get_weights()
        assert max(np.abs(w).max() for w in weights) <= np.float32(0.03)


@pytest.mark.parametrize(
    "value",
    [0, 0.0, -0.01, math.nan, math.inf, "0.01", True, None, [0.1], np.nan],
)
def test_clip_value_out_of_range(value):
    with pytest.raises(ValueError, match="`clip_value`.*Received: clip_value="):
        WeightClip(value)
    with pytest.raises(ValueError, match="`clip_value`.*Received.*epoch 0"):
        WeightClip(lambda epoch: value)


@pytest.mark.parametrize("value", [0, -1.0, math.nan, math.inf, "1", True])
def test_clip_weights_out_of_range(value):
    gan = compiled()
    with pytest.raises(ValueError, match="`clip_value`.*Received: clip_value="):
        gan.clip_weights(value)


def test_numpy_and_integer_values_are_numbers():
    for value in (1, np.float32(0.5), np.float64(0.5), np.int64(1)):
        assert WeightClip(value).clip_value == value


def test_schedule_that_turns_bad_stops_and_frees_the_next_fit():
    gan = compiled()
    asked = []

    def value(epoch):
        """Good when asked in advance, and bad when its epoch comes."""
        asked.append(epoch)
        return 0.05 if epoch == 0 or asked.count(epoch) == 1 else -1.0

    schedule = WeightClip(value)
    with pytest.raises(ValueError, match="`clip_value`.*-1.0.*epoch 1"):
        fit(gan, schedule, epochs=3)
    assert largest(gan) <= np.float32(0.05)
    fit(gan)
    assert largest(gan) > 0.5


class Dies(keras.callbacks.Callback):
    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_train_batch_end(self, batch, logs=None):
        if batch == self.step:
            raise RuntimeError("on purpose")


@pytest.mark.parametrize("step", [0, 2])
def test_fit_that_dies_leaves_no_clip(step):
    gan = compiled()
    fit(gan, WeightClip(0.3))
    with pytest.raises(RuntimeError, match="on purpose"):
        fit(gan, WeightClip(0.05), Dies(step))
    assert largest(gan) <= np.float32(0.05)
    fit(gan, epochs=10)
    assert largest(gan) > 0.055


def test_train_on_batch_after_fit_is_not_clipped():
    gan = compiled(rate=5.0)
    fit(gan, WeightClip(0.05))
    gan.train_on_batch(games.points(16) + 2.0)
    assert largest(gan) > 0.05
    gan.clip_weights(0.02)
    gan.train_on_batch(games.points(16))
    assert largest(gan) <= np.float32(0.02)


def test_plain_keras_model():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="WeightClip.*kgan.*Received.*Sequent"):
        model.fit(
            games.points(8),
            games.points(8, 1),
            callbacks=[WeightClip(0.1)],
            verbose=0,
        )


def bound_warnings(gan, *callbacks):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(gan, *callbacks)
    return [str(w.message) for w in caught if "Lipschitz" in str(w.message)]


@pytest.mark.once
def test_wgan_without_a_bound_warns_once():
    gan = compiled()
    [message] = bound_warnings(gan)
    assert "WeightClip(0.01)" in message
    assert bound_warnings(gan) == []


@pytest.mark.once("torch")
def test_wgan_with_a_bound_does_not_warn():
    assert bound_warnings(compiled(), WeightClip(0.01)) == []
    constrained = kgan.WGAN(
        games.generator(),
        games.critic(constraint=keras.constraints.UnitNorm()),
        n_critic=1,
    )
    constrained.compile()
    assert bound_warnings(constrained) == []
    if keras.backend.backend() == "torch":
        return  # Which refuses the layer.
    samples = keras.Input((2,))
    spectral = keras.layers.SpectralNormalization(keras.layers.Dense(1))
    normalized = kgan.WGAN(
        games.generator(), keras.Model(samples, spectral(samples)), n_critic=1
    )
    normalized.compile()
    assert bound_warnings(normalized) == []


def test_bound_that_a_former_fit_had_is_missed():
    gan = compiled()
    assert bound_warnings(gan, WeightClip(0.01)) == []
    assert len(bound_warnings(gan)) == 1


@pytest.mark.once("torch")
def test_constraints_of_the_layers_hold_beside_the_clip():
    gan = kgan.WGAN(
        games.generator(),
        games.critic(constraint=keras.constraints.NonNeg()),
        n_critic=2,
    )
    gan.compile(keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.5))
    fit(gan, WeightClip(0.1))
    kernel = gan.critic.get_weights()[0]
    assert kernel.min() >= 0 and kernel.max() <= np.float32(0.1)
    assert isinstance(
        gan.critic.layers[1].kernel.constraint, keras.constraints.NonNeg
    )
