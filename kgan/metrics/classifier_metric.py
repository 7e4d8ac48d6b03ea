"""Shared parts of the metrics that ask a classifier."""

from typing import Any

import keras

from kgan.metrics.sample_metric import SampleMetric

Tensor = Any


class ClassifierMetric(SampleMetric):
    """Scores what a classifier returns: the base of such metrics.

    Args:
        classifier: Keras model or function, samples `(batch, ...)` to scores
            `(batch, num_classes)`. If it has several outputs, the one named
            "logits" counts, or else the last.
        num_samples: See `SampleMetric`.
        name: See `SampleMetric`.
    """

    def __init__(
        self,
        classifier: Any,
        num_samples: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        if not callable(classifier):
            raise ValueError(
                "`classifier` must be a Keras model or a function, samples "
                "(batch, ...) to scores (batch, num_classes). Received: "
                f"classifier={classifier!r}. A saved one is loaded by "
                "keras.saving.load_model."
            )
        self.classifier = classifier
        # Known after the classifier's first call.
        self.num_classes = 0
        super().__init__(self._features_of, num_samples, name, **kwargs)

    @property
    def required_samples(self) -> int:
        return 1

    def _features_of(self, samples: Tensor) -> Tensor:
        """Returns the rows `(batch, dim)` to keep of the samples."""
        return self._scores(samples)

    def _scores(self, samples: Tensor) -> Tensor:
        """Returns the scores of each class, `(batch, num_classes)`."""
        if isinstance(self.classifier, keras.Layer):
            scores = self.classifier(samples, training=False)
        else:
            scores = self.classifier(samples)
        if isinstance(scores, dict):
            scores = scores.get("logits", list(scores.values())[-1])
        if isinstance(scores, list | tuple):
            scores = scores[-1]
        shape = tuple(scores.shape)
        if len(shape) != 2 or shape[1] is None or shape[1] < 2:
            raise ValueError(
                "`classifier` must return scores of shape (batch, "
                "num_classes) for at least 2 classes, and them last or named "
                f'"logits" where it returns more. Received: shape {shape}'
            )
        self.num_classes = shape[1]
        return scores

    def _check_shape(self, shape: tuple[int | None, ...]) -> None:
        known = self._shape is not None
        try:
            super()._check_shape(shape)
        except ValueError as error:
            if known or "`classifier`" in str(error):
                raise
            takes = getattr(self.classifier, "input_shape", None)
            name = getattr(self.classifier, "name", repr(self.classifier))
            raise ValueError(
                "`classifier` does not take these samples. Received: samples "
                f"of shape {shape}, classifier={name}"
                + (f" with input_shape={takes}" if takes else "")
                + ". Put keras.layers.Resizing, Rescaling or Reshape before it "
                "in a keras.Sequential, or pass the one of this data."
            ) from error

    def get_config(self) -> dict:
        return {
            # Keras serializes it in its turn, and finds one that several
            # metrics share only if it gets the object.
            "classifier": self.classifier,
            "num_samples": self.num_samples,
            "name": self.name,
        }
