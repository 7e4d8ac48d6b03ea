"""Measures how long a slider of `python -m kgan.explore` takes to answer.

    KERAS_BACKEND=jax python benchmarks/explore.py digits ring
    KERAS_BACKEND=jax python benchmarks/explore.py --browser digits ring

Without a browser it times the way from a moved view to the PNG, in Python.
With --browser it times the way from the slider's event to the new picture,
decoded. That needs Chromium and the extras explore and browser.
"""

import argparse
import shutil
import statistics
import time

import keras

from kgan.explore import Explorer, View, serve
from kgan.explore.pictures import Pictures
from kgan.presets.choosing import chosen_generator

MOVES = 20
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
# Moves the first slider, and waits for the picture that follows.
MOVE = """value => new Promise(done => {
    const frame = document.querySelector('#picture');
    const old = frame.querySelector('img').src, begin = performance.now();
    new MutationObserver(async (_, observer) => {
        const image = frame.querySelector('img');
        if (!image || image.src === old) return;
        observer.disconnect();
        await image.decode();
        done(performance.now() - begin);
    }).observe(frame, {subtree: true, attributes: true, childList: true});
    const slider = [...document.querySelectorAll('input[type=range]')].find(
        one => one.ariaLabel.includes('Direction 1'));
    slider.value = value;
    slider.dispatchEvent(new Event('input', {bubbles: true}));
})"""


def in_python(source: str) -> list[float]:
    """Measures milliseconds of each move, without a browser."""
    pictures = Pictures(Explorer(chosen_generator(source)))
    pictures.selected(View())
    taken = []
    for move in range(MOVES):
        begin = time.perf_counter()
        pictures.selected(View(moves=((move + 1) / MOVES,)))
        taken.append(1e3 * (time.perf_counter() - begin))
    return taken


def in_browser(source: str) -> list[float]:
    """Measures milliseconds of each move, as the page shows it."""
    from playwright.sync_api import sync_playwright

    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    with serve(source) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("#picture img", timeout=60_000)
        page.wait_for_timeout(2_000)
        taken = []
        for move in range(MOVES):
            taken.append(page.evaluate(MOVE, f"{(move + 1) / 10:.1f}"))
            page.wait_for_timeout(500)
        browser.close()
    return taken


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--browser", action="store_true")
    options = parser.parse_args()
    measure = in_browser if options.browser else in_python
    for source in options.sources:
        milliseconds = measure(source)
        print(
            f"{keras.backend.backend()} {source}: median "
            f"{statistics.median(milliseconds):.1f} ms, from "
            f"{min(milliseconds):.1f} to {max(milliseconds):.1f}",
            flush=True,
        )
