"""Reading a bundle of a stranger: bounded in memory, time and disk, one meaning for every archive that is accepted."""

import contextlib
import hashlib
import io
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from kernel.archive.frame import decompressed
from kernel.archive.header import parse_header
from kernel.archive.rules import BLOCK, MIB, ArchiveLimits, Names, check_path, refuse
from kernel.digest import Digest

_DEFAULT = ArchiveLimits()
_ZEROS = bytes(BLOCK)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a bundle: its path, its size in bytes, the digest of its content."""

    path: str
    size: int
    digest: Digest


@dataclass(frozen=True, slots=True)
class ArchiveIndex:
    """What a bundle holds: its files in the archive's order, and digest and size (bytes) of the tar inside it."""

    entries: tuple[Entry, ...]
    tar_digest: Digest
    tar_size: int

    @property
    def paths(self) -> frozenset[str]:
        """The paths of all files."""
        return frozenset(entry.path for entry in self.entries)


class Writer(Protocol):
    """Where a file's content goes, in pieces of at most 128 KiB."""

    def write(self, data: bytes, /) -> object:
        """Take the next piece."""


# Asked for each file, in the archive's order, with its path and size: where its content goes, or None to pass over it.
Sink = Callable[[str, int], AbstractContextManager[Writer] | None]


def read_archive(source: BinaryIO | bytes, sink: Sink | None = None, limits: ArchiveLimits = _DEFAULT) -> ArchiveIndex:
    """Read a whole bundle, giving the content of files to `sink`, and say what it holds.

    Memory: about the window (8 MiB) and one piece. The content is only as good as the end of this call: a fault may come after
    files were given away. Blocks; raises ARCHIVE_INVALID, and OSError of `source` and the sink's writers.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    tar = _Tar(decompressed(stream, limits))
    names = Names(limits)
    entries: list[Entry] = []
    while (block := tar.read(BLOCK)) != _ZEROS:
        header = parse_header(block)
        path = _clean(header.name, limits, is_folder=header.is_folder)
        if path is None:
            names.count()
            continue
        names.add(path, is_folder=header.is_folder)
        if header.is_folder:
            continue
        if header.size > limits.file_bytes:
            raise refuse("file-size", f"a file must have at most {limits.file_bytes // MIB} MiB", path)
        target = sink(path, header.size) if sink else None
        with target if target is not None else contextlib.nullcontext(_Nowhere()) as writer:
            entries.append(Entry(path, header.size, tar.copy(header.size, writer)))
        if tar.read(-header.size % BLOCK).strip(b"\0"):
            raise refuse("padding", "the bytes between a file and the next entry must be zero", path)
    tar.finish()
    return ArchiveIndex(tuple(entries), tar.digest, tar.size)


def load(source: BinaryIO | bytes, limits: ArchiveLimits = _DEFAULT) -> dict[str, bytes]:
    """All files of a bundle in memory (up to the total limit, 256 MiB by default). Raises as `read_archive` does."""
    buffers: dict[str, io.BytesIO] = {}

    def sink(path: str, _size: int) -> AbstractContextManager[Writer]:
        return contextlib.nullcontext(buffers.setdefault(path, io.BytesIO()))

    read_archive(source, sink, limits)
    return {path: buffer.getvalue() for path, buffer in buffers.items()}


def extract(source: BinaryIO | bytes, directory: Path, limits: ArchiveLimits = _DEFAULT) -> ArchiveIndex:
    """Unpack a bundle into `directory`, which must not exist while its parent does: it appears complete or not at all.

    Files have mode 0444, directories 0755, less the umask. Nothing is flushed to the disk: who trusts the tree after a crash
    compares digests.
    Raises as `read_archive` does, and FileExistsError when the directory exists or another call made it first.
    """
    if directory.exists():
        raise FileExistsError(f"{directory} exists")
    beside = directory.with_name(f".{directory.name}.{secrets.token_hex(8)}")
    beside.mkdir(mode=0o755)

    def sink(path: str, _size: int) -> AbstractContextManager[Writer]:
        target = beside / path
        target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.fdopen(os.open(target, flags, 0o444), "wb")

    try:
        index = read_archive(source, sink, limits)
        beside.rename(directory)
    except OSError as error:
        if directory.exists():  # an empty directory would be replaced by rename, a full one makes it fail
            raise FileExistsError(f"{directory} exists") from error
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return index


def _clean(name: str, limits: ArchiveLimits, *, is_folder: bool) -> str | None:
    """The entry's path as the bundle means it, or None for the root itself. `tar c .` writes `./` before every name."""
    if is_folder and name in (".", "./"):
        return None
    path = name.removeprefix("./")
    if path.endswith("/") and not is_folder:
        raise refuse("file-slash", "is a file whose name ends with a slash", name)
    return check_path(path.removesuffix("/"), limits)


class _Nowhere:
    def write(self, data: bytes, /) -> None:
        """Content that nobody asked for."""


class _Tar:
    """Exact reads from the pieces of a tar; every byte is hashed."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._piece, self._hash, self.size = pieces, memoryview(b""), hashlib.sha256(), 0

    @property
    def digest(self) -> Digest:
        return Digest(self._hash.hexdigest())

    def _some(self, size: int) -> memoryview:
        """Between 1 and `size` bytes; none at the end."""
        while not self._piece:
            piece = next(self._pieces, None)
            if piece is None:
                return memoryview(b"")
            self._hash.update(piece)
            self.size += len(piece)
            self._piece = memoryview(piece)
        some, self._piece = self._piece[:size], self._piece[size:]
        return some

    def read(self, size: int) -> bytes:
        parts: list[memoryview] = []
        while size:
            if not (part := self._some(size)):
                raise refuse("truncated", "the tar ends before its two zero blocks")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def copy(self, size: int, writer: Writer) -> Digest:
        content = hashlib.sha256()
        while size:
            if not (part := self._some(size)):
                raise refuse("truncated", "the tar ends in the middle of a file")
            content.update(part)
            writer.write(bytes(part))
            size -= len(part)
        return Digest(content.hexdigest())

    def finish(self) -> None:
        """After the first zero block: a second one, then zeros only, in whole blocks, to the end of the frame."""
        if self.read(BLOCK) != _ZEROS:
            raise refuse("end-blocks", "the tar must end with two zero blocks")
        while part := self._some(64 * 1024):
            if bytes(part).strip(b"\0"):
                raise refuse("end-padding", "the bytes after the tar's end must be zero")
        if self.size % BLOCK:
            raise refuse("end-padding", "the tar must consist of whole blocks of 512 bytes")
