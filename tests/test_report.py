"""The page of a run: what is on it, and what a folder of others may not do."""

import base64
import hashlib
import html.parser
import json
import math
import os
import re

import numpy as np
import pytest
import run_folders

from kgan import images, log_table, report, scores
from kgan.report import alarms, charts, neighbours, records
from kgan.report.__main__ import main
from kgan.report.folder import read_run
from kgan.report.measures import spread

pytestmark = pytest.mark.once
VOID = {"meta", "link", "img", "input", "br", "wbr", "line", "polyline"}
VOID |= {"circle", "polygon"}


class Page(html.parser.HTMLParser):
    """What a browser would find: tags, and the text of each kind of them."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def text(self, tag=None):
        return "\n".join(d for t, d in self.texts if tag in (None, t))

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def page_of(*folders, out=None):
    path = report.write(list(folders), out)
    return Page(path.read_text(encoding="utf-8"))


def scored(path, **changes):
    made = {
        "dataset": "digits",
        "split": "test",
        "num_real": 10,
        "num_fake": 10,
        "seed": 0,
        "step": 5,
    }
    record = scores.stamp(
        scores={"distance": 3.25}, protocol={"k": 5}, **{**made, **changes}
    )
    scores.write(record, path / "scores.json")


def test_page_holds_all_that_is_known(tmp_path):
    folder = run_folders.folder(tmp_path / "run")
    scored(folder)
    page = page_of(folder)
    assert (folder / "report.html").exists()
    text = page.text()
    for words in (
        *("Training report: run", "NonSaturatingGAN", "3 of 5", "3,000"),
        # Two epochs of four seconds are left.
        *("images seen", "250", "12 s", "8.0 s", "time left"),
        *("No alarm", "discriminator loss", "distance", "1.25", "r1"),
        *("Logits", "at real samples", "Norm of the gradient", "Spread"),
        *("3.25", "digits", "test", "1,234", "Dense", "Adam", "0.5"),
        *("1,500", "jax", "Images per second"),
    ):
        assert words in text, words


def test_page_is_one_file_that_loads_nothing(tmp_path):
    page = page_of(run_folders.folder(tmp_path / "run"))
    for _, attributes in page.tags:
        for name in ("src", "href", "xlink:href", "action", "srcset"):
            assert attributes.get(name, "data:").startswith("data:")
        assert not any(name.startswith("on") for name in attributes)
    [policy] = [a["content"] for a in page.all("meta") if "http-equiv" in a]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    for tag in ("style", "script"):
        digest = hashlib.sha256(page.text(tag).encode()).digest()
        code = base64.b64encode(digest).decode()
        assert f"{tag}-src 'sha256-{code}'" in policy
    assert "url(" not in page.text("style")
    assert "import" not in page.text("style")


def test_pictures_are_those_of_the_epochs(tmp_path):
    folder = run_folders.folder(tmp_path / "run")
    pictures = page_of(folder).all("img")
    assert [p["data-epoch"] for p in pictures] == ["1", "2", "3"]
    assert ["hidden" in p for p in pictures] == [True, True, False]
    for picture in pictures:
        content = base64.b64decode(picture["src"].split(",", 1)[1])
        name = f"epoch_{int(picture['data-epoch']):04d}.png"
        assert content == (folder / "report" / name).read_bytes()


def test_later_pictures_are_another_runs_and_many_are_thinned(tmp_path):
    folder = run_folders.folder(
        tmp_path / "run", run_folders.record(100), pictures=0
    )
    picture = tmp_path / "one.png"
    images.save_grid(np.zeros((1, 4, 4, 1)), picture)
    (folder / "samples").mkdir()
    for epoch in range(1, 131):
        os.link(picture, folder / "samples" / f"epoch_{epoch:04d}.png")
    shown = [int(p["data-epoch"]) for p in page_of(folder).all("img")]
    assert len(shown) == 40 and shown == sorted(shown)
    assert (shown[0], shown[-1]) == (1, 100)
    assert max(np.diff(shown)) <= 3


def test_runs_stand_side_by_side(tmp_path):
    first = run_folders.folder(tmp_path / "wgan")
    settings = {"game": {"class": "HingeGAN"}}
    made = run_folders.record(4, settings=settings)
    second = run_folders.folder(tmp_path / "hinge", made)
    scored(first)
    scored(second, num_fake=20)
    page = page_of(first, second, out=tmp_path / "both.html")
    text = page.text()
    assert "wgan, hinge" in text
    assert text.count("images seen") == 2
    [slider] = [a for a in page.all("input") if a.get("type") == "range"]
    assert slider["data-epochs"] == "1 2 3"
    assert "do not compare" in text and "num_fake" in text
    # A chart of each log, with a line of each run.
    figures = page.text("figcaption").splitlines()
    assert "discriminator loss" in figures and "Logits, fake" in figures
    differing = re.findall(
        r'<tr class="differs"><th>class</th>',
        (tmp_path / "both.html").read_text(),
    )
    assert differing


def test_folders_of_one_name_are_told_apart(tmp_path):
    folders = [run_folders.folder(tmp_path / x / "run") for x in "ab"]
    text = page_of(*folders, out=tmp_path / "both.html").text("h1")
    assert all(str(folder) in text for folder in folders)


def test_a_run_without_a_report_shows_what_there_is(tmp_path):
    table = {1: {"generator_loss": 1.0}, 2: {"generator_loss": math.nan}}
    (tmp_path / "losses.csv").write_text(log_table.as_csv(table))
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    images.save_grid(np.zeros((1, 4, 4, 1)), tmp_path / "epoch_0001.png")
    page = page_of(tmp_path)
    assert "generator loss" in page.text()
    assert "not finite" in page.text()
    assert len(page.all("img")) == 1
    assert "Settings" not in page.text()


MARKS = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "\u202e\x1b[2J",
    "\ud800",
    "</style></title><h1>x",
]


def hostile(mark):
    """A record that holds a mark wherever there is text."""
    made = run_folders.record(2)
    settings = made["settings"]
    settings["game"] |= {"class": mark, mark: mark, "estimate_name": mark}
    settings["networks"]["generator"] = {
        "parameters": mark,
        "layers": [{"class": mark, "output": mark, "parameters": mark}, mark],
    }
    settings["optimizers"] = {mark: {mark: [mark, {mark: mark}]}}
    settings["penalties"] = {f"{mark}p": mark}
    settings["data"] = mark
    made["processes"] = [{"epoch": 1, "origin": {mark: mark}}]
    for entry in made["epochs"]:
        entry["logs"] |= {mark: math.inf, f"{mark}p": 1.0, f"val_{mark}": 2.0}
    made["neighbours"] = {mark: 1.0, "fake_to_real": math.nan}
    return made


@pytest.mark.parametrize("mark", MARKS)
def test_text_of_a_file_is_text(tmp_path, mark):
    plain = run_folders.folder(tmp_path / "plain", hostile("plain"))
    name = "<b>run" if "/" in mark or "\ud800" in mark else mark
    folder = run_folders.folder(tmp_path / name, hostile(mark))
    for made in (plain, folder):
        scored(made, dataset="digits")
    path = folder / "scores.json"
    record = json.loads(path.read_text())
    record["scores"] = {mark: 1.0}
    record["protocol"]["settings"] = {mark: mark}
    record["run"]["command"] = mark
    path.write_text(json.dumps(record))
    expected = [tag for tag, _ in page_of(plain).tags]
    page = page_of(folder)
    # The same page, tag for tag, but for breaks within names.
    found = [tag for tag, _ in page.tags]
    assert [t for t in found if t != "wbr"] == [
        t for t in expected if t != "wbr"
    ]
    content = (folder / "report.html").read_text(encoding="utf-8")
    assert not set("\u202e\x1b") & set(content)


def damaged(change):
    def write(folder):
        made = json.loads((folder / records.NAME).read_text())
        change(made)
        (folder / records.NAME).write_text(json.dumps(made))

    return write


def entry(key, value):
    return damaged(lambda made: made["epochs"][0].__setitem__(key, value))


def top(key, value):
    return damaged(lambda made: made.__setitem__(key, value))


def content(name, value):
    return lambda folder: (folder / name).write_bytes(value)


def cut(folder):
    path = folder / "report" / "epoch_0002.png"
    path.write_bytes(path.read_bytes()[:-20])


def large(folder):
    os.truncate(folder / records.NAME, records.MAX_BYTES + 1)


def nested(folder):
    deep = "[" * 100_000 + "]" * 100_000
    (folder / records.NAME).write_text(deep)


def pipe(folder):
    (folder / records.NAME).unlink()
    os.mkfifo(folder / records.NAME)


def table(text):
    def write(folder):
        (folder / records.NAME).unlink()
        (folder / "losses.csv").write_text(text)

    return write


@pytest.mark.parametrize(
    "harm",
    [
        content("report.json", b"{"),
        content("report.json", b"\xff\xfe"),
        content("report.json", b"[]"),
        content("report.json", b"{}"),
        content("report.json", b""),
        top("format", 2),
        top("format", "1"),
        top("settings", []),
        top("epochs", {}),
        top("epochs", ["x"]),
        top("planned", -1),
        top("neighbours", {"x": "y"}),
        top("processes", [{"epoch": 1, "origin": "x"}]),
        top("settings", json.loads("[" * 50 + "]" * 50)),
        entry("epoch", 0),
        entry("epoch", 3),
        entry("epoch", 10**30),
        entry("epoch", True),
        entry("images", 1.5),
        entry("seconds", -1),
        entry("seconds", math.nan),
        entry("logs", [1]),
        entry("logs", {"x": "1"}),
        entry("logs", {"x": 10**400}),
        entry("health", {"x": None}),
        *(large, nested, pipe, cut),
        content("report/epoch_0002.png", b"<script>"),
        content("scores.json", b"{}"),
        table("epoch,x\n1,a\n"),
        table(f"epoch,x\n{'9' * 400},1\n"),
        table("epoch,x\n1,2,3\n"),
    ],
)
def test_damaged_files_are_clear_errors(tmp_path, capsys, harm):
    folder = run_folders.folder(tmp_path / "run")
    harm(folder)
    assert main([str(folder)]) == 2
    printed = capsys.readouterr()
    [line] = printed.err.splitlines()
    assert line.startswith("error: ") and "Received" in line
    assert str(folder) in line
    assert not (folder / "report.html").exists()


def test_command_writes_where_it_is_told(tmp_path, capsys):
    folder = run_folders.folder(tmp_path / "run")
    out = tmp_path / "new" / "page.html"
    assert main([str(folder), "--out", str(out)]) == 0
    assert str(out) in capsys.readouterr().out
    assert out.exists() and not (folder / "report.html").exists()


@pytest.mark.parametrize(
    ("directories", "path", "message"),
    [
        ([], None, "1 to 8 folders.*Received: directories=\\[\\]"),
        ("run", None, "`directories` must be a list"),
        (["x"] * 9, None, "1 to 8 folders"),
        ([3], None, "`directories` must be"),
        (["none"], None, "existing folder.*Received: directory='none'"),
        (["."], None, "any.*Received|Received.*any"),
        (["."], "page.png", "`path` must end in .html"),
    ],
)
def test_write_refuses(tmp_path, monkeypatch, directories, path, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=message):
        report.write(directories, path)
    assert not any(tmp_path.iterdir())


def alarms_of(tmp_path, *entries, **changes):
    made = run_folders.record(0, **changes)
    made["epochs"] = list(entries)
    folder = run_folders.folder(tmp_path / "run", made, pictures=0)
    return alarms.alarms(read_run(folder))


@pytest.mark.parametrize(
    ("logs", "health", "title"),
    [
        ({}, {}, None),
        ({"generator_loss": math.nan}, {}, "not finite"),
        ({"val_distance": math.inf}, {}, "not finite"),
        ({}, {"real_logits_mean": 6.0, "fake_logits_mean": -7.0}, "saturated"),
        ({}, {"real_logits_mean": 6.0, "fake_logits_mean": -4.0}, None),
        ({}, {"fake_gradients_mean": 1e-4}, "flat"),
        ({"clipped_share": 0.95}, {}, "sit at the clip"),
        ({"clipped_share": 0.5}, {}, None),
        ({}, {"fake_spread": 0.4}, "too alike"),
        ({}, {"fake_spread": 7.0}, "scatter"),
        ({}, {"fake_spread": math.nan}, None),
        ({"jsd_estimate": -0.2}, {}, "jsd_estimate is negative"),
        ({"wasserstein_estimate": -0.2}, {}, "wasserstein_estimate is neg"),
        # Unbiased, and so at times below what it estimates.
        ({"mmd_estimate": -0.2}, {}, None),
    ],
)
def test_alarms_say_what_is_wrong(tmp_path, logs, health, title):
    bad = run_folders.entry(2, logs, **health)
    found = alarms_of(tmp_path, run_folders.entry(1), bad)
    if title is None:
        assert found == []
        return
    [alarm] = found
    assert title in alarm.title
    assert alarm.epochs == (2,) and alarm.now
    assert len(alarm.text) > 60


def test_alarms_of_the_past_are_told_as_such(tmp_path):
    bad = [run_folders.entry(e, fake_spread=0.1) for e in (1, 2, 4)]
    good = [run_folders.entry(e) for e in (3, 5)]
    entries = sorted([*bad, *good], key=lambda entry: entry["epoch"])
    [alarm] = alarms_of(tmp_path, *entries)
    assert not alarm.now and alarm.epochs == (1, 2, 4)
    text = page_of(tmp_path / "run").text("small")
    assert "earlier; epochs 1 to 2, 4" in text


def test_a_critic_without_signs_is_not_called_saturated(tmp_path):
    health = {"real_logits_mean": 60.0, "fake_logits_mean": -70.0}
    settings = {"game": {"sign_decides": False}}
    entry = run_folders.entry(1, **health)
    assert alarms_of(tmp_path, entry, settings=settings) == []


def test_near_copies_are_an_alarm(tmp_path):
    near = {"fake_to_real": 0.1, "real_to_real": 1.0, "data": 50.0}
    [alarm] = alarms_of(tmp_path, run_folders.entry(1), neighbours=near)
    assert "copies" in alarm.title


def test_spread_is_the_mean_distance_of_two():
    corners = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]])
    assert spread(corners) == pytest.approx((3 + 4 + 5) / 3)
    assert math.isnan(spread(corners[:1]))
    assert spread(np.ones((4, 2, 2, 1))) == 0


def test_nearest_is_by_all_distances(monkeypatch):
    rng = np.random.default_rng(0)
    real = rng.normal(size=(30, 2, 2, 1)).astype("float32")
    samples = rng.normal(size=(9, 2, 2, 1)).astype("float32")
    samples[3] = real[17]
    # Some at a time.
    monkeypatch.setattr(neighbours, "ENTRIES", 200)
    found, picture = neighbours.nearest(samples, real)
    flat, others = samples.reshape(9, 4), real.reshape(30, 4)
    distances = np.linalg.norm(flat[:, None] - others, axis=2)
    assert found["fake_to_real"] == pytest.approx(
        np.median(distances.min(axis=1)), rel=1e-5
    )
    between = np.linalg.norm(others[:, None] - others, axis=2)
    np.fill_diagonal(between, np.inf)
    rows = np.linspace(0, 29, 9).astype(int)
    assert found["real_to_real"] == pytest.approx(
        np.median(between.min(axis=1)[rows]), rel=1e-5
    )
    assert found["data"] == 30
    np.testing.assert_array_equal(picture[:8], samples[:8])
    nearest = real[distances.argmin(axis=1)[:8]]
    np.testing.assert_array_equal(picture[8:], nearest)
    assert neighbours.nearest(flat, others)[1] is None


@pytest.mark.parametrize(
    ("low", "high"),
    [(0, 1), (-3.7, 12), (5, 5), (0, 0), (1e-320, 1e-320), (-1e299, 1e299)],
)
def test_axes_hold_all_values_in_few_round_steps(low, high):
    series = [charts.Series("x", {1: float(low), 2: float(high)})]
    drawn = charts.chart("x", series)
    frame = charts._Frame(series)
    assert 2 <= len(frame.ticks) <= 8
    assert frame.ticks[0] <= low and frame.ticks[-1] >= high
    ys = [float(y) for y in re.findall(r'cy="([0-9.]+)"', drawn)]
    assert len(ys) == 2
    assert all(charts.TOP <= y <= charts.HEIGHT - charts.BOTTOM for y in ys)


def test_a_curve_has_a_gap_where_numbers_are_lost():
    points = {1: 1.0, 2: 2.0, 3: math.nan, 4: 2.0, 5: 1.0}
    drawn = charts.chart("x", [charts.Series("x", points)])
    assert drawn.count("<polyline") == 2
    assert drawn.count('class="lost"') == 1 and "epoch 3: nan" in drawn
    assert charts.chart("x", [charts.Series("x", {})]) == ""
    nothing = {1: math.nan, 2: math.inf}
    assert charts.chart("x", [charts.Series("x", nothing)]).count("lost") == 2
