"""The callbacks that fill a run's folder, and a word about its files."""

import argparse
from pathlib import Path

import keras

from kgan.arguments import check_path
from kgan.callbacks import (
    Checkpoint,
    LossCurve,
    SampleGrid,
    Scores,
    WeightClip,
)
from kgan.objectives.table import table
from kgan.scores import read

# In the order in which they are printed.
FILES = (
    "samples",
    "losses.png",
    "losses.csv",
    "pace.csv",
    "scores.json",
    "generator.keras",
    "best_generator.keras",
    "run.keras",
)


def callbacks(
    options: argparse.Namespace,
    *,
    dataset: str | None = None,
    split: str = "test",
    image_size: int | tuple[int, int] | None = None,
    monitor: str | None = None,
    mode: str = "min",
    num: int = 64,
    animate: bool = False,
) -> list[keras.callbacks.Callback]:
    """Makes the callbacks of a run, in the order in which they go.

    A clip of the critic where the objective's paper has one; pictures of
    samples, the loss curve and scores; and last the checkpoint, so that an
    epoch counts once all that is there.

    Args:
        options: Of `kgan.scripts.parser`: `out` and `resume`, and of a script
            that has one `objective` and `clip`.
        dataset: Name of the data, to write the scores of `compile`'s metrics
            with; `None` for no scores.
        split: Part of them that the validation data are.
        image_size: Side, or (height, width), that images were resized to.
        monitor: Name of the log that the best generator is chosen by;
            `None` for none.
        mode: `"min"` or `"max"`: which values of `monitor` are better.
        num: Samples per picture.
        animate: Whether to make an animation of the pictures.

    Raises:
        ValueError: If an argument is not as above.

    Example:

    ```python
    gan.fit(
        digits,
        epochs=args.epochs,
        validation_data=held_out,
        callbacks=kgan.scripts.callbacks(args, dataset="digits"),
    )
    ```
    """
    out = check_path("options.out", options.out)
    chosen: list[keras.callbacks.Callback] = []
    objective = getattr(options, "objective", None)
    if objective and table()[objective].clip_value is not None:
        # First, so that the loss curve sees the share of clipped weights.
        chosen.append(WeightClip(options.clip))
    chosen += [
        SampleGrid(out / "samples", num=num, animate=animate),
        LossCurve(out / "losses.png"),
    ]
    if dataset is not None:
        chosen.append(
            Scores(
                out / "scores.json",
                dataset=dataset,
                split=split,
                image_size=image_size,
            )
        )
    saved = Checkpoint(
        out, options.resume, monitor, None if monitor is None else mode
    )
    return [*chosen, saved]


def report(out: str | Path, num: int = 64, picture: str = "grid.png") -> None:
    """Prints what a run has left, its scores, and how to draw more samples.

    Args:
        out: Folder of the run.
        num: Samples that the command draws.
        picture: File that it writes.
    """
    out = check_path("out", out)
    left = [name for name in FILES if (out / name).exists()]
    files = [f"{n}/" if (out / n).is_dir() else n for n in left]
    if (out / "scores.json").is_file():
        scores = read(out / "scores.json")["scores"].items()
        print("Scores:", ", ".join(f"{n} {value:.4g}" for n, value in scores))
    print(
        f"Written to {out}: {', '.join(files)}. run.keras has all networks "
        "and optimizers: --resume with more --epochs goes on. To draw more "
        f"samples:\npython -m kgan.sample {out}/generator.keras "
        f"--num {num} --seed 1 --out {picture}"
    )
