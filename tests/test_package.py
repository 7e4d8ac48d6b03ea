"""The sdist and the wheel: what they hold, and that they work elsewhere."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from email.parser import Parser
from xml.etree import ElementTree

import pytest
from PIL import Image

import kgan
from kgan.presets import table

pytestmark = [pytest.mark.once, pytest.mark.slow]
ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDERS = (".ci", "benchmarks", "docs", "kgan", "recipes", "saved_models")
FOLDERS += ("tests",)
CACHES = shutil.ignore_patterns("__pycache__")
# What sdists have besides.
MADE = {"PKG-INFO", "setup.cfg"}
SDIST = """
import sys
from setuptools import build_meta
print(build_meta.build_sdist(sys.argv[1]))
"""
# Elsewhere than in the clone, whose folder would be imported first.
DRAW = """
import pathlib
import sys
import kgan
assert kgan.__version__ == sys.argv[2], kgan.__version__
assert sys.argv[1] in kgan.__file__, kgan.__file__
generator = kgan.presets.generator("digits")
latents = kgan.images.latents(4, generator.inputs[0].shape[-1], seed=1)
samples = generator.predict([latents, latents[:, 0] * 0]
    if len(generator.inputs) == 2 else latents, verbose=0)
print(samples.shape, kgan.presets.classifier("mnist").output_shape)
print([row.name for row in kgan.presets.names() if row.trained])
models = pathlib.Path(kgan.__file__).parent / "saved_models"
print(models / "preset_digits.keras")
"""


def run(folder, *command, path=None):
    """Runs a command in a folder, with `path` alone before what it imports."""
    environment = {**os.environ, "PYTHONPATH": str(path or "")}
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The sdist, its files in a folder, and the wheel that is built of them."""
    folder = tmp_path_factory.mktemp("built")
    source = folder / "source"
    source.mkdir()
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, source)
        elif path.name in FOLDERS:
            shutil.copytree(path, source / path.name, ignore=CACHES)
    run(source, sys.executable, "-c", SDIST, folder)
    shutil.rmtree(source)
    (sdist,) = folder.glob("kgan-*.tar.gz")
    with tarfile.open(sdist) as archive:
        # Python 3.11.4 has it first; 3.12 warns where it is not given.
        safe = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(folder, **safe)
    unpacked = folder / sdist.name.removesuffix(".tar.gz")
    build = ["wheel", unpacked, "--no-deps", "--no-build-isolation"]
    build += ["--wheel-dir", folder]
    run(folder, sys.executable, "-m", "pip", *build)
    shutil.rmtree(unpacked / "build", ignore_errors=True)
    (wheel,) = folder.glob("kgan-*.whl")
    return sdist, unpacked, wheel


def draws(folder, python, installed, path=None):
    """Checks that what is installed draws, from a folder with nothing in it."""
    folder.mkdir()
    printed = run(
        *(folder, python, "-c", DRAW, installed, kgan.__version__), path=path
    )
    shapes, trained, model = printed.splitlines()[-3:]
    assert shapes == "(4, 8, 8, 1) [(None, 64), (None, 10)]"
    names = [row.name for row in kgan.presets.names() if row.trained]
    assert trained == str(names) and set(names) <= set(table.PRESETS)
    sample = ["-m", "kgan.sample", model, "--num", "4", "--out", "four.png"]
    run(folder, python, *sample, path=path)
    with Image.open(folder / "four.png") as picture:
        assert picture.width == picture.height >= 16
    assert [file.name for file in folder.iterdir()] == ["four.png"]


def test_an_sdist_holds_all_that_the_repository_does(built):
    _, unpacked, _ = built
    held = {
        str(path.relative_to(unpacked))
        for path in unpacked.rglob("*")
        if path.is_file() and "egg-info" not in str(path)
    }
    for name in ("LICENSE", "CHANGELOG.md", "CITATION.cff", "tests/games.py"):
        assert name in held
    assert not [name for name in held if name.endswith(".pyc")]
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone: nothing says what the repository holds")
    tracked = run(ROOT, "git", "ls-files", "-z").split("\0")
    assert held - MADE == {name for name in tracked if (ROOT / name).is_file()}


def test_a_wheel_holds_the_package_and_its_models_alone(built):
    *_, wheel = built
    with zipfile.ZipFile(wheel) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.filelist}
    (metadata,) = (name for name in sizes if name.endswith("/METADATA"))
    described = pathlib.PurePath(metadata).parent.name
    modules = {
        str(path.relative_to(ROOT)) for path in (ROOT / "kgan").rglob("*.py")
    }
    models = {
        f"kgan/saved_models/{path.name}": path.stat().st_size
        for path in (ROOT / "saved_models").glob("*.*")
    }
    held = {name for name in sizes if not name.startswith(described)}
    assert held == modules | set(models)
    assert all(sizes[name] == size for name, size in models.items())
    assert max(models.values()) < 2e6 and sum(models.values()) < 15e6
    assert wheel.stat().st_size < 20e6


