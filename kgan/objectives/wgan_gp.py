"""The Wasserstein GAN with a gradient penalty."""

from collections.abc import Sequence
from typing import Any

import keras

from kgan.objectives.wgan import WGAN
from kgan.penalties import GradientPenalty, Penalty


@keras.saving.register_keras_serializable(package="kgan")
class WGANGP(WGAN):
    """Plays `WGAN` with a gradient penalty instead of the clip.

        E f(G(z)) - E f(x) + 10 E (|grad f(e x + (1 - e) G(z))| - 1)^2

    The critic must not normalise over the batch, because the penalty treats
    each sample separately. The logs are those of `WGAN` and
    `gradient_penalty`.

    Reference: Gulrajani et al. 2017, "Improved Training of Wasserstein GANs",
    algorithm 1.

    Args:
        generator, critic, n_critic, seed, name: See `WGAN`.
        penalties: Penalties to use instead of
            `[kgan.penalties.GradientPenalty(10.0)]`.
        **parts: `augmentation`, `average` and `packing`, as in
            `kgan.AdversarialModel`.

    Raises:
        ValueError: If the networks do not fit each other or the penalty, or
            an argument is out of range.

    Example:

    ```python
    gan = kgan.WGANGP(generator, critic)
    ```
    """

    short_name = "wgangp"
    default_clip_value = None

    def __init__(
        self,
        generator: keras.Model,
        critic: keras.Model,
        *arguments: Any,
        penalties: Sequence[Penalty] | None = None,
        **parts: Any,
    ):
        if penalties is None:
            penalties = [GradientPenalty(10.0)]
        parts["penalties"] = penalties
        super().__init__(generator, critic, *arguments, **parts)

    def default_optimizer(self, name: str) -> keras.optimizers.Optimizer:
        """Returns Adam(1e-4, 0, 0.9), as in the paper's algorithm 1."""
        return keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9, name=name)
