"""What a backend does where it has nothing faster than Keras's own way."""

import contextlib
from collections.abc import Callable
from typing import Any

import keras


def step_graphs(compiles: bool) -> Any:
    """None: Keras keeps what it compiles."""
    del compiles


def traced(method: Callable) -> Callable:
    """Returns `method(self, real, draws) -> logs`: Keras compiles it."""
    return method


def layer_call(layer: keras.layers.Layer) -> Any:
    """None: a layer does what it does."""
    del layer


def train_function(model: keras.Model) -> Any:
    """None: Keras's own."""
    del model


def test_function(model: keras.Model) -> Any:
    """None: Keras's own."""
    del model


@contextlib.contextmanager
def keep_state(model: keras.Model):
    """Does nothing: variables keep their values on an error."""
    del model
    yield


@contextlib.contextmanager
def needs_weights(model: keras.Model, method: str):
    """Does nothing: variables keep their values while they are trained."""
    del model, method
    yield
