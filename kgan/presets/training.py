"""Trains a preset, and writes its files, scores and card."""

import json
import math
import re
from pathlib import Path
from typing import Any

import keras

from kgan import scores
from kgan.arguments import check_integer, check_path
from kgan.callbacks import Checkpoint, LossCurve, SampleGrid
from kgan.files import check_writable, write_bytes
from kgan.layers import baked
from kgan.presets import cards, judging, sources, table
from kgan.presets.clock import Clock
from kgan.presets.files import sha256
from kgan.presets.halving import half_bytes
from kgan.presets.preset import Preset

# After each of these parts, the run is saved and a picture drawn.
EPOCHS = 40
# The option as a shell takes it, in quotes where the folder has spaces.
DATA_DIR = re.compile(
    r"""'--data-dir=(?:[^']|'"'"')*'|--data-dir[ =](?:'[^']*'|"'"|[^\s'"])+"""
)
# Among these, the nearest to some samples are found.
TRAIN = "train"


def train(
    name: str,
    out: str | Path,
    images: int | None = None,
    *,
    split: str = TRAIN,
    data_dir: str | Path | None = None,
    samples: int = judging.MOST,
    resume: bool = True,
) -> dict:
    """Trains a preset in a folder, or goes on with the training in it.

    The folder then holds the run (`run.keras`), the average
    (`generator.keras`), a picture per epoch, the loss curve, `classes.png`
    (`samples.png` without classes), `nearest.png` of image data, and in
    `preset/` what may be shipped: the small files and the card.

    Args:
        name: One of `kgan.presets.names()`.
        out: Folder.
        images: Real images to stop after; `None` for the preset's number.
            More than an epoch are rounded up to whole ones. What follows a
            schedule goes as in the whole training.
        split: Part of the data set to train on.
        data_dir: Folder of tensorflow-datasets, or of data that are fetched
            by hand.
        samples: Most test images, and samples, that scores are of.
        resume: Whether to go on with a run in the folder.

    Returns:
        The card, as JSON holds it.

    Raises:
        ValueError: If an argument is not as above, or the folder holds
            another run.

    Example:

    ```python
    from kgan.presets.training import train

    card = train("ring", "runs/ring", images=25_600)
    ```
    """
    preset = table.preset(name)
    out = check_path("out", out)
    total = preset.images
    if images is not None:
        total = check_integer("images", images, preset.batch_size)
    check_integer("samples", samples, 10, judging.MOST)
    check_writable("out", out)
    steps, epochs = _plan(preset, total)
    # The order of the data depends on it.
    keras.utils.set_random_seed(preset.seed)
    gan = preset.game()
    clock = Clock(out, steps * epochs * preset.batch_size, resume)
    gan.fit(
        _batches(preset, split, data_dir),
        epochs=epochs,
        steps_per_epoch=steps,
        verbose=2,
        callbacks=[
            SampleGrid(out / "samples", num=80),
            LossCurve(out / "losses.png"),
            clock,
            Checkpoint(out, resume),
        ],
    )
    files = _write_files(preset, gan, out / "preset")
    record = _judge(preset, gan, out, split, data_dir, samples)
    card = _card(preset, gan, clock.seconds / 60, split, record, files)
    text = json.dumps(card, indent=2, allow_nan=False)
    place = out / "preset" / cards.card_name(preset.name)
    write_bytes(place, f"{text}\n".encode())
    return card


def _plan(preset: Preset, images: int) -> tuple[int, int]:
    """Returns the steps per epoch, and the epochs."""
    whole = preset.images // preset.batch_size // EPOCHS
    steps = math.ceil(images / preset.batch_size)
    return min(whole, steps), math.ceil(steps / whole)


def _batches(preset: Preset, split: str, data_dir: Any) -> Any:
    """Returns batches without end, in an order from the preset's seed."""
    if not preset.is_of_images:
        known = judging.mixture(preset.data)
        return known.batches(preset.batch_size, seed=preset.seed)
    return sources.batches(
        preset,
        split,
        data_dir,
        batch_size=preset.batch_size,
        seed=preset.seed,
    ).repeat()


def _write_files(preset: Preset, gan: Any, folder: Path) -> dict[str, Path]:
    """Writes the files to ship; returns their paths by part."""
    networks = {
        "average": baked(gan.sampling_generator),
        "generator": baked(gan.generator),
        "discriminator": gan.discriminator,
    }
    places = {}
    for part in ("average", *preset.kept):
        places[part] = folder / cards.file_name(preset.name, part)
        write_bytes(places[part], half_bytes(networks[part]))
    return places


def _judge(
    preset: Preset,
    gan: Any,
    out: Path,
    split: str,
    data_dir: Any,
    samples: int,
) -> dict:
    """Draws and scores the average as it is in its file."""
    place = out / "preset" / cards.file_name(preset.name, "average")
    generator = keras.saving.load_model(place)
    if preset.num_classes is None:
        judging.draw_samples(preset, generator, out / "samples.png")
    steps = int(keras.ops.convert_to_numpy(gan.optimizer.iterations))
    stated = {"seed": preset.seed, "step": steps}
    if not preset.is_of_images:
        record = judging.judge_mixture(preset, generator, **stated)
    else:
        trained_on, _ = sources.images(preset, split, data_dir)
        nearest = out / "nearest.png"
        judging.draw_nearest(preset, generator, trained_on, nearest)
        real, labels = sources.images(preset, "test", data_dir, samples)
        if labels is not None:
            classes = out / "classes.png"
            judging.draw_classes(preset, generator, real, labels, classes)
        record = judging.judge_images(
            preset, generator, real, labels, split="test", **stated
        )
    scores.write(record, out / "scores.json")
    return record


def _card(
    preset: Preset,
    gan: Any,
    minutes: float,
    split: str,
    record: dict,
    files: dict[str, Path],
) -> dict:
    seen = int(keras.ops.convert_to_numpy(gan.progress.images_seen))
    # A published card names no folder of the machine that trained.
    command = DATA_DIR.sub("--data-dir FOLDER", record["run"]["command"])
    return {
        "format": cards.FORMAT,
        "preset": preset.name,
        "data": {
            "name": preset.data,
            "split": split,
            "licence": preset.licence,
        },
        "command": f"python -m kgan.presets train {preset.name}",
        "seed": preset.seed,
        "images": preset.images,
        "images_seen": seen,
        "minutes": round(minutes, 2),
        "scores": record["scores"],
        "protocol": record["protocol"],
        "run": {**record["run"], "command": command},
        "files": {
            part: {
                "name": place.name,
                "sha256": sha256(place),
                "address": None,
                "bytes": place.stat().st_size,
            }
            for part, place in files.items()
        },
    }
