"""A generator from whatever names one: a model, file, preset or folder."""

from typing import Any

import keras

from kgan import files
from kgan.arguments import shown
from kgan.generator_files import check_generator, load_generator
from kgan.presets import hub
from kgan.presets.loading import generator
from kgan.presets.table import PRESETS
from kgan.weight_averages import sampling_generator


def chosen_generator(source: Any, name: str = "source") -> keras.Model:
    """Returns the generator that a command was given.

    Args:
        source: A generator; a model of kgan, whose average or generator is
            taken; the path of a `.keras` file of either, which is never run
            as code; the name of a trained preset; a folder that
            `kgan.presets.save` wrote; or `hf://OWNER/NAME` of one on the
            Hugging Face Hub. A file that is called like a preset goes first.
        name: The argument that `source` is, for the message.

    Raises:
        ValueError: If `source` is none of these, or the file is damaged,
            holds code, or is no generator.
        FileNotFoundError, ImportError, RuntimeError: As of
            `kgan.presets.load`.
    """
    if isinstance(source, keras.Model):
        if hasattr(source, "generator"):
            source = sampling_generator(source)
        check_generator(source, name, shown(source))
        return source
    if isinstance(source, str) and source.startswith(hub.SCHEME):
        return generator(source)
    path = files.check_path(name, source)
    if path.is_dir():
        return generator(path)
    if not path.exists() and str(path) in PRESETS:
        return generator(str(path))
    if not path.exists() and path.suffix != ".keras":
        raise ValueError(
            f"`{name}` must be a generator, a `.keras` file of one, a folder "
            "that kgan.presets.save wrote, hf://OWNER/NAME, or a preset: "
            f"{', '.join(sorted(PRESETS))}. Received: "
            f"{name}={str(source)!r}, which is not there."
        )
    return load_generator(path)
