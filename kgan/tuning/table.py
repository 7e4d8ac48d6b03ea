"""The trials of a search as rows, in the order of their scores."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

from kgan.arguments import check_path
from kgan.files import write_bytes
from kgan.tuning.trials import check_trials
from kgan.tuning.tuners import check_tuner

# "keras_tuner.src.errors.FailedTrialError: 2 of 3 seeds failed: ..."
_ERROR = re.compile(r"^(?:\w+\.)*(\w+): (.+)$")


def results(tuner: Any) -> list[dict[str, Any]]:
    """Lists the trials of a tuner: the best first, failed ones last.

    Args:
        tuner: A keras-tuner tuner of a `GANHyperModel`, during or after its
            search. It may be one made again in the same directory.

    Returns:
        A dict for each trial, with `trial`, `status`, `objective`, `score`
        (the median, `None` if the trial failed), `seeds` (dict from seed to
        score, without failed seeds), `smallest` and `largest` (of these
        scores), `failed_seeds`, `budget`, `critic_updates`,
        `generator_updates`, `seconds`, `reason` (why it failed), and the
        hyper-parameters, such as `clip_value` and `n_critic`.

    Raises:
        ValueError: If `tuner` is something else, or in a worker of a parallel
            search, which does not know the trials.
    """
    check_tuner(tuner)
    oracle = tuner.oracle
    if not hasattr(oracle, "trials"):
        raise ValueError(
            "A worker of a parallel search does not know the trials; call it "
            f"in the chief. Received: tuner={tuner!r} of a worker"
        )
    rows = [_row(trial, tuner) for trial in oracle.trials.values()]
    sign = 1 if oracle.objective.direction == "min" else -1
    rows.sort(
        key=lambda row: (
            row["score"] is None,
            sign * (row["score"] or 0.0),
            row["trial"],
        )
    )
    return rows


def write_results(trials: list[dict[str, Any]], directory: str | Path) -> None:
    """Writes `trials.csv` and `trials.json`, each whole or not at all.

    Args:
        trials: What `results` returned.
        directory: Folder, made if missing.

    Raises:
        ValueError: If `trials` or `directory` is something else.
        OSError: If a file cannot be written.
    """
    check_trials(trials)
    directory = check_path("directory", directory)
    text = json.dumps(trials, indent=2)
    write_bytes(directory / "trials.json", f"{text}\n".encode())
    rows = [
        {key: value for key, value in trial.items() if key != "seeds"}
        | {f"seed_{seed}": score for seed, score in trial["seeds"].items()}
        for trial in trials
    ]
    content = io.StringIO()
    columns = dict.fromkeys(key for row in rows for key in row)
    writer = csv.DictWriter(content, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_bytes(directory / "trials.csv", content.getvalue().encode())


def _row(trial: Any, tuner: Any) -> dict[str, Any]:
    completed = trial.status == "COMPLETED"
    measured = {
        name: trial.metrics.get_best_value(name)
        for name in trial.metrics.metrics
        if completed
    }
    seeds = {
        seed: float(measured[f"seed_{seed}"])
        for seed in tuner.hypermodel.seeds
        if f"seed_{seed}" in measured
    }
    counts = {
        name: int(measured[name]) if completed else None
        for name in ("failed_seeds", "critic_updates", "generator_updates")
    }
    return {
        "trial": trial.trial_id,
        "status": trial.status,
        "objective": tuner.oracle.objective.name,
        "score": float(trial.score) if completed else None,
        **trial.hyperparameters.values,
        "seeds": seeds,
        "smallest": min(seeds.values(), default=None),
        "largest": max(seeds.values(), default=None),
        "budget": tuner.hypermodel.budget.kind,
        **counts,
        "seconds": float(measured["seconds"]) if completed else None,
        "reason": "" if completed else _reason(trial),
    }


def _reason(trial: Any) -> str:
    """Returns the error of a traceback, without the traceback."""
    lines = (trial.message or "").strip().splitlines()
    for line in reversed(lines):
        found = _ERROR.match(line)
        if found and found[1] == "FailedTrialError":
            return found[2]
        if found and found[1][0].isupper():
            return f"{found[1]}: {found[2]}"
    if trial.status in ("FAILED", "INVALID"):
        return lines[-1] if lines else "the score is NaN"
    return f"not ended ({trial.status})"
