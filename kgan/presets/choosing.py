"""A generator from whatever names one: a model, a file or a preset."""

from typing import Any

import keras

from kgan import files
from kgan.arguments import shown
from kgan.generator_files import check_generator, load_generator
from kgan.presets.listing import names
from kgan.presets.loading import generator
from kgan.weight_averages import sampling_generator


def chosen_generator(source: Any) -> keras.Model:
    """Returns the generator that a command was given.

    Args:
        source: A generator, a model of kgan, whose average or generator is
            taken, the path of a `.keras` file of either, which is never run
            as code, or the name of a trained preset. A file that is called
            like a preset goes first.

    Raises:
        ValueError: If `source` is none of these, or the file is damaged,
            holds code, or is no generator.
    """
    if isinstance(source, keras.Model):
        if hasattr(source, "generator"):
            source = sampling_generator(source)
        check_generator(source, "source", shown(source))
        return source
    path = files.check_path("source", source)
    presets = {row.name for row in names()}
    if str(path) in presets and not path.exists():
        return generator(str(path))
    if path.suffix != ".keras" and not path.exists():
        raise ValueError(
            "`source` must be a generator, a `.keras` file of one, or a "
            f"preset: {', '.join(sorted(presets))}. Received: "
            f"source={str(path)!r}, which is not there."
        )
    return load_generator(path)
