"""One model that several processes train."""

import contextlib
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from kgan import distribution
from kgan.steps import Share
from kgan.two_player import TwoPlayerModel


def _where_to_write(filepath: Any) -> contextlib.AbstractContextManager:
    if isinstance(filepath, str | Path):
        return distribution.writing(filepath)
    return contextlib.nullcontext(filepath)


class JointModel(TwoPlayerModel):
    """What keeps the copies of a model in several processes one model."""

    def join(self, facts: dict[str, float]) -> None:
        """Gives every process the state of process 0, where there are more.

        Args:
            facts: What all processes must have passed alike, by name.

        Raises:
            ValueError: If the processes are not joined, or `facts` differ.
        """
        index, processes = (
            distribution.process_index(),
            distribution.num_processes(),
        )
        if processes == 1:
            return
        engine = distribution.engine
        if not engine.is_active():
            raise ValueError(
                "This job has several processes, and each would train a model "
                f"of its own. Received: process {index} of {processes}, "
                "outside of `with kgan.distribution.scope():`. Build, compile "
                "and fit inside."
            )
        if self.jit_compile is True and keras.backend.backend() == "torch":
            raise ValueError(
                "On PyTorch a step that torch.compile compiles cannot wait "
                "for other processes. Received: jit_compile=True with "
                f"{processes} processes. Compile with jit_compile=False."
            )
        for name, values in zip(
            facts, engine.gather(np.array([*facts.values()])).T, strict=True
        ):
            if len(set(values.tolist())) > 1:
                raise ValueError(
                    "All processes must pass the same data and settings to "
                    f"`fit`. Received: {name} = {values.tolist()} in the "
                    f"{processes} processes. Pass the same, or use "
                    "`kgan.distribution.scope(sharded_data=True)` if each has "
                    "a share of its own."
                )
        variables = [*self.variables, *self.optimizer.variables]
        arrays = [np.asarray(ops.convert_to_numpy(v)) for v in variables]
        *arrays, seed = engine.from_chief([*arrays, np.array(self.seed)])
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)
        self.seed = int(seed)

    def share(self) -> Share:
        """The part of each batch that this process trains on."""
        return Share(*distribution.engine.share())

    def save(self, filepath: Any, *args, **kwargs) -> None:
        """Saves the run, as Keras does; of several processes, the first."""
        with _where_to_write(filepath) as path:
            super().save(path, *args, **kwargs)

    def save_weights(self, filepath: Any, *args, **kwargs) -> None:
        """Saves the weights, as Keras does; of several processes, the first."""
        with _where_to_write(filepath) as path:
            super().save_weights(path, *args, **kwargs)

    def moving_averages(self) -> list[keras.Variable]:
        """What training moves besides: batch normalization's statistics."""
        return [
            variable
            for network in (self.generator, self.discriminator)
            for variable in network.non_trainable_weights
            if keras.backend.is_float_dtype(variable.dtype)
        ]

    def layer_seeds(self) -> list[keras.Variable]:
        """The seeds of layers that draw, such as dropout."""
        own = {id(self._training_seed.state), id(self._evaluation_seed.state)}
        return [seed for seed in self._seed_states() if id(seed) not in own]

    def _maybe_symbolic_build(self, **data) -> None:
        """Does nothing: the networks are built when the model is.

        Under a strategy of TensorFlow Keras would build by a first batch,
        which it cannot read where there are several workers.
        """
