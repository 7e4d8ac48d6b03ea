"""The page of a run in Chromium: it moves, loads nothing, and fits windows."""

import re
import subprocess
import tempfile

import numpy as np
import pytest
import run_folders
from browsers import CHROMIUM, needs_chromium
from PIL import Image

from kgan import report

pytestmark = [
    pytest.mark.once,
    pytest.mark.slow,
    needs_chromium,
]


def browse(path, folder, *options):
    """Opens a page; returns what Chromium printed, and its errors."""
    profile = tempfile.mkdtemp(dir=folder)
    said, errors = folder / "said.txt", folder / "errors.txt"
    # Files, as processes that outlive Chromium would keep pipes open.
    with said.open("w") as out, errors.open("w") as err:
        subprocess.run(
            [
                *(CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu"),
                *("--hide-scrollbars", "--enable-logging=stderr"),
                *(f"--user-data-dir={profile}", *options),
                path.as_uri(),
            ],
            stdout=out,
            stderr=err,
            timeout=60,
            check=True,
        )
    return said.read_text(), errors.read_text()


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page of two runs with long names, in a separate folder."""
    folder = tmp_path_factory.mktemp("page")
    long = "a_run_of_many_words_and_no_spaces_at_all_in_its_name"
    runs = [run_folders.folder(folder / name) for name in (long, "short")]
    return report.write(runs, folder / "page.html")


def test_slider_shows_the_epoch_and_the_policy_refuses_nothing(page):
    # As if it had been moved to the first epoch and loaded again.
    moved = page.with_name("moved.html")
    text = page.read_text()
    assert text.count('value="2"') == 1
    moved.write_text(text.replace('value="2"', 'value="0"'))
    shown_page, errors = browse(moved, page.parent, "--dump-dom")
    [said] = re.findall(r'<output id="said">(.*?)</output>', shown_page)
    assert said == "Epoch 1"
    images = re.findall(r'<img data-epoch="(\d)"([^>]*)>', shown_page)
    shown = [epoch for epoch, rest in images if "hidden" not in rest]
    assert len(images) == 6 and shown == ["1", "1"]
    [slider] = re.findall(r"<input[^>]*>", shown_page)
    assert "disabled" not in slider
    for trouble in ("CONSOLE", "Refused", "violates"):
        assert trouble not in errors


@pytest.mark.parametrize("width", [420, 1400])
def test_nothing_reaches_over_the_edge(page, width):
    picture = page.with_name(f"{width}.png")
    size = f"--window-size={width},2400"
    browse(page, page.parent, size, f"--screenshot={picture}")
    with Image.open(picture) as shot:
        pixels = np.asarray(shot.convert("RGB")).astype(int)
    assert pixels.shape[:2] == (2400, width)
    background = pixels[-1, 0]
    differs = np.abs(pixels - background).max(axis=2) > 8
    # The padding at both sides is empty, and much between is not.
    assert not differs[:, :12].any() and not differs[:, -12:].any()
    assert differs.mean() > 0.02
    assert differs[:, 16:-16].any(axis=0).mean() > 0.75
