"""Steps of an optimizer that gradients follow: functions of tensors alone."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from kgan.arguments import check_number, shown

Tensor = Any
# Below this, a second moment has no slope, because that of the root is infinite
# at 0. Its root is far below any epsilon.
LEAST_MOMENT = 1e-30


class GradientDescent:
    """Plain descent: `w - rate * g`.

    Args:
        rate: Number above 0.
    """

    def __init__(self, rate: float):
        self._rate = rate

    def step(
        self, weights: Sequence[Tensor], gradients: Sequence[Tensor | None]
    ) -> list[Tensor]:
        """Returns new weights; one without a gradient stays."""
        return [
            w if g is None else w - self._rate * g
            for w, g in zip(weights, gradients, strict=True)
        ]


class AdamDescent:
    """Adam, as `keras.optimizers.Adam` computes it, from where one has got.

    It begins at that optimizer's moments and count of steps, which stay as
    they are.

    Args:
        optimizer: Built, and of plain Adam: `check_plain_adam`.
        variables: Trained by it.
        rate: Number above 0, or `None` for that of the optimizer.
    """

    def __init__(
        self,
        optimizer: Any,
        variables: Sequence[keras.Variable],
        rate: float | None,
    ):
        self._optimizer = optimizer
        self._rate = optimizer.learning_rate if rate is None else rate
        self._steps = ops.cast(optimizer.iterations, "float32")
        # Private: Keras 3.15 has no public way from a variable to its moments.
        places = [optimizer._get_variable_index(v) for v in variables]
        self._moments = [
            (optimizer._momentums[i].value, optimizer._velocities[i].value)
            for i in places
        ]

    def step(
        self, weights: Sequence[Tensor], gradients: Sequence[Tensor | None]
    ) -> list[Tensor]:
        """Returns new weights; one without a gradient stays."""
        adam = self._optimizer
        self._steps = self._steps + 1.0
        unbiased = ops.sqrt(1 - ops.power(adam.beta_2, self._steps))
        rate = ops.cast(self._rate, "float32") * unbiased
        rate = rate / (1 - ops.power(adam.beta_1, self._steps))
        moved = []
        for place, (w, g) in enumerate(zip(weights, gradients, strict=True)):
            if g is not None:
                m, v = self._moments[place]
                m = m + (g - m) * (1 - adam.beta_1)
                v = v + (ops.square(g) - v) * (1 - adam.beta_2)
                self._moments[place] = m, v
                root = ops.sqrt(ops.maximum(v, LEAST_MOMENT))
                w = w - ops.cast(rate, w.dtype) * m / (root + adam.epsilon)
            moved.append(w)
        return moved


def check_plain_adam(optimizer: Any) -> None:
    """Raises ValueError unless `AdamDescent` computes what it does."""
    # On PyTorch the class is a subclass of Keras's, with the same name.
    adam = isinstance(optimizer, keras.optimizers.Adam)
    adam = adam and type(optimizer).__name__ == "Adam"
    extras = [
        f"{name}={value!r}"
        for name in (
            "amsgrad",
            "weight_decay",
            "clipnorm",
            "clipvalue",
            "global_clipnorm",
            "gradient_accumulation_steps",
        )
        if (value := getattr(optimizer, name, None))
    ]
    if not adam or extras:
        received = type(optimizer).__name__
        if adam:
            received += f" with {', '.join(extras)}"
        raise ValueError(
            '`unroll_optimizer="adam"` goes on as the optimizer of the '
            "discriminator does, a keras.optimizers.Adam without amsgrad, "
            "weight decay, clipped or accumulated gradients. Received: "
            f"discriminator_optimizer={received}. Pass such an Adam, or "
            '`unroll_optimizer="sgd"` with an `unroll_rate`.'
        )


def check_rate(rate: Any, optimizer: Any) -> float | None:
    """Returns the rate; raises ValueError unless the two make inner steps."""
    if not isinstance(optimizer, str) or optimizer not in ("sgd", "adam"):
        raise ValueError(
            '`unroll_optimizer` must be "sgd" or "adam". Received: '
            f"unroll_optimizer={shown(optimizer)}"
        )
    if rate is None and optimizer == "adam":
        return None
    return check_number(
        "unroll_rate",
        rate,
        'a finite number above 0, or None with unroll_optimizer="adam", for '
        "the rate of the discriminator's optimizer",
        lambda number: 0 < number < math.inf,
    )
