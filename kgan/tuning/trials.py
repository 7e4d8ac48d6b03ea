"""Checks of a search's rows before they are written or drawn."""

from typing import Any

from kgan.arguments import is_number, shown

# What a search measures in a trial. The rest of a row are hyper-parameters.
MEASURED = {
    *("trial", "status", "objective", "score", "seeds", "smallest", "largest"),
    *("budget", "failed_seeds", "critic_updates", "generator_updates"),
    *("seconds", "reason"),
}


def check_trials(trials: Any) -> None:
    """Raises ValueError unless `trials` are what `results` returns."""
    if not isinstance(trials, list | tuple):
        raise _no_trials(trials, f"{type(trials).__name__}")
    for trial in trials:
        if not isinstance(trial, dict):
            raise _no_trials(trials, f"a {type(trial).__name__} in the list")
        missing = MEASURED - trial.keys()
        if missing:
            raise _no_trials(
                trials, f"a trial without {', '.join(sorted(missing))}"
            )
        score = trial["score"]
        if not isinstance(trial["seeds"], dict) or not (
            score is None or is_number(score)
        ):
            raise _no_trials(trials, f"a trial with score={score!r}")


def _no_trials(trials: Any, problem: str) -> ValueError:
    return ValueError(
        "`trials` must be the list that kgan.tuning.results or search "
        f"returned. Received: {problem}, in trials={shown(trials)}"
    )
