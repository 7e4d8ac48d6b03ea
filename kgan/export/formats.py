"""The formats: what each needs, and on which backends Keras writes it."""

import dataclasses
import importlib.util

import keras

from kgan.extras import how_to_install

EXTRA = how_to_install("export")
# Keras writes each format there.
TENSORFLOW = "tensorflow"


@dataclasses.dataclass(frozen=True)
class Format:
    """Holds what there is to know of a format.

    Args:
        title: Its name for people.
        file: Name that Keras asks for, or that of a folder.
        packages: Modules that the extra `kgan[export]` installs for it.
        not_on: Why files of one backend of Keras 3.15 will not do, by backend.
        members: Names of all that a folder of this format may have.
    """

    title: str
    file: str
    packages: tuple[str, ...]
    not_on: dict[str, str]
    members: tuple[str, ...] = ()

    @property
    def reason(self) -> str | None:
        """Why it is not written on the backend of this process, if so."""
        return self.not_on.get(keras.backend.backend())


FORMATS = {
    "onnx": Format(
        "ONNX",
        "model.onnx",
        ("onnx", "onnxruntime", "tf2onnx"),
        {
            "jax": "it would take jax2onnx, with Flax and Orbax",
            "torch": "layer normalization would not be written",
        },
    ),
    "tf_saved_model": Format(
        "TensorFlow's SavedModel",
        "model",
        (),
        {"torch": "it would take torch_xla"},
        ("assets", "fingerprint.pb", "saved_model.pb", "variables"),
    ),
    "litert": Format(
        "LiteRT",
        "model.tflite",
        ("ai_edge_litert",),
        {
            "jax": "Keras has no way",
            "torch": "it would be for one number of latents alone",
        },
    ),
    "openvino": Format(
        "OpenVINO",
        "model.xml",
        ("openvino",),
        {"jax": "OpenVINO reads no XLA"},
        ("model.xml", "model.bin"),
    ),
}


def format_of(name: str) -> Format:
    """Returns a format by its name.

    Args:
        name: A key of `FORMATS`.

    Raises:
        ValueError: If there is none of this name.
        ImportError: If what it needs is not installed.
    """
    if not isinstance(name, str) or name not in FORMATS:
        raise ValueError(
            f"`format` must be one of {', '.join(FORMATS)}. Received: "
            f"format={name!r}"
        )
    chosen = FORMATS[name]
    missing = [
        package
        for package in chosen.packages
        if importlib.util.find_spec(package) is None
    ]
    if missing:
        raise ImportError(
            f"{chosen.title} needs the extra `export` of kgan. Received: no "
            f"module {', '.join(missing)}. Install it: {EXTRA}."
        )
    return chosen
