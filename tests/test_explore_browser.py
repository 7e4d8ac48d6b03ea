"""The explorer in Chromium: draws, moves, downloads, and asks no one else."""

import importlib.util
import io
import socket
import zipfile

import numpy as np
import pytest
from browsers import CHROMIUM, needs_chromium
from PIL import Image

import kgan
from kgan.explore import Explorer, View, serve
from kgan.explore.pictures import Pictures

MISSING = [
    name
    for name in ("gradio", "playwright")
    if importlib.util.find_spec(name) is None
]
OURS = "http://127.0.0.1:"

pytestmark = [
    pytest.mark.once,
    pytest.mark.slow,
    needs_chromium,
    pytest.mark.skipif(
        bool(MISSING),
        reason=f"No {' and no '.join(MISSING)} here: "
        'pip install -e ".[explore,browser]".',
    ),
    # Of Gradio and what it imports, in the thread of its server.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(scope="module")
def asked():
    """The addresses beyond this machine that the server's process asks."""
    found, connect = [], socket.socket.connect

    def noted(self, address):
        host = address[0] if isinstance(address, tuple) else "127."
        if not str(host).startswith(("127.", "::1", "localhost")):
            found.append(address)
            raise OSError(f"no network in this test: {address}")
        return connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", noted)
        yield found


@pytest.fixture(scope="module")
def address(asked):
    with serve("digits", data="digits") as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser):
    """Opens an address in a window; returns the page and what it asked for."""
    pages = []

    def opened(address, width=1400):
        page = browser.new_page(viewport={"width": width, "height": 900})
        pages.append(page)
        page.set_default_timeout(60_000)
        page.requested, page.said = [], []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("console", lambda line: page.said.append(line.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(address)
        page.wait_for_selector("#picture img")
        return page

    yield opened
    for page in pages:
        page.close()


def wait_for_new(page, source):
    """Waits until the large picture is another; returns its address."""
    page.wait_for_function(
        "old => { const i = document.querySelector('#picture img');"
        " return i && i.src !== old && i.complete && i.naturalWidth }",
        arg=source,
    )
    return page.get_attribute("#picture img", "src")


def move(page, name, value):
    page.evaluate(
        """([name, value]) => {
            const all = [...document.querySelectorAll('input[type=range]')];
            const one = all.find(i => i.ariaLabel.includes(name));
            one.value = value;
            one.dispatchEvent(new Event('input', {bubbles: true}));
        }""",
        [name, value],
    )


def downloaded(page, text):
    with page.expect_download() as waiting:
        page.click(f"text={text}")
    return waiting.value


def pixels_of(content):
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture).astype(int)


def test_page_draws_moves_and_downloads_what_was_chosen(
    address, open_page, asked
):
    page = open_page(address)
    page.wait_for_selector("#samples button >> nth=23")
    source = page.get_attribute("#picture img", "src")
    page.click("#samples button >> nth=3")
    source = wait_for_new(page, source)
    move(page, "Direction 2", "2.5")
    wait_for_new(page, source)
    page.wait_for_selector("#near img >> nth=3")

    explorer = Explorer(kgan.presets.generator("digits"))
    view = View(selected=3, moves=(0.0, 2.5))
    expected = pixels_of(Pictures(explorer).selected(view))
    picture = downloaded(page, "Picture (.png)")
    assert picture.suggested_filename == "digits_seed_0_sample_4.png"
    received = pixels_of(picture.path().read_bytes())
    assert np.abs(received - expected).max() <= 1
    still = pixels_of(Pictures(explorer).selected(View(selected=3)))
    assert np.abs(received - still).max() > 20

    file = downloaded(page, "Generator (.keras)")
    assert file.suggested_filename == "digits.keras"
    with zipfile.ZipFile(file.path()) as archive:
        assert "config.json" in archive.namelist()

    page.click("text=Animate")
    page.wait_for_selector("#way img")
    assert page.get_attribute("#way img", "src").endswith("digits_way.gif")
    # What neither the policy nor a program of the page complained of.
    assert page.said == []
    away = [url for url in page.requested if not url.startswith(OURS)]
    assert [url for url in away if not url.startswith(("data:", "blob:"))] == []
    assert asked == []


def test_a_seed_and_a_class_draw_other_samples(address, open_page):
    page = open_page(address)
    source = page.get_attribute("#picture img", "src")
    page.get_by_label("Seed").fill("7")
    page.get_by_label("Seed").press("Tab")
    source = wait_for_new(page, source)
    assert "seed_7" in source
    page.get_by_label("Class").click()
    page.get_by_role("option", name="3", exact=True).click()
    source = wait_for_new(page, source)
    picture = downloaded(page, "Picture (.png)").path().read_bytes()
    explorer = Explorer(kgan.presets.generator("digits"))
    view = View(seed=7, label=3)
    expected = pixels_of(Pictures(explorer).selected(view))
    assert np.abs(pixels_of(picture) - expected).max() <= 1


@pytest.mark.parametrize("width", [420, 1400])
def test_nothing_reaches_over_the_edge(address, open_page, width):
    page = open_page(address, width)
    page.wait_for_selector("#near img >> nth=3")
    page.wait_for_selector("#samples button >> nth=23")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = page.evaluate(
        "[...document.querySelectorAll('img, button, input')].map(e =>"
        " e.getBoundingClientRect()).filter(b => b.width)"
        ".map(b => [b.left, b.right])"
    )
    assert len(boxes) > 60
    assert min(left for left, _ in boxes) >= 0
    assert max(right for _, right in boxes) <= width


def test_vectors_are_a_plot_whose_mark_moves(open_page):
    with serve("ring") as address:
        page = open_page(address)
        source = page.get_attribute("#picture img", "src")
        move(page, "Direction 1", "3")
        wait_for_new(page, source)
        assert (
            page.evaluate("document.querySelector('#picture img').naturalWidth")
            == 500
        )
        assert page.said == []


def test_the_page_is_for_this_machine_alone(address):
    other = address.replace("127.0.0.1", "127.0.0.2").rstrip("/")
    host, port = other.removeprefix("http://").split(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5)
