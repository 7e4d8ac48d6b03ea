"""The configuration in a `.keras` file: layers of Keras, and no more."""

import json
import re
from collections.abc import Iterator
from typing import Any

import keras

# Keras nests layers, models and runs about 30 deep.
MAX_DEPTH = 100
# A layer brings up to ten: its types, initializers, regularizers.
MAX_OBJECTS = 10_000

# Modules of Keras that models are made of. Others have functions that read and
# write files, download, or change settings of the process.
NAMESPACES = (
    "activations",
    "constraints",
    "dtype_policies",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "quantizers",
    "random",
    "regularizers",
)
# Functions of these only take and return tensors.
FUNCTION_NAMESPACES = (
    "builtins",
    *(
        f"keras.{name}"
        for name in ("activations", "losses", "metrics", "ops", "regularizers")
    ),
)
# Layers that run code of a file, read a file of another name, or make arrays
# that no weights of the file stand for.
REFUSED_CLASSES = {
    "FlaxLayer",
    "IndexLookup",
    "IntegerLookup",
    "JaxLayer",
    "MelSpectrogram",
    "STFTSpectrogram",
    "StringLookup",
    "TFSMLayer",
    "TextVectorization",
    "TorchModuleWrapper",
}
# They turn names and configurations into objects.
REFUSED_FUNCTIONS = {"deserialize", "get", "serialize"}
VALUES = {"__bytes__", "__ellipsis__", "__keras_tensor__", "__slice__"}
ARRAYS = {"__numpy__", "__tensor__"}
# NumPy also takes types of a billion bytes, such as "S1000000000".
PLAIN_TYPE = re.compile(r"bool|u?int\d{1,2}|b?float\d{1,2}")
# Lengths of lists and matrices that a metric makes when it is built.
LENGTHS = ("num_classes", "num_thresholds")
MAX_LENGTH = 10_000
CODE = "Python code"


def parse(content: bytes) -> dict:
    """Returns the configuration; raises ValueError where it nests too deep.

    Args:
        content: All of `config.json`.
    """
    config = json.loads(content)
    if not isinstance(config, dict):
        raise ValueError("a configuration that is no JSON object")
    num_objects = 0
    for node in _dicts(config):
        num_objects += "class_name" in node
    if num_objects > MAX_OBJECTS:
        raise ValueError(
            f"a configuration of {num_objects} objects, where {MAX_OBJECTS} "
            "are the most"
        )
    return config


def refused(config: dict) -> str | None:
    """Says what of a configuration is not built, `None` if all of it is.

    Keras's own safe mode stops lambdas, and a program may have switched it
    off. It lets a file name any function that Keras exports as one to call,
    and any module of four packages as one to import.

    Args:
        config: What `parse` returned.
    """
    for node in _dicts(config):
        for key in LENGTHS:
            if isinstance(node.get(key), int) and node[key] > MAX_LENGTH:
                return f"{key}={node[key]}, where {MAX_LENGTH} are the most"
        if "class_name" in node:
            reason = _refused_object(node)
            if reason:
                return reason
    return None


def _dicts(config: dict) -> Iterator[dict]:
    pending: list[tuple[Any, int]] = [(config, 1)]
    while pending:
        node, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise ValueError(f"a configuration more than {MAX_DEPTH} deep")
        if isinstance(node, dict):
            yield node
            node = list(node.values())
        if isinstance(node, list):
            pending += [(item, depth + 1) for item in node]


def _refused_object(node: dict) -> str | None:
    name, module = node["class_name"], node.get("module")
    registered = node.get("registered_name", name)
    if not isinstance(name, str) or not isinstance(module, str | None):
        return "a class whose name is no text"
    if name in VALUES:
        return None
    if name in ARRAYS:
        return _refused_array(node.get("config"))
    if name == "function":
        return _refused_function(node.get("config"), module)
    if name.startswith("__"):
        return CODE
    if _is_registered(registered):
        return None
    if name in REFUSED_CLASSES or name == "Lambda" and _holds_code(node):
        return CODE
    # Without a module, Keras looks among the built-ins of one kind.
    if module is None or _is_of_keras(module):
        return None
    return (
        f"the class {name!r} of the module {module!r}, which is neither "
        "Keras's own nor registered here"
    )


def _refused_function(name: Any, module: str | None) -> str | None:
    if _is_registered(name):
        return None
    is_known = isinstance(name, str) and name not in REFUSED_FUNCTIONS
    if is_known and module in FUNCTION_NAMESPACES:
        return None
    return (
        f"the function {str(name)[:80]!r} of the module {module!r}, which is "
        "neither one of Keras's on tensors nor registered here"
    )


def _refused_array(inner: Any) -> str | None:
    dtype = inner.get("dtype") if isinstance(inner, dict) else None
    if isinstance(dtype, str) and PLAIN_TYPE.fullmatch(dtype):
        return None
    return f"an array of type {str(dtype)[:80]!r}"


def _holds_code(node: dict) -> bool:
    """Says whether a Lambda's function is anything but a named one."""
    inner = node.get("config")
    function = inner.get("function") if isinstance(inner, dict) else None
    return not (
        isinstance(function, dict) and function.get("class_name") == "function"
    )


def _is_registered(name: Any) -> bool:
    return (
        isinstance(name, str)
        and keras.saving.get_registered_object(name) is not None
    )


def _is_of_keras(module: str) -> bool:
    if module in ("keras", "keras.src.backend"):
        return True
    rooms = module.removeprefix("keras.").removeprefix("src.").split(".")
    if not module.startswith("keras.") or "" in rooms:
        return False
    # PyTorch's optimizers are classes of its backend.
    return rooms[0] in NAMESPACES or rooms[::2] == ["backend", "optimizers"]
