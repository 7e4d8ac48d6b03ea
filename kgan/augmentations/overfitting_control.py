"""A probability that rises while the discriminator overfits."""

import keras
from keras import ops

from kgan.arguments import check_integer, check_number, check_positive


class OverfittingControl:
    """Moves a probability p by how surely the discriminator knows real data.

    p starts at 0. After every `interval` steps, r is the mean of sign(D(x))
    over the real samples of all their discriminator updates, and

        p = p + sign(r - target) * interval * batch / images

    p stays within [0, 1].

    Reference: Karras et al. 2020, "Training Generative Adversarial Networks
    with Limited Data", section 3.1 (r_t).

    Args:
        target: Number in (-1, 1) that r should reach.
        interval: Positive integer, the steps between two changes of p.
        images: Number above 0: real images in which p goes from 0 to 1.

    Raises:
        ValueError: If an argument is not as above.
    """

    def __init__(self, target: float, interval: int, images: float):
        self.target = check_number(
            "target",
            target,
            "a number between -1 and 1, as it is of signs",
            lambda number: -1 < number < 1,
        )
        self.interval = check_integer("interval", interval)
        self.images = check_positive("images", images)

    def build(self, model: keras.Model) -> dict[str, keras.Variable]:
        """Creates the variables that outlive a step, as weights of a model.

        Returns:
            `"probability"`; `"signs"`, the sum of the mean signs since p last
            moved; and `"updates"`, the number of updates in that sum.
        """
        return {
            name: model.add_weight(
                shape=(),
                initializer="zeros",
                trainable=False,
                dtype="int32" if name == "updates" else "float32",
                aggregation="only_first_replica",
                name=f"augmentation_{name}",
            )
            for name in ("probability", "signs", "updates")
        }

    def watch(self, state: dict[str, keras.Variable], sign: object) -> None:
        """Records the mean sign of one discriminator update, a scalar."""
        state["signs"].assign(state["signs"] + sign)
        state["updates"].assign(state["updates"] + 1)

    def move(
        self, state: dict[str, keras.Variable], batch: object, n_critic: int
    ) -> None:
        """Ends a step, and moves the probability if it is time.

        Args:
            state: What `build` returned.
            batch: Number of samples in the global batch.
            n_critic: Number of discriminator updates per step.
        """
        p, signs = (
            ops.convert_to_tensor(state[n]) for n in ("probability", "signs")
        )
        updates = ops.convert_to_tensor(state["updates"])
        is_time = updates >= self.interval * n_critic
        mean = signs / ops.cast(ops.maximum(updates, 1), "float32")
        step = ops.cast(batch, "float32") * (self.interval / self.images)
        new = ops.clip(p + ops.sign(mean - self.target) * step, 0.0, 1.0)
        # Computed before the first is assigned: PyTorch changes them in place.
        moved = (
            ops.where(is_time, new, p),
            ops.where(is_time, 0.0, signs),
            ops.where(is_time, 0, updates),
        )
        for variable, value in zip(state.values(), moved, strict=True):
            variable.assign(value)
