"""Whether a schedule stays within the range of what follows it."""

from collections.abc import Callable

from keras import ops

from kgan.arguments import LARGEST
from kgan.schedules import Schedule


def check_schedule(
    name: str, schedule: Schedule, expected: str, fits: Callable[[float], bool]
) -> None:
    """Raises ValueError unless a schedule begins and ends in its range.

    Args:
        name: Name of the argument, for the message.
        schedule: Its value.
        expected: Which numbers are allowed, in words.
        fits: Whether a float is one of them.
    """
    for images in (0, LARGEST):
        number = float(ops.convert_to_numpy(schedule(images)))
        if not fits(number):
            raise ValueError(
                f"`{name}` must follow {expected}. Received: {schedule!r}, "
                f"which is {number:.6g} after {images:,} images. Choose other "
                "ends."
            )
