"""Numbers of an examination: how a discriminator and its samples are."""

import numpy as np

SIDES = ("real", "fake")
KINDS = ("logits", "gradients")


def measures(
    found: dict[str, np.ndarray], real: np.ndarray | None
) -> dict[str, float]:
    """Sums up what `model.examine` returned.

    Args:
        found: By its names.
        real: The real samples that were examined, or `None`.

    Returns:
        Of logits and of gradients at each side the least, the mean and the
        largest; and the spread of either side's samples.
    """
    numbers = {}
    for side in SIDES:
        for kind in KINDS:
            name = f"{side}_{kind}"
            if name not in found:
                continue
            values = found[name].astype("float64")
            numbers[f"{name}_min"] = float(values.min())
            numbers[f"{name}_mean"] = float(values.mean())
            numbers[f"{name}_max"] = float(values.max())
    numbers["fake_spread"] = spread(found["samples"])
    if real is not None:
        numbers["real_spread"] = spread(real)
    return numbers


def spread(samples: np.ndarray) -> float:
    """The mean Euclidean distance of two different samples of `(n, ...)`."""
    rows = samples.reshape(len(samples), -1).astype("float64")
    if len(rows) < 2:
        return float("nan")
    with np.errstate(invalid="ignore", over="ignore"):
        distances = [np.linalg.norm(rows - row, axis=1) for row in rows]
    return float(np.sum(distances) / (len(rows) * (len(rows) - 1)))
