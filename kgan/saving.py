"""What a file of a whole run holds besides weights: configuration, seeds."""

import warnings
from typing import Any

import keras
import numpy as np

from kgan.portable import portable
from kgan.run_facts import RunFacts

# More than any machine trains: a count beyond it is no count.
MAX_EPOCHS = 10**9


class SavedModel(keras.Model):
    """Keras's saving, so that a run goes on from its file exactly."""

    _compile_arguments: dict[str, Any]
    _compiled_rates: dict[str, float | None]
    epochs_done = 0
    # Of the `fit` that runs or ran last.
    run_facts = RunFacts()

    def get_config(self) -> dict:
        return {
            "generator": _serialized(self.generator),
            "discriminator": _serialized(self.discriminator),
            "n_critic": self.n_critic,
            "penalties": [_serialized(penalty) for penalty in self.penalties],
            "augmentation": _serialized(self.augmentation),
            "average": _serialized(self.average),
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None):
        parts = {
            key: keras.saving.deserialize_keras_object(
                portable(value), custom_objects
            )
            for key, value in config.items()
            if isinstance(value, dict | list)
        }
        return cls(**{**config, **parts})

    def note_compilation(self, **arguments: Any) -> None:
        """Keeps the arguments of `compile` for the configuration."""
        self._compile_arguments = arguments
        self._compiled_rates = {
            key: _learning_rate(arguments[key])
            for key in ("generator_optimizer", "discriminator_optimizer")
        }

    def get_compile_config(self) -> dict | None:
        if not self.compiled:
            return None
        config = {
            key: _serialized(value)
            for key, value in self._compile_arguments.items()
        }
        # A rate that a callback has lowered since is state, and saved as
        # such: what was asked for is what another compilation must match.
        for key, rate in self._compiled_rates.items():
            if rate is not None:
                config[key]["config"]["learning_rate"] = rate
        return config

    def get_build_config(self) -> dict:
        """The facts of the run, which `kgan.run_file` compares.

        Here, as no constructor takes them, and a loaded model is built.
        """
        config = super().get_build_config() or {}
        return {**config, "run_facts": self.run_facts.to_config()}

    def compile_from_config(self, config: dict) -> None:
        arguments = {
            key: keras.saving.deserialize_keras_object(portable(value))
            for key, value in config.items()
        }
        steps = arguments.get("steps_per_execution", 1)
        if steps != 1 and keras.backend.backend() == "torch":
            warnings.warn(
                "This run was compiled on another backend with "
                f"steps_per_execution={steps}. On PyTorch, where Keras has "
                "none, it is compiled with 1, which trains the same.",
                stacklevel=2,
            )
            arguments["steps_per_execution"] = 1
        self.compile(**arguments)

    def save_own_variables(self, store: dict) -> None:
        """Saves the state of every seed, dropout's included.

        Keras saves weights and leaves seeds out; a resumed run would draw
        its first latents and dropout masks again.
        """
        store["epochs_done"] = np.array(self.epochs_done)
        for name, variable in self.progress.variables().items():
            store[name] = keras.ops.convert_to_numpy(variable)
        for index, seed in enumerate(self._seed_states()):
            store[str(index)] = keras.ops.convert_to_numpy(seed)

    def load_own_variables(self, store: dict) -> None:
        """Loads the epochs done and every seed.

        Raises:
            ValueError: If the file holds no number of epochs, or seeds of
                another model.
        """
        # Files of earlier versions do not count epochs.
        done = store["epochs_done"] if "epochs_done" in store.keys() else 0
        epochs_done = _epochs(np.array(done))
        seeds = self._seed_states()
        names = {str(index) for index in range(len(seeds))}
        saved = {k: np.array(store[k]) for k in store.keys() if k in names}
        wanted = {str(i): tuple(s.shape) for i, s in enumerate(seeds)}
        found = {name: value.shape for name, value in saved.items()}
        if found != wanted:
            raise ValueError(
                f"This model draws from {len(seeds)} seeds. Received: a file "
                f"with states of shape {[*found.values()]}. It is damaged, "
                "or of another model."
            )
        for index, seed in enumerate(seeds):
            # The same 32 bits are signed on PyTorch and unsigned on JAX.
            seed.assign(saved[str(index)].astype(seed.dtype))
        for name, variable in self.progress.variables().items():
            if name in store.keys():  # Files of earlier versions count none.
                variable.assign(np.array(store[name]))
        self.epochs_done = epochs_done

    def _seed_states(self) -> list[keras.Variable]:
        weights = {id(weight) for weight in self.weights}
        return [v for v in self.variables if id(v) not in weights]


def _learning_rate(optimizer: keras.optimizers.Optimizer) -> float | None:
    """The rate as configured, `None` for a schedule."""
    rate = optimizer.get_config().get("learning_rate")
    return float(rate) if isinstance(rate, (int, float)) else None


def _serialized(value: Any) -> Any:
    if value is None:
        return None
    return portable(keras.saving.serialize_keras_object(value))


def _epochs(done: np.ndarray) -> int:
    """The number of epochs that a file says are done, checked."""
    if (
        done.shape != ()
        or done.dtype.kind not in "iuf"
        or not 0 <= done <= MAX_EPOCHS
        or done != int(done)
    ):
        raise ValueError(
            "`epochs_done` of a run must be a whole number from 0 to "
            f"{MAX_EPOCHS}. Received: epochs_done={done!r}. The file is "
            "damaged; remove it, or begin anew."
        )
    return int(done)
