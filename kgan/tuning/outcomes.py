"""Outcomes of a trial's seeds, and the score that they make."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras_tuner

from kgan.arguments import check_integer, shown


@dataclass(frozen=True)
class Outcome:
    """Holds the outcome of one seed: a score, or why there is none."""

    seed: int
    score: float | None
    failure: str = ""

    def __str__(self) -> str:
        if self.score is None:
            return f"seed {self.seed} failed: {self.failure}"
        return f"seed {self.seed}: {self.score:.5g}"


def summary(
    outcomes: Sequence[Outcome], objective: keras_tuner.Objective
) -> dict[str, float]:
    """Returns the median score, with the scores behind it.

    Raises:
        keras_tuner.errors.FailedTrialError: If so many seeds failed that the
            median is one of them.
    """
    failed = [o for o in outcomes if o.score is None]
    worst = math.inf if objective.direction == "min" else -math.inf
    median = statistics.median(
        worst if o.score is None else o.score for o in outcomes
    )
    if not math.isfinite(median):
        reasons = "; ".join(f"seed {o.seed}: {o.failure}" for o in failed)
        raise keras_tuner.errors.FailedTrialError(
            f"{len(failed)} of {len(outcomes)} seeds failed: {reasons}"
        )
    scores = {
        f"seed_{o.seed}": o.score for o in outcomes if o.score is not None
    }
    return {objective.name: median, **scores, "failed_seeds": len(failed)}


def checked_seeds(seeds: Any) -> tuple[int, ...]:
    """Returns the seeds; raises ValueError unless they are distinct."""
    if not isinstance(seeds, list | tuple | range) or not seeds:
        raise ValueError(
            "`seeds` must be a list of distinct integers, at least one. "
            f"Received: seeds={shown(seeds)}"
        )
    for seed in seeds:
        # The largest that a model takes.
        check_integer("seeds", seed, minimum=0, maximum=2**31 - 2)
    if len(set(seeds)) < len(seeds):
        raise ValueError(
            "`seeds` must be distinct, or a run would count twice. "
            f"Received: seeds={seeds!r}"
        )
    return tuple(int(seed) for seed in seeds)
