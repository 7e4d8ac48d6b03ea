"""Stamped scores of a model's generator."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from kgan.arguments import check_integer
from kgan.scores.files import write
from kgan.scores.record import stamp
from kgan.weight_averages import mean_generator


def stamp_model(
    model: Any,
    metrics: Sequence[keras.metrics.Metric] | None = None,
    *,
    num_real: int | None = None,
    num_fake: int | None = None,
    seed: int | None = None,
    **stated: Any,
) -> dict:
    """Makes the record of a model's scores: `stamp` with what the model knows.

    The step is the number of generator updates done, the generator the one
    that samples are drawn from.

    Args:
        model: A compiled kgan model.
        metrics: Metrics that have seen their samples; `None` for those of
            `compile`, after `evaluate` or validation.
        num_real: Number of real samples; `None` for what the first metric
            counted.
        num_fake: Likewise, of generated ones.
        seed: Seed of the run; `None` for the model's own.
        **stated: `dataset`, `split` and what else `stamp` takes.

    Returns:
        The record, as `stamp` returns it.

    Raises:
        ValueError: If an argument is not as above, or as `stamp` takes it.

    Example:

    ```python
    gan.evaluate(held_out)
    record = kgan.scores.stamp_model(gan, dataset="digits", split="test")
    kgan.scores.write(record, "runs/digits/scores.json")
    ```
    """
    if getattr(model, "generator_optimizer", None) is None:
        raise ValueError(
            "`model` must be a kgan model that is compiled. "
            f"Received: model={model!r}"
        )
    metrics = model.sample_metrics if metrics is None else metrics
    counts = getattr(metrics[0], "counts", {}) if metrics else {}
    iterations = keras.ops.convert_to_numpy(model.optimizer.iterations)
    with mean_generator(model) as generator:
        return stamp(
            metrics,
            num_real=counts.get("real", 0) if num_real is None else num_real,
            num_fake=counts.get("fake", 0) if num_fake is None else num_fake,
            seed=model.seed if seed is None else seed,
            step=int(iterations),
            generator=generator,
            **stated,
        )


def score_samples(
    model: Any,
    metrics: Sequence[keras.metrics.Metric],
    num: int,
    *,
    seed: int,
    chunk: int | None = None,
    path: str | Path | None = None,
    **stated: Any,
) -> dict:
    """Draws samples and makes the record of metrics that need no real ones.

    Args:
        model: A compiled kgan model.
        metrics: New metrics, such as `kgan.metrics.ModeCoverage`.
        num: Positive integer, samples to draw.
        seed: Non-negative integer, of the latents and in the record.
        chunk: Positive integer, samples at a time, where all are too many
            for the memory: those from the i-th on are drawn with `seed + i`.
            `None` for all at once.
        path: File to write the record to, or `None`.
        **stated: `dataset`, `split` and what else `stamp` takes.

    Returns:
        The record, as `stamp` returns it.

    Raises:
        ValueError: If an argument is not as above, or as `stamp` takes it.
        OSError: If the file cannot be written.

    Example:

    ```python
    ring = kgan.data.ring_of_gaussians()
    record = kgan.scores.score_samples(
        gan,
        [kgan.metrics.ModeCoverage(ring.centres, ring.standard_deviation)],
        num=10_000,
        seed=1,
        dataset="ring",
        split="known density",
    )
    ```
    """
    num = check_integer("num", num)
    chunk = num if chunk is None else check_integer("chunk", chunk)
    for start in range(0, num, chunk):
        drawn = min(chunk, num - start)
        fake = model.generate(drawn, seed=seed + start)
        for metric in metrics:
            metric.update_state(fake, fake)
    record = stamp_model(
        model, metrics, num_real=0, num_fake=num, seed=seed, **stated
    )
    if path is not None:
        write(record, path)
    return record
