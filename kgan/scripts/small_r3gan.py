"""R3GAN's settings for small images and hours of a CPU."""

import keras

from kgan.arguments import check_number
from kgan.average import Average
from kgan.schedules import Cosine

HALF_LIFE = 50_000


def small_r3gan(
    images: int, rate: float = 4e-4, gamma: float = 1.0
) -> tuple[dict, list[keras.optimizers.Optimizer]]:
    """Makes what R3GAN is built and compiled with, for so many real images.

    As the paper's own settings, in small: Adam without momentum, whose
    learning rate falls to a tenth along a cosine, as the weight of R1 and R2
    does; and an average of the generator, of half-life 50,000 images or a
    tenth of those seen.

    Reference: Huang et al. 2024, "The GAN is dead; long live the GAN!",
    appendix.

    Args:
        images: Positive integer, real images until the end of the schedules.
        rate: Positive number, the first learning rate of both players.
        gamma: Positive number, the first weight of R1 and R2.

    Returns:
        Arguments of `kgan.R3GAN`, `"gamma"` and `"average"`; and both
        players' optimizers, the generator's first, for `compile`.

    Raises:
        ValueError: If an argument is not as above.

    Example:

    ```python
    arguments, optimizers = kgan.scripts.small_r3gan(images=640_000)
    gan = kgan.R3GAN(generator, discriminator, **arguments)
    gan.compile(*optimizers)
    ```
    """
    check_number("rate", rate, "a learning rate above 0", lambda x: x > 0)
    check_number("gamma", gamma, "a weight above 0", lambda x: x > 0)
    arguments = {
        "gamma": Cosine(gamma, gamma / 10, images),
        "average": Average(half_life=HALF_LIFE, ramp_up=0.1),
    }
    optimizers = [
        keras.optimizers.Adam(
            Cosine(rate, rate / 10, images),
            beta_1=0.0,
            beta_2=0.99,
            epsilon=1e-8,
        )
        for _ in range(2)
    ]
    return arguments, optimizers
