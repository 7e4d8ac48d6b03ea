"""Optimal transport: Wasserstein distances of points and of piles of earth.

Villani, "Optimal Transport: Old and New", 2009, chapter 6; Arjovsky et al.,
"Wasserstein GAN", 2017, section 2.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from kgan.arguments import check_number
from kgan.divergences.arguments import TOLERANCE, piles
from kgan.real_arrays import real_array, shown


def wasserstein(
    x: ArrayLike,
    y: ArrayLike,
    order: float = 1,
    x_weights: ArrayLike | None = None,
    y_weights: ArrayLike | None = None,
) -> float:
    """Computes the Wasserstein distance of two sets of points on a line.

    `W_p = (inf E |x - y|^p)^(1/p)` over all joint distributions with the
    given marginals. On a line the best plan keeps the order, so `W_p^p` is
    the integral of `|F^-1(u) - G^-1(u)|^p` over `u` in [0, 1]
    (Villani 2009, chapter 6, and "Topics in Optimal Transportation", 2003,
    theorem 2.18).

    Args:
        x: Points, finite array of shape `(n,)`.
        y: Points, finite array of shape `(m,)`; `n` and `m` may differ.
        order: Finite number, at least 1: the `p` above.
        x_weights: Non-negative array of shape `(n,)` with a positive sum. It
            is divided by that sum. `None` for equal weights.
        y_weights: The same for `y`, shape `(m,)`.

    Returns:
        Float, the distance and not its power, in the unit of `x`.

    Raises:
        ValueError: If an argument is not of the shape and range above.

    Example:
        >>> from kgan import divergences
        >>> divergences.wasserstein([0.0, 1.0], [3.0, 4.0])
        3.0
        >>> distance = divergences.wasserstein([0.0], [0.0, 2.0], order=2)
        >>> round(distance**2, 4)  # (0 + 4) / 2
        2.0
    """
    order = check_number(
        "order",
        order,
        "a finite number of at least 1; below 1 there is no triangle "
        "inequality",
        lambda order: 1 <= order < math.inf,
    )
    x, x_masses = _points("x", x, x_weights)
    y, y_masses = _points("y", y, y_weights)
    moved, i, j = _monotone_plan(x_masses, y_masses)
    lengths = np.abs(x[i] - y[j])
    longest = lengths.max()
    if not longest:
        return 0.0
    # Relative to the longest, so that no power overflows or vanishes.
    power = np.average((lengths / longest) ** order, weights=moved)
    return float(longest * power ** (1 / order))


def earth_mover(
    p: ArrayLike, q: ArrayLike, cost: ArrayLike | None = None
) -> tuple[float, np.ndarray]:
    """Finds the cheapest way to turn one pile of earth into another.

    `min sum_ij plan_ij cost_ij` over `plan >= 0` with row sums `p` and column
    sums `q` (Kantorovich's problem; Villani 2009, chapter 1; Arjovsky et al.
    2017, equation 1). For the cost `|i - j|` the plan is built directly, in
    order. For any other cost HiGHS solves the linear program.

    Args:
        p: Non-negative array of shape `(n,)` with a positive sum, which need
            not be 1.
        q: Non-negative array of shape `(m,)` with the same sum, within a
            relative 1e-6. It is scaled to the sum of `p`.
        cost: Finite array of shape `(n, m)`, the price of moving one unit
            from cell `i` to cell `j`. `None` for the distance `|i - j|`.

    Returns:
        Tuple `(distance, plan)`: float `sum(plan * cost)`, and float64 array
        of shape `(n, m)`, the mass that moves from each cell to each cell.

    Raises:
        ValueError: If an argument is not of the shape and range above, or if
            the totals differ.
        RuntimeError: If the solver finds no plan.

    Example:
        >>> from kgan import divergences
        >>> distance, plan = divergences.earth_mover([3, 2, 1, 4], [1, 2, 4, 3])
        >>> distance
        5.0
        >>> plan[0]
        array([1., 2., 0., 0.])
    """
    p, q = piles("p", p), piles("q", q)
    p_total, q_total = p.sum(), q.sum()
    if abs(p_total - q_total) > TOLERANCE * max(p_total, q_total):
        raise ValueError(
            "`p` and `q` must hold the same amount; divide each by its sum. "
            f"Received: p={shown(p)} with total {p_total}, "
            f"q={shown(q)} with total {q_total}"
        )
    if cost is None:
        costs = np.abs(np.arange(p.size)[:, np.newaxis] - np.arange(q.size))
        moved, i, j = _monotone_plan(p, q)
        plan = np.zeros(costs.shape)
        np.add.at(plan, (i, j), moved)
    else:
        costs = real_array("cost", cost)
        if costs.shape != (p.size, q.size):
            raise ValueError(
                "`cost` must have a row for each cell of `p` and a column for "
                f"each cell of `q`, shape {(p.size, q.size)}. "
                f"Received: cost of shape {costs.shape}"
            )
        plan = p_total * _solved_plan(p / p_total, q / q_total, costs)
    return float((plan * costs).sum()), plan


def _monotone_plan(
    p: np.ndarray, q: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns what moves, from which cell of `p` to which of `q`, in order."""
    # Powers of two change no digit and keep sums and quotients in range.
    p_exponent, q_exponent = np.frexp(p.max())[1], np.frexp(q.max())[1]
    p_levels = np.cumsum(np.ldexp(p, -p_exponent))
    q_levels = np.cumsum(np.ldexp(q, -q_exponent))
    total = p_levels[-1]
    q_levels = q_levels * (total / q_levels[-1])
    # If rounding alone separates two levels, a sliver of mass would cross a
    # gap, and the root of a high order makes slivers large.
    tolerance = np.finfo("float64").eps * (p.size + q.size) * total
    above = np.searchsorted(p_levels, q_levels).clip(max=p.size - 1)
    for candidate in (above, (above - 1).clip(min=0)):
        close = np.abs(p_levels[candidate] - q_levels) <= tolerance
        q_levels = np.where(close, p_levels[candidate], q_levels)
    q_levels[-1] = total

    levels = np.union1d(p_levels, q_levels)
    levels = levels[levels > 0]
    moved = np.ldexp(np.diff(levels, prepend=0.0), p_exponent)
    i = np.searchsorted(p_levels, levels)
    j = np.searchsorted(q_levels, levels)
    return moved, i, j


