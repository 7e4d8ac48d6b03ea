"""The list of presets, for people and programs."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from kgan.presets import cards
from kgan.presets.preset import Preset
from kgan.presets.table import PRESETS

HEADER = ("name", "image size", "data", "labels", "trained", "minutes")


@dataclasses.dataclass(frozen=True)
class Row:
    """Holds what there is to know of a preset. What was not measured is None.

    Args:
        name: Its name, as `kgan.presets.load` takes it.
        image_size: Side of its images, or `None` for vectors.
        sample_shape: Shape of one sample.
        data: Name of its data set.
        conditional: Whether its networks take labels.
        trained: Whether its weights are there.
        images: Real images after which its training ends.
        images_seen: Real images that its weights were trained on.
        minutes: Minutes of that training.
        scores: Numbers by name, such as `"frechet_distance"`.
        files: SHA-256 by part: `"average"`, `"generator"`,
            `"discriminator"`, `"run"`; empty where it is not trained.
    """

    name: str
    image_size: int | None
    sample_shape: tuple[int, ...]
    data: str
    conditional: bool
    trained: bool
    images: int
    images_seen: int | None
    minutes: float | None
    scores: Mapping[str, float] | None
    files: Mapping[str, str]


class Listing(tuple[Row, ...]):
    """Rows that print as a table."""

    def __repr__(self) -> str:
        measured = dict.fromkeys(n for row in self for n in row.scores or {})
        lines = [(*HEADER, *(name.replace("_", " ") for name in measured))]
        lines += [_cells(row, list(measured)) for row in self]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(map(str.ljust, line, widths)).rstrip() for line in lines
        )


def names() -> Listing:
    """Lists the presets: a tuple of rows, which prints as a table.

    Numbers are those of the trained files, and `None` where nothing was
    measured. Each row says what is stored of it.

    Returns:
        A row for each preset.

    Raises:
        ValueError: If the card of a trained preset is damaged.

    Example:

    ```python
    print(kgan.presets.names())
    trained = [row.name for row in kgan.presets.names() if row.trained]
    ```
    """
    return Listing(map(_row, PRESETS.values()))


def _row(preset: Preset) -> Row:
    card = cards.read(preset.name)
    files = card.files if card else {}
    return Row(
        preset.name,
        preset.sample_shape[0] if preset.is_of_images else None,
        preset.sample_shape,
        preset.data,
        preset.num_classes is not None,
        card is not None,
        preset.images,
        card.images_seen if card else None,
        card.minutes if card else None,
        card.scores if card else None,
        {part: file.sha256 for part, file in files.items()},
    )


def _cells(row: Row, measured: list[str]) -> tuple[str, ...]:
    scores = row.scores or {}
    size = row.image_size
    return (
        row.name,
        f"{size}x{size}" if size else f"{row.sample_shape[0]} numbers",
        row.data,
        _word(row.conditional),
        _word(row.trained),
        _number(row.minutes),
        *(_number(scores.get(name)) for name in measured),
    )


def _word(value: bool) -> str:
    return "yes" if value else "no"


def _number(value: Any) -> str:
    return "" if value is None else f"{value:.4g}"
