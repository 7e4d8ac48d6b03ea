"""A search that says how it went, and raises if it came to nothing."""

import collections
import os
from pathlib import Path
from typing import Any

import keras
import keras_tuner

from kgan import files, steps
from kgan.arguments import check_path
from kgan.tuning.arguments import check_data
from kgan.tuning.figure import plot
from kgan.tuning.hparams import write_hparams
from kgan.tuning.hypermodel import GANHyperModel
from kgan.tuning.objective import check_same
from kgan.tuning.state_files import restore_grid, write_whole
from kgan.tuning.table import results, write_results
from kgan.tuning.tuners import check_tuner

# Kinds of failure that a message lists.
REASONS = 5


class SearchFailed(RuntimeError):
    """Says that no trial completed, or too many failed in a row."""


def search(
    tuner: keras_tuner.Tuner,
    x: Any,
    *,
    validation_data: Any,
    out: str | Path | None = None,
    verbose: Any = 1,
    **options: Any,
) -> list[dict[str, Any]]:
    """Runs `tuner.search`, and raises an error if the search failed.

    keras-tuner reports success even if every trial crashed. This function
    raises an error instead, and says how many trials failed and why. It writes
    the trials as `trials.csv` and `trials.json`, and draws `clip_values.png`.
    It adds TensorBoard's HParams if a TensorBoard callback was passed. To
    continue a killed search, run the same program again. Finished trials are
    not repeated, and a trial that was running starts again.

    With keras-tuner's environment variables for parallel search, the chief
    returns the trials, and each worker returns an empty list.

    Args:
        tuner: A keras-tuner tuner of a `GANHyperModel` and its objective.
        x: Real samples that do not end, as the model's `fit` takes them; or a
            function of the seed that returns such samples. An array is the
            same in every run. A shuffled dataset is so only as a function.
        validation_data: Held-out real samples for the scores.
        out: Folder of the tables and the figure. `None` takes the tuner's.
        verbose: 0 for silence.
        **options: Passed to the model's `fit`: `epochs`, `batch_size`,
            `callbacks`.

    Returns:
        What `results` returns.

    Raises:
        ValueError: Before any training, if the tuner searches on another
            objective, such as a player's loss, if an argument is invalid, or
            if a folder cannot be written.
        SearchFailed: If no trial completed, or if keras-tuner's
            `max_consecutive_failed_trials` was reached.

    Example:

    ```python
    trials = kgan.tuning.search(
        tuner, train_images, validation_data=held_out_images, epochs=4
    )
    print(trials[0]["clip_value"], trials[0]["n_critic"])
    ```
    """
    check_tuner(tuner)
    hypermodel = tuner.hypermodel
    check_same(tuner.oracle.objective, hypermodel.objective)
    options = options | {"validation_data": validation_data}
    check_data(x, options | {"verbose": verbose})
    if out is not None:
        out = check_path("out", out)
    _check_samples(
        hypermodel,
        {
            "x": (x, options.get("y")),
            "validation_data": (validation_data, None),
        },
    )
    callbacks = list(options.pop("callbacks", None) or [])
    directory = Path(tuner.project_dir)
    files.check_writable("directory", directory)
    out = directory if out is None else out
    files.check_writable("out", out)
    parallel = "KERASTUNER_ORACLE_IP" in os.environ
    chief = parallel and "chief" in os.environ["KERASTUNER_TUNER_ID"]
    if parallel and not chief:
        tuner.search(x, callbacks=callbacks, verbose=verbose, **options)
        return []

    _check_same_arguments(tuner, hypermodel)
    write_whole(tuner)
    restore_grid(tuner.oracle)
    if chief:
        # keras-tuner's check would raise in the server and leave all waiting.
        tuner.oracle.max_consecutive_failed_trials = None
    if verbose:
        print(_plan(tuner, hypermodel, options.get("epochs", 1)), flush=True)
    stopped = ""
    try:
        tuner.search(x, callbacks=callbacks, verbose=verbose, **options)
    except RuntimeError as error:
        if "consecutive failures" not in str(error):
            raise
        stopped = "too many failed in a row (max_consecutive_failed_trials)"
    finally:
        trials = results(tuner)
        write_results(trials, out)
    completed = [t for t in trials if t["status"] == "COMPLETED"]
    told = f"{len(completed)} of {len(trials)} trials completed{_why(trials)}"
    if not completed or stopped:
        raise SearchFailed(
            f"The search failed: {stopped or 'no trial completed'}. {told}\n"
            f"The trials are in {out / 'trials.json'}; their tracebacks in "
            f"{directory}/trial_*/trial.json. Mend the cause and pass "
            "overwrite=True to the tuner, or another directory."
        )
    if "clip_value" in hypermodel.spaces:
        plot(trials, out / "clip_values.png")
    for callback in callbacks:
        if isinstance(callback, keras.callbacks.TensorBoard):
            write_hparams(trials, callback.log_dir)
    if verbose:
        print(f"{told}. Written: {out / 'trials.csv'}", flush=True)
    return trials


