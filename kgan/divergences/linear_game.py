"""The game against a linear discriminator, solved exactly in its dual.

Li, Schwing, Wang and Zemel, "Dualing GANs", 2017, section 3.
"""

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from kgan.arguments import check_positive
from kgan.real_arrays import real_array

# Newton's method takes about 10 steps. If a plane divides the points, the
# weights grow with 1 / C, and it takes about log(1 / C) more.
MAX_STEPS = 1_000


@dataclasses.dataclass(frozen=True)
class LinearGame:
    """Holds the solution of a game against a linear discriminator.

    Attributes:
        weights: `w`, float64 `(d,)`.
        primal: `P(w)`, the regularised loss of the best discriminator.
        dual: `Q(l, m)` at the multipliers below, equal to `primal` except for
            rounding.
        real_multipliers: `l`, float64 `(n,)` in (0, 1).
        fake_multipliers: `m`, float64 `(k,)` in (0, 1). The gradient of the
            dual by the generated sample `j` is `m[j] * weights`.
    """

    weights: np.ndarray
    primal: float
    dual: float
    real_multipliers: np.ndarray
    fake_multipliers: np.ndarray


def linear_game(real: ArrayLike, fake: ArrayLike, C: float) -> LinearGame:
    """Solves the game against the discriminator `sigmoid(w . x)` exactly.

    With `sp` the softplus, the discriminator minimises

        P(w) = C/2 |w|^2 + sum_i sp(-w . x_i) + sum_j sp(w . g_j)

    With the entropy `H(t) = -t log t - (1 - t) log(1 - t)`, the minimum is the
    maximum over `0 <= l, m <= 1` of the dual

        Q(l, m) = -1/(2C) |sum_i l_i x_i - sum_j m_j g_j|^2
                  + sum_i H(l_i) + sum_j H(m_j)

    It is reached at `w = (sum_i l_i x_i - sum_j m_j g_j) / C`,
    `l_i = sigmoid(-w . x_i)` and `m_j = sigmoid(w . g_j)`. A generator that
    maximises Q no longer plays against the discriminator: both maximise Q. As
    C goes to infinity, `C (Q - (n + k) log 2)` tends to
    `-1/8 |sum x - sum g|^2`, the discrepancy of the means. For small C the
    weights are those of logistic regression.

    Reference: Li et al. 2017, "Dualing GANs", section 3, with sums in place
    of the paper's means.

    Args:
        real: Samples `(n, d)`, or features of them; finite. A column of ones
            gives the discriminator a bias.
        fake: Generated samples `(k, d)`.
        C: Positive finite number, the cost of the weights.

    Returns:
        A `LinearGame`.

    Raises:
        ValueError: If an argument is not as above, or if C is so small
            compared with the samples that the weights overflow float64.

    Example:
        >>> from kgan import divergences
        >>> game = divergences.linear_game([[1, 0], [0, 1]], [[-1, 0]], C=1.0)
        >>> abs(game.primal - game.dual) < 1e-9
        True
    """
    real, fake = _samples("real", real), _samples("fake", fake)
    if real.shape[1] != fake.shape[1]:
        raise ValueError(
            "`real` and `fake` must have samples of one length. Received: "
            f"real of shape {real.shape}, fake of shape {fake.shape}"
        )
    C = check_positive("C", C)
    # The loss is the same softplus of both once the real ones are turned.
    points = np.concatenate([-real, fake])
    scale = np.abs(points).max() or 1.0
    cost = C / scale / scale
    if not 1e-200 < cost < 1e200:
        raise ValueError(
            "`C` must be of the order of the squared samples, give or take "
            f"200 digits. Received: C={C!r} with samples up to {scale:.3g}. "
            "Divide the samples by their size."
        )
    from scipy.special import entr, expit

    unit = points / scale
    weights = _minimise(unit, cost)
    multipliers = expit(unit @ weights)
    moved = multipliers @ unit
    dual = entr(multipliers).sum() + entr(expit(-unit @ weights)).sum()
    return LinearGame(
        weights=weights / scale,
        primal=float(_primal(weights, unit, cost)),
        dual=float(dual - moved @ moved / (2 * cost)),
        real_multipliers=multipliers[: len(real)],
        fake_multipliers=multipliers[len(real) :],
    )


def _samples(name: str, value: ArrayLike) -> np.ndarray:
    array = real_array(name, value)
    if array.ndim != 2:
        raise ValueError(
            f"`{name}` must have the shape (samples, numbers of each). "
            f"Received: {name} of shape {array.shape}. Flatten images; add "
            "an axis to single numbers, `x[:, None]`."
        )
    return array


def _primal(weights: np.ndarray, points: np.ndarray, cost: float) -> float:
    return (
        cost / 2 * weights @ weights + np.logaddexp(0, points @ weights).sum()
    )


def _minimise(points: np.ndarray, cost: float) -> np.ndarray:
    """Minimises by Newton's method from 0, halving steps that go too far."""
    if points.shape[1] > points.shape[0]:
        # The weights lie in the span of the points.
        basis, coordinates = np.linalg.qr(points.T)
        return basis @ _minimise(coordinates.T, cost)
    from scipy.special import expit

    weights = np.zeros(points.shape[1])
    value = _primal(weights, points, cost)
    for _ in range(MAX_STEPS):
        shares = expit(points @ weights)
        gradient = cost * weights + shares @ points
        curvature = (points.T * (shares * (1 - shares))) @ points
        curvature.flat[:: len(weights) + 1] += cost
        step = -np.linalg.solve(curvature, gradient)
        if np.abs(points @ step).max() < 1e-6:
            # This close, a step squares the error: it is the last.
            return weights + step
        slope, length = gradient @ step, 1.0
        while length > 1e-12:
            moved = weights + length * step
            new = _primal(moved, points, cost)
            if new <= value + length * slope / 4:
                break
            length /= 2
        else:
            return weights  # No descent is left but for rounding.
        weights, value = moved, new
    raise ValueError(
        "`C` must be larger: the weights of the best discriminator did not "
        f"settle in {MAX_STEPS} steps. Received: C={cost:.3g} relative to "
        "the squared samples. A plane may divide the samples."
    )
