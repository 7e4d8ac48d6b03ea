"""Facts of an objective: its losses, and how it is trained."""

from collections.abc import Mapping
from typing import Any

import keras

from kgan.examination import examine
from kgan.game import Game
from kgan.logs import LOSSES

Tensor = Any


class Objective:
    """The part of a model that a subclass writes, with its defaults.

    Two losses of logits, or of all that a `Game` offers; and what the engine
    must know to train by them.
    """

    estimate_name: str | None = None
    bounded_critic = False
    # Whether there are two players. One without a discriminator compares its
    # samples with a real batch, so that it sets `generator_sees_real` too.
    has_discriminator = True
    # Whether the discriminator returns features `(batch, k)`, and no logits.
    takes_features = False
    # Whether a logit above 0 says that a sample is real, one below that it is
    # generated. Where not, the logits mean something beside each other only.
    sign_decides = True
    # Whether the generator's loss looks at real samples: a step then takes
    # one more batch, the generator's.
    generator_sees_real = False
    # Whether both losses are means over samples, so that the mean of the
    # replicas' losses is the loss of the whole batch.
    is_mean_over_samples = True
    # For `kgan.objectives.table`, which scripts, curves, searches and tests
    # read. Only a class that sets a short name is in it.
    short_name: str | None = None
    # Which values of the estimate say that the samples are closer to the real
    # ones, its bound with a text for it, and what the paper clips at.
    estimate_mode = "min"
    estimate_limit: tuple[float, str] | None = None
    default_clip_value: float | None = None
    # Values for arguments of the constructor that have no default.
    default_arguments: Mapping[str, Any] = {}
    n_critic: int
    # Keyword arguments of `discriminator_loss` and `estimate`.
    loss_arguments: dict[str, Any]

    examine = examine

    @classmethod
    def log_names(cls) -> tuple[str, ...]:
        """Returns the names of what a step logs, without penalties."""
        losses = LOSSES if cls.has_discriminator else LOSSES[1:]
        return (*losses, *([cls.estimate_name] if cls.estimate_name else []))

    @staticmethod
    def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes the scalar that the discriminator minimises."""
        raise NotImplementedError("An objective defines discriminator_loss.")

    @staticmethod
    def generator_loss(fake_logits: Tensor) -> Tensor:
        """Computes the scalar that the generator minimises."""
        raise NotImplementedError("An objective defines generator_loss.")

    @property
    def batches_per_step(self) -> int:
        """Real batches of a step: one for each update that sees one."""
        return self.n_critic + self.generator_sees_real

    def discriminator_objective(self, game: Game) -> Tensor:
        """Computes the discriminator's loss, without penalties; scalar."""
        return self.discriminator_loss(
            game.real_logits, game.fake_logits, **self.loss_arguments
        )

    def generator_objective(self, game: Game) -> Tensor:
        """Computes the generator's loss; scalar."""
        return self.generator_loss(game.fake_logits)

    def estimate_objective(self, game: Game) -> Tensor:
        """Computes what is logged as `estimate_name`; scalar."""
        return self.estimate(  # type: ignore[attr-defined]
            game.real_logits, game.fake_logits, **self.loss_arguments
        )

    def estimates(self, game: Game) -> dict[str, Tensor]:
        """Computes what is logged besides the losses: scalars by name."""
        if not self.estimate_name:
            return {}
        return {self.estimate_name: self.estimate_objective(game)}

    def draw_for_loss(
        self, seed_generator: keras.random.SeedGenerator
    ) -> dict[str, Any]:
        """Draws what the losses need besides latents, by its name.

        It is drawn in every update and evaluation, and found again in
        `game.draws`.
        """
        del seed_generator
        return {}

    def after_generator(self) -> None:
        """Follows each generator update, in the compiled step."""

    def default_optimizer(self, name: str) -> keras.optimizers.Optimizer:
        """Returns Adam(2e-4, beta_1=0.5), as of Radford et al. 2016."""
        return keras.optimizers.Adam(2e-4, beta_1=0.5, name=name)

    def check_optimizers(
        self,
        generator_optimizer: keras.optimizers.Optimizer,
        discriminator_optimizer: keras.optimizers.Optimizer,
    ) -> None:
        """Called by `compile`: may raise ValueError, and builds nothing."""

    def check_constraints(self) -> None:
        """Called once callbacks have begun: may warn of a missing bound."""
