"""Arguments of a model's constructor that a search fixes or searches over."""

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

import keras
import keras_tuner
import numpy as np

from kgan.arguments import check_text, is_integer, is_number, shown
from kgan.objectives.table import constructor
from kgan.tuning.space import GREATEST, SMALLEST, declare
from kgan.tuning.trials import MEASURED

# Arguments that a trial passes, and where they come from.
ELSEWHERE = {"n_critic": "n_critic=", "seed": "seeds="}
# Other hyper-parameters of a trial.
TAKEN = {
    *("clip_value", "generator_learning_rate", "discriminator_learning_rate"),
    *MEASURED,
}
FORMS = (
    "a tuple (smallest, largest) to search between, of two integers or of two "
    "numbers above 0 (on a log scale), a list of numbers, texts or booleans "
    "to try, or one value"
)


class ModelArguments:
    """Holds `GANHyperModel(model_arguments=)`, checked.

    Args:
        model: The class of the models, or a function that returns one.
        given: Dict from argument to its space or value, or `None`.

    Raises:
        ValueError: If `given` is not a dict, if a key is not an argument of
            the model, if a required argument is missing, or if a value has
            none of the forms.
    """

    def __init__(self, model: Callable[..., keras.Model], given: Any):
        given = {} if given is None else given
        if not isinstance(given, Mapping):
            raise ValueError(
                "`model_arguments` must be a dict of an argument's name and "
                f"{FORMS}. Received: model_arguments={shown(given)}"
            )
        _check_names(model, given)
        self.spaces: dict[str, Any] = {}
        self._objects: dict[str, str] = {}
        for name, value in given.items():
            space = _space(name, value)
            if space is None:
                space = self._objects[name] = _as_text(name, value)
            self.spaces[name] = space

    def declare(
        self, hp: keras_tuner.HyperParameters, beginnings: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Adds the arguments to a trial's; returns their values.

        Each model gets a new copy of an object.

        Args:
            hp: The hyper-parameters of the trial.
            beginnings: Values where a grid search begins, by name.
        """
        values = {
            name: declare(hp, name, space, _number(beginnings.get(name)))
            for name, space in self.spaces.items()
        }
        for name, text in self._objects.items():
            values[name] = _from_text(text)
        for name, space in self.spaces.items():
            # keras-tuner keeps booleans to choose from as 0 and 1.
            if isinstance(space, list) and isinstance(space[0], bool):
                values[name] = bool(values[name])
        return values

    def ends(self) -> list[dict[str, Any]]:
        """Returns arguments that reach the ends of the space, one at a time."""
        searched = {
            name: list(space)
            for name, space in self.spaces.items()
            if isinstance(space, list | tuple)
        }
        return [{name: v} for name, each in searched.items() for v in each]


def _check_names(model: Callable[..., keras.Model], given: Mapping) -> None:
    parameters = _parameters(model)
    for name in given:
        check_text("model_arguments", name, "a dict with names of arguments")
        if name in ELSEWHERE:
            raise ValueError(
                f"`model_arguments` must not have {name!r}: each trial has its "
                f"own. Pass {ELSEWHERE[name]} to GANHyperModel. Received: "
                f"model_arguments={shown(dict(given))}"
            )
        if name in TAKEN or (parameters and name not in parameters):
            takes = ", ".join(parameters or []) or "others"
            raise ValueError(
                f"`model_arguments` must name arguments of {_name(model)}, "
                f"which takes {takes}. Received: {name!r}"
            )
    missing = [
        name
        for name, parameter in (parameters or {}).items()
        if parameter.default is parameter.empty and name not in given
    ]
    if missing:
        raise ValueError(
            f"{_name(model)} cannot do without {', '.join(missing)}: pass "
            f"model_arguments={{{missing[0]!r}: ...}}, {FORMS}. Received: "
            f"model_arguments={shown(dict(given))}"
        )


def _parameters(model: Callable) -> dict[str, inspect.Parameter] | None:
    """Returns the arguments except networks and seed; `None` means any."""
    if isinstance(model, type):
        found = constructor(model)
    else:
        try:
            found = dict(inspect.signature(model).parameters)
        except (TypeError, ValueError):  # A C function has no signature.
            return None
    variable = inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL
    if any(parameter.kind in variable for parameter in found.values()):
        return None
    # The two networks come first, whatever they are called.
    rest = list(found.items())[2:]
    return {name: p for name, p in rest if name not in ELSEWHERE}


def _space(name: str, value: Any) -> Any:
    """Returns a range, a list or a plain value; `None` for an object."""
    if isinstance(value, tuple):
        return _range(name, value)
    if isinstance(value, list) and all(map(_is_plain, value)):
        return _choices(name, value)
    if not _is_plain(value):
        return None
    value = _python(value)
    if isinstance(value, float) and not np.isfinite(value):
        raise _no_space(name, value)
    return value


def _range(name: str, value: tuple) -> tuple:
    if len(value) == 2 and all(map(is_number, value)):
        smallest, largest = map(_python, value)
        whole = is_integer(smallest) and is_integer(largest)
        if smallest < largest and (
            whole or SMALLEST <= smallest < largest <= GREATEST
        ):
            return (
                (smallest, largest)
                if whole
                else (float(smallest), float(largest))
            )
    raise _no_space(name, value)


def _choices(name: str, value: list) -> list:
    choices = [_python(each) for each in value]
    if {type(each) for each in choices} == {int, float}:
        choices = [float(each) for each in choices]
    if (
        not choices
        or len({type(each) for each in choices}) > 1
        or len(set(choices)) < len(choices)
        or any(isinstance(x, float) and not np.isfinite(x) for x in choices)
    ):
        raise _no_space(name, value)
    return choices


def _no_space(name: str, value: Any) -> ValueError:
    return ValueError(
        f"`model_arguments[{name!r}]` must be {FORMS}. Numbers of a range "
        "grow, and those of a list are distinct and of one type. Received: "
        f"{name}={shown(value)}"
    )


def _as_text(name: str, value: Any) -> str:
    """Returns an object as Keras stores it, as text."""
    try:
        config = keras.saving.serialize_keras_object(value)
        text = json.dumps(config)
        _from_text(text)
    except Exception as error:  # The user's class may raise anything.
        raise ValueError(
            f"`model_arguments[{name!r}]` must be {FORMS}: a number, a text, "
            "a boolean, None, or an object that Keras can save and load "
            "(`keras.saving.register_keras_serializable`). Received: "
            f"{name}={shown(value)}"
        ) from error
    return text


def _from_text(text: str) -> Any:
    return keras.saving.deserialize_keras_object(json.loads(text))


def _is_plain(value: Any) -> bool:
    return isinstance(value, bool | np.bool_ | str) or is_number(value)


def _python(value: Any) -> Any:
    """Returns a plain value as a Python one, as JSON needs."""
    if is_integer(value):
        return int(value)
    if is_number(value):
        return float(value)
    return value.item() if isinstance(value, np.generic) else value


def _number(value: Any) -> Any:
    return value if is_number(value) else None


def _name(model: Callable) -> str:
    return getattr(model, "__name__", shown(model))
