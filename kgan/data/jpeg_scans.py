"""Counts the scans of a JPEG file, which a decoder goes through one by one."""

import mmap
import re
import typing

# A progressive photograph has about ten; each is a pass over all its pixels.
MAX_SCANS = 100
MAX_SEGMENTS = 10_000
# Within a scan, 0xFF is followed by 0 or by a restart marker.
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
END, SCAN = 0xD9, 0xDA


def num_scans(file: typing.BinaryIO) -> int:
    """Returns how many scans a JPEG file has up to its end.

    Args:
        file: An open file on disk. Its position does not change.

    Raises:
        ValueError: If there are more than 100, or more than 10,000 segments.
    """
    scans = 0
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        position = 2
        for _ in range(MAX_SEGMENTS):
            marker = MARKER.search(data, position)
            if marker is None or data[marker.end() - 1] == END:
                return scans
            scans += data[marker.end() - 1] == SCAN
            if scans > MAX_SCANS:
                raise ValueError(f"more than {MAX_SCANS} scans")
            position = marker.end() + int.from_bytes(
                data[marker.end() : marker.end() + 2]
            )
    raise ValueError(f"more than {MAX_SEGMENTS} segments")
