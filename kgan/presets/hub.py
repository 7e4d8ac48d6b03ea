"""Folders of games on the Hugging Face Hub."""

import re
from collections.abc import Sequence
from pathlib import Path

from kgan.extras import how_to_install

SCHEME = "hf://"
ADDRESS = re.compile(r"hf://([\w.-]+/[\w.-]+)(?:@([\w./-]+))?")
EXTRA = how_to_install("hub")


def fetch(address: str, names: Sequence[str]) -> Path:
    """Fetches files of a repository, or finds them where they were fetched.

    Args:
        address: `hf://OWNER/NAME`, or `hf://OWNER/NAME@REVISION`.
        names: Of the files. Nothing else is fetched.

    Returns:
        The folder that holds them.

    Raises:
        ValueError: If the address is not as above.
        ImportError: If huggingface_hub is not installed.
        RuntimeError: If a file cannot be fetched.
    """
    matched = ADDRESS.fullmatch(address)
    if matched is None:
        raise ValueError(
            "`name` must be hf://OWNER/NAME or hf://OWNER/NAME@REVISION. "
            f"Received: name={address!r}"
        )
    repository, revision = matched.groups()
    try:
        import huggingface_hub
    except ImportError as error:
        raise ImportError(
            f"{SCHEME} addresses need huggingface_hub: {EXTRA}. Received: "
            f"name={address!r}"
        ) from error
    try:
        places = [
            huggingface_hub.hf_hub_download(repository, name, revision=revision)
            for name in names
        ]
    # Anything may fail, from the connection to a missing repository.
    except Exception as error:
        raise RuntimeError(
            f"{address} could not be fetched ({type(error).__name__}: "
            f"{error}). It must be a repository that holds what "
            "kgan.presets.save wrote. Without a connection, pass a folder "
            "with its files."
        ) from error
    return Path(places[0]).parent
