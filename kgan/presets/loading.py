"""Presets from their files: a game, a generator, a classifier."""

from pathlib import Path
from typing import Any

import keras

from kgan import archives
from kgan.arguments import check_boolean
from kgan.presets import cards, folder, table
from kgan.presets.cards import Card
from kgan.presets.files import File
from kgan.presets.places import folder_of
from kgan.runs.file import restore


def load(name: str | Path, trained: bool = True) -> Any:
    """Loads the game of a preset, compiled, to train it on.

    What is stored differs: `names()` has the parts of each in `files`. All
    have the average and the discriminator, in half precision. Where the
    trained generator is not there, the game's is the average. The optimizers
    begin at zero, and their learning rates, penalties and average go on after
    the images seen. Where a whole `"run"` is stored, all goes on exactly.

    Args:
        name: One of `names()`; or a folder that `save` wrote, of which all
            goes on exactly; or `hf://OWNER/NAME` of such a folder on the
            Hugging Face Hub, with `@REVISION` after it if need be.
        trained: Whether to load the weights. `False` gives the game of a
            preset before its training, with the first weights of its seed.

    Returns:
        A compiled kgan model, such as `kgan.R3GAN`.

    Raises:
        ValueError: If there is no such preset, it is not trained, or a file
            is damaged.
        FileNotFoundError: If a file that travels with kgan is not there.
        ImportError: If an `hf://` address needs what is not installed.
        RuntimeError: If a file is to be fetched and cannot be.

    Example:

    ```python
    gan = kgan.presets.load("ring")
    gan.fit(kgan.data.load("ring", batch_size=256), epochs=1)
    samples = gan.generate(8, seed=1)  # NumPy (8, 2)
    ```
    """
    trained = check_boolean("trained", trained)
    found = folder_of(name, folder.RUN)
    if found is not None:
        if not trained:
            raise ValueError(
                "`trained` must be True for a folder, whose game has no first "
                f"weights. Received: trained=False, name={str(name)!r}"
            )
        return folder.load_game(found)
    preset = table.preset(name)
    if not trained:
        return preset.game()
    card = _card(preset.name)
    model = preset.game()
    if "run" in card.files:
        # The next fit may have other data and arguments.
        restore(model, card.files["run"].path(), changed=True)
        return model
    read = {part: _network(file) for part, file in card.files.items()}
    average = read["average"]
    for part, network in (
        ("average", model.averaged_generator),
        ("generator", model.generator),
        ("discriminator", model.discriminator),
    ):
        if network is not None:
            _fill(network, read.get(part, average), preset.name, part)
    model.progress.images_seen.assign(card.images_seen)
    return model


def generator(name: str | Path) -> keras.Model:
    """Loads the generator of a preset, of which samples are drawn.

    It is the average of the training, and a plain Keras model.

    Args:
        name: One of `names()` that is trained, or as of `load`.

    Returns:
        Keras model, float32 latents `(batch, latent_dim)`, or the list of
        them and int32 labels `(batch,)`, to samples: images
        `(batch, size, size, channels)` in [-1, 1], or vectors
        `(batch, dim)`.

    Raises:
        ValueError, FileNotFoundError, ImportError, RuntimeError: As of
            `load`.

    Example:

    ```python
    generator = kgan.presets.generator("ring")
    latents = kgan.images.latents(64, generator.input_shape[-1], seed=1)
    points = generator.predict(latents)  # NumPy (64, 2)
    ```
    """
    found = folder_of(name, [folder.GENERATOR])
    if found is not None:
        return folder.load_folder_generator(found)
    return _network(_card(table.preset(name).name).files["average"])


def classifier(name: str) -> keras.Model:
    """Loads the classifier of a preset's data, which judges its samples.

    Args:
        name: One of `names()`, whose samples are images with classes.

    Returns:
        Keras model, images `(batch, size, size, 1)` in [-1, 1] to the list
        of 64 features and 10 logits. It takes images of the preset's size,
        and enlarges them where it was trained on larger ones.

    Raises:
        ValueError: If there is no such preset, or no classifier of its data,
            or its file is damaged.
        FileNotFoundError: If its file is not there.

    Example:

    ```python
    classifier = kgan.presets.classifier("mnist")
    distance = kgan.metrics.FrechetDistance(classifier)
    ```
    """
    preset = table.preset(name)
    if preset.data not in table.CLASSIFIERS:
        judged = table.CLASSIFIERS
        having = [n for n, p in table.PRESETS.items() if p.data in judged]
        raise ValueError(
            "`name` must be a preset of images whose classes a classifier "
            f"knows: {', '.join(having)}. Received: name={name!r}. "
            "kgan.metrics.ModeCoverage judges mixtures, and any metric of "
            "kgan.metrics images by the `features` that it is given."
        )
    model = _network(table.CLASSIFIERS[preset.data])
    size = table.CLASSIFIED_SIZES[preset.data]
    if preset.sample_shape[0] == size:
        return model
    images = keras.Input(preset.sample_shape)
    enlarged = keras.layers.Resizing(size, size)(images)
    return keras.Model(images, model(enlarged), name=model.name)


def _card(name: str) -> Card:
    card = cards.read(name)
    if card is None:
        raise ValueError(
            f"The preset {name!r} is not trained. Received: name={name!r}. "
            f"Train it: python -m kgan.presets train {name} --out runs/{name}"
            f'; or begin from its seed: kgan.presets.load("{name}", '
            "trained=False)."
        )
    return card


def _network(file: File) -> keras.Model:
    return archives.load_model(file.path())


def _fill(to: Any, source: Any, name: str, part: str) -> None:
    """Copies the weights of one network into another of the same shapes."""
    weights = source.get_weights()
    shapes = [value.shape for value in weights]
    expected = [tuple(variable.shape) for variable in to.weights]
    if shapes != expected:
        raise ValueError(
            f"The {part} of the preset {name!r} is of other settings. "
            f"Expected: weights of {expected}. Received: {shapes}. Install "
            "kgan again."
        )
    to.set_weights(weights)
