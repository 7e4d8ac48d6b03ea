"""The best generator of a search as a file, with its score."""

from pathlib import Path
from typing import Any

import keras

from kgan import files, scores
from kgan.arguments import check_integer, check_path, check_text
from kgan.layers import baked
from kgan.tuning.arguments import check_is_data
from kgan.tuning.seeds import VarianceShare
from kgan.tuning.table import results


def export_best(
    tuner: Any,
    directory: str | Path,
    *,
    validation_data: Any,
    dataset: str,
    split: str,
    image_size: int | tuple[int, int] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Writes the best generator of a search, with its stamped score.

    The generator is that of the best seed of the best trial, as it was scored
    at the end of its budget. `best_generator.keras` holds it, and loads
    without kgan. The score in `best_generator.json` is the best of many on the
    same samples, so it is too good. To know the true score, train the settings
    again with other seeds.

    Args:
        tuner: A keras-tuner tuner, after its search.
        directory: Folder, made if missing.
        validation_data: The held-out samples of the search.
        dataset: See `kgan.scores.stamp`.
        split: See `kgan.scores.stamp`.
        image_size: See `kgan.scores.stamp`.
        **options: Passed to the model's `evaluate`, such as `batch_size`.

    Returns:
        The record of the score.

    Raises:
        ValueError: If an argument is not as above, or if no trial completed.
        OSError: If a file cannot be written.

    Example:

    ```python
    kgan.tuning.export_best(
        tuner,
        "runs/best",
        validation_data=held_out,
        dataset="digits",
        split="test",
    )
    ```
    """
    directory = check_path("directory", directory)
    check_is_data("validation_data", validation_data)
    check_text("dataset", dataset, "the name of a data set")
    check_text("split", split, "the name of a part of the data set")
    if image_size is not None:
        is_pair = isinstance(image_size, list | tuple) and len(image_size) == 2
        sides: Any = image_size if is_pair else [image_size]
        for side in sides:
            check_integer("image_size", side)
    best = results(tuner)[:1]
    if not best or best[0]["score"] is None:
        raise ValueError(
            "`tuner` must have a trial that completed. Received: "
            f"tuner={tuner!r}, none of whose trials did"
        )
    (trial,) = best
    hypermodel = tuner.hypermodel
    least = hypermodel.objective.direction == "min"
    seed = (min if least else max)(trial["seeds"], key=trial["seeds"].get)
    keras.utils.clear_session()
    hp = tuner.oracle.get_trial(trial["trial"]).hyperparameters
    model = hypermodel.build_seed(hp, seed)
    model.load_weights(
        Path(tuner.get_trial_dir(trial["trial"])) / "checkpoint.weights.h5"
    )
    model.evaluate(validation_data, verbose=0, **options)
    metrics = [
        metric
        for metric in model.scores.sample_metrics
        if not isinstance(metric, VarianceShare)
    ]
    record = scores.stamp_model(
        model,
        metrics,
        dataset=dataset,
        split=split,
        image_size=image_size,
        protocol={"selected": "best seed of the best trial, by this score"},
    )
    record["run"] |= {
        "step": trial["generator_updates"],
        "hyperparameters": dict(hp.values),
    }
    content = files.model_bytes(baked(model.sampling_generator))
    files.write_bytes(directory / "best_generator.keras", content)
    scores.write(record, directory / "best_generator.json")
    return record
