"""A game as a folder, in the manner of KerasHub: its names, and how it loads.

Keras's `.keras` file is an archive of three files. They lie here unpacked.
"""

import tempfile
import zipfile
from pathlib import Path
from typing import Any

import keras

from kgan import archives
from kgan.generator_files import load_generator

RUN = ("config.json", "metadata.json", "model.weights.h5")
GENERATOR = "generator.keras"
CARD, PICTURE, SCORES = "README.md", "samples.png", "scores.json"
MEMBERS = (*RUN, GENERATOR, CARD, PICTURE, SCORES)


def load_game(folder: Path) -> Any:
    """Loads the whole run of a folder, compiled, never running code in it.

    Args:
        folder: What `kgan.presets.save` wrote.

    Raises:
        ValueError: If a file is missing, damaged or no regular file, holds
            code instead of layers, or is of no game of kgan.
    """
    with tempfile.TemporaryDirectory() as place:
        packed = Path(place) / "run.keras"
        with zipfile.ZipFile(packed, "w") as archive:
            for name in RUN:
                archive.write(_regular(folder, name), name)
        try:
            game = archives.load_model(packed, compile=True)
        except ValueError as error:
            said = str(error).replace(str(packed), str(folder))
            raise ValueError(_unloaded(folder, said)) from error
    if not hasattr(game, "generate") or not game.compiled:
        kind = type(game).__name__
        raise ValueError(_unloaded(folder, f"a {kind}, no compiled game"))
    return game


def load_folder_generator(folder: Path) -> keras.Model:
    """Loads the generator of a folder, from which samples are drawn.

    Args, raises: As of `load_game`.
    """
    return load_generator(_regular(folder, GENERATOR))


def _regular(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():  # A pipe has no end.
        raise ValueError(_unloaded(folder, f"{name} is missing or no file"))
    return path


def _unloaded(folder: Path, reason: str) -> str:
    return (
        "`name` must be a folder that kgan.presets.save wrote, and this one "
        f"does not load ({reason}). Save the game again. Received: "
        f"name={str(folder)!r}"
    )
