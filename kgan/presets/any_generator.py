"""A generator, wherever it is: what commands take as FILE_OR_PRESET."""

from pathlib import Path
from typing import Any

import keras

from kgan.files import check_path
from kgan.generator_files import load_generator
from kgan.presets import hub, table
from kgan.presets.loading import generator


def any_generator(name: str, source: Any) -> keras.Model:
    """Loads a generator from a file, a preset, a folder or the Hub.

    A file or folder goes before a preset of that name.

    Args:
        name: The argument that `source` is, for the message.
        source: Path of a `.keras` file, of a generator or a whole run; name of
            a trained preset; folder that `kgan.presets.save` wrote; or
            `hf://OWNER/NAME` of one on the Hugging Face Hub.

    Returns:
        The generator, a Keras model of latents, or of latents and labels.

    Raises:
        ValueError: If `source` is none of these, damaged, or no generator.
        FileNotFoundError, ImportError, RuntimeError: As of
            `kgan.presets.load`.

    Example:

    ```python
    from kgan.presets.any_generator import any_generator

    generator = any_generator("source", "ring")
    ```
    """
    if isinstance(source, str) and source.startswith(hub.SCHEME):
        return generator(source)
    path = check_path(name, source)
    if path.is_dir():
        return generator(path)
    if not path.exists() and str(path) in table.PRESETS:
        return generator(str(path))
    if not path.exists() and path.suffix != ".keras":
        raise ValueError(
            f"`{name}` must be a `.keras` file of a generator or a run, a "
            "folder that kgan.presets.save wrote, hf://OWNER/NAME, or a "
            f"preset: {', '.join(sorted(table.PRESETS))}. Received: "
            f"{name}={str(source)!r}, which is not there."
        )
    return load_generator(Path(path))
