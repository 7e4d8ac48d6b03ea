"""The documentation site: complete, built strictly, and its Python runs."""

import ast
import contextlib
import os
import pathlib
import re
import runpy
import shutil
import subprocess
import sys
import warnings

import pytest
from programs import run

ROOT = pathlib.Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
# Pages of the API reference; a room is a package or module.
PAGES = sorted(path.stem for path in (DOCS / "api").glob("*.md"))
ROOMS = [page for page in PAGES if page not in ("index", "model")]
# Public modules without a page: what is built on them has one.
UNLISTED = {"archives", "report"}
GUIDES = sorted(
    path.stem for path in (DOCS / "guides").glob("*.md") if path.stem != "index"
)
# Frechet distance at the tutorial's end; that of real scans is 7.
DISTANCE = 25
# Dense nets alone: quick enough for every change.
QUICK = ["own_objective", "own_penalty", "table"]
# What stands before the Python of a page, and what is made shorter in it.
RUN = """
import keras
import kgan

def generator():
    return kgan.architectures.dcgan_generator((16, 16, 1), 8, filters=4)

def critic():
    return kgan.architectures.dcgan_discriminator((16, 16, 1), filters=4)

digits = kgan.data.load("digits", image_size=16, batch_size=64, seed=1)
"""
BEFORE = {
    "resume": RUN
    + """
held_out = kgan.data.load("digits", "test", image_size=16, shuffle=False)
gan = kgan.WGAN(generator(), critic(), n_critic=1, seed=1)
classifier = keras.saving.load_model(CLASSIFIER)
gan.compile(metrics=[kgan.metrics.FrechetDistance(classifier)])
""",
    "scaling": RUN
    + """
clip = kgan.callbacks.WeightClip(0.01)
checkpoint = kgan.callbacks.Checkpoint("runs/many")
""",
    "tuning": RUN
    + """
import numpy as np

train_images = np.concatenate(list(digits.as_numpy_iterator()))[:640]
held_out_images = train_images[:100]
""",
}
SHORTER = {
    "index": [("epochs=30", "epochs=1")],
    "resume": [("epochs=20", "epochs=1")],
    "scaling": [("epochs=20, steps_per_epoch=500", "steps_per_epoch=2")],
    "tuning": [
        ("max_trials=24", "max_trials=1"),
        (
            "(1, 10),\n)",
            "[1],\n    updates_per_epoch=4,\n    seeds=(0,),\n"
            "    min_variance_share=0.0,\n)",
        ),
        ("=held_out_images\n", "=held_out_images, verbose=0\n"),
    ],
}


def blocks(page, shorter=()):
    text = (DOCS / f"{page}.md").read_text()
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    for old, new in shorter:
        assert old in code, old
        code = code.replace(old, new)
    return code


def public(path):
    """Names that a module imports as themselves, or defines."""
    names = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom):
            names |= {a.name for a in node.names if a.asname == a.name}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {name.id for name in node.targets}
    return {name for name in names if not name.startswith("_")}


def rooms():
    """Public names of each room of the API, as a user writes them."""
    packages = {
        path.parent.name: path for path in (ROOT / "kgan").glob("*/__init__.py")
    }
    top = public(ROOT / "kgan" / "__init__.py")
    by_name = {"tuning", "images", "export"}
    found = {
        name: packages.get(name, ROOT / "kgan" / f"{name}.py")
        for name in (top & {*packages, "schedules"}) | by_name
    }
    names = {
        room: {f"kgan.{room}.{name}" for name in public(path)}
        for room, path in found.items()
    }
    # The games are in `kgan` itself.
    names["objectives"] |= {f"kgan.{name}" for name in top - {*found}}
    return names


def documented(room):
    page = (DOCS / "api" / f"{room}.md").read_text()
    return re.findall(r"^::: (\S+)$", page, re.M)


@pytest.mark.once
def test_each_room_has_a_page():
    assert ROOMS == sorted({*rooms()} - UNLISTED)
    index = (DOCS / "api" / "index.md").read_text()
    rows = re.findall(r"^\| \[.+\]\((\w+)\.md\)", index, re.M)
    assert sorted(["index", *rows]) == PAGES


@pytest.mark.once
def test_methods_of_every_game_are_those_of_the_base():
    source = (ROOT / "kgan" / "adversarial.py").read_text()
    page = (DOCS / "api" / "model.md").read_text()
    methods = re.findall(r"^::: kgan\.(\S+)\n.*\n.*gan\.(\w+)$", page, re.M)
    assert len(methods) == len(documented("model"))
    for function, name in methods:
        assert re.search(rf"\b{name} = (property\()?{function}\b", source), name


