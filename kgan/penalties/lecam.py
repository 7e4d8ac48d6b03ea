"""The LeCam penalty, for little data."""

from typing import Any

import keras
from keras import ops

from kgan.arguments import check_finite
from kgan.penalties.penalty import Penalty
from kgan.schedules import Schedule

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class LeCam(Penalty):
    """Anchors the logits of each side to the other side's running mean.

        weight * (E relu(D(x) - m_fake)^2 + E relu(m_real - D(G(z)))^2)

    where m are moving averages of the batch means of D. They are corrected
    for their start at 0. They include a batch only after its term is
    computed, so the first update has no anchor and no term.

    Reference: Tseng et al. 2021, "Regularizing Generative Adversarial
    Networks under Limited Data", equation 8.

    Args:
        weight: Number, at least 0, or a schedule of it. The paper takes 0.3
            on CIFAR-10 with BigGAN.
        decay: Number in [0, 1), the decay of the moving averages.
        name: Name of the log.

    Raises:
        ValueError: If an argument is not as above.

    Example:

    ```python
    gan = kgan.HingeGAN(
        generator, discriminator, penalties=[kgan.penalties.LeCam()]
    )
    ```
    """

    # The moving averages are of the whole batch.
    is_mean_over_samples = False

    def __init__(
        self,
        weight: float | Schedule = 0.3,
        decay: float = 0.99,
        name: str = "lecam",
    ):
        super().__init__(weight, name)
        self.decay = check_finite("decay", decay)
        if not 0 <= self.decay < 1:
            raise ValueError(
                f"`decay` must lie in [0, 1). Received: decay={decay!r}"
            )

    def build(self, model: keras.Model) -> dict[str, keras.Variable]:
        self._means = {
            name: model.add_weight(
                shape=(),
                initializer="zeros",
                trainable=False,
                dtype="float32",
                name=f"{self.name}_{name}",
            )
            for name in ("real", "fake", "weight")
        }
        return self._means

    def term(self, game: Any) -> Tensor:
        real_logits, fake_logits = game.real_logits, game.fake_logits
        seen = ops.convert_to_tensor(self._means["weight"])
        real_mean, fake_mean = (
            ops.convert_to_tensor(self._means[side]) / ops.maximum(seen, 1e-12)
            for side in ("real", "fake")
        )
        term = self.distance(real_logits, fake_logits, real_mean, fake_mean)
        term = ops.where(seen > 0, term, 0.0)
        # Assigned last: on PyTorch a variable changes in place, and `seen` with
        # it.
        self._take_in(real_logits, fake_logits)
        return term

    @staticmethod
    def distance(
        real_logits: Tensor,
        fake_logits: Tensor,
        real_mean: Tensor,
        fake_mean: Tensor,
    ) -> Tensor:
        """Computes the term from the logits and the running means; scalar."""
        above = ops.square(ops.relu(real_logits - fake_mean))
        below = ops.square(ops.relu(real_mean - fake_logits))
        return ops.mean(above) + ops.mean(below)

    def _take_in(self, real_logits: Tensor, fake_logits: Tensor) -> None:
        for name, value in (
            ("real", ops.stop_gradient(ops.mean(real_logits))),
            ("fake", ops.stop_gradient(ops.mean(fake_logits))),
            ("weight", 1.0),
        ):
            mean = self._means[name]
            mean.assign(self.decay * mean.value + (1 - self.decay) * value)

    def get_config(self) -> dict:
        return {**super().get_config(), "decay": self.decay}
