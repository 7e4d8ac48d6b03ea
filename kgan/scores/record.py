"""Scores with all that is needed to compare and to repeat them."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

import keras
import numpy as np

from kgan.arguments import check_integer, check_text, shown
from kgan.scores.files import FORMAT, MAX_DEPTH
from kgan.scores.fingerprints import extractor_entry, weights_hash
from kgan.scores.origin import origin


def stamp(
    metrics: Sequence[keras.metrics.Metric] = (),
    *,
    dataset: str,
    split: str,
    num_real: int,
    num_fake: int,
    seed: int | Mapping[str, int],
    step: int,
    image_size: int | tuple[int, int] | None = None,
    scores: Mapping[str, float] | None = None,
    protocol: Mapping[str, Any] | None = None,
    generator: keras.Model | None = None,
) -> dict:
    """Makes a record of scores, how they were measured, and of which run.

    Args:
        metrics: Metrics that have seen their samples: the values are those of
            `result()` and the settings those of `get_config()`. A setting
            that is a Keras model or a function (`features`, `classifier`)
            is told by its name and its hashes, so give a model a name. The
            metric's own name and dtype are no settings. Where one of
            `kgan.metrics` holds other numbers of samples than `num_real` and
            `num_fake` say, its own are kept besides.
        dataset: Name of the data set, not empty.
        split: Part of it that the real samples are from, such as "test".
        num_real: Number of real samples, at least 0.
        num_fake: Number of generated samples, at least 0.
        seed: Seed of the run, at least 0, or a dict of named seeds.
        step: Generator updates done, at least 0.
        image_size: Side, or (height, width), that images were resized to;
            `None` if they were not.
        scores: Numbers by name that no metric gave.
        protocol: What else must agree, as JSON could hold it (arrays are kept
            as lists). Asked for with `scores`: how those were computed.
        generator: The generator scored; its hash is kept with the run.

    Returns:
        Dict of `format`, `scores` (name to float; may be infinite or NaN),
        `protocol` (what must agree for a comparison) and `run` (seed, step,
        command, backend, versions, machine, date, generator).

    Raises:
        ValueError: If an argument is not as above, two scores have one name
            or an extractor cannot be told from another.

    Example:

    ```python
    distance = kgan.metrics.FrechetDistance(features=classifier)
    distance.update_state(test_images, gan.generate(10_000, seed=1))
    record = kgan.scores.stamp(
        [distance],
        dataset="mnist",
        split="test",
        num_real=10_000,
        num_fake=10_000,
        seed=args.seed,
        step=5_000,
    )
    kgan.scores.write(record, "runs/mnist/scores.json")
    ```
    """
    _check_texts(dataset=dataset, split=split)
    counts = {"num_real": num_real, "num_fake": num_fake}
    for name, count in {**counts, "step": step}.items():
        check_integer(name, count, minimum=0, maximum=None)
    for name, given in (("scores", scores), ("protocol", protocol)):
        if given is not None and not isinstance(given, Mapping):
            raise ValueError(
                f"`{name}` must be a dict, or None. Received: {name}={given!r}"
            )
    if scores and protocol is None:
        raise ValueError(
            "`protocol` must say how the numbers in `scores` were computed, "
            "or they compare with anything; pass protocol={} if the data set, "
            f"the split and the counts say all. Received: scores={scores!r}, "
            "protocol=None"
        )
    values, entries = _measured(metrics, {"real": num_real, "fake": num_fake})
    for name, value in (scores or {}).items():
        _add(values, name, value)
    if not values:
        raise ValueError(
            "`metrics` or `scores` must hold at least one. Received: "
            f"metrics={metrics!r}, scores={scores!r}"
        )
    return {
        "format": FORMAT,
        "scores": values,
        "protocol": {
            "dataset": dataset,
            "split": split,
            "resize": _resize(image_size),
            **{name: int(count) for name, count in counts.items()},
            "metrics": entries,
            "settings": _plain("protocol", protocol or {}),
        },
        "run": {
            "seed": _seeds(seed),
            "step": int(step),
            **origin(),
            "generator_sha256": (
                None if generator is None else weights_hash(generator)
            ),
        },
    }


def _check_texts(**texts: str) -> None:
    for name, text in texts.items():
        check_text(name, text, "a name")


def _measured(
    metrics: Any, stated: dict[str, int]
) -> tuple[dict[str, float], dict[str, dict]]:
    is_list = isinstance(metrics, list | tuple)
    if not is_list or not all(
        isinstance(metric, keras.metrics.Metric) for metric in metrics
    ):
        raise ValueError(
            "`metrics` must be a list of metrics of kgan.metrics or Keras; "
            "pass plain numbers as scores={name: number}. "
            f"Received: metrics={metrics!r}"
        )
    values: dict[str, float] = {}
    entries: dict[str, dict] = {}
    for metric in metrics:
        result = metric.result()
        named = result if isinstance(result, dict) else {metric.name: result}
        for name, value in named.items():
            _add(values, name, value)
        if metric.name in entries:
            raise ValueError(_twice("metrics", metric.name))
        entries[metric.name] = _entry(metric)
        counts = getattr(metric, "counts", {})
        # By default a compiled step has room for 10,000.
        if any(count != stated[side] for side, count in counts.items()):
            entries[metric.name]["counts"] = dict(counts)
    return values, entries


def _add(values: dict[str, float], name: str, value: Any) -> None:
    _check_texts(name=name)
    number = np.asarray(keras.ops.convert_to_numpy(value))
    if number.ndim or number.dtype.kind not in "iuf":
        raise ValueError(
            f"Scores must be single real numbers. Received: {name}={value!r}"
        )
    if name in values:
        raise ValueError(_twice("scores", name))
    values[name] = float(number)


def _twice(kind: str, name: str) -> str:
    return (
        f"Two {kind} must not have one name; pass another name= to one of the "
        f"metrics. Received: {name!r} twice"
    )


def _entry(metric: keras.metrics.Metric) -> dict:
    settings, extractors = {}, {}
    for key, value in metric.get_config().items():
        if key in ("name", "dtype"):
            continue
        held = getattr(metric, key, None)
        if callable(held):
            extractors[key] = extractor_entry(held)
        elif isinstance(value, dict) and "class_name" in value:
            # A config holds no weights: two extractors would look like one.
            raise ValueError(
                f"{type(metric).__name__} must keep its {key!r} as an "
                "attribute of that name, so that its weights can be hashed. "
                f"Received: a metric without `.{key}`"
            )
        else:
            settings[key] = _plain(key, value)
    return {
        "metric": keras.saving.get_registered_name(type(metric)),
        "settings": settings,
        "extractors": extractors,
    }


def _plain(name: str, value: Any, depth: int = MAX_DEPTH) -> Any:
    """Returns the value as JSON reads it, so that a record equals its file."""
    if not depth:
        raise ValueError(
            f"`{name.split('.')[0]}` must nest at most {MAX_DEPTH} deep, and "
            "not hold itself, to be kept in a file; leave that part out. "
            f"Received, within: {shown(value)}"
        )
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {
            str(k): _plain(f"{name}.{k}", v, depth - 1)
            for k, v in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(name, item, depth - 1) for item in value]
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    if isinstance(value, PurePath):
        return value.as_posix()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ValueError(
        f"`{name}` must be of numbers, strings, lists and dicts, to be kept "
        f"in a file; describe it by those. Received: {name}={value!r}"
    )


def _resize(image_size: Any) -> list[int] | None:
    if image_size is None:
        return None
    is_pair = isinstance(image_size, list | tuple) and len(image_size) == 2
    sides = image_size if is_pair else (image_size, image_size)
    for side in sides:
        check_integer("image_size", side, minimum=1, maximum=None)
    return [int(side) for side in sides]


def _seeds(seed: Any) -> int | dict[str, int]:
    if not isinstance(seed, Mapping):
        check_integer("seed", seed, minimum=0, maximum=None)
        return int(seed)
    for name, value in seed.items():
        check_integer(f"seed[{name!r}]", value, minimum=0, maximum=None)
    return {str(name): int(value) for name, value in seed.items()}
