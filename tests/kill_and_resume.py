"""Kills a recipe with SIGKILL again and again, and looks what is left.

    KERAS_BACKEND=jax python tests/kill_and_resume.py --kills 20 --seed 0

Each trial starts recipes/digits.py (small) in a separate process and kills
it inside of a write, after a random share of the bytes of a random file; goes
on with `--resume` and kills that at a random moment, too; and lets a third
process finish. After each kill every .keras file must be whole and load. At
the end the weights of both networks, both optimizers, the seeds and the score
must be those of a run that was never interrupted. Prints one row per kill and
the largest difference.

The processes are forked after the imports, before any backend has started.
"""

import argparse
import contextlib
import json
import os
import pathlib
import runpy
import signal
import sys
import tempfile
import time
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if os.environ.get("KERAS_BACKEND") == "torch":
    import torch  # noqa: F401

import keras
import matplotlib.figure  # noqa: F401
import numpy as np
import PIL.Image  # noqa: F401
import sklearn.datasets  # noqa: F401
import sklearn.model_selection  # noqa: F401
import tensorflow  # noqa: F401

import kgan
from kgan import files

ROOT = pathlib.Path(__file__).resolve().parents[1]
RECIPE = str(ROOT / "recipes" / "digits.py")
SHORT = ("--epochs", "3", "--steps-per-epoch", "3", "--batch-size", "32")
OPTIONS = (*SHORT, "--n-critic", "2", "--seed", "0")
TOLERANCE = 1e-6


class DyingFile:
    """A file that kills its process after some of the bytes."""

    def __init__(self, file, share):
        self.file, self.share = file, share

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.file.close()

    def write(self, content):
        self.file.write(content[: int(self.share * len(content))])
        self.file.flush()
        os.kill(os.getpid(), signal.SIGKILL)


def start(*options, log, doomed_write=None):
    """Forks a process that runs the recipe; returns its id.

    Args:
        doomed_write: Number of the write in `.keras` files and the share of
            its bytes after which the process kills itself.
    """
    process = os.fork()
    if process:
        return process
    try:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(out, 1)
        os.dup2(out, 2)
        if doomed_write is not None:
            number, share = doomed_write
            writes = []

            def dying(path, mode):
                file = open(path, mode)
                if ".keras" in str(path):
                    writes.append(path)
                if len(writes) - 1 == number:
                    return DyingFile(file, share)
                return file

            files.open = dying
        sys.argv = [RECIPE, *map(str, options)]
        runpy.run_path(RECIPE, run_name="__main__")
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    sys.stdout.flush()
    os._exit(0)


def finish(process, log):
    """Waits for a process that must succeed."""
    _, status = os.waitpid(process, 0)
    if status:
        raise SystemExit(f"The run failed:\n{log.read_text()[-4000:]}")


def kill_after(process, picture, delay):
    """Kills the process some seconds after it has drawn a picture."""
    while not picture.exists():
        if os.waitpid(process, os.WNOHANG)[0]:
            return False
        time.sleep(0.005)
    time.sleep(delay)
    if os.waitpid(process, os.WNOHANG)[0]:
        return False
    os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    return os.WIFSIGNALED(status)


def inspect(folder, out):
    """Epochs done; fails unless each `.keras` file is whole and loads.

    In a separate process: this one forks, so it may start no backend.
    """
    process = os.fork()
    if process == 0:
        code = 1
        with contextlib.suppress(BaseException):
            epochs = 0
            for path in sorted(folder.glob("*.keras")):
                with zipfile.ZipFile(path) as file:
                    if file.testzip() is not None:
                        os._exit(2)
                model = keras.saving.load_model(path)
                epochs = getattr(model, "epochs_done", epochs)
            out.write_text(json.dumps(epochs))
            code = 0
        os._exit(code)
    _, status = os.waitpid(process, 0)
    if status:
        raise SystemExit(f"A file in {folder} is not whole.")
    return json.loads(out.read_text())


def compare(first, second, out):
    """Largest difference of two runs' weights, optimizers and seeds."""
    process = os.fork()
    if process == 0:
        states = []
        for folder in (first, second):
            gan = keras.saving.load_model(folder / "run.keras")
            states.append(
                [
                    np.asarray(keras.ops.convert_to_numpy(v), "float64")
                    for v in [*gan.variables, *gan.optimizer.variables]
                ]
            )
        largest = max(
            float(np.abs(a - b).max())
            for a, b in zip(*states, strict=True)
            if a.size
        )
        out.write_text(json.dumps([largest, len(states[0])]))
        os._exit(0)
    _, status = os.waitpid(process, 0)
    if status:
        raise SystemExit("The runs could not be compared.")
    return json.loads(out.read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    random = np.random.default_rng(arguments.seed)
    worst = 0.0
    kills: list[bool] = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        straight, answer = folder / "straight", folder / "answer.json"
        log = folder / "log.txt"
        began = time.monotonic()
        finish(start(*OPTIONS, "--out", straight, log=log), log)
        whole = time.monotonic() - began
        scores = kgan.scores.read(straight / "scores.json")["scores"]
        print(f"{keras.backend.backend()}: a run takes {whole:.0f} s")

        def report(how, killed, out):
            half = [p.name.split(".")[1] for p in out.rglob(".*.tmp")]
            epochs = inspect(out, answer)
            kills.append(killed)
            print(
                f"{len(kills):3d}  {'killed' if killed else 'was done'} {how}; "
                f"{epochs} epochs on disk, half written: {half or 'none'}",
                flush=True,
            )
            return epochs

        while sum(kills) < arguments.kills:
            out = folder / f"{len(kills)}"
            log = folder / f"log_{len(kills)}.txt"
            options = (*OPTIONS, "--out", out)
            # Of up to nine writes, as not every epoch is the best.
            doomed = int(random.integers(7)), float(random.random())
            process = start(*options, log=log, doomed_write=doomed)
            _, status = os.waitpid(process, 0)
            how = f"at {doomed[1]:.0%} of write {doomed[0] + 1}"
            epochs = report(how, os.WIFSIGNALED(status), out)
            # With the folder alone, the delay runs from the start on.
            epoch = int(random.integers(epochs, 4))
            delay = float(random.uniform(0, 2))
            picture = out / "samples"
            if epoch > epochs:
                picture /= f"epoch_{epoch:04d}.png"
                picture.unlink(missing_ok=True)
            process = start(*options, "--resume", log=log)
            killed = kill_after(process, picture, delay)
            report(f"{delay:.2f} s after {picture.name}", killed, out)
            finish(start(*options, "--resume", log=log), log)
            largest, count = compare(straight, out, answer)
            again = kgan.scores.read(out / "scores.json")["scores"]
            for name, score in scores.items():
                largest = max(largest, abs(again[name] - score))
            worst = max(worst, largest)
            print(f"     difference {largest:.1e} of {count} arrays and score")
            if list(out.rglob(".*.tmp")) or largest > TOLERANCE:
                raise SystemExit("Something is left over, or differs.")
    print(f"largest difference {worst:.1e} in {sum(kills)} kills")


if __name__ == "__main__":
    main()
