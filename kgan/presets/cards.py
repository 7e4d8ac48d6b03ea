"""Cards: what a trained preset's files are, and how they were made."""

import dataclasses
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kgan import archives
from kgan.arguments import LARGEST, is_integer, is_number
from kgan.presets.files import File, in_package

FORMAT = 1
# A card has a few KB.
MAX_BYTES = 2**20
# What a file may hold.
PARTS = ("average", "generator", "discriminator", "run")


@dataclasses.dataclass(frozen=True)
class Card:
    """Holds what kgan reads of a card; people read the rest of the file.

    Args:
        files: Files by their part, of `PARTS`.
        images_seen: Real images of the training.
        minutes: Minutes of it.
        scores: Numbers by name.
    """

    files: Mapping[str, File]
    images_seen: int
    minutes: float
    scores: Mapping[str, float]


def card_name(preset: str) -> str:
    """Returns the name of a preset's card."""
    return f"preset_{preset}.json"


def file_name(preset: str, part: str) -> str:
    """Returns the name of a preset's file of one part."""
    suffix = "" if part == "average" else f"_{part}"
    return f"preset_{preset}{suffix}.keras"


def read(preset: str) -> Card | None:
    """Reads the card of a preset that travels with kgan.

    Args:
        preset: Its name.

    Returns:
        The card, or `None` where there is none: it is not trained.

    Raises:
        ValueError: If the card is damaged.
    """
    path = in_package(card_name(preset))
    if path is None:
        return None
    try:
        return _card(_content(path), preset)
    except archives.ANY_JSON as error:
        raise ValueError(
            f"The card {str(path)!r} is damaged ({error}). Received: a file "
            "that kgan has not written. Install kgan again, or in a clone: "
            "git checkout saved_models."
        ) from error


def _content(path: Path) -> dict:
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES} bytes")
    return json.loads(path.read_bytes())


def _card(content: dict, preset: str) -> Card:
    if content["format"] != FORMAT or content["preset"] != preset:
        raise ValueError(f"no card of {preset}")
    files = {
        part: File(entry["name"], entry["sha256"], entry.get("address"))
        for part, entry in content["files"].items()
    }
    is_whole = "average" in files and {"discriminator", "run"} & set(files)
    if not is_whole or not set(files) <= set(PARTS):
        raise ValueError(f"files of {', '.join(files)}")
    seen, minutes = content["images_seen"], content["minutes"]
    if not is_integer(seen) or not 0 <= seen <= LARGEST:
        raise ValueError("no number of images")
    scores = dict(content["scores"])
    if not all(map(_is_finite, (minutes, *scores.values()))):
        raise ValueError("a score or the minutes are no number")
    return Card(files, seen, float(minutes), scores)


def _is_finite(value: Any) -> bool:
    return is_number(value) and math.isfinite(value)
