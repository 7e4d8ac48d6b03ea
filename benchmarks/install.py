"""Measures what kgan takes to install in an empty environment.

    python benchmarks/install.py --extra plain jax torch export docs

For each extra in turn, it makes a virtual environment, installs kgan's wheel
with that extra, imports kgan, and removes the environment. The wheel is built
before and not counted. pip's cache is off, so each install downloads and
unpacks everything. The seconds belong to the machine and to the index. MB are
10^6 bytes of the files that were added, compiled modules included. `--on-top
gradio` adds a package to the plain environment and measures it alone. Prints
one JSON line per install.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("kgan", "saved_models")
FILES = ("LICENSE", "MANIFEST.in", "README.md", "pyproject.toml", "setup.py")
EXTRAS = ("plain", "jax", "torch", "export", "docs", "explore")
# The others run on Keras's choice.
BACKENDS = {"jax": "jax", "torch": "torch"}


def wheel(folder: Path) -> Path:
    """Builds the wheel from a copy, which leaves the clone as it is."""
    source = folder / "source"
    source.mkdir()
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name)
    for name in FILES:
        shutil.copy(ROOT / name, source)
    command = ["wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", *command, source], check=True)
    shutil.rmtree(source)
    return next(folder.glob("kgan-*.whl"))


def sizes(environment: Path) -> dict[str, int]:
    """Bytes of each file of an environment; links have none."""
    return {
        str(path): path.stat().st_size
        for path in environment.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def largest(added: dict[str, int], environment: Path) -> dict[str, int]:
    """MB of the five largest folders of packages."""
    folders: dict[str, int] = {}
    for path, size in added.items():
        parts = Path(path).relative_to(environment).parts
        if "site-packages" in parts[:-2]:
            name = parts[parts.index("site-packages") + 1]
            folders[name] = folders.get(name, 0) + size
    order = sorted(folders, key=folders.__getitem__, reverse=True)
    return {name: round(folders[name] / 1e6) for name in order[:5]}


def install(python: Path, requirement: str, constraint: Path) -> dict:
    """Installs into an environment; returns seconds, MB and packages."""
    environment = python.parents[1]
    before, count = sizes(environment), packages(python)
    command = ["install", "--quiet", "--no-cache-dir"]
    command += ["--constraint", str(constraint), requirement]
    start = time.perf_counter()
    subprocess.run([python, "-m", "pip", *command], check=True)
    seconds = time.perf_counter() - start
    added = {p: n for p, n in sizes(environment).items() if p not in before}
    return {
        "seconds": round(seconds),
        "MB": round(sum(added.values()) / 1e6),
        "files": len(added),
        "packages": packages(python) - count,
        "largest_MB": largest(added, environment),
    }


def packages(python: Path) -> int:
    """Counts the packages of an environment."""
    command = [python, "-m", "pip", "list", "--format", "json"]
    done = subprocess.run(command, check=True, capture_output=True)
    return len(json.loads(done.stdout))


def imported(python: Path, backend: str, folder: Path) -> str:
    """Returns the version that a program elsewhere imports."""
    environment = {**os.environ, "KERAS_BACKEND": backend}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [python, "-c", "import kgan; print(kgan.__version__)"],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("--extra", nargs="+", choices=EXTRAS, default=EXTRAS)
    option("--on-top", nargs="*", default=[], metavar="PACKAGE")
    option("--constraint", type=Path, default=ROOT / "constraints.txt")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kgan-install-") as name:
        folder = Path(name)
        file = wheel(folder)
        for extra in args.extra:
            python = folder / extra / "bin" / "python"
            venv.create(folder / extra, with_pip=True)
            wanted = str(file) if extra == "plain" else f"{file}[{extra}]"
            result = {"install": "kgan" if extra == "plain" else extra}
            result |= install(python, wanted, args.constraint)
            backend = BACKENDS.get(extra, "tensorflow")
            result["imports"] = imported(python, backend, folder)
            print(json.dumps(result), flush=True)
            for package in args.on_top if extra == "plain" else []:
                result = {"install": f"{package} on top"}
                result |= install(python, package, args.constraint)
                print(json.dumps(result), flush=True)
            shutil.rmtree(folder / extra)


if __name__ == "__main__":
    main()
