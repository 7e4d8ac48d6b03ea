"""Divergences of Gaussians, in closed form."""

import numpy as np
from numpy.typing import ArrayLike

from kgan.divergences.arguments import TOLERANCE
from kgan.real_arrays import real_array, shown

EPSILON = np.finfo("float64").eps


def gaussian_kl(
    mean_p: ArrayLike,
    covariance_p: ArrayLike,
    mean_q: ArrayLike,
    covariance_q: ArrayLike,
) -> float:
    """Computes the divergence `KL(p || q)` of two Gaussians, in nats.

    `(tr(S_q^-1 S_p) + (m_q - m_p)^T S_q^-1 (m_q - m_p) - d
    + log det S_q - log det S_p) / 2` (Kullback, "Information Theory and
    Statistics", 1959, chapter 9). A singular covariance means a Gaussian on a
    line, a plane or a point. The divergence is then infinite unless both
    Gaussians live on the same one, and else their divergence there (Arjovsky
    and Bottou, 2017, on disjoint supports).

    Args:
        mean_p: Finite array of shape `(d,)`, or a number for `d = 1`.
        covariance_p: Symmetric positive semi-definite array of shape
            `(d, d)`, or the variance, a number, for `d = 1`.
        mean_q: Like `mean_p`, same `d`.
        covariance_q: Like `covariance_p`, same `d`.

    Returns:
        Float in [0, inf].

    Raises:
        ValueError: If an argument is not of the shape and range above.

    Example:
        >>> from kgan import divergences
        >>> divergences.gaussian_kl(0.0, 1.0, 3.0, 1.0)  # 3^2 / 2
        4.5
        >>> divergences.gaussian_kl(0.0, 0.0, 3.0, 0.0)
        inf
    """
    mean_p, covariance_p, mean_q, covariance_q = _gaussians(
        mean_p, covariance_p, mean_q, covariance_q
    )
    return _kl(mean_q - mean_p, covariance_p, covariance_q)


def gaussian_wasserstein(
    mean_p: ArrayLike,
    covariance_p: ArrayLike,
    mean_q: ArrayLike,
    covariance_q: ArrayLike,
) -> float:
    """Computes the Wasserstein distance `W_2` of two Gaussians.

    `W_2^2 = |m_p - m_q|^2 + tr(S_p + S_q - 2 (S_p^1/2 S_q S_p^1/2)^1/2)`
    (Dowson and Landau, "The Frechet Distance between Multivariate Normal
    Distributions", 1982; the trace is the squared Bures distance). The root
    of the trace is computed as `min |A - B U|_F` over orthogonal `U`, with
    `A A^T = S_p` and `B B^T = S_q`. This is the same number without the
    cancellation (Bhatia et al., "On the Bures-Wasserstein Distance between
    Positive Definite Matrices", 2019, theorem 1).

    Args:
        mean_p: Finite array of shape `(d,)`, or a number for `d = 1`.
        covariance_p: Symmetric positive semi-definite array of shape
            `(d, d)`, or the variance, a number, for `d = 1`. It may be
            singular: 0 everywhere is a point.
        mean_q: Like `mean_p`, same `d`.
        covariance_q: Like `covariance_p`, same `d`.

    Returns:
        Float, the distance and not its square.

    Raises:
        ValueError: If an argument is not of the shape and range above.

    Example:
        >>> from kgan import divergences
        >>> unit = [[1.0, 0.0], [0.0, 1.0]]
        >>> divergences.gaussian_wasserstein([0, 0], unit, [3, 4], unit)
        5.0
        >>> divergences.gaussian_wasserstein(0.0, 1.0, 0.0, 9.0)
        2.0
    """
    mean_p, covariance_p, mean_q, covariance_q = _gaussians(
        mean_p, covariance_p, mean_q, covariance_q
    )
    root_p, root_q = _factor(covariance_p), _factor(covariance_q)
    left, _, right = np.linalg.svd(root_q.T @ root_p)
    bures = np.linalg.norm(root_p - root_q @ (left @ right))
    return float(np.hypot(np.linalg.norm(mean_p - mean_q), bures))


def _kl(
    shift: np.ndarray, covariance_p: np.ndarray, covariance_q: np.ndarray
) -> float:
    root_p, root_q = _cholesky(covariance_p), _cholesky(covariance_q)
    if root_p is None and root_q is None:
        return _kl_on_common_support(shift, covariance_p, covariance_q)
    if root_p is None or root_q is None:
        return np.inf
    whitened_root = np.linalg.solve(root_q, root_p)
    whitened_shift = np.linalg.solve(root_q, shift)
    log_ratio = 2 * np.log(np.diag(whitened_root)).sum()
    trace = (whitened_root**2).sum()
    mahalanobis = (whitened_shift**2).sum()
    divergence = (trace + mahalanobis - shift.size - log_ratio) / 2
    return max(float(divergence), 0.0)