def _check_samples(
    hypermodel: GANHyperModel, data: dict[str, tuple[Any, Any]]
) -> None:
    """Raises ValueError before all trials fail for one reason."""
    try:
        model = hypermodel.build(keras_tuner.HyperParameters())
    except Exception:  # Its trial fails, and the search says why.
        return
    _check_arguments(hypermodel, model)
    spec = steps.SampleSpec.of(model.generator, model.discriminator)
    for name, (samples, labels) in data.items():
        if not hasattr(samples, "shape"):
            continue  # Batches, which are checked as they come.
        try:
            steps.as_batches(samples, spec, None, labels)
        except ValueError as error:
            raise ValueError(f"`{name}` does not fit. {error}") from error


def _check_arguments(hypermodel: GANHyperModel, model: Any) -> None:
    """Raises ValueError if the model refuses an end of what is searched."""
    hp = keras_tuner.HyperParameters()
    networks = model.generator, model.discriminator
    for changed in hypermodel.model_arguments.ends():
        given = hypermodel.model_arguments.declare(hp, {}) | changed
        try:
            hypermodel.model(
                *networks, n_critic=model.n_critic, seed=0, **given
            )
        except ValueError as error:
            raise ValueError(
                "`model_arguments` has what the model does not take. "
                f"{error}. Received: model_arguments with {changed!r}"
            ) from error


def _check_same_arguments(tuner: Any, hypermodel: GANHyperModel) -> None:
    """Raises ValueError if a search would continue with another space."""
    if not tuner.oracle.trials:
        return
    before = {p.name: p for p in tuner.oracle.hyperparameters.space}
    now = keras_tuner.HyperParameters()
    hypermodel.model_arguments.declare(now, hypermodel.beginnings)
    for parameter in now.space:
        known = before.get(parameter.name)
        if known is None or known.get_config() != parameter.get_config():
            raise ValueError(
                "A search goes on with the `model_arguments` that it began "
                f"with. Received: {parameter}, and in "
                f"{str(tuner.project_dir)!r} {known}. Pass overwrite=True to "
                "the tuner, or another directory."
            )


def _plan(tuner: Any, hypermodel: GANHyperModel, epochs: int) -> str:
    limit = getattr(tuner.oracle, "max_trials", None)
    budget = hypermodel.budget
    return (
        f"{limit or 'All'} trials of {len(hypermodel.seeds)} seeds, each with "
        f"{epochs} x {budget.updates_per_epoch:,} "
        f"{budget.kind.replace('_', ' ')}; {len(tuner.oracle.trials)} begun "
        f"before. Score: median of {hypermodel.objective.name}."
    )


def _why(trials: list[dict[str, Any]]) -> str:
    reasons = collections.Counter(
        trial["reason"] for trial in trials if trial["status"] != "COMPLETED"
    )
    if not reasons:
        return ""
    kinds = [f"{count} x {why}" for why, count in reasons.most_common(REASONS)]
    if len(reasons) > REASONS:
        kinds.append(f"{len(reasons) - REASONS} other reasons")
    return f"; {sum(reasons.values())} did not: " + "; ".join(kinds)
