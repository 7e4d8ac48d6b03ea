"""One update of one player: all that an objective or a penalty may ask."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from kgan import backend
from kgan.dropped_updates import without_updates
from kgan.iterations import changed_by_calls, joinable
from kgan.labels import with_labels
from kgan.packing import filled, packed, unpacked

Tensor = Any


class Game:
    """One update's samples, and what the discriminator says of them.

    Logits and gradients are computed when they are first asked for, and once.

    Args:
        model: The model whose networks play.
        real: Real samples `(batch, ...)`, float32, in packs as the
            discriminator takes them, where the model packs.
        draws: Every random number of the update, drawn before it: `"latents"`
            `(batch, latent_dim)`, by its name what each penalty draws, and
            for the augmentation `"augmentation"`, of real samples, and
            `"augmentation of fake"`.
        training: Whether the layers train, as in their `call`. If not, the
            samples are those that `generate` draws, and nothing is augmented.
        labels: Integers `(batch,)` of the real samples, which the generated
            ones share; `None` where no network takes them.
    """

    def __init__(
        self,
        model: keras.Model,
        real: Tensor,
        draws: dict[str, Any],
        training: bool = True,
        labels: Tensor | None = None,
    ):
        self.model = model
        # Keras passes NumPy arrays on to eager steps, and on JAX a network
        # cannot take them beside tensors.
        self.real = ops.convert_to_tensor(real)
        self.labels = None if labels is None else ops.convert_to_tensor(labels)
        self.draws = draws
        self.training = training
        self._generated: Tensor | None = None
        self._fake: Tensor | None = None
        # Values to use for the discriminator's variables, by their ids.
        self._weights: dict[int, Tensor] = {}
        self._logits: dict[int, Tensor] = {}
        self._gradients: dict[int, Tensor] = {}
        # Kept, so that no other tensor gets their ids.
        self._points: list[Tensor] = []
        self._made: dict[str, Tensor] = {}
        # Losses that layers add in the passes of the losses; scalars.
        self.of_generator: list[Tensor] = []
        self.of_discriminator: list[Tensor] = []

    @property
    def fake(self) -> Tensor:
        """Samples of the generator, like `real`: in packs, where those are."""
        if self._fake is None:
            packing = self.model.packing
            self._fake = packed(filled(self.generated, packing), packing)
        return self._fake

    @property
    def generated(self) -> Tensor:
        """Samples `(batch, ...)` that the generator makes of the latents."""
        if self._generated is None:
            model = self.model
            network = (
                model.generator if self.training else model.sampling_generator
            )
            taken = with_labels(network, self.draws["latents"], self.labels)
            self._generated = network(taken, training=self.training)
            self.of_generator = model.generator_layer_losses.of_call()
        return self._generated

    def detach(self) -> None:
        """Cuts the samples off the generator, whose loss this is not."""
        self._fake = ops.stop_gradient(self.fake)

    @property
    def real_logits(self) -> Tensor:
        """Logits `(batch, 1)`, or features, of the real samples, float32."""
        return self._logits_of(self.real)

    @property
    def fake_logits(self) -> Tensor:
        """Logits `(batch, 1)`, or features, of the generated samples."""
        return self._logits_of(self.fake)

    def judge(self, samples: Tensor) -> Tensor:
        """Returns the logits `(batch, 1)` of a batch of samples, in float32.

        As the augmentation changes them: the generated ones by numbers of their
        own, all others by those of the real ones, whose labels they have.
        """
        seen = self._augmented(samples, samples)
        return self._seen(self.model.discriminator, seen, self.labels)

    def _augmented(self, samples: Tensor, point: Tensor) -> Tensor:
        """Returns the samples as the discriminator sees them, at `point`."""
        augmentation = self.model.augmentation
        if augmentation is None or not self.training:
            return samples
        side = "augmentation of fake" if point is self._fake else "augmentation"
        packing = self.model.packing
        changed = augmentation(unpacked(samples, packing), self.draws[side])
        return packed(changed, packing)

    def features(self, samples: Tensor) -> Tensor:
        """Returns what the discriminator's last layer is given, in float32.

        Rows `(batch, size)`, of the samples as `judge` sees them; for models
        with `discriminator_features`.
        """
        seen = self._augmented(samples, samples)
        features = self.model.discriminator_features
        return features.flat(self._seen(features.network, seen, self.labels))

    def _seen(
        self,
        network: keras.Model,
        seen: Tensor,
        labels: Tensor | None,
        updates: bool = True,
    ) -> Tensor:
        def call():
            taken = with_labels(network, seen, labels)
            # Losses are float32, whatever the networks compute in.
            return ops.cast(network(taken, training=self.training), "float32")

        if updates and not self._weights:
            return call()
        return without_updates(self.model, call, self._weights)

    def once(self, name: str, function: Callable[[], Tensor]) -> Tensor:
        """Returns what `function` returned when it was first asked for.

        So that a penalty's `points` and its `term` speak of one tensor.
        """
        if name not in self._made:
            self._made[name] = function()
        return self._made[name]

    def will_differentiate(self, points: Sequence[Tensor]) -> None:
        """Announces samples whose input gradients will be asked for.

        All of them take one pass forward and one back, with their logits.
        """
        known = {id(point) for point in self._points}
        self._points += [p for p in points if id(p) not in known]

    def input_gradients(self, samples: Tensor) -> Tensor:
        """Returns the gradient of the sum of the logits by the samples.

        It can be differentiated in turn. Nothing is left behind in moving
        statistics or seeds.

        Args:
            samples: `(batch, ...)`, such as `game.real` or a mixture of it
                with `game.fake`.

        Returns:
            A tensor of the shape of `samples`.
        """
        self.will_differentiate([samples])
        if id(samples) not in self._gradients:
            self._differentiate()
        return self._gradients[id(samples)]

    def gradients_through(self, function: Callable, samples: Tensor) -> Tensor:
        """Returns `input_gradients` of the sum of a function of the logits."""

        def total(clean):
            seen = self._augmented(clean[0], samples)
            judge = self.model.discriminator
            logits = self._seen(judge, seen, self.labels, updates=False)
            return ops.sum(function(logits)), ()

        return backend.value_and_gradients(total, [samples], again=True)[1][0]

    def with_critic(self, values: Sequence[Tensor]) -> "Game":
        """Returns the game as other weights judge it, which keeps no update.

        Args:
            values: One tensor for each trainable variable of the
                discriminator, in their order.
        """
        other = Game(
            self.model, self.real, self.draws, self.training, self.labels
        )
        other._generated, other._fake = self.generated, self.fake
        variables = map(id, self.model.discriminator.trainable_variables)
        other._weights = dict(zip(variables, values, strict=True))
        return other

    def _logits_of(self, samples: Tensor) -> Tensor:
        if id(samples) not in self._logits:
            announced = any(point is samples for point in self._points)
            if announced and not changed_by_calls(self.model):
                self._differentiate()
            else:
                self._logits[id(samples)] = self.judge(samples)
                of_call = self.model.discriminator_layer_losses.of_call()
                self.of_discriminator += of_call
        return self._logits[id(samples)]

    def _differentiate(self) -> None:
        """Runs forward and back for all points without a pass."""
        points = [p for p in self._points if id(p) not in self._gradients]
        for group in joinable(self.model.discriminator, points):
            self._differentiate_together(group)

    def _differentiate_together(self, points: list[Tensor]) -> None:
        judge = self.model.discriminator
        sizes = [ops.shape(point)[0] for point in points]

        def total(clean):
            seen = [
                self._augmented(*pair)
                for pair in zip(clean, points, strict=True)
            ]
            labels = self.labels
            if labels is not None:
                labels = _joined([labels] * len(seen))
            logits = self._seen(judge, _joined(seen), labels, updates=False)
            return ops.sum(logits), logits

        (_, logits), gradients = backend.value_and_gradients(
            total, points, again=True
        )
        shares_logits, start = not changed_by_calls(self.model), 0
        for point, gradient, size in zip(points, gradients, sizes, strict=True):
            self._gradients[id(point)] = gradient
            if shares_logits:
                self._logits.setdefault(id(point), logits[start:][:size])
            start = start + size


def _joined(parts: list[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else ops.concatenate(parts)