def _kl_on_common_support(
    shift: np.ndarray, covariance_p: np.ndarray, covariance_q: np.ndarray
) -> float:
    # A change of units does not change the divergence. Take units in which
    # every coordinate spreads by about 1.
    variances = np.diag(covariance_p) + np.diag(covariance_q)
    deviations = np.sqrt(variances.clip(min=0.0))
    units = np.where(deviations > 0, deviations, 1.0)
    shift = shift / units
    covariance_p = covariance_p / np.outer(units, units)
    covariance_q = covariance_q / np.outer(units, units)

    values, vectors = np.linalg.eigh(covariance_q)
    inside = values > _rounding(values)
    across, along = vectors[:, ~inside], vectors[:, inside]
    leaves = np.linalg.norm(across.T @ covariance_p @ across)
    misses = np.linalg.norm(across.T @ shift)
    rounding = 100 * EPSILON * shift.size
    if leaves > rounding or misses > rounding * np.linalg.norm(shift):
        return np.inf
    if not inside.any():
        return 0.0
    return _kl(
        along.T @ shift,
        along.T @ covariance_p @ along,
        np.diag(values[inside]),
    )


def _cholesky(covariance: np.ndarray) -> np.ndarray | None:
    """Returns the lower triangular root, or `None` if singular."""
    # Clipped: a zero that rounding made negative.
    deviations = np.sqrt(np.diag(covariance).clip(min=0.0))
    if not deviations.all():
        return None
    # Of the correlations: small units do not make a coordinate singular.
    correlations = covariance / np.outer(deviations, deviations)
    values = np.linalg.eigvalsh(correlations)
    if values[0] <= _rounding(values):
        return None
    return deviations[:, np.newaxis] * np.linalg.cholesky(correlations)


def _rounding(eigenvalues: np.ndarray) -> float:
    """Returns the largest number that a zero among these may have become."""
    return 10 * EPSILON * eigenvalues.size * max(eigenvalues.max(), 0.0)


def _factor(covariance: np.ndarray) -> np.ndarray:
    """Returns a square `A` with `A A^T` the covariance, even if singular."""
    values, vectors = np.linalg.eigh(covariance)
    # The root would turn a zero with a rounding error into 1e-8.
    zero = values <= _rounding(values)
    return vectors * np.sqrt(np.where(zero, 0.0, values))


def _gaussians(
    mean_p: ArrayLike,
    covariance_p: ArrayLike,
    mean_q: ArrayLike,
    covariance_q: ArrayLike,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    m_p, m_q = _mean("mean_p", mean_p), _mean("mean_q", mean_q)
    if m_p.shape != m_q.shape:
        raise ValueError(
            "`mean_p` and `mean_q` must have the same number of coordinates. "
            f"Received: mean_p of shape {m_p.shape}, mean_q of shape "
            f"{m_q.shape}"
        )
    s_p = _covariance("covariance_p", covariance_p, m_p.size)
    s_q = _covariance("covariance_q", covariance_q, m_q.size)
    return m_p, s_p, m_q, s_q


def _mean(argument: str, value: ArrayLike) -> np.ndarray:
    array = np.atleast_1d(real_array(argument, value))
    if array.ndim != 1:
        raise ValueError(
            f"`{argument}` must be a number or have one axis; call once for "
            f"each Gaussian. Received: {argument} of shape {array.shape}"
        )
    return array


def _covariance(argument: str, value: ArrayLike, dim: int) -> np.ndarray:
    array = real_array(argument, value)
    if dim == 1 and not array.ndim:
        array = array.reshape(1, 1)
    if array.shape != (dim, dim):
        raise ValueError(
            f"`{argument}` must have shape {(dim, dim)}, to match its mean; "
            "for equal or separate variances pass variance * np.eye(d) or "
            f"np.diag(variances). Received: {argument} of shape {array.shape}"
        )
    slack = TOLERANCE * np.abs(array).max()
    if np.abs(array - array.T).max() > slack:
        raise ValueError(
            f"`{argument}` must be symmetric; pass (S + S.T) / 2. "
            f"Received: {argument}={shown(array)}"
        )
    array = (array + array.T) / 2
    smallest = np.linalg.eigvalsh(array)[0]
    if smallest < -slack:
        raise ValueError(
            f"`{argument}` must be positive semi-definite: a variance cannot "
            "be negative, here the smallest eigenvalue is "
            f"{smallest}; estimate it with np.cov or pass a variance, not a "
            f"deviation or a precision. Received: {argument}={shown(array)}"
        )
    return array
