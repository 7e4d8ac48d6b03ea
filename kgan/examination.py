"""What the discriminator says of a few samples, which it learns nothing of."""

from typing import Any

import keras
import numpy as np
from keras import ops

from kgan.dropped_updates import without_updates
from kgan.game import Game
from kgan.packing import filled, packed


def examine(
    model: Any,
    latents: np.ndarray,
    labels: np.ndarray | None = None,
    real: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Returns samples, and the logits and input gradients at them.

    As in an evaluation: layers infer, nothing is augmented, samples are those
    that `generate` draws. No weight, seed or moving statistic changes. To be
    called outside of a step, between epochs, on a compiled model.

    Args:
        latents: float32 `(num, latent_dim)`.
        labels: Integers `(num,)` for networks that take them, or `None`.
        real: Real samples `(num, ...)`, or `None`.

    Returns:
        float32 arrays: `"samples"` `(num, ...)`; where there is a
        discriminator also `"fake_logits"`, its outputs `(packs, outputs)`, and
        `"fake_gradients"` `(packs,)`, the norms of the gradient of their sum
        by each sample (of a pack, where samples come in packs); with `real`
        also `"real_logits"` and `"real_gradients"`.
    """

    def measured() -> dict[str, Any]:
        return _measured(model, latents, labels, real)

    found = without_updates(model, measured)
    return {
        name: np.array(keras.ops.convert_to_numpy(ops.cast(value, "float32")))
        for name, value in found.items()
    }


def _measured(model: Any, latents: Any, labels: Any, real: Any) -> dict:
    taken = ops.convert_to_tensor(latents)
    # Without real samples there is nothing to check.
    given = taken if real is None else ops.convert_to_tensor(real)
    if model.has_discriminator and real is not None:
        given = packed(filled(given, model.packing), model.packing)
    game = Game(model, given, {"latents": taken}, False, labels)
    found = {"samples": game.generated}
    if not model.has_discriminator:
        return found
    sides = {"fake": game.fake}
    if real is not None:
        sides["real"] = game.real
    for side, samples in sides.items():
        logits = game.judge(samples)
        found[f"{side}_logits"] = ops.reshape(logits, (len(samples), -1))
        gradients = game.input_gradients(samples)
        flat = ops.reshape(gradients, (len(samples), -1))
        found[f"{side}_gradients"] = ops.sqrt(ops.sum(flat * flat, axis=1))
    return found
