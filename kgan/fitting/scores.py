"""Reports of steps and evaluations: mean losses, and metrics of samples."""

import contextlib
import warnings
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import keras
from keras import ops

from kgan.metrics import NotFiniteError

Tensor = Any


class ScoreBoard:
    """Keeps the numbers that a model is judged by.

    Losses are means over the batches of an epoch. A metric of `compile` is
    fed inside the step of an evaluation and computed once, at its end: a
    score of all samples is of no use after each batch, and SciPy cannot be
    compiled.

    Args:
        names: Of the losses and what is logged beside them, in order.
        of_training: Those among them that only a train step has.
    """

    def __init__(self, names: Sequence[str], of_training: Collection[str]):
        self._means = [keras.metrics.Mean(name=name) for name in names]
        self._of_training = {*of_training}
        self.sample_metrics: list[keras.metrics.Metric] = []

    @property
    def names(self) -> list[str]:
        """The names of all means."""
        return [mean.name for mean in self._means]

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """All that Keras resets before an epoch and threads through a step."""
        return [*self._means, *self.sample_metrics]

    def note(self, logs: dict[str, Tensor], weight: Any = None) -> dict:
        """Takes in one step's numbers; part of the step.

        Args:
            logs: Scalars by name.
            weight: Rows that they are means of; `None` for one each.

        Returns:
            The means so far of what `logs` names.
        """
        if weight is not None:
            # A replica without a row has no mean.
            logs = {n: ops.where(weight > 0, v, 0.0) for n, v in logs.items()}
        noted = [mean for mean in self._means if mean.name in logs]
        for mean in noted:
            mean.update_state(logs[mean.name], sample_weight=weight)
        return {mean.name: mean.result() for mean in noted}

    def means(self) -> dict[str, Tensor]:
        """Returns every mean so far."""
        return {mean.name: mean.result() for mean in self._means}

    def evaluated(self) -> dict[str, float]:
        """Returns what an evaluation reports at its end."""
        results = {
            name: float(value)
            for name, value in self.means().items()
            if name not in self._of_training
        }
        for metric in self.sample_metrics:
            results |= _scores(metric)
        return results


def _scores(metric: keras.metrics.Metric) -> dict[str, float]:
    try:
        result = metric.result()
    except NotFiniteError as error:
        # A diverged generator must not end a training that can be resumed.
        # TerminateOnNaN decides.
        warnings.warn(str(error), stacklevel=2)
        result = dict.fromkeys(metric.keys(), float("nan"))
    named = result if isinstance(result, dict) else {metric.name: result}
    return {name: float(x) for name, x in named.items()}


class Announcer(keras.callbacks.Callback):
    """Puts a score board's results into the logs of an evaluation's end."""

    def __init__(self, board: ScoreBoard):
        super().__init__()
        self._board = board
        self.results: dict[str, float] = {}

    @contextlib.contextmanager
    def before(self, callbacks: Any) -> Iterator[Any]:
        """Yields the callbacks behind this one, so that all see its logs."""
        if not isinstance(callbacks, keras.callbacks.CallbackList):
            yield [self, *callbacks]
            return
        callbacks.callbacks.insert(0, self)
        try:
            yield callbacks
        finally:
            callbacks.callbacks.remove(self)

    def on_test_end(self, logs=None):
        self.results = self._board.evaluated()
        logs.clear()
        logs.update(self.results)
