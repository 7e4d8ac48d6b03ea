"""Steps that Ctrl-C waits for, so that a model never loses its weights."""

import contextlib
import itertools
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras

from kgan.backend.demands import TrainedModel

# Names that Keras's trainer gives to the parts of a state, in order.
TRAINED = (
    "trainable_variables",
    "non_trainable_variables",
    "optimizer_variables",
    "metrics_variables",
)
TESTED = ("trainable_variables", "non_trainable_variables", "metrics_variables")
# Whether Keras hands its function the batches of `steps_per_execution` steps as
# one item and loops over them in XLA, as of 3.16 (keras-team/keras#23527). Can
# go with Keras 3.15.
KERAS_LOOPS = tuple(map(int, keras.__version__.split(".")[:2])) >= (3, 16)


def whole_steps(
    model: TrainedModel, function: Callable, groups: Sequence[str]
) -> Callable:
    """The steps of `function`, whose state the model holds in any case.

    A compiled step takes the arrays of the state before it, and Keras 3.15
    notes those of the state behind it in its own loop, after the call. An
    exception between the two, of a signal or of the data for the second of
    several steps in one call, would leave the model with deleted arrays; and
    before the first step of an epoch it notes none. keras-team/keras#21019
    restores what was noted, and no more. Once Keras notes the state inside of
    its step functions this can go.

    Args:
        model: The model that is trained or evaluated.
        function: `(state, iterator) -> (logs, state)`.
        groups: Names of the parts of the state.
    """
    items = 1 if KERAS_LOOPS else model.steps_per_execution

    def hold(state: Any) -> None:
        # Private, and not by `setattr`, which Keras tracks.
        vars(model)["_jax_state"] = dict(zip(groups, state, strict=True))

    def call(state: Any, iterator: Iterator) -> tuple[Any, Any]:
        hold(state)
        batches = [next(iterator), *itertools.islice(iterator, items - 1)]
        with _interrupts_wait():
            logs, state = function(state, iter(batches))
            hold(state)
        return logs, state

    return call


@contextlib.contextmanager
def _interrupts_wait() -> Iterator[None]:
    """Lets the handler of Ctrl-C run once the block has ended."""
    handler = None
    if threading.current_thread() is threading.main_thread():
        handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):
        yield
        return
    waiting: list[tuple] = []
    signal.signal(signal.SIGINT, lambda *signals: waiting.append(signals))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    if waiting:
        handler(*waiting[0])
