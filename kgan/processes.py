"""One model that several processes train."""

import contextlib
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from kgan import backend, distribution
from kgan.networks import all_layers
from kgan.steps import Share
from kgan.two_player import TwoPlayerModel


def _where_to_write(filepath: Any) -> contextlib.AbstractContextManager:
    if isinstance(filepath, str | Path):
        return distribution.writing(filepath)
    return contextlib.nullcontext(filepath)


class JointModel(TwoPlayerModel):
    """What keeps the copies of a model in several processes one model."""

    joined = False

    def agree(self, facts: dict[str, float], way_out: str) -> None:
        """Raises ValueError in all processes where they differ in `facts`.

        Args:
            facts: What all processes must have alike, by name.
            way_out: What to do about it.

        Raises:
            ValueError: If the processes are not joined, or `facts` differ.
        """
        index = distribution.process_index()
        processes = distribution.num_processes()
        if processes == 1:
            return
        if not distribution.engine.is_active():
            raise ValueError(
                "This job has several processes, and each would train a model "
                f"of its own. Received: process {index} of {processes}, "
                "outside of `with kgan.distribution.scope():`. Build, compile "
                "and fit inside."
            )
        gathered = distribution.engine.gather(
            np.array([*facts.values()], "float64")
        )
        for name, values in zip(facts, gathered.T, strict=True):
            if len(set(values.tolist())) > 1:
                raise ValueError(
                    f"All processes must have the same {name}. Received: "
                    f"{values.tolist()} in the {processes} processes. "
                    f"{way_out}"
                )

    def join(self, facts: dict[str, float]) -> None:
        """Gives every process the state of process 0, where there are more.

        Args:
            facts: What all processes must have passed alike, by name.

        Raises:
            ValueError: If the processes are not joined, or `facts` differ.
        """
        if distribution.num_processes() == 1:
            return
        self.agree(
            facts,
            "Pass the same to `fit` in all of them, seeded alike, or use "
            "`kgan.distribution.scope(sharded_data=True)` if each has a share "
            "of the data.",
        )
        if self.compiles_graph:
            raise ValueError(
                "On PyTorch a step that torch.compile compiles cannot wait "
                "for other processes. Received: jit_compile=True with "
                f"{distribution.num_processes()} processes. Compile with "
                "jit_compile=False."
            )
        variables = [*self.variables, *self.optimizer.variables]
        arrays = [np.asarray(ops.convert_to_numpy(v)) for v in variables]
        *arrays, seed = distribution.engine.from_chief(
            [*arrays, np.array(self.seed)]
        )
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)
        self.seed = int(seed)
        self.joined = True

    def refuse_strategy(self, method: str, instead: str) -> None:
        """Raises ValueError where TensorFlow would not split a batch."""
        replicas = self.share().replicas
        if keras.backend.backend() == "tensorflow" and replicas > 1:
            raise ValueError(
                "Under a strategy TensorFlow gives the whole batch of "
                f"`{method}` to every replica. Received: {replicas} replicas. "
                f"Use `{instead}`, which splits it."
            )

    def share(self) -> Share:
        """The part of each batch that this process trains on."""
        return Share(*distribution.engine.share())

    def save(self, filepath: Any, *args, **kwargs) -> None:
        """Saves the run, as Keras does; of several processes, the first.

        `keras.saving.load_model` needs `import kgan` first to load it;
        `gan.generator.save` writes a file that Keras alone loads.
        """
        with (
            backend.needs_weights(self, "save"),
            _where_to_write(filepath) as path,
        ):
            super().save(path, *args, **kwargs)

    def save_weights(self, filepath: Any, *args, **kwargs) -> None:
        """Saves the weights, as Keras does; of several processes, the first."""
        with (
            backend.needs_weights(self, "save_weights"),
            _where_to_write(filepath) as path,
        ):
            super().save_weights(path, *args, **kwargs)

    def moving_averages(self) -> list[keras.Variable]:
        """What training moves besides: batch normalization's statistics."""
        return [
            variable
            for network in (self.generator, self.discriminator)
            for layer in all_layers(network)
            # The weights of a frozen layer do not move.
            if layer.trainable and not isinstance(layer, keras.Model)
            for variable in layer.non_trainable_weights
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
