"""The functions of a step that Keras compiles and calls."""

from typing import Any

import keras

from kgan import backend, speed


def make_train_function(model: Any, force: bool = False) -> None:
    """Builds the function of a train step, unless it is there."""
    if model.compiled:
        model.trained_variables.check(model)
    if force or getattr(model, "train_function", None) is None:
        faster = speed.install(model, "train_step")
        keras.Model.make_train_function(model, force)
        function = faster(model.train_function)
        model.train_function = backend.train_function(model, function)


def make_test_function(model: Any, force: bool = False) -> None:
    """Builds the function of a test step, unless it is there."""
    if force or getattr(model, "test_function", None) is None:
        faster = speed.install(model, "test_step")
        keras.Model.make_test_function(model, force)
        function = faster(model.test_function)
        model.test_function = backend.test_function(model, function)


def build_by_no_batch(model: Any, **data: Any) -> None:
    """Does nothing: the networks are built when the model is.

    Keras (3.15) would build by a first batch, which it cannot read under a
    strategy of TensorFlow with several workers. Once it builds a model that
    says it is built by no batch, this can go.
    """
    del model, data


def send_gradients_by_ourselves(model: Any) -> None:
    """Does nothing: a step sends gradients itself, in one message.

    As soon as torch.distributed runs, Keras 3.16 wraps any model in
    DistributedDataParallel (keras-team/keras#23316), which keeps buckets of
    all weights and is called by Keras's own train step alone. It can go once
    Keras wraps a model only where its step is Keras's own.
    """
    del model
