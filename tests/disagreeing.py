"""Fits in two processes that differ, one after another; run by a test.

Prints one line of JSON: what each process was told in each case, whether it
had trained, and the weights after a fit in which both are alike.
"""

import json

import games
import keras
import numpy as np

import kgan

BACKEND = keras.backend.backend()
INDEX = kgan.distribution.process_index()
layers = keras.layers
Clip = kgan.callbacks.WeightClip
OPTIMIZERS = (keras.optimizers.SGD, keras.optimizers.Adam)
# The models of a case.
MADE = []


def network(inputs=3, units=6, activation="tanh", outputs=2, rate=0.0):
    x = first = keras.Input((inputs,))
    x = layers.Dense(units, activation)(x)
    if rate:
        x = layers.Dropout(rate)(x)
    return keras.Model(first, layers.Dense(outputs)(x))


def model(objective="GAN", n_critic=1, make=None, compiled=None, **options):
    gan = getattr(kgan, objective)(
        network(**options),
        network(inputs=2, outputs=1),
        n_critic=n_critic,
        seed=1,
    )
    make = make or (lambda: keras.optimizers.SGD(0.05))
    gan.compile(make(), keras.optimizers.SGD(0.05), **compiled or {})
    MADE.append(gan)
    return gan


def fit(gan, x=None, **options):
    x = games.points(32) if x is None else x
    if hasattr(x, "shape"):
        options = {"batch_size": 8} | options
    return gan.fit(x, verbose=0, **options)


def clip(value):
    fit(model(), callbacks=[Clip(value)])


def schedule():
    decay = 0.9 - 0.1 * INDEX
    fit(model(), epochs=3, callbacks=[Clip(lambda epoch: 0.1 * decay**epoch)])


def one_batch_more_clipped():
    gan = model()
    gan.train_on_batch(games.points(8))
    # What counts here is the step that follows.
    gan.optimizer.iterations.assign(0)
    gan.clip_weights(0.1 + 0.1 * INDEX)
    gan.train_on_batch(games.points(8))


def not_finite():
    samples = games.points(32)
    if INDEX:
        samples[3] = np.nan
    fit(model(), samples)


def without_seeds():
    """What may differ: names, seeds, and the weights drawn from them."""
    if INDEX:
        # Keras counts on; no variable is made and no seed is drawn.
        layers.Dense(1, kernel_initializer="zeros")
    gan = model()
    gan.name = f"gan_{INDEX}"
    fit(gan, callbacks=[games.Counter()] * INDEX)


def batches(size):
    return (batch for batch in games.cut(games.points(64), size))


def only_first(callback):
    return [] if INDEX else [callback]


def loss_arguments():
    gan = kgan.GAN(
        network(),
        network(inputs=2, outputs=1),
        class_prior=0.3 + 0.1 * INDEX,
        seed=1,
    )
    gan.compile()
    MADE.append(gan)
    fit(gan)


# Name of the case to what is done; each must be refused by that name.
CASES = {
    "clip value": lambda: clip(0.1 + 0.1 * INDEX),
    "clip value of one": lambda: fit(model(), callbacks=only_first(Clip())),
    "clip value of a schedule": schedule,
    "objective": lambda: fit(model(("GAN", "WGAN")[INDEX])),
    "arguments of the loss": loss_arguments,
    "generator": lambda: fit(model(activation=("tanh", "relu")[INDEX])),
    "generator's rate": lambda: fit(model(rate=0.1 + 0.1 * INDEX)),
    "width": lambda: fit(model(units=6 + 3 * INDEX)),
    "generator_optimizer": lambda: fit(
        model(make=lambda: OPTIMIZERS[INDEX](0.05))
    ),
    "generator_optimizer's rate": lambda: fit(
        model(make=lambda: keras.optimizers.SGD(0.1 + 0.1 * INDEX))
    ),
    "generator_optimizer's momentum": lambda: fit(
        model(
            make=lambda: keras.optimizers.SGD(0.1, momentum=0.1 + 0.1 * INDEX)
        )
    ),
    "n_critic": lambda: fit(model(n_critic=1 + INDEX)),
    "epochs": lambda: fit(model(), epochs=1 + INDEX),
    "initial_epoch": lambda: fit(model(), initial_epoch=INDEX, epochs=2),
    "steps_per_epoch": lambda: fit(model(), steps_per_epoch=1 + INDEX),
    "batch_size": lambda: fit(model(), batch_size=8 + 8 * INDEX),
    "batch size of the data": lambda: fit(model(), batches(8 + 8 * INDEX)),
    "shuffle": lambda: fit(model(), shuffle=bool(INDEX)),
    "validation_data": lambda: fit(
        model(), validation_data=games.points(8) if INDEX else None
    ),
    "validation_freq": lambda: fit(
        model(), validation_data=games.points(8), validation_freq=1 + INDEX
    ),
    "callbacks": lambda: fit(
        model(),
        callbacks=only_first(keras.callbacks.EarlyStopping("generator_loss")),
    ),
    "learning rates": lambda: fit(
        model(),
        epochs=2,
        callbacks=[
            keras.callbacks.LearningRateScheduler(
                lambda epoch, rate: rate * (0.9 - 0.1 * INDEX) ** epoch
            )
        ],
    ),
    "run_eagerly": lambda: fit(model(compiled={"run_eagerly": INDEX == 1})),
    "failure": not_finite,
}
if BACKEND != "tensorflow":
    CASES["clip value between batches"] = one_batch_more_clipped


def attempt(case):
    """The error that a case ends in, and the steps that it has trained."""
    keras.utils.set_random_seed(1)
    MADE.clear()
    try:
        with kgan.distribution.scope():
            case()
        said = "nothing"
    except ValueError as error:
        said = str(error)
    return said, sum(gan.run.steps_done() for gan in MADE if gan.compiled)


def trained_alike():
    keras.utils.set_random_seed(1)
    with kgan.distribution.scope():
        gan = model()
        fit(gan, callbacks=[Clip(0.1)])
    return [w.tolist() for w in games.weights(gan)]


def main():
    said = {name: attempt(case) for name, case in CASES.items()}
    with kgan.distribution.scope():
        without_seeds()
    print(json.dumps({"said": said, "weights": trained_alike()}))


if __name__ == "__main__":
    main()
