"""Repairs the state of keras-tuner 1.4.8, so a killed search can resume."""

import functools
import json
from pathlib import Path
from typing import Any

from kgan import files


def write_whole(tuner: Any) -> None:
    """Makes the tuner write its state whole or not at all.

    keras-tuner 1.4.8 writes in place. A kill in the middle leaves half a file,
    and no search can continue from it. This function can go once keras-tuner
    writes to another file and then moves it. No known issue asks for that.
    """
    oracle = tuner.oracle
    directory = Path(tuner.project_dir)
    files.remove_unfinished(directory, ["*.json"])

    def save_oracle() -> None:
        _write(directory / "oracle.json", oracle)

    def save_trial(trial: Any) -> None:
        _write(directory / f"trial_{trial.trial_id}" / "trial.json", trial)

    def save_tuner() -> None:
        oracle.save()
        _write(directory / f"{tuner.tuner_id}.json", tuner)

    # Private: the only place in which 1.4.8 writes a trial.
    oracle.save, oracle._save_trial = save_oracle, save_trial
    tuner.save = save_tuner
    # keras-tuner looks for this file when it decides whether to go on, and
    # writes it when the first trial has ended.
    tuner.save()


def restore_grid(oracle: Any) -> None:
    """Restores the order of a resumed grid search, which keras-tuner forgets.

    The state of keras-tuner 1.4.8 does not say which combination follows
    which. Without this the search would end at once, or in a KeyError
    (keras-team/keras-tuner#1055). All of it is private. It can go with the
    first release that has keras-team/keras-tuner#1056, or something similar.
    """
    order = getattr(oracle, "_ordered_ids", None)
    # A search that has not begun, or that resumes, forgets nothing.
    if order is None or order._data_to_index or not oracle.trials:
        return
    compare = functools.cmp_to_key(
        lambda a, b: oracle._compare(
            oracle.trials[a].hyperparameters.values,
            oracle.trials[b].hyperparameters.values,
        )
    )
    for trial_id in sorted(oracle.trials, key=compare):
        order.insert(trial_id)
    oracle._populate_next = list(oracle.start_order)


def _write(path: Path, stateful: Any) -> None:
    files.write_bytes(path, json.dumps(stateful.get_state()).encode())
