"""`evaluate` and its companion, which train nothing."""

from typing import Any

from kgan import backend
from kgan.steps import as_batches, one_step, translate
from kgan.two_player import TwoPlayerModel


class EvaluatingModel(TwoPlayerModel):
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

        The remaining arguments are Keras's own.

        Returns:
            List of scalars in the order of `metrics_names`, or a dict of
            them with `return_dict=True`.

        Raises:
            ValueError: If the data does not fit the networks.
        """
        self.require_compiled("evaluate")
        refuse_weights(None, sample_weight)
        if not kwargs.get("_use_cached_eval_dataset"):
            x = as_batches(x, self._spec, batch_size)
        with translate(), _Evaluating(self), backend.keep_state(self):
            return super().evaluate(
                x,
                verbose=verbose,
                steps=steps,
                callbacks=callbacks,
                return_dict=return_dict,
                **kwargs,
            )

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
        batch = one_step(x, 1, self._spec)[:, 0]
        with _Evaluating(self):
            return super().test_on_batch(batch, return_dict=return_dict)

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
