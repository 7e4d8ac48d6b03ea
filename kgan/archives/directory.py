"""The directory of a `.keras` archive, checked before anything is unpacked."""

import contextlib
import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

CONFIG = "config.json"
METADATA = "metadata.json"
WEIGHTS = "model.weights.h5"
ASSETS = "assets/"

# Keras writes three entries, and one more per vocabulary.
MAX_ENTRIES = 1_000
MAX_DIRECTORY_BYTES = 2**20
# The configuration of the largest networks is a tenth of it. Parsed, it takes
# about twenty times as many bytes.
MAX_CONFIG_BYTES = 4 * 2**20
# Keras does not compress. Packing an archive again saves little on weights, so
# a file that unpacks to much more was made to fill memory.
MAX_EXPANSION = 20
FREE_BYTES = 2**20

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)


class _BoundedFile(io.FileIO):
    """Refuses to read more than `bound` bytes at once, if there is a bound.

    `zipfile` reads the whole directory and makes an object of each entry, as
    large as the file says it is.
    """

    bound: int | None = MAX_DIRECTORY_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        if self.bound is not None and size is not None and size > self.bound:
            raise ValueError(f"a directory of {size} bytes")
        return super().read(-1 if size is None else size) or b""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Opens an archive whose entries are few, plain and of honest sizes.

    Args:
        path: A `.keras` file.

    Raises:
        ValueError: If it is no regular file, no zip archive, damaged, or not
            as Keras writes one.
    """
    received = f"Received: path={str(path)!r}"
    check_kind(path)
    try:
        with _BoundedFile(path) as file, zipfile.ZipFile(file) as archive:
            file.bound = None
            reason = _refused(archive.infolist(), path.stat().st_size)
            if reason:
                raise ValueError(reason)
            yield archive
    except Refusal:
        raise
    except KeyError as error:
        raise Refusal(
            "`path` must be a .keras file; this is a zip archive of something "
            f"else (no {CONFIG} inside). {received}"
        ) from error
    except DAMAGED as error:
        raise Refusal(
            "`path` must be a whole .keras file; this one is damaged or cut "
            f"short, or not as Keras writes one ({error}). Copy or save it "
            f"again. {received}"
        ) from error


class Refusal(ValueError):
    """A file is not loaded; the message names it and says why."""


def check_kind(path: Path) -> None:
    """Raises ValueError unless `path` is a regular file named `.keras`."""
    received = f"Received: path={str(path)!r}"
    try:
        mode = path.stat().st_mode
    # No such file, a loop of links, a NUL in the name.
    except (OSError, ValueError) as error:
        raise Refusal(f"`path` must be an existing file. {received}") from error
    if not stat.S_ISREG(mode):
        raise Refusal(
            "`path` must be an existing file, not a directory, pipe or "
            f"device. {received}"
        )
    if path.suffix != ".keras":
        raise Refusal(
            "`path` must be a file that `save` wrote, ending in .keras. "
            f"{received}"
        )
    try:
        with path.open("rb") as file:
            begins_as_zip = file.read(2) == b"PK"
    except OSError as error:
        raise Refusal(
            f"`path` must be a file that can be read ({error.strerror}). "
            f"{received}"
        ) from error
    if not begins_as_zip:
        raise Refusal(
            "`path` must be a .keras file; this is none (no zip archive "
            f"inside). {received}"
        )


def _refused(entries: list[zipfile.ZipInfo], archive_bytes: int) -> str | None:
    """Says why a directory is refused, by what it declares."""
    names = [entry.filename for entry in entries]
    if len(names) > MAX_ENTRIES:
        return f"{len(names)} entries, where {MAX_ENTRIES} are the most"
    if len(set(names)) < len(names):
        return "two entries of one name"
    if CONFIG not in names:
        raise KeyError(CONFIG)
    if WEIGHTS not in names:
        return f"no {WEIGHTS} inside"
    for entry in entries:
        reason = _refused_entry(entry)
        if reason:
            return f"the entry {entry.filename[:80]!r}: {reason}"
    # If entries overlap, each can state its true size.
    if sum(entry.compress_size for entry in entries) > archive_bytes:
        return "entries that lie over each other, or past the end"
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_EXPANSION * archive_bytes + FREE_BYTES:
        return (
            f"{archive_bytes} bytes that unpack to {unpacked}; "
            f"{MAX_EXPANSION} times as many are the most"
        )
    return None


def _refused_entry(entry: zipfile.ZipInfo) -> str | None:
    if not _is_keras_name(entry.filename):
        return "Keras writes no such name"
    # 0 where the archive was made without a file system.
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a link or device, not a file"
    if entry.flag_bits & 0x1:
        return "encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "packed by another method than deflate"
    if entry.filename in (CONFIG, METADATA):
        if entry.file_size > MAX_CONFIG_BYTES:
            return (
                f"{entry.file_size} bytes, where {MAX_CONFIG_BYTES} are the "
                "most"
            )
        return None
    if entry.file_size > MAX_EXPANSION * entry.compress_size + FREE_BYTES:
        return (
            f"{entry.compress_size} bytes that unpack to {entry.file_size}; "
            f"{MAX_EXPANSION} times as many are the most"
        )
    return None


def _is_keras_name(name: str) -> bool:
    if name in (CONFIG, METADATA, WEIGHTS):
        return True
    path = PurePosixPath(name)
    return (
        name.startswith(ASSETS)
        and name.isprintable()
        and "\\" not in name
        and ":" not in name
        and ".." not in path.parts
    )
