"""What autoencoders share, which train as models of one player do."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from kgan import backend
from kgan.adversarial import AdversarialModel
from kgan.autoencoders.checks import check_networks
from kgan.game import Game
from kgan.runs.configuration import serialized

Tensor = Any
BATCH_SIZE = 256


class Autoencoder(AdversarialModel):
    """Base of autoencoders: an encoder and a decoder that are fitted together.

    To the engine it is a model of one player, whose `generator` draws samples
    of latents that are N(0, 1): the prior and the decoder in one network. A
    step takes one real batch and makes one update of all that is trained, by
    `generator_optimizer`. It logs `generator_loss`, which it minimises, and
    the parts in `part_names`.

    A subclass defines `objective_parts(game)`.

    Args:
        encoder: Keras model, samples `(batch, ...)` to codes.
        decoder: Keras model, codes to samples.
        generator: Keras model, latents to samples, of the decoder's layers.
        seed: Integer or `None`, as of `kgan.GAN`.
        name: Optional name of the model.

    Raises:
        ValueError: If the networks do not fit each other.
    """

    has_discriminator = False
    generator_sees_real = True
    part_names: tuple[str, ...] = ()
    # For `kgan.autoencoders.table`. The table of the games has models that are
    # built from a generator.
    kind = ""

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        generator: keras.Model,
        seed: int | None = None,
        name: str | None = None,
    ):
        check_networks(encoder, decoder)
        super().__init__(generator, None, seed=seed, name=name)
        self.encoder = encoder
        self.decoder = decoder

    @classmethod
    def log_names(cls) -> tuple[str, ...]:
        return ("generator_loss", *cls.part_names)

    @property
    def makers(self) -> tuple[keras.Model, ...]:
        return (self.generator, self.encoder)

    @property
    def making_variables(self) -> list[keras.Variable]:
        return list(self.trainable_variables)

    def objective_parts(self, game: Game) -> dict[str, Tensor]:
        """Computes `"generator_loss"` and the parts that are logged."""
        raise NotImplementedError("An autoencoder defines objective_parts.")

    def generator_objective(self, game: Game) -> Tensor:
        """Computes what is minimised; scalar."""
        return self._parts(game)["generator_loss"]

    def estimates(self, game: Game) -> dict[str, Tensor]:
        parts = self._parts(game)
        return {name: parts[name] for name in self.part_names}

    def _parts(self, game: Game) -> dict[str, Tensor]:
        def parts():
            found = self.objective_parts(game)
            game.of_generator = self.generator_layer_losses.of_call()
            return found

        return game.once("parts", parts)

    def get_config(self) -> dict:
        return {
            "encoder": serialized(self.encoder),
            "decoder": serialized(self.decoder),
            "seed": self.seed,
            "name": self.name,
        }

    def in_batches(
        self, method: str, function: Callable, *arrays: np.ndarray
    ) -> np.ndarray:
        """Returns what a function of tensors makes of arrays, row by row.

        Args:
            method: Who asks, for an error.
            function: Of batches of the arrays; returns a tensor of their rows.
            *arrays: Of equal length.
        """
        found, num = [], len(arrays[0])
        # Batches of one size: JAX compiles operations again for each new size.
        size = min(num, BATCH_SIZE)
        with backend.needs_weights(self, method):
            for start in range(0, num, size):
                rows = np.arange(start, start + size) % num
                batch = [
                    keras.ops.convert_to_tensor(array[rows]) for array in arrays
                ]
                found.append(keras.ops.convert_to_numpy(function(*batch)))
        return np.concatenate(found)[:num]

    def checked_samples(self, x: Any) -> np.ndarray:
        """Returns samples as float32; raises ValueError unless they fit."""
        samples = np.asarray(x)
        self.sample_spec.check(samples)
        if len(samples) == 0:
            raise ValueError("`x` is empty. Received: no samples.")
        return samples.astype("float32")
