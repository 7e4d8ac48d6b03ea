"""A probability that rises while the discriminator overfits."""

import keras
from keras import ops

from kgan.arguments import check_integer, check_number, check_positive


class OverfittingControl:
    """Moves a probability p by how surely real samples are told.

    After every `interval` steps, with r the mean of sign(D(x)) over the real
    samples of all their discriminator updates,

        p = p + sign(r - target) * interval * batch / images

    kept within [0, 1], where it begins at 0.

    Reference: Karras et al. 2020, "Training Generative Adversarial Networks
    with Limited Data", section 3.1 (r_t).

    Args:
        target: Number in (-1, 1): what r is brought to.
        interval: Positive integer, of steps.
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
        """Creates what it remembers from step to step, as weights of a model.

        Returns:
            `"probability"`; the sum of the means of signs since it moved
            last, `"signs"`; and of how many `"updates"`.
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
        """Takes in the mean sign of one discriminator update; scalar."""
        state["signs"].assign(state["signs"] + sign)
        state["updates"].assign(state["updates"] + 1)

    def move(
        self, state: dict[str, keras.Variable], batch: object, n_critic: int
    ) -> None:
        """Ends a step: moves the probability, where it is time.

        Args:
            state: Of `build`.
            batch: Samples of the global batch.
            n_critic: Discriminator updates of a step.
        """
        p, signs = (
            ops.convert_to_tensor(state[n]) for n in ("probability", "signs")
        )
        updates = ops.convert_to_tensor(state["updates"])
        is_time = updates >= self.interval * n_critic
        mean = signs / ops.cast(ops.maximum(updates, 1), "float32")
        step = ops.cast(batch, "float32") * (self.interval / self.images)
        new = ops.clip(p + ops.sign(mean - self.target) * step, 0.0, 1.0)
        # All before the first is assigned: PyTorch changes them in place.
        moved = (
            ops.where(is_time, new, p),
            ops.where(is_time, 0.0, signs),
            ops.where(is_time, 0, updates),
        )
        for variable, value in zip(state.values(), moved, strict=True):
            variable.assign(value)
