"""`compile`: each player gets its optimizer."""

from collections.abc import Sequence
from typing import Any

import keras

from kgan import backend
from kgan.agreement import agree, make_together, of_optimizers
from kgan.fitting.players_optimizer import PlayersOptimizer
from kgan.fitting.trained_variables import TrainedVariables
from kgan.layer_losses import LayerLosses
from kgan.metrics.compiled import compiled_metrics
from kgan.networks import check_positive_integer
from kgan.optimizers.following import follow
from kgan.runs import Compilation
from kgan.runs.compilation import OPTIMIZERS

INSTEAD = {
    "optimizer": "each player has one: `generator_optimizer=` and "
    "`discriminator_optimizer=`",
    "loss": "the objective is the loss: choose kgan.GAN, NonSaturatingGAN or "
    "WGAN, or subclass kgan.AdversarialModel",
    "loss_weights": "the objective has one loss for each player",
    "weighted_metrics": "real samples have no weights: use `metrics=`",
    "auto_scale_loss": "losses are not scaled, as float16 is not supported",
}


def compile_players(
    model: Any,
    generator_optimizer: Any = None,
    discriminator_optimizer: Any = None,
    *,
    metrics: Sequence[Any] | None = None,
    run_eagerly: bool = False,
    steps_per_execution: int = 1,
    jit_compile: bool | str = "auto",
    **keras_arguments: Any,
) -> None:
    """Gives each player its optimizer.

    Args:
        generator_optimizer: Keras optimizer, its name, or `None` for the
            default of the paper. Its rate may be one of `kgan.schedules`.
        discriminator_optimizer: Likewise, another object; `None` where the
            objective has no discriminator.
        metrics: Keras metrics with `update_state(real, fake)`, both
            `(batch, ...)`, such as those of `kgan.metrics`, computed by
            `evaluate` and on `validation_data`, not on training batches;
            or functions `(real, fake)` whose mean is reported.
        run_eagerly: Whether to run steps without compiling them.
        steps_per_execution: Steps per compiled call; 1 on PyTorch.
        jit_compile: Whether XLA (TensorFlow, JAX) or torch.compile
            (PyTorch) makes kernels of a step. `"auto"`: on JAX, and on
            TensorFlow where there is a GPU.
        keras_arguments: None: those of Keras's own models, such as
            `optimizer` and `loss`, are refused.

    Raises:
        ValueError: If both players share an optimizer, or there is none to
            train by the second, a metric does not take the samples, two share
            a name, or an argument is of another type or one of Keras's own.
    """
    refuse_keras_arguments(keras_arguments)
    check_ways_of_running(run_eagerly, steps_per_execution, jit_compile)
    sample_metrics = compiled_metrics(
        metrics, model.sample_spec.shape, model.scores.names
    )
    optimizers = player_optimizers(
        model, generator_optimizer, discriminator_optimizer
    )
    model.check_optimizers(*optimizers)
    if make_together():
        # Before they make variables.
        agree(
            of_optimizers(*optimizers),
            "Pass the same to `compile` in all of them.",
        )
    for name, optimizer in zip(OPTIMIZERS, optimizers, strict=True):
        follow(name, optimizer, model.progress.images_seen)
    both = PlayersOptimizer(*optimizers, model.making_variables)
    both.build(model.trainable_variables)
    model.compiles_graph = (
        jit_compile is True and keras.backend.backend() == "torch"
    )
    keras.Model.compile(
        model,
        optimizer=both,
        run_eagerly=run_eagerly,
        steps_per_execution=steps_per_execution,
        jit_compile=backend.keras_jit_compile(jit_compile),
    )
    model.scores.sample_metrics = sample_metrics
    # Also on the model: Keras saves what it finds there, such as the weights of
    # extractors.
    model.sample_metrics = sample_metrics
    model.generator_optimizer, model.discriminator_optimizer = optimizers
    model.trained_variables = TrainedVariables(model)
    model.generator_layer_losses = LayerLosses(*model.makers)
    if model.has_discriminator:
        model.discriminator_layer_losses = LayerLosses(model.discriminator)
    model.compilation = Compilation(
        generator_optimizer=model.generator_optimizer,
        discriminator_optimizer=model.discriminator_optimizer,
        metrics=metrics,
        run_eagerly=run_eagerly,
        steps_per_execution=steps_per_execution,
        jit_compile=jit_compile,
    )


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
) -> tuple[keras.optimizers.Optimizer, keras.optimizers.Optimizer | None]:
    """The generator's optimizer and the discriminator's, ready to be built.

    The second is `None` where there is no discriminator.

    Raises:
        ValueError: If one is no optimizer, both are one object, or one
            belongs to other weights.
    """
    made = _optimizer(model, "generator_optimizer", generator_optimizer)
    _check_unused("generator_optimizer", made, model.making_variables)
    if not model.has_discriminator:
        if discriminator_optimizer is not None:
            raise ValueError(
                f"{type(model).__name__} has no discriminator to train. "
                "Received: discriminator_optimizer="
                f"{discriminator_optimizer!r}. Pass `generator_optimizer` "
                "alone."
            )
        return made, None
    judged = _optimizer(
        model, "discriminator_optimizer", discriminator_optimizer
    )
    if made is judged:
        raise ValueError(
            "Each player needs its own optimizer, as each keeps its own "
            "moments. Received: one object for both, "
            f"{made!r}. Construct two."
        )
    _check_unused("discriminator_optimizer", judged, model.judging_variables)
    return made, judged


def _optimizer(model: Any, name: str, given: Any) -> keras.optimizers.Optimizer:
    if given is None:
        return model.default_optimizer(name)
    try:
        optimizer = keras.optimizers.get(given)
    except Exception as error:  # A class or a config may raise anything.
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
    name: str, optimizer: keras.optimizers.Optimizer, variables: list
) -> None:
    """Raises ValueError if an optimizer has moments of other variables."""
    if not optimizer.built:
        return
    # Private: Keras 3.15 has no public list of the variables that an optimizer
    # was built for, and does not train others. Without the list, nothing is
    # refused.
    built_for = getattr(optimizer, "_trainable_variables", variables)
    if {id(v) for v in built_for} != {id(v) for v in variables}:
        raise ValueError(
            f"`{name}` has moments of other weights: it was built for another "
            "model, or before `trainable` of a layer was changed. Received: "
            f"{name}={optimizer!r}. Construct a new one."
        )
