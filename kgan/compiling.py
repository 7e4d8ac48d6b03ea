"""The arguments of `compile`, checked before anything is kept of them."""

from typing import Any

import keras

from kgan.networks import check_positive_integer

INSTEAD = {
    "optimizer": "each player has one: `generator_optimizer=` and "
    "`discriminator_optimizer=`",
    "loss": "the objective is the loss: choose kgan.GAN, NonSaturatingGAN or "
    "WGAN, or subclass kgan.AdversarialModel",
    "loss_weights": "the objective has one loss for each player",
    "weighted_metrics": "real samples have no weights: use `metrics=`",
    "auto_scale_loss": "losses are not scaled, as float16 is not supported",
}


def refuse_keras_arguments(arguments: dict[str, Any]) -> None:
    """Raises for arguments that `keras.Model.compile` has and kgan has not.

    Raises:
        ValueError: For one of Keras's, with what to pass instead.
        TypeError: For one that nobody has, as Python does.
    """
    for name, value in arguments.items():
        if name not in INSTEAD:
            raise TypeError(
                f"compile() got an unexpected keyword argument {name!r}"
            )
        raise ValueError(
            f"`{name}` is no argument of a GAN's `compile`: {INSTEAD[name]}. "
            f"Received: {name}={value!r}"
        )


def check_ways_of_running(
    run_eagerly: Any, steps_per_execution: Any, jit_compile: Any
) -> None:
    """Raises ValueError unless these are what Keras understands by them."""
    if not isinstance(run_eagerly, bool):
        raise ValueError(
            "`run_eagerly` must be True or False. Received: "
            f"run_eagerly={run_eagerly!r}"
        )
    if not isinstance(jit_compile, bool) and not (
        isinstance(jit_compile, str) and jit_compile == "auto"
    ):
        raise ValueError(
            '`jit_compile` must be True, False or "auto". Received: '
            f"jit_compile={jit_compile!r}"
        )
    count = check_positive_integer("steps_per_execution", steps_per_execution)
    if count > 2**31 - 1:
        raise ValueError(
            "`steps_per_execution` must be at most 2**31 - 1. Received: "
            f"steps_per_execution={count}"
        )
    if count != 1 and keras.backend.backend() == "torch":
        raise ValueError(
            "Keras has no `steps_per_execution` on the PyTorch backend. "
            f"Received: steps_per_execution={count}. Use 1 there, or "
            "KERAS_BACKEND=tensorflow or jax."
        )


def player_optimizers(
    model: Any, generator_optimizer: Any, discriminator_optimizer: Any
) -> tuple[keras.optimizers.Optimizer, keras.optimizers.Optimizer]:
    """The generator's optimizer and the discriminator's, ready to be built.

    Raises:
        ValueError: If one is no optimizer, both are one object, or one
            belongs to other weights.
    """
    made = _optimizer(model, "generator_optimizer", generator_optimizer)
    judged = _optimizer(
        model, "discriminator_optimizer", discriminator_optimizer
    )
    if made is judged:
        raise ValueError(
            "Each player needs an optimizer of its own, as each keeps "
            "moments of its own. Received: one object for both, "
            f"{made!r}. Construct two."
        )
    _check_unused("generator_optimizer", made, model.generator)
    _check_unused("discriminator_optimizer", judged, model.discriminator)
    return made, judged


def _optimizer(model: Any, name: str, given: Any) -> keras.optimizers.Optimizer:
    if given is None:
        return model.default_optimizer(name)
    try:
        optimizer = keras.optimizers.get(given)
    except Exception as error:  # Of any kind, from a class or a config.
        raise _no_optimizer(name, given) from error
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        raise _no_optimizer(name, given)
    return optimizer


def _no_optimizer(name: str, given: Any) -> ValueError:
    return ValueError(
        f"`{name}` must be a Keras optimizer, the name of one, or None for "
        f"the default of the objective's paper. Received: {name}={given!r}. "
        "Write `keras.optimizers.Adam(2e-4, beta_1=0.5)`, say."
    )


def _check_unused(
    name: str, optimizer: keras.optimizers.Optimizer, network: keras.Model
) -> None:
    """Raises ValueError if an optimizer has moments of other variables."""
    if not optimizer.built:
        return
    variables = network.trainable_variables
    # Private: Keras 3.15 tells nobody for which variables it was built, and
    # trains nothing for others. Where the list is gone, nothing is refused.
    built_for = getattr(optimizer, "_trainable_variables", variables)
    if {id(v) for v in built_for} != {id(v) for v in variables}:
        raise ValueError(
            f"`{name}` has moments of other weights: it was built for another "
            "model, or before `trainable` of a layer was changed. Received: "
            f"{name}={optimizer!r}. Construct a new one."
        )


class TrainedVariables:
    """The variables that were trainable when the model was compiled.

    Optimizers have moments for these, and compiled steps update these, so
    that a layer that is frozen or unfrozen since would train wrongly.
    """

    def __init__(self, model: keras.Model):
        self._paths = _paths(model)

    def check(self, model: keras.Model) -> None:
        """Raises ValueError unless the same variables are trainable now."""
        now = _paths(model)
        changed = [
            f"{path} is {'not ' if key in self._paths else ''}trainable now"
            for key, path in {**self._paths, **now}.items()
            if (key in self._paths) != (key in now)
        ]
        if changed:
            more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
            raise ValueError(
                "Call `compile()` again after a change of `trainable`: the "
                "optimizers and the compiled step are those of before. "
                f"Received: {', '.join(changed[:3])}{more}."
            )


def _paths(model: keras.Model) -> dict[int, str]:
    return {id(v): v.path for v in model.trainable_variables}
