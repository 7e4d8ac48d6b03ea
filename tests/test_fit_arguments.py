"""Every bad argument of `fit` and its companions names itself."""

import fractions
import math

import games
import keras
import numpy as np
import pytest

import kgan
from kgan.fitting.arguments import LARGEST, RULES, checked

DATA = games.points(16)
NOT_COUNTS = ("3", None, 2.0, math.nan, True, 10**30, -1, [2], np.array(3))

# Argument, values that no one can mean, what the message must say.
BAD = [
    *[("epochs", v, "integer from 1 to 2147483647") for v in (0, *NOT_COUNTS)],
    *[("initial_epoch", v, "integer from 0") for v in NOT_COUNTS],
    *[
        (name, v, "integer from 1 to 2147483647, or None")
        for name in (
            "steps_per_epoch",
            "validation_steps",
            "batch_size",
            "validation_batch_size",
            "steps",
        )
        for v in (0, 10**5000, *[v for v in NOT_COUNTS if v is not None])
    ],
    *[
        ("validation_split", v, r"fraction of an array in \[0, 1\)")
        for v in ("0.2", math.nan, 1, 1.0, -0.1, 2, True, [0.2])
    ],
    *[
        ("validation_freq", v, "positive integer, or a list of the epochs")
        for v in (0, -1, 1.5, "2", None, True, [], [0], [1, "2"], {1}, 10**30)
    ],
    *[
        ("verbose", v, '"auto", 0')
        for v in (None, 3, -1, "yes", 1.0, math.nan, [1], np.array([1, 2]))
    ],
    *[
        (name, v, "True or False")
        for name in ("shuffle", "return_dict")
        for v in (None, "batch", "yes", 2, 0.0, math.nan, [True])
    ],
    *[
        ("callbacks", v, "list of Keras callbacks")
        for v in (3, 0, "", "WeightClip", [None], [[3]], {"a": None}, object())
    ],
]


@pytest.mark.once
@pytest.mark.parametrize("name, value, expected", BAD, ids=range(len(BAD)))
def test_a_rule_refuses(name, value, expected):
    with pytest.raises(ValueError, match=f"`{name}` must be.*{expected}") as e:
        checked(**{name: value})
    assert "Received: " in str(e.value)


@pytest.mark.once
@pytest.mark.parametrize(
    "name, value, plain",
    [
        ("epochs", np.int64(3), 3),
        ("epochs", LARGEST, LARGEST),
        ("initial_epoch", np.uint8(0), 0),
        ("steps_per_epoch", None, None),
        ("batch_size", np.int32(8), 8),
        ("validation_split", 0, 0.0),
        ("validation_split", None, 0.0),
        ("validation_split", np.float32(0.25), 0.25),
        ("validation_split", fractions.Fraction(1, 4), 0.25),
        ("validation_freq", np.int64(2), 2),
        ("validation_freq", (1, np.int64(3)), [1, 3]),
        ("verbose", "auto", "auto"),
        ("verbose", True, 1),
        ("verbose", np.int64(2), 2),
        ("shuffle", np.bool_(True), True),
        ("shuffle", 0, False),
        ("callbacks", None, []),
    ],
)
def test_a_rule_makes_a_plain_value(name, value, plain):
    found = getattr(checked(**{name: value}), name)
    assert found == plain and type(found) is type(plain)


@pytest.mark.once
def test_callbacks_are_flat():
    one, two = keras.callbacks.Callback(), kgan.callbacks.WeightClip()
    assert checked(callbacks=one).callbacks == [one]
    assert checked(callbacks=[one, [two]]).callbacks == [one, two]
    of_keras = keras.callbacks.CallbackList([one])
    assert checked(callbacks=of_keras).callbacks is of_keras


@pytest.mark.once
def test_a_class_or_a_function_instead_of_a_callback():
    with pytest.raises(ValueError, match=r"the class WeightClip. Call it: Wei"):
        checked(callbacks=[kgan.callbacks.WeightClip])
    with pytest.raises(ValueError, match="the class WeightClip"):
        checked(callbacks=kgan.callbacks.WeightClip)
    with pytest.raises(ValueError, match="LambdaCallback"):
        checked(callbacks=[print])


METHODS = {
    "fit": [name for name in RULES if name not in ("steps", "return_dict")],
    "evaluate": ["batch_size", "verbose", "steps", "callbacks", "return_dict"],
    "predict": ["batch_size", "verbose", "steps", "callbacks"],
    "train_on_batch": ["return_dict"],
    "test_on_batch": ["return_dict"],
}


def test_every_method_asks_the_rules():
    gan = games.game()
    before = games.weights(gan)
    for method, names in METHODS.items():
        x = games.points(8, games.LATENT_DIM) if method == "predict" else DATA
        for name in names:
            bad = [value for other, value, _ in BAD if other == name]
            for value in bad[:2]:
                with pytest.raises(ValueError, match=f"`{name}`.*Received"):
                    getattr(gan, method)(x, **{name: value})
    assert games.distance(before, games.weights(gan)) == 0


def test_nothing_to_train():
    gan = games.game()
    for initial_epoch, epochs in ((5, 2), (2, 2)):
        with pytest.raises(
            ValueError,
            match=f"`initial_epoch`.*Received: initial_epoch={initial_epoch}, "
            f"epochs={epochs}.*larger `epochs`",
        ):
            gan.fit(DATA, initial_epoch=initial_epoch, epochs=epochs)


def test_a_run_that_is_done_stays_fine(tmp_path):
    def fit(epochs):
        gan = games.game()
        callbacks = [kgan.callbacks.Checkpoint(tmp_path)]
        gan.fit(
            DATA, batch_size=8, epochs=epochs, callbacks=callbacks, verbose=0
        )
        return gan

    done = games.weights(fit(2))
    assert games.distance(done, games.weights(fit(2))) == 0
    assert games.distance(done, games.weights(fit(1))) == 0


@pytest.mark.once("torch")
def test_epochs_of_validation():
    gan = games.game()
    history = gan.fit(
        DATA,
        batch_size=8,
        epochs=np.int64(4),
        validation_data=DATA,
        validation_freq=(1, 4),
        verbose=0,
    )
    assert len(history.history["val_generator_loss"]) == 2
    assert len(history.history["generator_loss"]) == 4


@pytest.mark.parametrize(
    "latents, match",
    [
        ("abc", "`x` must be.*Received: builtins.str"),
        (None, "`x` must be.*Received: builtins.NoneType"),
        (np.zeros((4, 7)), r"latent_dim=3\).*Received: shape=\(4, 7\)"),
        (np.zeros(3), r"Received: shape=\(3,\)"),
        (np.zeros((0, 3)), r"Received: shape=\(0, 3\)"),
        (np.zeros((4, 3), complex), "numbers. Received: dtype=complex128"),
        (np.zeros((4, 3), object), "numbers. Received: dtype=object"),
    ],
)
def test_latents_of_predict(latents, match):
    with pytest.raises(ValueError, match=match):
        games.game().predict(latents)


def test_predict_is_the_generator():
    gan = games.game()
    latents = games.points(5, games.LATENT_DIM)
    samples = gan.predict(latents, batch_size=2, verbose=0)
    expected = keras.ops.convert_to_numpy(gan.generator(latents))
    np.testing.assert_allclose(samples, expected, rtol=1e-5, atol=1e-6)
    untrained = kgan.GAN(gan.generator, gan.discriminator)
    again = untrained.predict(latents, verbose=0)
    np.testing.assert_allclose(again, expected, rtol=1e-5, atol=1e-6)
