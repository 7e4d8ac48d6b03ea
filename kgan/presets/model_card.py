"""The card of a saved game: a page for people, in Markdown."""

import datetime
from typing import Any

import keras

from kgan.terminal import one_line
from kgan.version import __version__

# The Hub reads the lines between the dashes.
TEXT = """\
---
library_name: keras
tags:
- kgan
- gan
---

# {name}

{kind} of kgan {version}: {inputs} to {outputs}.
Saved by Keras {keras} on {backend}.
{picture}
## Use

The generator needs Keras alone:

```python
import keras

generator = keras.saving.load_model("generator.keras")
```

The whole game, to train it on:

```python
import kgan

gan = kgan.presets.load("path/to/this/folder")
samples = gan.generate(64, seed=1{labels})
```

## Data

{data}

## Training

| | |
|---|---|
| real images seen | {seen} |
| seed | {seed} |
| average of the generator | {average} |
| parameters | {parameters} |
| saved | {date} |

## Scores

{scores}
"""


def card_text(
    gan: Any,
    name: str,
    data: str | None,
    licence: str | None,
    record: dict | None,
    has_picture: bool,
) -> str:
    """Writes the card.

    Args:
        gan: A compiled game of kgan.
        name: Of the folder.
        data: Of the data set, or `None`.
        licence: Of the data, or `None`.
        record: Scores, as of `kgan.scores.stamp`, or `None`.
        has_picture: Whether samples.png lies beside it.
    """
    generator = gan.sampling_generator
    latents, *labels = generator.inputs
    inputs = f"{latents.shape[-1]} latents"
    seen = getattr(getattr(gan, "progress", None), "images_seen", None)
    return TEXT.format(
        name=one_line(name),
        kind=type(gan).__name__,
        version=__version__,
        keras=keras.__version__,
        backend=keras.backend.backend(),
        inputs=f"{inputs} and a label" if labels else inputs,
        outputs=_samples(generator.output_shape[1:]),
        picture="\n![Samples](samples.png)\n" if has_picture else "",
        labels=", labels=0" if labels else "",
        data=(
            f"{_stated(data, 'The data set is not stated')}. "
            f"{_stated(licence, 'Its licence is not stated', 'Licence: ')}."
        ),
        seen="not counted" if seen is None else f"{_integer(seen):,}",
        seed=gan.seed,
        average="yes" if gan.averaged_generator is not None else "no",
        parameters=", ".join(
            f"{role} {network.count_params():,}"
            for role, network in (
                ("generator", gan.generator),
                ("discriminator", getattr(gan, "discriminator", None)),
            )
            if network is not None
        ),
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        scores=_scores(record),
    )


def _integer(variable: Any) -> int:
    return int(keras.ops.convert_to_numpy(variable))


def _samples(shape: tuple[int, ...]) -> str:
    if len(shape) == 3:
        return f"images of {shape[0]}x{shape[1]}x{shape[2]} in [-1, 1]"
    return f"vectors of {'x'.join(map(str, shape))}"


def _stated(text: str | None, otherwise: str, before: str = "") -> str:
    if text is None:
        return otherwise
    return before + one_line(text).rstrip(".")


def _scores(record: dict | None) -> str:
    if record is None:
        return "Not scored."
    protocol, run = record["protocol"], record["run"]
    rows = [
        f"| {_cell(score)} | {value:.4g} |"
        for score, value in record["scores"].items()
    ]
    told = (
        f"Of {protocol['num_fake']:,} samples and {protocol['num_real']:,} "
        f"real ones, {protocol['dataset']}, split {protocol['split']}, at step "
        f"{run['step']:,}, {run['date'][:10]}. `scores.json` has the whole "
        "protocol; `python -m kgan.scores` compares it with others."
    )
    return "\n".join(["| | |", "|---|---|", *rows, "", one_line(told)])


def _cell(text: str) -> str:
    return one_line(str(text)).replace("|", "\\|")