def test_the_metadata_are_those_of_the_version(built):
    sdist, unpacked, wheel = built
    version = kgan.__version__
    assert sdist.name == f"kgan-{version}.tar.gz"
    assert wheel.name == f"kgan-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith("/METADATA"))
        text = archive.read(name).decode()
        licence = archive.read(name.replace("METADATA", "licenses/LICENSE"))
        scripts = name.replace("METADATA", "entry_points.txt")
        scripts = archive.read(scripts).decode()
    for described in (text, (unpacked / "PKG-INFO").read_text()):
        fields = Parser().parsestr(described)
        assert (fields["Name"], fields["Version"]) == ("kgan", version)
        assert fields["License-Expression"] == "Apache-2.0"
        assert fields["License-File"] == "LICENSE"
        assert fields["Requires-Python"] == ">=3.11"
        assert fields["Description-Content-Type"] == "text/markdown"
        assert fields.get_payload().startswith("# kgan\n")
    assert licence == (ROOT / "LICENSE").read_bytes()
    assert "kgan-sample = kgan.sample:main" in scripts


def test_an_installed_wheel_draws_without_the_repository(built, tmp_path):
    *_, wheel = built
    site = tmp_path / "installed"
    install = ["install", "--no-deps", "--target", site, wheel]
    run(tmp_path, sys.executable, "-m", "pip", *install)
    draws(tmp_path / "elsewhere", sys.executable, "installed", path=site)


@pytest.mark.soak
def test_an_empty_environment_takes_the_wheel_and_draws(built, tmp_path):
    """Installs TensorFlow and the rest, too: one to four minutes."""
    *_, wheel = built
    venv.create(tmp_path / "empty", with_pip=True)
    programs = tmp_path / "empty" / "bin"
    constraint = ["--constraint", ROOT / "constraints.txt"]
    install = ["-m", "pip", "install", "--quiet", *constraint, wheel]
    run(tmp_path, programs / "python", *install)
    run(tmp_path, programs / "python", "-m", "pip", "check")
    printed = run(tmp_path, programs / "kgan", "--version")
    assert kgan.__version__ in printed
    # It has Keras's own choice of backend alone.
    python = ["env", "KERAS_BACKEND=tensorflow", programs / "python"]
    draws_in_empty = tmp_path / "elsewhere"
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\nexec {" ".join(map(str, python))} "$@"\n')
    program.chmod(0o755)
    draws(draws_in_empty, program, "empty")


@pytest.mark.soak
def test_the_tests_of_an_sdist_find_what_they_need(built):
    """All are collected, and those that read documents and settings pass."""
    _, unpacked, _ = built
    tests = ["-m", "pytest", "--numprocesses=0"]
    run(unpacked, sys.executable, *tests, "--collect-only", path=unpacked)
    chosen = ["guarantees", "readme", "site", "recipes", "walk"]
    files = [f"tests/test_{name}.py" for name in chosen]
    quick = ["-m", "not slow and not soak"]
    run(unpacked, sys.executable, *tests, *quick, *files, path=unpacked)


def test_version_changelog_and_citation_agree():
    citation = (ROOT / "CITATION.cff").read_text()
    (version,) = re.findall(r"^version: (\S+)$", citation, re.M)
    (date,) = re.findall(r'^date-released: "(\S+)"$', citation, re.M)
    assert version == kgan.__version__
    changelog = (ROOT / "CHANGELOG.md").read_text()
    sections = re.findall(r"^## \[(.+?)\](?: - (\S+))?$", changelog, re.M)
    assert sections[0] == ("Unreleased", "")
    # The newest release.
    assert sections[1] == (version, date)
    for key in ("cff-version: 1.2.0", "type: software", "license: Apache-2.0"):
        assert re.search(rf"^{re.escape(key)}$", citation, re.M)
    settings = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{version}"' in settings


def test_badges_say_what_the_settings_do():
    with open(ROOT / "pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]
    (keras,) = (d for d in project["dependencies"] if d.startswith("keras>"))
    python = project["requires-python"].removeprefix(">=")
    wanted = [
        *("Python", f"{python}+", "Keras", f"{keras.removeprefix('keras>=')}+"),
        *("backends", "TensorFlow, JAX, PyTorch"),
        *("licence", project["license"]),
    ]
    picture = ElementTree.parse(ROOT / "docs" / "images" / "badges.svg")
    space = "{http://www.w3.org/2000/svg}"
    assert [text.text for text in picture.iter(f"{space}text")] == wanted
    (title,) = (text.text for text in picture.iter(f"{space}title"))
    pairs = zip(wanted[::2], wanted[1::2], strict=True)
    assert title == "; ".join(" ".join(pair) for pair in pairs)
    readme = (ROOT / "README.md").read_text()
    assert f"![{title}](docs/images/badges.svg)" in readme
    modules = {path.stem for path in (ROOT / "kgan" / "backend").iterdir()}
    assert {"tensorflow", "jax", "torch"} <= modules
