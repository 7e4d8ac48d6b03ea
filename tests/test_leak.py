"""Memory stays where it is over thousands of steps.

In a separate process: where a test before has raised an error in a
generator of tf.data, Python may have begun to collect garbage in TensorFlow's
thread, and wait there for that very thread to end (TensorFlow 2.21). It then
collects none in the whole process, whatever trains.
"""

import os
import subprocess
import sys

import games
import keras
import numpy as np
import pytest


class Memory(keras.callbacks.Callback):
    """MiB of this process that are in memory, every so many steps."""

    def __init__(self, every):
        super().__init__()
        self.every, self.steps, self.found = every, 0, []

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if self.steps % self.every == 0:
            with open("/proc/self/statm") as file:
                pages = int(file.read().split()[1])
            self.found.append(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)


# 3 MiB in 8,000 steps are 400 bytes a step: no tensor of any size. The short
# run sees 2 KiB a step: a batch and what was traced for it.
@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(2_000, marks=pytest.mark.slow),
        pytest.param(10_000, marks=pytest.mark.soak),
    ],
)
def test_memory_stays_flat(steps):
    done = subprocess.run(
        [sys.executable, __file__, str(steps)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = [float(line) for line in done.stdout.split()]
    assert len(found) == 10
    growth = np.max(found[-3:]) - found[1]
    assert growth < 3, found


def train(steps):
    """Prints the memory ten times."""
    gan = games.game("GAN", n_critic=1)
    memory = Memory(steps // 10)
    gan.fit(
        games.points(games.BATCH * steps // 4),
        batch_size=games.BATCH,
        epochs=4,
        callbacks=[memory],
        verbose=0,
    )
    print(*memory.found)


if __name__ == "__main__":
    train(int(sys.argv[1]))
