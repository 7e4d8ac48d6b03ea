"""Trains, and is killed inside of a write, again and again; run by a test.

    python killed_writes.py FOLDER 3 4 3

Each number is that of the write that kills a process, halfway through its
bytes; the next process goes on in FOLDER/run. What each one leaves is copied
to FOLDER/0, FOLDER/1, ... The processes are forked after the imports, before
any backend has started.
"""

import os
import pathlib
import shutil
import signal
import sys
import traceback

import keras  # noqa: F401
import test_checkpoint

import kgan
from kgan import files


class Dying:
    """A file of which one write kills the process."""

    writes = 0

    def __init__(self, file, kill):
        self.file, self.kill = file, kill

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.file.close()

    def write(self, content):
        Dying.writes += 1
        if Dying.writes == self.kill:
            self.file.write(content[: len(content) // 2])
            self.file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        self.file.write(content)

    def flush(self):
        self.file.flush()

    def fileno(self):
        return self.file.fileno()


def train(folder, kill):
    files.open = lambda path, mode: Dying(open(path, mode), kill)
    gan = test_checkpoint.make()
    test_checkpoint.train(gan, kgan.callbacks.Checkpoint(folder), epochs=3)


def main():
    folder = pathlib.Path(sys.argv[1])
    for number, kill in enumerate(map(int, sys.argv[2:])):
        process = os.fork()
        if process == 0:
            try:
                train(folder / "run", kill)
            except BaseException:
                traceback.print_exc()
            os._exit(1)
        _, status = os.waitpid(process, 0)
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
            raise SystemExit(f"process {number} ended by itself: {status}")
        shutil.copytree(folder / "run", folder / str(number))


if __name__ == "__main__":
    main()
