"""Saves a game as a folder that others load: `kgan.presets.save`."""

import io
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kgan import distribution, files, folders, images
from kgan import scores as scores_of
from kgan.arguments import check_text
from kgan.labels import rows_of_classes
from kgan.layers import baked
from kgan.presets import folder
from kgan.presets.model_card import card_text
from kgan.scores.files import checked, read_argument
from kgan.weight_averages import mean_generator

NUM, COLUMNS, SEED = 64, 8, 1


def save(
    gan: Any,
    directory: str | Path,
    *,
    data: str | None = None,
    licence: str | None = None,
    scores: dict | str | Path | None = None,
) -> None:
    """Saves a game as a folder that `kgan.presets.load` takes.

    In KerasHub's manner, the folder has the whole run as `config.json`,
    `metadata.json` and `model.weights.h5`: both players, optimizers, average
    and seeds. Beside them are `generator.keras`, the network that samples are
    drawn from, which needs Keras alone; `samples.png`; `scores.json`; and
    `README.md`, a card for people and for the Hugging Face Hub.

    Args:
        gan: A compiled game of kgan.
        directory: Folder to write, whole or not at all. One that this
            function wrote is replaced.
        data: Name of the data set, for the card.
        licence: Of the data, for the card.
        scores: Record of the very generator that is saved, as
            `kgan.scores.stamp_model` makes it, or its file.

    Raises:
        ValueError: If an argument is not as above, or the scores are of
            another generator.
        OSError: If the folder cannot be written; an old one is left as it
            was.

    Example:

    ```python
    gan = kgan.presets.load("ring")
    kgan.presets.save(gan, "my_ring", data="ring", licence="none")
    again = kgan.presets.load("my_ring")
    ```
    """
    _check_game(gan)
    path = files.check_path("directory", directory)
    for name, text in (("data", data), ("licence", licence)):
        if text is not None:
            check_text(name, text, "a line of text")
    folders.check_folder("directory", path, folder.MEMBERS, "a saved game")
    with mean_generator(gan) as generator:
        plain = baked(generator)
        record = _record(scores, generator, plain)
        if distribution.process_index():
            return
        with folders.unfinished(path) as aside:
            made = aside / "made"
            made.mkdir()
            _unpack(gan, made)
            files.write_bytes(made / folder.GENERATOR, files.model_bytes(plain))
            has_picture = images.is_drawable(plain.output_shape)
            if has_picture:
                _draw(plain, made / folder.PICTURE)
            if record is not None:
                scores_of.write(record, made / folder.SCORES)
            text = card_text(gan, path.name, data, licence, record, has_picture)
            files.write_bytes(made / folder.CARD, text.encode())
            folders.replace(made, path, aside)


def _check_game(gan: Any) -> None:
    if not hasattr(gan, "sampling_generator") or not gan.compiled:
        raise ValueError(
            f"`gan` must be a compiled game of kgan. Received: gan={gan!r}"
        )
    kind = type(gan)
    registered = keras.saving.get_registered_name(kind)
    if keras.saving.get_registered_object(registered) is not kind:
        raise ValueError(
            "`gan` must be of a registered class, or its file names a class "
            "that nobody finds: decorate it with "
            "@keras.saving.register_keras_serializable(package=...). "
            f"Received: a {kind.__name__}"
        )


def _record(scores: Any, *generators: keras.Model) -> dict | None:
    """Returns the record, which must be that of one of the generators."""
    if scores is None:
        return None
    if isinstance(scores, dict):
        record = checked(scores, "`scores`")
    else:
        record = read_argument("scores", scores)
    stamped = record["run"].get("generator_sha256")
    if stamped not in map(scores_of.weights_hash, generators):
        raise ValueError(
            "`scores` must be of the generator that is saved: score the game "
            "again with kgan.scores.stamp_model. Received: scores with "
            f"generator_sha256={stamped!r}"
        )
    return record


def _unpack(gan: Any, made: Path) -> None:
    """Writes each file of the run's archive."""
    with zipfile.ZipFile(io.BytesIO(files.model_bytes(gan))) as archive:
        others = set(archive.namelist()) - set(folder.RUN)
        if others:
            raise ValueError(
                "`gan` must have no layer that keeps files beside its "
                f"weights. Received: {sorted(others)[0]!r}. Save the run with "
                "gan.save."
            )
        for name in folder.RUN:
            files.write_bytes(made / name, archive.read(name))


def _draw(generator: keras.Model, path: Path) -> None:
    rows = rows_of_classes(None, NUM, generator)
    inputs: Any = images.latents(NUM, generator.inputs[0].shape[-1], SEED)
    if rows is not None:
        columns = max(1, NUM // len(rows))
        latents = np.tile(inputs[:columns], (len(rows), 1))
        inputs = [latents, np.repeat(rows, columns)]
    samples = generator.predict(inputs, batch_size=NUM, verbose=0)
    images.save_grid(samples, path, COLUMNS if rows is None else columns)
