"""Generators out of `.keras` files, and what is one."""

from pathlib import Path
from typing import Any

import keras

from kgan import archives, files
from kgan.labels import check_label_input, takes_labels
from kgan.weight_averages import sampling_generator


def load_generator(path: str | Path) -> keras.Model:
    """Loads a generator from a `.keras` file, never running code in it.

    Example:

    ```python
    from kgan.sample import load_generator

    generator = load_generator("saved_models/x.keras")
    latents = kgan.images.latents(64, generator.input_shape[-1], seed=1)
    samples = generator.predict(latents)
    ```

    Args:
        path: A Keras model from latents `(n, latent_dim)`, or from the list of
            them and integer labels `(n,)`, to images
            `(n, height, width, 1 or 3)` or vectors `(n, dim)`, or a whole run
            that `gan.save` wrote, whose average or generator is taken.

    Returns:
        The generator, not compiled.

    Raises:
        ValueError: If `path` is no path, or the file is missing, damaged,
            unpacks to many times its size, holds code instead of layers, or
            is no generator.
    """
    path = files.check_path("path", path)
    model = archives.load_model(path)
    if hasattr(model, "generator"):  # The file of a whole run.
        model = sampling_generator(model)
    check_generator(model, "path", repr(str(path)))
    return model


def check_generator(model: Any, name: str, received: str) -> None:
    """Raises ValueError unless a model is a generator.

    Args:
        model: Any object.
        name: The argument that it comes from.
        received: What was passed as such, as the message shows it.
    """
    # Subclassed models and other objects have neither.
    inputs = getattr(model, "inputs", None) or []
    outputs = getattr(model, "outputs", None) or []
    expected = (
        f"`{name}` must hold a generator, a model from latents (n, "
        "latent_dim), or from [latents, labels], "
        "to images (n, height, width, channels) or vectors (n, dim). Received:"
    )
    if len(inputs) not in (1, 2) or len(outputs) != 1:
        raise ValueError(
            f"{expected} a {type(model).__name__} of {len(inputs)} inputs and "
            f"{len(outputs)} outputs in {name}={received}"
        )
    latents, [samples] = inputs[0], outputs
    if takes_labels(model):
        try:
            check_label_input(name, model, "latents")
        except ValueError as error:
            raise ValueError(
                f"{expected} a {type(model).__name__} of 2 inputs, the second "
                f"no integer labels, in {name}={received}"
            ) from error
    takes_latents = (
        len(latents.shape) == 2
        and latents.shape[-1] is not None
        and "float" in str(latents.dtype)
    )
    if not takes_latents or len(samples.shape) not in (2, 4):
        raise ValueError(
            f"{expected} a model from {latents.dtype} {latents.shape} to "
            f"{samples.shape} in {name}={received}"
        )