def _solved_plan(p: np.ndarray, q: np.ndarray, cost: np.ndarray) -> np.ndarray:
    from scipy import sparse
    from scipy.optimize import linprog

    n, m = cost.shape
    row_sums = sparse.kron(sparse.eye_array(n), np.ones((1, m)))
    column_sums = sparse.kron(np.ones((1, n)), sparse.eye_array(m))
    # The solver's tolerances are absolute: it would take a cost in small units
    # for zero.
    unit = np.abs(cost).max() or 1.0
    result = linprog(
        cost.ravel() / unit,
        A_eq=sparse.vstack([row_sums, column_sums], format="csc"),
        b_eq=np.concatenate([p, q]),
        method="highs",
        options={
            "primal_feasibility_tolerance": 1e-10,
            "dual_feasibility_tolerance": 1e-10,
        },
    )
    if not result.success:
        raise RuntimeError(
            "HiGHS found no transport plan; try fewer cells or costs of more "
            f"even size. It said: {result.message}"
        )
    return result.x.clip(min=0.0).reshape(n, m)


def _points(
    argument: str, points: ArrayLike, weights: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray]:
    """Sorts points, with their weights."""
    points = real_array(argument, points)
    if points.ndim != 1:
        raise ValueError(
            f"`{argument}` must have one axis of points on the line; for "
            "points in space use `earth_mover` with their distances as cost. "
            f"Received: {argument} of shape {points.shape}"
        )
    if weights is None:
        return np.sort(points), np.ones(points.size)
    name = f"{argument}_weights"
    weights = piles(name, weights)
    if weights.shape != points.shape:
        raise ValueError(
            f"`{name}` must hold one weight for each point of `{argument}`, "
            f"shape {points.shape}. Received: {name} of shape {weights.shape}"
        )
    order = np.argsort(points, kind="stable")
    return points[order], weights[order]