@pytest.mark.once
@pytest.mark.parametrize("room", ROOMS)
def test_each_public_name_is_on_its_page(room):
    entries = documented(room)
    # Constants and types for kgan's own use, which no page explains.
    inner = {"kgan.layers.KGAN_LAYERS", "kgan.schedules.Tensor"}
    inner |= {
        f"kgan.images.{name}"
        for name in ("MIN_CELL_SIDE", "SEPARATOR", "SEPARATOR_GRAY")
    }
    assert sorted(entries) == sorted(rooms()[room] - inner)


@pytest.mark.once
def test_public_docstrings_begin_with_no_question_word():
    for path in sorted((ROOT / "kgan").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and (
                not node.name.startswith("_")
            ):
                text = ast.get_docstring(node) or ""
                word = text.split(" ")[0]
                assert word not in ("What", "How", "Where"), (path, node.name)


@pytest.mark.once
@pytest.mark.soak
def test_quick_guides_run(tmp_path):
    code = "\n".join(blocks(f"guides/{name}") for name in QUICK)
    run(f"{code}\nassert invented.shape == (50, 4)", tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize(
    "page",
    [f"guides/{name}" for name in GUIDES if name not in QUICK]
    + ["index", "migrate", *BEFORE],
)
def test_page_runs(page, tmp_path):
    classifier = str(ROOT / "saved_models" / "classifier_digits.keras")
    before = BEFORE.get(page, "").replace("CLASSIFIER", repr(classifier))
    run(before + blocks(page, SHORTER.get(page, ())), tmp_path)


@pytest.mark.once
def test_each_page_with_python_is_run_by_a_test():
    here = {f"guides/{name}" for name in GUIDES}
    here |= {"index", "migrate", *BEFORE}
    for path in DOCS.rglob("*.md"):
        name = str(path.relative_to(DOCS).with_suffix(""))
        if "```python\n" in path.read_text() and name != "tutorial/index":
            assert name in here | {
                "export",
                "metrics",
                "parts",
                "report",
                "zoo",
            }, name


@pytest.mark.once("tensorflow")
@pytest.mark.soak
def test_tutorial_draws_digits(tmp_path):
    path = DOCS / "tutorial" / "tutorial.py"
    printed = run(path.read_text(), tmp_path, MPLBACKEND="Agg")
    print(printed)
    (after,) = re.findall(r"frechet_distance .* -> ([\d.]+)", printed)
    assert float(after) < DISTANCE
    assert "False (20, 8, 8, 1)" in printed


@pytest.mark.once
@pytest.mark.slow
def test_site_is_built_without_a_warning(tmp_path):
    """As `make docs` does, but for running the tutorial."""
    for module in ("mkdocs", "mkdocstrings", "jupytext", "nbconvert"):
        pytest.importorskip(
            module, reason=f'{module} is not there: pip install ".[docs]"'
        )
    for name in ("docs", "kgan"):
        shutil.copytree(
            ROOT / name,
            tmp_path / name,
            ignore=shutil.ignore_patterns("__pycache__", "index.ipynb"),
        )
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    source, notebook = "docs/tutorial/tutorial.py", "docs/tutorial/index.ipynb"
    for command in (
        ["jupytext", "--quiet", "--to", "ipynb", source, "--output", notebook],
        ["nbconvert", "--log-level=WARN", "--to", "markdown", notebook],
        ["mkdocs", "build", "--strict"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=tmp_path,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    home = (tmp_path / "site" / "index.html").read_text()
    assert "Where to go" in home
    page = (tmp_path / "site" / "api" / "objectives" / "index.html").read_text()
    assert "kgan.R3GAN" in page


# What the curves show, without the cure and with it.
SEEN = {
    # Whether a seed collapses may differ between processors.
    "collapse": lambda bad, good: bad[-1] <= 8 == good[-1],
    "strong": lambda bad, good: min(bad) < 0.01 and min(good) > 0.5,
    # NaN, which compares with nothing, or far above.
    "nan": lambda bad, good: not bad[-1] < 10 * good[-1],
    "noise": lambda bad, good: bad[-1] > 3 * good[-1],
    "checkerboard": lambda bad, good: bad[-1] > 2 * good[-1],
}


@pytest.mark.once("tensorflow")
@pytest.mark.soak
@pytest.mark.parametrize("trouble", SEEN)
def test_troubles_look_as_the_page_says(trouble, tmp_path, monkeypatch, capsys):
    script = ROOT / "recipes" / "troubles" / "draw.py"
    arguments = [str(script), trouble, "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", arguments)
    with warnings.catch_warnings(), contextlib.suppress(SystemExit):
        warnings.simplefilter("ignore")
        runpy.run_path(str(script), run_name="__main__")
    curves = [
        [float(x) for x in re.findall(r"[\d.e+-]+|nan|inf", line.split("[")[1])]
        for line in capsys.readouterr().out.splitlines()
        if "[" in line
    ]
    assert SEEN[trouble](*curves), curves
    assert (tmp_path / f"{trouble}.png").exists()
    assert (DOCS / "images" / "troubles" / f"{trouble}.png").exists()
