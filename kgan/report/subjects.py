"""The few samples, real ones among them, that a run is examined by."""

from typing import Any

import numpy as np

from kgan import images
from kgan.arguments import shown
from kgan.report.measures import measures
from kgan.report.neighbours import nearest

BATCH = 64
Data = tuple[np.ndarray, Any]


class Subjects:
    """Latents, labels and real samples, the same in all of a run.

    Args:
        model: A compiled kgan model.
        data: Real samples and their labels, that `checked_data` returned.
        of_fit: Likewise, that `fit` has checked, where there are no others.

    Raises:
        ValueError: If the data does not fit the model.
    """

    def __init__(self, model: Any, data: Data | None, of_fit: Data | None):
        spec = model.sample_spec.named("data")
        if data is not None:
            samples, labels = data
            spec.check(samples)
            of_fit = samples, spec.labels.beside(samples, labels, "data")
        num, self._labels = BATCH, None
        self._data: np.ndarray | None = None
        self.real: np.ndarray | None = None
        if of_fit is not None and len(of_fit[0]) > 1:
            samples, labels = of_fit
            num = min(BATCH, len(samples))
            # Not the first ones: they may all be of one class.
            rows = np.linspace(0, len(samples) - 1, num).astype(int)
            self._data = samples
            self.real = np.asarray(samples[rows], dtype="float32")
            self._labels = None if labels is None else labels[rows]
        elif spec.labels.wanted:
            rng = np.random.default_rng(0)
            classes = spec.labels.classes or 1
            self._labels = rng.integers(classes, size=num, dtype="int32")
        self._latents = images.latents(num, model.latent_dim, seed=0)

    def health(self, model: Any) -> dict[str, float]:
        """Returns what `measures` makes of the model as it is."""
        return measures(self._examined(model), self.real)

    def neighbours(
        self, model: Any
    ) -> tuple[dict[str, float], np.ndarray | None]:
        """Returns how near the samples are to all of the data: `nearest`."""
        if self._data is None:
            return {}, None
        return nearest(self._examined(model)["samples"], self._data)

    def _examined(self, model: Any) -> dict[str, np.ndarray]:
        return model.examine(self._latents, self._labels, self.real)


def checked_data(data: Any) -> Data | None:
    """The samples and labels of an argument; a model checks their shapes."""
    if data is None:
        return None
    samples, labels = data, None
    if isinstance(data, tuple) and len(data) == 2:
        samples, labels = data
    masked = isinstance(samples, np.ma.MaskedArray)
    try:
        samples = np.asarray(samples)
    except Exception as error:  # The user's object may raise anything.
        raise ValueError(_refusal(data)) from error
    floats = samples.dtype.kind == "f" and samples.ndim > 1 and samples.size
    if masked or not floats or len(samples) < 2:
        raise ValueError(_refusal(data))
    return samples, labels


def _refusal(data):
    return (
        "`data` must be real samples, a float array (n, ...) with n of at "
        "least 2, or (samples, labels), or None. Received: "
        f"data={shown(data)}"
    )
