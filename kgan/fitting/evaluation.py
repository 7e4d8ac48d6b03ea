"""`evaluate` and its companions, which train nothing."""

from types import SimpleNamespace
from typing import Any

import keras
import numpy as np

from kgan import backend, distribution
from kgan.fitting.arguments import (
    check_latents,
    checked,
    refuse_weights,
    require_compiled,
)
from kgan.fitting.scores import Announcer
from kgan.labels import checked_labels, num_classes, takes_labels
from kgan.steps import (
    arrays_in_numpy,
    as_batches,
    divide,
    one_step,
    peeked,
    readable,
    translate,
)


def evaluate(
    model: Any,
    x: Any = None,
    y: Any = None,
    batch_size: int | None = None,
    verbose: Any = "auto",
    sample_weight: Any = None,
    steps: int | None = None,
    callbacks: Any = None,
    return_dict: bool = False,
    **kwargs,
) -> Any:
    """Returns losses and metrics on real samples; trains nothing.

    The latents are the same at every call, so that two calls on the same
    weights and data agree.

    Args:
        x: Real samples, as for `fit`; every one counts.
        y: Labels of an array for a conditional model, as for `fit`: the
            generated samples have those of the real ones.
        batch_size: Samples per batch of an array; `None` for 64.
        steps: Batches to take, 1 or more; `None` for all of the data.

    The remaining arguments are Keras's own.

    Returns:
        List of scalars, losses first, or a dict of them with
        `return_dict=True`.

    Raises:
        ValueError: If the data does not fit the networks, or an argument is
            out of range.
    """
    require_compiled(model, "evaluate")
    refuse_weights(None, sample_weight)
    given = checked(
        batch_size=batch_size,
        verbose=verbose,
        steps=steps,
        callbacks=callbacks,
        return_dict=return_dict,
    )
    with translate():
        if not kwargs.get("_use_cached_eval_dataset"):
            x = as_batches(x, model.sample_spec, given.batch_size, y)
        logs = _evaluate(model, x, given, kwargs)
    return logs if given.return_dict else list(logs.values())


def _evaluate(
    model: Any, x: Any, given: SimpleNamespace, kwargs: dict
) -> dict[str, float]:
    """Runs Keras's `evaluate` on batches."""
    announcer = Announcer(model.scores)
    replicas = model.peers.share().replicas
    _rewind(model)
    with (
        distribution.watch(),
        translate(),
        distribution.engine.evaluation(divide(x, replicas)),
        backend.keep_state(model),
        announcer.before(given.callbacks) as callbacks,
    ):
        keras.Model.evaluate(
            model,
            readable(x, replicas),
            verbose=0 if distribution.process_index() else given.verbose,
            steps=given.steps,
            callbacks=callbacks,
            return_dict=True,
            **kwargs,
        )
    return announcer.results


def _rewind(model: Any) -> None:
    """Makes each evaluation draw the same latents."""
    model._evaluation_seed.state.assign([model.seed + 1, 0])


def test_on_batch(
    model: Any,
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    return_dict: bool = False,
) -> Any:
    """Returns losses and metrics of one batch `(batch, ...)`."""
    require_compiled(model, "test_on_batch")
    refuse_weights(None, sample_weight)
    return_dict = checked(return_dict=return_dict).return_dict
    model.peers.refuse_strategy("test_on_batch", "evaluate")
    step = one_step(x, 1, model.sample_spec, y=y)
    batch = [part[:, 0] for part in step]
    _rewind(model)
    with distribution.engine.evaluation(False), backend.keep_state(model):
        keras.Model.test_on_batch(model, *batch, return_dict=True)
        logs = model.scores.evaluated()
    return logs if return_dict else list(logs.values())


def predict(
    model: Any,
    x: Any,
    batch_size: int | None = None,
    verbose: Any = "auto",
    steps: int | None = None,
    callbacks: Any = None,
) -> Any:
    """Returns samples `(num, ...)` of latents `(num, latent_dim)`.

    Args:
        x: Latents: an array, or what else Keras takes, such as a
            tf.data.Dataset of batches. For a conditional generator the list
            `[latents, labels]` of two arrays, or batches `((latents,
            labels),)`.

    The remaining arguments are Keras's own.

    Returns:
        Array `(num, ...)`.

    Raises:
        ValueError: If `x` is an array of another shape, or an argument is out
            of range.
    """
    given = checked(
        batch_size=batch_size,
        verbose=verbose,
        steps=steps,
        callbacks=callbacks,
    )
    x = _inputs(model, x)
    with (
        translate(),
        backend.needs_weights(model, "predict"),
        distribution.engine.evaluation(False),
        backend.keep_state(model),
    ):
        return keras.Model.predict(model, x, **vars(given))


def _inputs(model: Any, x: Any) -> Any:
    """Returns the arguments of `predict`, its arrays NumPy's and checked."""
    generator = model.generator
    if not takes_labels(generator):
        x = arrays_in_numpy(x)
        if isinstance(x, np.ndarray):
            check_latents(x, model.latent_dim)
        elif hasattr(x, "__next__"):
            return peeked(x, lambda: "`x` is empty. Received: no latents.")
        return x
    if not isinstance(x, list | tuple):
        if hasattr(x, "shape"):
            raise ValueError(
                "`x` must be the list [latents, labels] for a conditional "
                f"generator. Received: one array of shape={tuple(x.shape)}. "
                "Pass both, or `generate(num, labels=...)`."
            )
        return arrays_in_numpy(x)
    if len(x) != 2:
        raise ValueError(
            "`x` must be the list [latents, labels] for a conditional "
            f"generator. Received: a {type(x).__name__} of {len(x)}."
        )
    latents, labels = arrays_in_numpy(x[0]), x[1]
    check_latents(latents, model.latent_dim)
    classes = num_classes(generator)
    return [latents, checked_labels(labels, len(latents), classes, "x[1]")]
