"""Opens hostile files in one process, and says what came of each.

    python tests/hostile_run.py archives FOLDER

Prints one line of JSON: the outcome and processor seconds of each file, the
growth of memory in MB, and what was started, imported or opened that a file
must not reach: modules and files with "planted" in their names.
"""

import importlib
import json
import os
import resource
import sys
import time
from pathlib import Path

import numpy as np

import kgan
from kgan.sample import load_generator

FORBIDDEN = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn")
ROOMS = ("planted", "antigravity", "keras_hub", "keras_nlp", "webbrowser")
watching = False
seen: list[str] = []


def watch(event, arguments):
    if not watching:
        return
    if event in FORBIDDEN or event == "socket.connect":
        seen.append(f"{event} {arguments[0]}")
    if event == "import" and arguments[0].split(".")[0] in ROOMS:
        seen.append(f"import {arguments[0]}")
    # The archives themselves have names such as planted.keras.
    path = str(arguments[0]) if event == "open" else ""
    if "planted" in path and not path.endswith(".keras"):
        seen.append(f"open {arguments[0]}")


def archive(path):
    model = load_generator(path)
    return [model.input_shape[-1], model.output_shape[-1]]


def folder(path):
    """The bytes of the images."""
    large = path.name.startswith(("large", "ten_scans"))
    data = kgan.data.load(
        path,
        image_size=4 if large else None,
        batch_size=1,
        shuffle=False,
        cache=False,
    )
    images = [np.asarray(image) for image in data]
    pixels = np.round((np.concatenate(images) + 1) * 127.5).astype("int")
    return pixels.tolist()


def peak_megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(kind, root):
    global watching
    sys.addaudithook(watch)
    task = {"archives": archive, "folders": folder}[kind]
    if kind == "folders":  # Part of the import: `kgan.data` reads with it.
        importlib.import_module("tensorflow")
    before, outcomes = peak_megabytes(), {}
    for name in sorted(os.listdir(root)):
        watching = not name.startswith("-")  # "-" names the first, a good one.
        began = time.process_time()
        try:
            outcome = task(Path(root, name))
        except ValueError as error:
            outcome = f"ValueError: {error}"
        except Exception as error:
            outcome = f"{type(error).__name__}: {error}"
        outcomes[name] = [outcome, time.process_time() - began]
    watching = False
    report = {
        "outcomes": outcomes,
        "megabytes": peak_megabytes() - before,
        "seen": seen,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
