"""The browser that tests of pages open, and where there is none."""

import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None,
    reason="No Chromium here: apt-get install chromium, on Debian.",
)
