"""Files of presets: where they are, what their hashes must be."""

import dataclasses
import hashlib
import os
import re
from pathlib import Path
from typing import Any

import keras

# In an installed package, then in a clone of the repository.
FOLDERS = (
    Path(__file__).parents[1] / "saved_models",
    Path(__file__).parents[2] / "saved_models",
)
CACHE = "kgan"
HASH = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(r"\w[\w.-]{0,100}\.keras")


@dataclasses.dataclass(frozen=True)
class File:
    """A file and what tells it from any other.

    Args:
        name: Its name, without a folder.
        sha256: Hash of its bytes, 64 lower-case hexadecimal digits.
        address: `https://` address of one that does not travel with the
            package; `None` for the others.

    Raises:
        ValueError: If an argument is not as above.
    """

    name: str
    sha256: str
    address: str | None = None

    def __post_init__(self) -> None:
        address = self.address
        if (
            not isinstance(self.name, str)
            or not NAME.fullmatch(self.name)
            or not isinstance(self.sha256, str)
            or not HASH.fullmatch(self.sha256)
            or not (address is None or _is_web(address))
        ):
            raise ValueError(
                "A file has a name that ends in .keras, a `sha256` of 64 "
                "hexadecimal digits, and an `address` that begins with "
                f"https:// or none. Received: {self.name!r}, "
                f"sha256={self.sha256!r}, address={address!r}"
            )

    def path(self) -> Path:
        """Returns where the file is, fetched if need be, once it is checked.

        Raises:
            ValueError: If it is damaged: its hash is another.
            FileNotFoundError: If it should be there and is not.
            RuntimeError: If it cannot be fetched.
        """
        found = in_package(self.name)
        if found is None:
            found = self._fetched()
        received = sha256(found)
        if received != self.sha256:
            raise ValueError(
                f"{str(found)!r} is damaged, or another file. Expected: "
                f"sha256={self.sha256}. Received: sha256={received}. Remove "
                "it, then install kgan again (in a clone: git checkout "
                f"saved_models); a file of an address, {self.address}, is "
                "fetched again."
            )
        return found

    def _fetched(self) -> Path:
        if self.address is None:
            raise FileNotFoundError(
                f"The file {self.name!r} travels with kgan and is not there. "
                f"Received: folders {[str(folder) for folder in FOLDERS]}. "
                "Install kgan again."
            )
        place = cache_folder() / self.name
        if place.is_file() and sha256(place) == self.sha256:
            return place
        try:
            return Path(
                keras.utils.get_file(
                    self.name,
                    self.address,
                    file_hash=self.sha256,
                    hash_algorithm="sha256",
                    cache_subdir=CACHE,
                    cache_dir=_keras_home(),
                )
            )
        # Anything may fail, from the connection to a full disk.
        except Exception as error:
            raise RuntimeError(
                f"The file {self.name!r} could not be fetched from "
                f"{self.address} ({type(error).__name__}: {error}). Without "
                f"a connection, put it at {str(place)!r}; its sha256 is "
                f"{self.sha256}."
            ) from error


def cache_folder() -> Path:
    """Returns the folder of files that were fetched, in Keras's own."""
    return _keras_home() / CACHE


def _keras_home() -> Path:
    home = os.environ.get("KERAS_HOME")
    return Path(home) if home else Path.home() / ".keras"


def in_package(name: str) -> Path | None:
    """Returns the file of this name that travels with kgan, if it is there."""
    places = [folder / name for folder in FOLDERS]
    return next((place for place in places if place.is_file()), None)


def sha256(path: Path) -> str:
    """Computes the hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_web(address: Any) -> bool:
    return isinstance(address, str) and address.startswith("https://")
