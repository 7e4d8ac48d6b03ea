"""Divergences of discrete distributions and the value of the GAN's game.

Goodfellow et al., "Generative Adversarial Networks", 2014, section 4;
Arjovsky and Bottou, "Towards Principled Methods for Training Generative
Adversarial Networks", 2017, on why KL and JSD fail on disjoint supports.
"""

import numpy as np
from numpy.typing import ArrayLike

from kgan.divergences.arguments import densities, distributions


def kl(p: ArrayLike, q: ArrayLike) -> float | np.ndarray:
    """Computes the Kullback-Leibler divergence of discrete distributions.

    `KL(p || q) = sum_i p_i log(p_i / q_i)` in nats, with `0 log 0 = 0`. It is
    infinite where `q` lacks mass that `p` has (Kullback and Leibler, "On
    Information and Sufficiency", 1951; Arjovsky et al., "Wasserstein GAN",
    2017, section 2). It is not symmetric.

    Args:
        p: Non-negative array of shape `(..., cells)`. Must sum to 1 over the
            last axis within 1e-6, and is then divided by its sum.
        q: The same. The leading axes of both broadcast.

    Returns:
        Float in [0, inf], or float64 array of the broadcast leading axes.

    Raises:
        ValueError: If `p` or `q` is empty, not finite, negative somewhere or
            does not sum to 1, or if their shapes do not match.

    Example:
        >>> from kgan import divergences
        >>> round(divergences.kl([0.5, 0.5], [0.25, 0.75]), 4)
        0.1438
        >>> divergences.kl([0.5, 0.5], [1.0, 0.0])
        inf
    """
    # Here and below SciPy is imported late: it takes half a second.
    from scipy.special import rel_entr

    p, q = distributions(p, q)
    divergence = rel_entr(p, q).sum(axis=-1)
    return _number_or_array(np.maximum(divergence, 0.0))


def jsd(p: ArrayLike, q: ArrayLike) -> float | np.ndarray:
    """Computes the Jensen-Shannon divergence of discrete distributions.

    `JSD(p, q) = (KL(p || m) + KL(q || m)) / 2` in nats, with `m = (p + q) / 2`
    (Goodfellow et al. 2014, equation 5). It is symmetric. It is 0 when the two
    agree, and log 2 when their supports are disjoint, however far apart they
    lie (Arjovsky and Bottou 2017).

    Args:
        p: Non-negative array of shape `(..., cells)`. Must sum to 1 over the
            last axis within 1e-6, and is then divided by its sum.
        q: The same. The leading axes of both broadcast.

    Returns:
        Float in [0, log 2], or float64 array of the broadcast leading axes.

    Raises:
        ValueError: If `p` or `q` is empty, not finite, negative somewhere or
            does not sum to 1, or if their shapes do not match.

    Example:
        >>> from kgan import divergences
        >>> round(divergences.jsd([1.0, 0.0], [0.0, 1.0]), 4)
        0.6931
    """
    from scipy.special import rel_entr

    p, q = distributions(p, q)
    # KL(p || m) = sum of 2p log(2p / (p + q)), halved: doubled, because
    # halving the smallest numbers would round m to 0.
    total = p + q
    doubled = (rel_entr(2 * p, total) + rel_entr(2 * q, total)).sum(axis=-1)
    return _number_or_array(np.clip(doubled / 4, 0.0, np.log(2)))


def optimal_discriminator(p: ArrayLike, q: ArrayLike) -> float | np.ndarray:
    """Computes the best possible discriminator.

    `D*(x) = p(x) / (p(x) + q(x))` (Goodfellow et al. 2014, proposition 1),
    cell by cell, where `p` is the data's density and `q` the generator's.

    Args:
        p: Non-negative array of any shape: masses, or values of a density.
            It may have any sum.
        q: The same, of a shape that broadcasts against that of `p`.

    Returns:
        Float in [0, 1], or float64 array of the broadcast shape: the
        probability that a sample is real. NaN where both are 0: no sample
        falls there, so every answer is equally good.

    Raises:
        ValueError: If `p` or `q` is empty, not finite or negative somewhere,
            or if their shapes do not broadcast.

    Example:
        >>> from kgan import divergences
        >>> divergences.optimal_discriminator([0.5, 0.5, 0.0], [0.5, 0.0, 0.5])
        array([0.5, 1. , 0. ])
    """
    return _number_or_array(_share(*densities(p, q)))


def game_value(p: ArrayLike, q: ArrayLike) -> float | np.ndarray:
    """Computes the GAN's value when the discriminator plays its best.

    `V(G, D*) = E_p log D*(x) + E_q log(1 - D*(x))`, which equals
    `2 JSD(p, q) - 2 log 2` (Goodfellow et al. 2014, theorem 1). It is -2 log 2
    at the equilibrium `p = q`, and 0 when the discriminator tells all samples
    apart.

    Args:
        p: The data's distribution, a non-negative array of shape
            `(..., cells)`. Must sum to 1 over the last axis within 1e-6, and
            is then divided by its sum.
        q: The generator's distribution, the same. Leading axes broadcast.

    Returns:
        Float in [-2 log 2, 0], in nats, or float64 array of the broadcast
        leading axes.

    Raises:
        ValueError: If `p` or `q` is empty, not finite, negative somewhere or
            does not sum to 1, or if their shapes do not match.

    Example:
        >>> from kgan import divergences
        >>> round(divergences.game_value([0.5, 0.5], [0.5, 0.5]), 4)
        -1.3863
    """
    p, q = distributions(p, q)
    real = _expected_log(p, _share(p, q))
    # 1 - D* = q / (p + q), without the subtraction that would round to 0.
    fake = _expected_log(q, _share(q, p))
    return _number_or_array(real + fake)


def _share(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    total = p + q
    share = np.full_like(total, np.nan)
    return np.divide(p, total, out=share, where=total > 0)


def _expected_log(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    logarithms = np.zeros_like(values)
    np.log(values, out=logarithms, where=weights > 0)
    return (weights * logarithms).sum(axis=-1)


def _number_or_array(values: np.ndarray) -> float | np.ndarray:
    return values if np.ndim(values) else float(values)
