"""Demands of a backend on the model whose steps it runs."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import keras


@runtime_checkable
class TrainedModel(Protocol):
    """A compiled model, as a backend knows it.

    The first half is Keras's own. The backends annotate models by this class,
    so that mypy refuses what they ask besides.
    """

    optimizer: keras.optimizers.Optimizer
    steps_per_execution: int
    seed: int

    @property
    def compiled(self) -> bool:
        """Whether `compile` has been called."""
        ...

    @property
    def variables(self) -> Sequence[keras.Variable]:
        """All but the optimizers'."""
        ...

    @property
    def trainable_variables(self) -> Sequence[keras.Variable]:
        """Both players' weights."""
        ...

    @property
    def non_trainable_variables(self) -> Sequence[keras.Variable]:
        """Moving statistics, seeds, counters."""
        ...

    @property
    def metrics_variables(self) -> Sequence[keras.Variable]:
        """Of the means that are logged."""
        ...

    def layer_seeds(self) -> Sequence[keras.Variable]:
        """Returns the seeds of layers, which replicas shift."""
        ...

    def moving_averages(self) -> Sequence[keras.Variable]:
        """Returns the moving statistics, which replicas average."""
        ...
