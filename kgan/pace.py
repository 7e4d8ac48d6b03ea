"""How quick a training is, in real images per second."""

import time
from typing import Any

import keras


class Pace:
    """Measures one epoch, by the steps that a callback sees.

    The first call of an epoch, in which a step may be compiled, is left out
    where there are others.
    """

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._first: tuple[int, float] | None = None
        self._last: tuple[int, float] = (0, self._begun)

    def saw(self, steps: int) -> None:
        """Notes that so many steps of the epoch are done."""
        self._last = steps, time.monotonic()
        if self._first is None:
            self._first = self._last

    @property
    def steps(self) -> int:
        """Steps that were seen."""
        return self._last[0]

    def steps_per_second(self) -> float | None:
        """The pace up to the last step; `None` before there is one."""
        steps, now = self._last
        first, then = self._first or (0, now)
        if steps > first:
            steps -= first
        else:
            then = self._begun
        return steps / (now - then) if steps and now > then else None


def images_seen(model: Any) -> int:
    """Real images that a model has been trained on, between its epochs."""
    seen = keras.ops.convert_to_numpy(model.progress.images_seen)
    return int(seen)
