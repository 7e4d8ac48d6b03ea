"""What a file of a whole run holds besides weights: configuration, seeds."""

from typing import Any

import keras
import numpy as np

from kgan.run_facts import RunFacts


class SavedModel(keras.Model):
    """Keras's saving, so that a run goes on from its file exactly."""

    _compile_arguments: dict[str, Any]
    _compiled_rates: dict[str, float | None]
    epochs_done = 0
    # Of the `fit` that runs or ran last.
    run_facts = RunFacts()

    def get_config(self) -> dict:
        return {
            "generator": keras.saving.serialize_keras_object(self.generator),
            "discriminator": keras.saving.serialize_keras_object(
                self.discriminator
            ),
            "n_critic": self.n_critic,
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None):
        networks = {
            key: keras.saving.deserialize_keras_object(value, custom_objects)
            for key, value in config.items()
            if key in ("generator", "discriminator", "critic")
        }
        return cls(**{**config, **networks})

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
            key: keras.saving.serialize_keras_object(value)
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
        self.compile(
            **{
                key: keras.saving.deserialize_keras_object(value)
                for key, value in config.items()
            }
        )

    def save_own_variables(self, store: dict) -> None:
        """Saves the state of every seed, dropout's included.

        Keras saves weights and leaves seeds out; a resumed run would draw
        its first latents and dropout masks again.
        """
        store["epochs_done"] = np.array(self.epochs_done)
        for index, seed in enumerate(self._seed_states()):
            store[str(index)] = keras.ops.convert_to_numpy(seed)

    def load_own_variables(self, store: dict) -> None:
        # Files of earlier versions do not count epochs.
        done = store["epochs_done"] if "epochs_done" in store.keys() else 0
        self.epochs_done = int(np.array(done))
        for index, seed in enumerate(self._seed_states()):
            seed.assign(store[str(index)])

    def _seed_states(self) -> list[keras.Variable]:
        weights = {id(weight) for weight in self.weights}
        return [v for v in self.variables if id(v) not in weights]


def _learning_rate(optimizer: keras.optimizers.Optimizer) -> float | None:
    """The rate as configured, `None` for a schedule."""
    rate = optimizer.get_config().get("learning_rate")
    return float(rate) if isinstance(rate, (int, float)) else None
