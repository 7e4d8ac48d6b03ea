"""The table of autoencoders, read off their classes."""

import dataclasses

from kgan.autoencoders.autoencoder import Autoencoder
from kgan.objectives.table import Objective, row


def table() -> dict[str, Objective]:
    """Returns what is known of all autoencoders, by name.

    Rows are those of `kgan.objectives.table()`. A class of a user is among
    them once its module is imported, and sets `kind`.

    Example:

    ```python
    for name, row in kgan.autoencoders.table().items():
        print(name, row.model.__name__, row.logs)
    ```
    """
    rows = [
        dataclasses.replace(row(model), name=model.kind)
        for model in Autoencoder.__subclasses__()
        if model.kind
    ]
    return {row.name: row for row in rows}
