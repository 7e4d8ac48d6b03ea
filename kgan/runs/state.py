"""The state of a run besides weights: epochs, facts, seeds, counts."""

from typing import Any

import keras
import numpy as np

from kgan.moving import seed_states
from kgan.runs.facts import RunFacts

# More than any machine trains: a larger count is wrong.
MAX_EPOCHS = 10**9


class RunState:
    """Counts what a run has done, and keeps what its file must hold.

    Keras saves weights and leaves seeds out; a resumed run would draw its
    first latents and dropout masks again.

    Args:
        model: The model that is trained.
    """

    def __init__(self, model: Any):
        self._model = model
        self.epochs_done = 0
        # Of the current or last `fit`.
        self.facts = RunFacts()

    def steps_done(self) -> int:
        """Returns the steps that the present optimizers have taken."""
        iterations = self._model.optimizer.iterations
        return int(keras.ops.convert_to_numpy(iterations))

    def save(self, store: dict) -> None:
        """Writes the epochs done, all counts and the state of every seed."""
        store["epochs_done"] = np.array(self.epochs_done)
        for name, variable in self._model.progress.variables().items():
            store[name] = keras.ops.convert_to_numpy(variable)
        for index, seed in enumerate(seed_states(self._model)):
            store[str(index)] = keras.ops.convert_to_numpy(seed)

    def load(self, store: dict) -> None:
        """Reads what `save` wrote.

        Raises:
            ValueError: If the file holds no number of epochs, or seeds of
                another model.
        """
        # Files of earlier versions do not count epochs.
        done = store["epochs_done"] if "epochs_done" in store.keys() else 0
        epochs_done = _epochs(np.array(done))
        seeds = seed_states(self._model)
        for seed, state in zip(seeds, _states(store, seeds), strict=True):
            # The same 32 bits are signed on PyTorch and unsigned on JAX.
            seed.assign(state.astype(seed.dtype))
        for name, variable in self._model.progress.variables().items():
            if name in store.keys():  # Files of earlier versions count none.
                variable.assign(np.array(store[name]))
        self.epochs_done = epochs_done


def _states(store: dict, seeds: list[keras.Variable]) -> list[np.ndarray]:
    """Returns the states that a file holds, checked against the seeds."""
    names = [str(index) for index in range(len(seeds))]
    saved = {n: np.array(store[n]) for n in names if n in store.keys()}
    wanted = [tuple(seed.shape) for seed in seeds]
    found = [value.shape for value in saved.values()]
    if found != wanted:
        raise ValueError(
            f"This model draws from {len(seeds)} seeds. Received: a file "
            f"with states of shape {found}. It is damaged, or of another "
            "model."
        )
    return [*saved.values()]


def _epochs(done: np.ndarray) -> int:
    """Returns the number of epochs that a file says are done, checked."""
    if (
        done.shape != ()
        or done.dtype.kind not in "iuf"
        or not 0 <= done <= MAX_EPOCHS
        or done != int(done)
    ):
        raise ValueError(
            "`epochs_done` of a run must be a whole number from 0 to "
            f"{MAX_EPOCHS}. Received: epochs_done={done!r}. The file is "
            "damaged; remove it, or start over."
        )
    return int(done)
