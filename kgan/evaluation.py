"""`evaluate` and its companion, which train nothing."""

import contextlib
import warnings
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np

from kgan import backend, distribution
from kgan.fit_arguments import check_latents, checked
from kgan.metrics import NotFiniteError
from kgan.processes import JointModel
from kgan.steps import (
    as_batches,
    divide,
    one_step,
    plain,
    readable,
    translate,
)


class EvaluatingModel(JointModel):
    """Keras's evaluation loop, over checked batches and repeatable latents."""

    def evaluate(
        self,
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
            y: Ignored.
            batch_size: Samples per batch of an array; `None` for 64.
            steps: Batches to take, 1 or more; `None` for all of the data.

        The remaining arguments are Keras's own.

        Returns:
            List of scalars in the order of `metrics_names`, or a dict of
            them with `return_dict=True`.

        Raises:
            ValueError: If the data does not fit the networks, or an argument
                is out of range.
        """
        self.require_compiled("evaluate")
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
                x = as_batches(x, self._spec, given.batch_size)
            logs = self._evaluate(x, given, kwargs)
        return logs if given.return_dict else list(logs.values())

    def _evaluate(self, x: Any, given: SimpleNamespace, kwargs: dict) -> dict:
        """Keras's own `evaluate` on batches, with the metrics' results."""
        scores = _Scores(self)
        replicas = self.share().replicas
        with (
            distribution.watch(),
            translate(),
            distribution.engine.evaluation(divide(x, replicas)),
            _Evaluating(self),
            backend.keep_state(self),
            scores.first_of(given.callbacks) as callbacks,
        ):
            logs = super().evaluate(
                readable(x, replicas),
                verbose=0 if distribution.process_index() else given.verbose,
                steps=given.steps,
                callbacks=callbacks,
                return_dict=True,
                **kwargs,
            )
        return logs | scores.results

    def test_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Losses and metrics of one batch `(batch, ...)`; trains nothing."""
        self.require_compiled("test_on_batch")
        refuse_weights(None, sample_weight)
        return_dict = checked(return_dict=return_dict).return_dict
        self.refuse_strategy("test_on_batch", "evaluate")
        batch = one_step(x, 1, self._spec)[:, 0]
        scores = _Scores(self)
        with (
            distribution.engine.evaluation(False),
            _Evaluating(self),
            backend.keep_state(self),
        ):
            logs = super().test_on_batch(batch, return_dict=True)
            scores.on_test_end(logs)
        return logs if return_dict else list(logs.values())

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """Samples `(num, ...)` of latents `(num, latent_dim)`.

        Args:
            x: Latents: an array, or what else Keras takes, such as a
                tf.data.Dataset of batches.

        The remaining arguments are Keras's own.

        Returns:
            Array `(num, ...)`.

        Raises:
            ValueError: If `x` is an array of another shape, or an argument is
                out of range.
        """
        given = checked(
            batch_size=batch_size,
            verbose=verbose,
            steps=steps,
            callbacks=callbacks,
        )
        x = plain(x)
        if isinstance(x, np.ndarray):
            check_latents(x, self.latent_dim)
        with (
            translate(),
            backend.needs_weights(self, "predict"),
            distribution.engine.evaluation(False),
            backend.keep_state(self),
        ):
            return super().predict(x, **vars(given))

    def require_compiled(self, method: str) -> None:
        """Raises ValueError before `compile`."""
        if not self.compiled:
            raise ValueError(
                f"Call `compile()` before `{method}()`. Received: a "
                f"{type(self).__name__} without optimizers; `gan.compile()` "
                "takes the defaults of its paper."
            )


class _Evaluating:
    """Turns on the metrics of `compile` and rewinds the latents."""

    def __init__(self, model: EvaluatingModel):
        self._model = model

    def __enter__(self):
        model = self._model
        model._evaluating = True
        model._evaluation_seed.state.assign([model.seed + 1, 0])

    def __exit__(self, *exception):
        self._model._evaluating = False


class _Scores(keras.callbacks.Callback):
    """Adds the metrics of `compile` to the logs of an evaluation's end.

    They are computed once, outside of the compiled step: a score of all
    samples is of no use after each batch, and SciPy cannot be compiled.
    """

    def __init__(self, model: EvaluatingModel):
        super().__init__()
        self.set_model(model)
        self.results: dict[str, float] = {}

    @contextlib.contextmanager
    def first_of(self, callbacks: Any):
        """The callbacks with this one first, so that all see its logs."""
        if not isinstance(callbacks, keras.callbacks.CallbackList):
            yield [self, *callbacks]
            return
        callbacks.callbacks.insert(0, self)
        try:
            yield callbacks
        finally:
            callbacks.callbacks.remove(self)

    def on_test_end(self, logs=None):
        for metric in self.model.sample_metrics:
            try:
                result = metric.result()
            except NotFiniteError as error:
                # A diverged generator ends no training that may be resumed,
                # and TerminateOnNaN has its say.
                warnings.warn(str(error), stacklevel=2)
                result = dict.fromkeys(metric.keys(), float("nan"))
            named = (
                result if isinstance(result, dict) else {metric.name: result}
            )
            self.results |= {name: float(x) for name, x in named.items()}
        logs.update(self.results)


def refuse_weights(class_weight: Any, sample_weight: Any) -> None:
    """Raises ValueError for weights that Keras's models would take."""
    for name, value in (
        ("class_weight", class_weight),
        ("sample_weight", sample_weight),
    ):
        if value is not None:
            raise ValueError(
                f"`{name}` has no meaning for a GAN's real samples. "
                f"Received: {name}={value!r}. Leave it out; GAN and "
                "NonSaturatingGAN weigh real against fake by `class_prior`."
            )
