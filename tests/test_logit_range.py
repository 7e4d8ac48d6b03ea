"""A discriminator whose logits are bounded is refused, no other one is."""

import games
import keras
import numpy as np
import pytest

import kgan
from kgan.logit_range import check_logits, ends_linearly, probe

layers = keras.layers


@keras.saving.register_keras_serializable("tests")
class Squashes(layers.Layer):
    def call(self, inputs):
        return keras.ops.arctan(inputs)


@keras.saving.register_keras_serializable("tests")
class SquashingDense(layers.Dense):
    def call(self, inputs, training=None):
        return keras.ops.tanh(super().call(inputs, training=training))


def ending_in(end, hidden="relu"):
    samples = keras.Input((2,))
    return keras.Model(samples, end(layers.Dense(16, hidden)(samples)))


def dense(*arguments, **options):
    return lambda x: layers.Dense(*arguments, **options)(x)


def activated(activation):
    return lambda x: layers.Activation(activation)(layers.Dense(1)(x))


def nested(x):
    inner = [keras.Input((16,)), layers.Dense(1), layers.ReLU()]
    return keras.Sequential(inner)(x)


def called_twice(x):
    """The list of operations then ends in the dense layer."""
    squash = layers.Activation("softsign")
    return squash(layers.Dense(1)(squash(x)))


BOUNDED = {
    "relu": (dense(1, "relu"), "below 0"),
    "relu6": (activated("relu6"), "from 0 to 6 only"),
    "softsign": (dense(1, "softsign"), "only"),
    "softplus": (dense(1, "softplus"), "below"),
    "elu": (dense(1, "elu"), "below -1"),
    "selu": (activated("selu"), "below -1.76"),
    "silu": (activated("silu"), "below"),
    "gelu": (dense(1, "gelu"), "below"),
    "exponential": (dense(1, "exponential"), None),
    "log_sigmoid": (dense(1, "log_sigmoid"), "above"),
    "layer": (lambda x: layers.ReLU()(layers.Dense(1)(x)), "below 0"),
    "lambda": (
        lambda x: layers.Lambda(keras.ops.sigmoid)(layers.Dense(1)(x)),
        "from 0 to 1 only",
    ),
    "function": (dense(1, lambda x: 50 * keras.ops.tanh(x)), "only"),
    "operation": (lambda x: -keras.ops.abs(layers.Dense(1)(x)), "above"),
    "own layer": (lambda x: Squashes()(layers.Dense(1)(x)), "only"),
    "own dense": (lambda x: SquashingDense(1)(x), "only"),
    "after a reshape": (
        lambda x: layers.Reshape((1,))(layers.Dense(1, "relu6")(x)),
        "only",
    ),
    "pooled": (
        lambda x: layers.GlobalAveragePooling1D()(
            layers.Dense(1, "sigmoid")(layers.Reshape((4, 4))(x))
        ),
        "only",
    ),
    "nested": (nested, "below 0"),
    "called twice": (called_twice, "only"),
}


@pytest.mark.once
@pytest.mark.parametrize("end", BOUNDED)
def test_a_bounded_discriminator_is_refused(end):
    make, limits = BOUNDED[end]
    match = rf"logits.*either sign.*Received: .*{limits or 'ends in'}.*=None"
    with pytest.raises(ValueError, match=match):
        check_logits(ending_in(make))


def projection(x):
    """A score of features and the product with others, as cGANs have it."""
    embedded = layers.Dense(16)(x)
    product = layers.Dot(axes=-1)([x, embedded])
    return layers.Add()([layers.Dense(1)(x), product])


LINEAR = {
    "dense": dense(1),
    "zeros": dense(1, kernel_initializer="zeros"),
    "wrapped": lambda x: layers.TimeDistributed(layers.Dense(1))(
        layers.Reshape((1, 16))(x)
    )[:, 0],
    "flattened": lambda x: layers.Flatten()(layers.Dense(1)(x)),
    "leaky": activated("leaky_relu"),
    "linear": activated("linear"),
    "pooled": lambda x: layers.GlobalAveragePooling1D()(
        layers.Dense(1)(layers.Reshape((4, 4))(x))
    ),
    "patches": lambda x: layers.GlobalAveragePooling2D()(
        layers.Conv2D(1, 2)(layers.Reshape((4, 4, 1))(x))
    ),
    "projection": projection,
    "multiplied": lambda x: layers.Multiply()(
        [layers.Dense(1)(x), layers.Dense(1)(x)]
    ),
    "normalized": lambda x: layers.Rescaling(1e-3)(
        layers.Dense(1)(layers.LayerNormalization()(x))
    ),
    "cast": lambda x: keras.ops.cast(
        layers.Dense(1, dtype="bfloat16")(x), "float32"
    ),
    "mean": lambda x: keras.ops.mean(
        layers.Dense(4)(x), axis=-1, keepdims=True
    ),
    "sum": lambda x: keras.ops.sum(layers.Dense(4)(x), -1, keepdims=True) + 3,
    "difference": lambda x: layers.Subtract()(
        [layers.Dense(1, "softplus")(x), layers.Dense(1, "softplus")(x)]
    ),
    "batch normalized": lambda x: layers.BatchNormalization()(
        layers.Dense(1)(x)
    ),
}


@pytest.mark.once
@pytest.mark.parametrize("end", LINEAR)
def test_an_unbounded_discriminator_is_taken(end):
    check_logits(ending_in(LINEAR[end]))


def test_a_deep_discriminator_is_taken():
    """Large weights overflow: smaller ones decide."""
    samples = x = keras.Input((2,))
    for _ in range(30):
        x = layers.Dense(8, "relu")(x)
    outputs = layers.Reshape((1,))(layers.Dense(1)(x))
    check_logits(keras.Model(samples, outputs))


@pytest.mark.once
def test_what_cannot_be_probed_is_taken():
    @keras.saving.register_keras_serializable("tests")
    class Particular(layers.Layer):
        def compute_output_shape(self, shape):
            return shape

        def call(self, inputs):
            raise RuntimeError("not of such samples")

    check_logits(ending_in(lambda x: Particular()(layers.Dense(1)(x))))


@pytest.mark.once
def test_built_in_ends_are_not_probed():
    assert ends_linearly(games.critic())
    assert not ends_linearly(ending_in(BOUNDED["called twice"][0]))
    assert not ends_linearly(ending_in(SquashingDense(1)))


def test_probing_changes_nothing():
    critic = games.noisy_critic()
    before = games.numpy_of(critic.variables)
    state = np.random.get_state()[1].copy()
    assert probe(critic) is None
    assert games.distance(before, games.numpy_of(critic.variables)) == 0
    assert (state == np.random.get_state()[1]).all()


def test_an_objective_may_want_a_bounded_critic():
    class Bounded(kgan.WGAN):
        bounded_critic = True

    critic = ending_in(BOUNDED["softsign"][0])
    with pytest.raises(ValueError, match="bounded_critic = True"):
        kgan.WGAN(games.generator(), critic)
    Bounded(games.generator(), critic)
