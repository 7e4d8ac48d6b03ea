"""The page that walks a newcomer through the engine names what is there."""

import pathlib
import re

import pytest

pytestmark = pytest.mark.once

ROOT = pathlib.Path(__file__).parents[1]
PAGE = (ROOT / "docs/walk.md").read_text()
ROW = re.compile(r"^\| (\d+) \| (.+?) \| .+ \|$", re.M)
# What stands for any file of a folder, with one that is meant.
ANY = {"<backend>": "torch", "<name>": "*"}


def walks():
    _, *parts = PAGE.split("\n## ")
    return {part.split("\n")[0]: ROW.findall(part) for part in parts}


@pytest.mark.parametrize("walk", walks())
def test_a_walk_has_ten_stations_at_most(walk):
    numbers = [int(number) for number, _ in walks()[walk]]
    assert numbers == [*range(1, len(numbers) + 1)] and 5 <= len(numbers) <= 10


@pytest.mark.parametrize("station", [s for w in walks().values() for _, s in w])
def test_a_station_is_where_the_page_says(station):
    path, *names = re.findall(r"`([^`]+)`", station)
    for pattern, meant in ANY.items():
        path = path.replace(pattern, meant)
    text = "".join(file.read_text() for file in ROOT.glob(path))
    assert text
    for name in names:
        for part in name.split("."):
            defined = rf"\b(def|class) {part}\b|import {part}\b"
            assert re.search(defined, text), part


def test_every_file_that_the_page_names_is_there():
    for path in re.findall(r"`(kgan/[\w/]+\.py|kgan/\w+/)`", PAGE):
        assert (ROOT / path).exists(), path
