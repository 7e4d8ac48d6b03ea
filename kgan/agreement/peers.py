"""One model that several processes train."""

import dataclasses
from typing import Any

import keras
import numpy as np
from keras import ops

from kgan import distribution
from kgan.agreement.data import of_data
from kgan.agreement.facts import agree
from kgan.agreement.models import of_model
from kgan.penalties.checks import check_replicas
from kgan.steps import ArrayBatches, ArraySteps, Share


class Peers:
    """Keeps the copies of a model in several processes one model.

    Args:
        model: The copy of this process.
    """

    def __init__(self, model: Any):
        self._model = model
        self.joined = False
        # Optimizer and clip that all processes train single batches with.
        self._agreed: tuple[int, float | None] | None = None

    def share(self) -> Share:
        """Returns the part of each batch that this process trains on.

        Raises:
            ValueError: If a part of a batch has another loss than the whole.
        """
        share = Share(*distribution.engine.share())
        share = dataclasses.replace(share, packing=self._model.packing)
        check_replicas(self._model, share.replicas)
        return share

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
        data, known = of_data(data, steps_per_epoch, self.share().processes)
        self._join(facts | known)
        return data

    def join_batch(self) -> None:
        """Makes the processes one before single batches are trained on."""
        if distribution.num_processes() == 1:
            return
        model = self._model
        trained_with = (id(model.optimizer), model.clip_value)
        if self._agreed == trained_with and self.joined:
            return
        facts = of_model(model)
        if self.joined:
            agree(facts)
        else:
            self._join(facts)
        self._agreed = trained_with

    def _join(self, facts: dict[str, Any]) -> None:
        """Gives every process the state of process 0, where there are more.

        Args:
            facts: What all processes must have alike, by name.

        Raises:
            ValueError: If the processes are not joined, or `facts` differ.
        """
        agree(facts)
        model = self._model
        if model.compiles_graph:
            raise ValueError(
                "On PyTorch a step that torch.compile compiles cannot wait "
                "for other processes. Received: jit_compile=True with "
                f"{distribution.num_processes()} processes. Compile with "
                "jit_compile=False."
            )
        variables = [*model.variables, *model.optimizer.variables]
        arrays = [np.asarray(ops.convert_to_numpy(v)) for v in variables]
        *arrays, seed = distribution.engine.from_chief(
            [*arrays, np.array(model.seed)]
        )
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)
        model.seed = int(seed)
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
