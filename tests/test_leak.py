"""Memory stays where it is over 10,000 steps."""

import os

import games
import keras
import numpy as np

STEPS, EVERY = 10_000, 1_000


class Memory(keras.callbacks.Callback):
    """MiB of this process that are in memory, every thousand steps."""

    def __init__(self):
        super().__init__()
        self.steps, self.found = 0, []

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if self.steps % EVERY == 0:
            with open("/proc/self/statm") as file:
                pages = int(file.read().split()[1])
            self.found.append(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)


def test_memory_stays_flat():
    gan = games.game("GAN", n_critic=1)
    memory = Memory()
    gan.fit(
        games.points(games.BATCH * STEPS // 4),
        batch_size=games.BATCH,
        epochs=4,
        callbacks=[memory],
        verbose=0,
    )
    assert len(memory.found) == STEPS // EVERY
    # 1 MiB in 8,000 steps is 130 bytes a step: no tensor of any size.
    growth = np.max(memory.found[-3:]) - memory.found[1]
    assert growth < 3, memory.found
