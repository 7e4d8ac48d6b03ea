"""One model that several processes train."""

import contextlib
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from kgan import agreement, backend, distribution
from kgan.distribution.agreement import check
from kgan.networks import all_layers
from kgan.penalties.checks import check_replicas
from kgan.steps import ArrayBatches, ArraySteps, Share
from kgan.two_player import TwoPlayerModel


def _where_to_write(filepath: Any) -> contextlib.AbstractContextManager:
    if isinstance(filepath, str | Path):
        return distribution.writing(filepath)
    return contextlib.nullcontext(filepath)


def _makes_together() -> bool:
    """Whether all processes make each variable of this model together."""
    return (
        distribution.num_processes() > 1
        and distribution.engine.MAKES_TOGETHER
        and distribution.engine.is_active()
    )


class JointModel(TwoPlayerModel):
    """What keeps the copies of a model in several processes one model."""

    joined = False
    # Optimizer and clip that all processes train single batches with.
    _agreed: tuple[int, float | None] | None = None

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        n_critic: int,
        seed: int | None,
        name: str | None,
        **parts: Any,
    ):
        if _makes_together():
            # Another objective may make other variables.
            facts = agreement.of_players(
                type(self), generator, discriminator, n_critic
            )
            self.agree(facts, "Build the same model in all of them.")
        super().__init__(
            generator, discriminator, n_critic, seed, name, **parts
        )

    def agree_on_optimizers(
        self,
        generator_optimizer: keras.optimizers.Optimizer,
        discriminator_optimizer: keras.optimizers.Optimizer,
    ) -> None:
        if _makes_together():
            facts = agreement.of_optimizers(
                generator_optimizer, discriminator_optimizer
            )
            self.agree(facts, "Pass the same to `compile` in all of them.")

    def agree(self, facts: dict[str, Any], way_out: str) -> None:
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
        check(facts, way_out, distribution.engine.gather)

    def join_fit(
        self,
        data: Any,
        validation_data: Any,
        steps_per_epoch: int | None,
        initial_epoch: int,
    ) -> Any:
        """Makes the processes one, once each has prepared its data.

        Args:
            data: What `kgan.steps.as_steps` returns.
            validation_data: What `kgan.steps.as_batches` returns, or `None`.
            steps_per_epoch: As `as_steps` returns it.
            initial_epoch: Where this process would go on.

        Returns:
            The data.

        Raises:
            ValueError: If the processes differ in what is known of it.
        """
        if distribution.num_processes() == 1:
            return data
        facts: dict[str, Any] = {"initial_epoch": initial_epoch}
        if isinstance(data, ArraySteps) and self.share().whole:
            facts["checksum of the data"] = data.checksum()
        if isinstance(validation_data, ArrayBatches):
            facts["checksum of validation_data"] = validation_data.checksum()
        data, known = agreement.of_data(
            data, steps_per_epoch, self.share().processes
        )
        self.join(facts | known)
        return data

    def join_batch(self) -> None:
        """Makes the processes one before single batches are trained on."""
        if distribution.num_processes() == 1:
            return
        trained_with = (id(self.optimizer), self.clip_value)
        if self._agreed == trained_with and self.joined:
            return
        facts = agreement.of_model(self)
        if self.joined:
            self.agree(facts, agreement.WAY_OUT)
        else:
            self.join(facts)
        self._agreed = trained_with

    def join(self, facts: dict[str, Any]) -> None:
        """Gives every process the state of process 0, where there are more.

        Args:
            facts: What all processes must have alike, by name.

        Raises:
            ValueError: If the processes are not joined, or `facts` differ.
        """
        self.agree(facts, agreement.WAY_OUT)
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
        """The part of each batch that this process trains on.

        Raises:
            ValueError: If a part of a batch has another loss than the whole.
        """
        share = Share(*distribution.engine.share())
        check_replicas(self, share.replicas)
        return share

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

    def get_weights(self) -> list[np.ndarray]:
        """Weights of both networks."""
        with backend.needs_weights(self, "get_weights"):
            return super().get_weights()

    def moving_averages(self) -> list[keras.Variable]:
        """What training moves besides: batch normalization's statistics."""
        moving = [
            variable
            for network in (self.generator, self.discriminator)
            for layer in all_layers(network)
            # The weights of a frozen layer do not move.
            if layer.trainable and not isinstance(layer, keras.Model)
            for variable in layer.non_trainable_weights
            if keras.backend.is_float_dtype(variable.dtype)
        ]
        if self.averaged_generator is not None:
            moves = {id(variable) for variable in moving}
            moving += [
                copy
                for copy, variable in zip(
                    self.averaged_generator.weights,
                    self.generator.weights,
                    strict=True,
                )
                if id(variable) in moves
            ]
        return moving

    def layer_seeds(self) -> list[keras.Variable]:
        """The seeds of layers that draw, such as dropout."""
        own = {id(self._training_seed.state), id(self._evaluation_seed.state)}
        return [seed for seed in self._seed_states() if id(seed) not in own]

    def _maybe_symbolic_build(self, **data) -> None:
        """Does nothing: the networks are built when the model is.

        Under a strategy of TensorFlow Keras would build by a first batch,
        which it cannot read where there are several workers.
        """
