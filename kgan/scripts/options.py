"""The options that every script that trains one model takes."""

import argparse
from pathlib import Path

from kgan.arguments import check_path, check_text
from kgan.objectives.table import table


def parser(
    description: str,
    *,
    out: str | Path,
    epochs: int | None,
    steps_per_epoch: int | None = None,
    batch_size: int = 64,
    objective: str | None = "wgan",
    clip: float = 0.01,
    data_dir: bool = False,
) -> argparse.ArgumentParser:
    """Makes the parser of a training script, to which it may add options.

    Its options are `--objective`, one of `kgan.objectives.table()` that has a
    discriminator,
    `--epochs`, `--steps-per-epoch`, `--batch-size`, `--n-critic`, `--clip`,
    `--seed`, `--out` and `--resume`. `--n-critic` is `None` where it is not
    given, which `kgan.objectives.build` takes.

    Args:
        description: Of the script; its first line is shown, so that it may be
            `__doc__`.
        out: Default folder of what the run leaves.
        epochs: Default number; `None` for a script that counts otherwise,
            without `--epochs` and `--steps-per-epoch`.
        steps_per_epoch: Default number; `None` for one pass over the data.
        batch_size: Default number of real samples per update.
        objective: Default name; `None` for a script of one model, without
            `--objective`, `--n-critic` and `--clip`.
        clip: Default bound of the critic's weights, for objectives whose
            paper clips.
        data_dir: Whether to take `--data-dir`, of tensorflow-datasets.

    Raises:
        ValueError: If there is no such objective, or `description` or `out`
            is no text.

    Example:

    ```python
    parser = kgan.scripts.parser(__doc__, out="runs/photos", epochs=20)
    parser.add_argument("--size", type=int, default=64, help="in pixels")
    args = parser.parse_args()
    ```
    """
    # Scripts build two networks.
    known = {n: row for n, row in table().items() if row.has_discriminator}
    if objective is not None and objective not in known:
        raise ValueError(
            f"`objective` must be one of {', '.join(known)}. "
            f"Received: objective={objective!r}"
        )
    out = check_path("out", out)
    made = argparse.ArgumentParser(
        description=check_text("description", description).splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    option = made.add_argument
    if objective is not None:
        option("--objective", choices=known, default=objective, help="the game")
    if epochs is not None:
        option("--epochs", type=int, default=epochs, help=_EPOCHS)
        steps = "updates" if steps_per_epoch else "None: one pass over the data"
        option(
            "--steps-per-epoch", type=int, default=steps_per_epoch, help=steps
        )
    option("--batch-size", type=int, default=batch_size, help=_BATCH_SIZE)
    if objective is not None:
        option("--n-critic", type=int, help=f"None: {_each(known)}")
        clips = ", ".join(name for name, row in known.items() if row.clip_value)
        option("--clip", type=float, default=clip, help=f"bound, of {clips}")
    if data_dir:
        option("--data-dir", help="None: that of tensorflow-datasets")
    option("--seed", type=int, default=0, help="of weights, latents, order")
    option("--out", type=Path, default=out, help="folder")
    option("--resume", action="store_true", help=_RESUME)
    return made


_EPOCHS = "each draws and validates"
_BATCH_SIZE = "real samples per update"
_RESUME = "go on from --out's last epoch"


def _each(known: dict) -> str:
    """Says the default of `--n-critic`, such as "5 for wgan, else 1"."""
    more = [
        f"{row.n_critic} for {name}"
        for name, row in known.items()
        if row.n_critic != 1
    ]
    return ", ".join([*more, "else 1"])
