"""The table of guarantees in CONTRIBUTING.md names tests that are there."""

import pathlib
import re

import pytest

pytestmark = pytest.mark.once
ROOT = pathlib.Path(__file__).resolve().parents[1]
TIERS = ("quick", "test", "test-all")
SECTION = (
    (ROOT / "CONTRIBUTING.md")
    .read_text()
    .split("## What is guaranteed", 1)[1]
    .split("\n## ", 1)[0]
)
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in SECTION.splitlines()
    if line.startswith("| ") and not line.startswith("| guarantee")
]


def source(name):
    return (ROOT / "tests" / f"{name}.py").read_text()


def test_each_row_has_tests_and_tiers():
    assert len(ROWS) >= 30
    for guarantee, tests, tiers in ROWS:
        assert re.findall(r"`test_\w+", tests), guarantee
        assert set(tiers.split(", ")) <= set(TIERS), guarantee
    assert len({guarantee for guarantee, *_ in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_tests_of_a_row_exist(row):
    _, tests, tiers = row
    sources = []
    for name, function in re.findall(r"`(test_\w+)(?:::(\w+))?`", tests):
        text = source(name)
        if function:
            assert f"\ndef {function}(" in text, f"{name}::{function}"
        sources.append(text)
    text = "".join(sources)
    if "test-all" in tiers:
        assert "pytest.mark.soak" in text
    if "test" in tiers.split(", "):
        assert "pytest.mark.slow" in text


def test_commands_of_the_tiers_are_those_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text()
    for command in ("quick", "test", "test-all"):
        assert re.search(rf"^{command}:", makefile, re.M)
        assert f"make {command} " in (ROOT / "CONTRIBUTING.md").read_text()
    assert 'pytest -m "not slow and not soak"' in makefile
    assert 'pytest -m "not soak" --one-of-three' in makefile
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text()
