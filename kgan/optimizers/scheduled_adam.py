"""Adam whose beta_2 may follow the images seen."""

from typing import Any

import keras
from keras import ops

from kgan.arguments import check_number, check_positive, shown
from kgan.optimizers.following import Following
from kgan.schedule_ends import check_schedule
from kgan.schedules import Schedule

Tensor = Any
RANGE = "in [0, 1)"


@keras.saving.register_keras_serializable(package="kgan")
class ScheduledAdam(keras.optimizers.Adam):
    """Trains as Adam, with a beta_2 that may follow the images seen.

    With b the beta_2 of the present update, g the gradient and B the product
    of the beta_2 of all updates so far,

        m = beta_1 m + (1 - beta_1) g
        v = b v + (1 - b) g^2
        w = w - lr sqrt(1 - B) / (1 - beta_1^t) m / (sqrt(v) + epsilon)

    The weights of all g^2 in v sum to 1 - B, so that v / (1 - B) is their
    mean whatever b was. With a constant beta_2 it is `keras.optimizers.Adam`.

    Reference: Kingma & Ba 2015, "Adam: A Method for Stochastic Optimization",
    algorithm 1. Huang et al. 2024, "The GAN is dead; long live the GAN!", go
    from 0.9 to 0.99; their code corrects by 1 - b^t with the present b, which
    differs in the first updates of a schedule of few images.

    Args:
        learning_rate: Number, a schedule of `kgan.schedules`, as every Keras
            optimizer of a kgan model takes it, or one of Keras's own.
        beta_1: Number in [0, 1).
        beta_2: Number in [0, 1), or a `kgan.schedules` schedule of it.
        epsilon: Number above 0, added to sqrt(v).
        **options: Of `keras.optimizers.Adam`: `amsgrad`, `weight_decay`,
            `clipnorm`, `name` and others, without
            `gradient_accumulation_steps`.

    Raises:
        ValueError: If a beta is out of range, at the start or the end of a
            schedule, or gradients are to be accumulated. In an update, if
            beta_2 follows a schedule and no kgan model is compiled with it.

    Example:

    ```python
    images = 20_000_000
    optimizer = kgan.optimizers.ScheduledAdam(
        kgan.schedules.Cosine(2e-4, 5e-5, images),
        beta_1=0.0,
        beta_2=kgan.schedules.Cosine(0.9, 0.99, images),
        epsilon=1e-8,
    )
    ```
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float | Schedule = 0.999,
        epsilon: float = 1e-7,
        **options: Any,
    ):
        if options.get("gradient_accumulation_steps"):
            raise ValueError(
                "ScheduledAdam accumulates no gradients: its beta_2 moves in "
                "each update. Received: gradient_accumulation_steps="
                f"{shown(options['gradient_accumulation_steps'])}. Leave it "
                "out, or take keras.optimizers.Adam."
            )
        beta_1 = check_number("beta_1", beta_1, f"a number {RANGE}", _is_beta)
        if isinstance(beta_2, Schedule):
            check_schedule("beta_2", beta_2, f"numbers {RANGE}", _is_beta)
        else:
            beta_2 = check_number(
                "beta_2",
                beta_2,
                f"a number {RANGE}, or a schedule of kgan.schedules",
                _is_beta,
            )
        epsilon = check_positive("epsilon", epsilon)
        super().__init__(
            learning_rate, beta_1=beta_1, beta_2=0.0, epsilon=epsilon, **options
        )
        self.beta_2: float | Schedule = beta_2
        self._following: Following | None = None

    def build(self, var_list: list[keras.Variable]) -> None:
        """Creates the moments, and what beta_2 is and has been."""
        if self.built:
            return
        super().build(var_list)
        self._present_beta_2, self._product = (
            self.add_variable(
                (),
                initializer=initializer,
                dtype="float32",
                aggregation="only_first_replica",
                name=name,
            )
            for name, initializer in (
                ("beta_2", "zeros"),
                ("beta_2_product", "ones"),
            )
        )

    def follow(self, images_seen: keras.Variable) -> None:
        """Has beta_2 follow the images that a model has seen."""
        if isinstance(self.beta_2, Schedule):
            self._following = Following(self.beta_2, images_seen)

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """Updates the variables by their gradients, as Keras does."""
        if len(grads):
            if not self.built:
                self.build(list(trainable_variables))
            beta_2 = ops.cast(self._beta_2_now(), "float32")
            self._present_beta_2.assign(beta_2)
            self._product.assign(self._product * beta_2)
        super().apply(grads, trainable_variables)

    def update_step(
        self, gradient: Tensor, variable: Any, learning_rate: Any
    ) -> None:
        """Updates one variable by its gradient."""
        place = self._get_variable_index(variable)
        m, v = self._momentums[place], self._velocities[place]
        dtype = variable.dtype
        gradient = ops.cast(gradient, dtype)
        steps = ops.cast(self.iterations + 1, "float32")
        unbiased = ops.sqrt(1.0 - ops.convert_to_tensor(self._product))
        rate = ops.cast(learning_rate, "float32") * unbiased
        rate = ops.cast(rate / (1.0 - self.beta_1**steps), dtype)
        share = 1.0 - ops.convert_to_tensor(self._present_beta_2)
        share = ops.cast(share, dtype)
        self.assign_add(m, (gradient - m) * (1.0 - self.beta_1))
        self.assign_add(v, (ops.square(gradient) - v) * share)
        if self.amsgrad:
            most = self._velocity_hats[place]
            self.assign(most, ops.maximum(most, v))
            v = most
        self.assign_sub(variable, rate * m / (ops.sqrt(v) + self.epsilon))

    def get_config(self) -> dict:
        """Returns the arguments of the constructor."""
        config = super().get_config()
        if isinstance(self.beta_2, Schedule):
            schedule = keras.saving.serialize_keras_object(self.beta_2)
            config["beta_2"] = schedule
        return config

    @classmethod
    def from_config(
        cls, config: dict, custom_objects: dict | None = None
    ) -> "ScheduledAdam":
        """Builds an optimizer of what `get_config` returned."""
        if isinstance(config["beta_2"], dict):
            schedule = keras.saving.deserialize_keras_object(
                config["beta_2"], custom_objects
            )
            config = {**config, "beta_2": schedule}
        return super().from_config(config, custom_objects)

    def _beta_2_now(self) -> Any:
        if not isinstance(self.beta_2, Schedule):
            return self.beta_2
        if self._following is None:
            raise ValueError(
                "A `beta_2` that follows a schedule needs the images that a "
                f"kgan model has seen. Received: beta_2={self.beta_2!r} in an "
                "optimizer that no kgan model is compiled with. Compile one "
                "with it, or pass a number."
            )
        return self._following()


def _is_beta(number: float) -> bool:
    return 0 <= number < 1
