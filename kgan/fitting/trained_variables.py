"""The variables that a compiled model trains."""

import keras


class TrainedVariables:
    """The variables that were trainable when the model was compiled.

    Optimizers have moments for these, and compiled steps update these, so
    that a layer that is frozen or unfrozen since would train wrongly.
    """

    def __init__(self, model: keras.Model):
        self._paths = _paths(model)

    def check(self, model: keras.Model) -> None:
        """Raises ValueError unless the same variables are trainable now."""
        now = _paths(model)
        changed = [
            f"{path} is {'not ' if key in self._paths else ''}trainable now"
            for key, path in {**self._paths, **now}.items()
            if (key in self._paths) != (key in now)
        ]
        if changed:
            more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
            raise ValueError(
                "Call `compile()` again after a change of `trainable`: the "
                "optimizers and the compiled step are those of before. "
                f"Received: {', '.join(changed[:3])}{more}."
            )


def _paths(model: keras.Model) -> dict[int, str]:
    return {id(v): v.path for v in model.trainable_variables}
