"""The weights of a `.keras` file: plain arrays, as large as they say."""

import io
import math
from collections.abc import Iterator
from typing import Any

from kgan.archives.directory import FREE_BYTES, MAX_EXPANSION

# Two per array of the largest networks make some thousands.
MAX_LINKS = 100_000


def check_weights(content: bytes) -> None:
    """Raises ValueError unless an HDF5 file holds plain arrays and no more.

    Links to other files and to other parts of this one, arrays kept in other
    files, filters that HDF5 loads as plugins, and arrays that unpack to many
    times the size of the file are refused.

    Args:
        content: All of `model.weights.h5`.
    """
    import h5py

    unpacked = 0
    with h5py.File(io.BytesIO(content), "r") as file:
        for name, array in _arrays(file):
            reason = _refused(array)
            if reason:
                raise ValueError(f"the weights {name[-80:]!r}: {reason}")
            unpacked += math.prod(array.shape) * array.dtype.itemsize
    if unpacked > MAX_EXPANSION * len(content) + FREE_BYTES:
        raise ValueError(
            f"{len(content)} bytes of weights that unpack to {unpacked}; "
            f"{MAX_EXPANSION} times as many are the most"
        )


def _arrays(file: Any) -> Iterator[tuple[str, Any]]:
    import h5py

    num_links = 0
    seen = {_address(file)}
    pending = [file]
    while pending:
        group = pending.pop()
        for name in group:
            num_links += 1
            if num_links > MAX_LINKS:
                raise ValueError(f"more than {MAX_LINKS} weights")
            # Asked of the link: following it may open another file.
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise ValueError(f"the weights {name[-80:]!r}: a link")
            item = group[name]
            if isinstance(item, h5py.Dataset):
                yield item.name or name, item
            elif not isinstance(item, h5py.Group) or _address(item) in seen:
                raise ValueError(f"the weights {name[-80:]!r}: no array")
            else:
                seen.add(_address(item))
                pending.append(item)


def _address(group: Any) -> int:
    import h5py

    return h5py.h5o.get_info(group.id).addr


def _refused(array: Any) -> str | None:
    import h5py

    if array.external or array.is_virtual:
        return "kept in another file"
    if array.shape is None:
        return "an array without a shape"
    # Gzip with its helpers is built in; HDF5 loads any other as a library.
    built_in = {
        h5py.h5z.FILTER_DEFLATE,
        h5py.h5z.FILTER_SHUFFLE,
        h5py.h5z.FILTER_FLETCHER32,
    }
    properties = array.id.get_create_plist()
    filters = range(properties.get_nfilters())
    if any(properties.get_filter(i)[0] not in built_in for i in filters):
        return "packed by another method than gzip"
    return None
