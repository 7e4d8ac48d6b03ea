"""An objective's optimizers at another learning rate."""

from typing import Any

import keras

from kgan.arguments import check_number, shown


def optimizers(model: Any, **rates: float) -> list[keras.optimizers.Optimizer]:
    """Makes the optimizers of an objective's paper, but for the learning rate.

    Args:
        model: A kgan model.
        **rates: Positive numbers, the learning rate of both players, by the
            short name of the objective that it is for.

    Returns:
        Those of the players, the generator's first, for `compile`. An empty
        list where `rates` has none for this objective: `compile` then takes
        those of the paper.

    Raises:
        ValueError: If `model` is no model of kgan, or a rate is not as above.

    Example:

    ```python
    gan.compile(*kgan.scripts.optimizers(gan, wgan=5e-4))
    ```
    """
    if not hasattr(model, "default_optimizer"):
        raise ValueError(
            f"`model` must be a kgan model. Received: model={shown(model)}"
        )
    for name, rate in rates.items():
        check_number(name, rate, "a learning rate above 0", lambda x: x > 0)
    if model.short_name not in rates:
        return []
    players = 1 + model.has_discriminator
    return [_at(rates[model.short_name], model) for _ in range(players)]


def _at(rate: float, model: Any) -> keras.optimizers.Optimizer:
    paper = model.default_optimizer("paper")
    config = {**paper.get_config(), "learning_rate": rate}
    # With Keras's default name.
    config.pop("name")
    return type(paper).from_config(config)
