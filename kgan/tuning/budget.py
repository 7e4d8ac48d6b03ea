"""The same amount of training for every trial, whatever its n_critic."""

from dataclasses import dataclass
from typing import Any

from kgan.arguments import check_integer

BUDGETS = ("critic_updates", "generator_updates")


@dataclass(frozen=True)
class Budget:
    """Counts what each seed of each trial may spend in an epoch.

    Args:
        kind: Which updates all trials have in equal number.
        updates_per_epoch: Number of these updates in an epoch. Critic updates
            that do not fill a step are left out, at most n_critic - 1. A
            multiple of every n_critic, such as 2,520 for 1 to 10, leaves out
            none.

    Raises:
        ValueError: If an argument is not as above.
    """

    kind: str
    updates_per_epoch: int

    def __post_init__(self):
        if self.kind not in BUDGETS:
            raise ValueError(
                f"`budget` must be one of {BUDGETS}. "
                f"Received: budget={self.kind!r}"
            )
        check_integer("updates_per_epoch", self.updates_per_epoch)

    def check(self, n_critic: Any) -> None:
        """Raises ValueError if the largest n_critic does not fill a step."""
        if self.kind == "critic_updates" and self.updates_per_epoch < n_critic:
            raise ValueError(
                "`updates_per_epoch` must be at least the largest n_critic, "
                "or such a trial would not train. Received: "
                f"updates_per_epoch={self.updates_per_epoch}, n_critic up to "
                f"{n_critic}"
            )

    def steps_per_epoch(self, n_critic: int) -> int:
        """Returns the generator updates per epoch of a trial."""
        if self.kind == "critic_updates":
            return self.updates_per_epoch // n_critic
        return self.updates_per_epoch
