"""The rules of the bundle format for packing and reading alike: limits, entry names, and how a broken rule is told."""

import unicodedata
from dataclasses import dataclass, field

from kernel.errors import Fault, Reason, Violation

MIB = 1024 * 1024
BLOCK = 512  # the unit of tar


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What a reader is willing to do for an archive of a stranger. Sizes are in bytes."""

    archive_bytes: int = 100 * MIB  # compressed: the upload limit
    total_bytes: int = 256 * MIB  # the tar: decompression bombs
    file_bytes: int = 64 * MIB  # one entry: memory of whoever loads a file
    entries: int = 4096  # bombs by count: inodes, time
    path_bytes: int = 255  # what one file name may have on common file systems, and ustar can carry
    path_segments: int = 32  # directories that one entry creates
    # Memory that a frame makes the decompressor allocate. RFC 8878 recommends to support 8 MiB; `zstd -19` needs just that.
    window_bytes: int = 8 * MIB
    ratio: int = 250  # decompressed : compressed, from `ratio_floor` on; real bundles stay below 20
    ratio_floor: int = 4 * MIB  # a tar of a few small files and its padding compresses 100 : 1
    frame_blocks: int = 1 << 17  # millions of empty blocks cost time and produce nothing


def refuse(rule: str, text: str, entry: str = "") -> Fault:
    """The fault for a broken rule: its stable name in `facts`, its words and limit in the violation, the entry printable."""
    shown = printable(entry)
    facts = {"rule": rule} | ({"entry": shown} if shown else {})
    return Fault(Reason.ARCHIVE_INVALID, violations=(Violation(shown or "bundle", text),), facts=facts)


def printable(text: str, limit: int = 120) -> str:
    """Text of a stranger, safe to show: everything but visible characters and spaces becomes `?`; cut to `limit` characters."""
    shown = "".join(char if char.isprintable() else "?" for char in text[: limit + 1])
    return shown if len(shown) <= limit else shown[:limit] + "..."


def check_path(path: str, limits: ArchiveLimits) -> str:
    """Return a file's or directory's path inside a bundle when it is allowed; raises ARCHIVE_INVALID otherwise.

    Relative, `/` between segments, no empty, `.`, `..` or hidden segment, no backslash, no control or invisible character.
    """
    if not path:
        raise refuse("path-empty", "has an empty path")
    if len(path) > limits.path_bytes or len(path.encode("utf-8", "replace")) > limits.path_bytes:
        raise refuse("path-length", f"the path must have at most {limits.path_bytes} bytes", path)
    if path.startswith("/"):
        raise refuse("path-absolute", "the path must be relative", path)
    if "\\" in path:
        raise refuse("path-backslash", "the path must not contain a backslash", path)
    # Format characters reverse or hide parts of a name that a person reviews; lone surrogates have no UTF-8 form.
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in path):
        raise refuse("path-control", "the path must not contain control or invisible characters", path)
    segments = path.split("/")
    if len(segments) > limits.path_segments:
        raise refuse("path-depth", f"the path must have at most {limits.path_segments} segments", path)
    for segment in segments:
        if not segment:
            raise refuse("path-segment-empty", "the path must not have empty segments", path)
        if segment in (".", ".."):
            raise refuse("path-dots", "the path must not have the segments . or ..", path)
        if segment.startswith("."):
            raise refuse("path-hidden", "the path must not have segments that begin with a dot", path)
    return path


@dataclass(slots=True)
class Names:
    """The names of one archive so far: no two may mean the same file on any common file system."""

    limits: ArchiveLimits
    _count: int = 0
    _files: dict[str, str] = field(default_factory=dict)
    _folders: dict[str, str] = field(default_factory=dict)
    _listed: set[str] = field(default_factory=set)

    def add(self, path: str, *, is_folder: bool) -> None:
        """Take one checked path. Raises ARCHIVE_INVALID when it collides or there are too many."""
        self.count()
        parts = path.split("/")
        depth = len(parts) if is_folder else len(parts) - 1
        for end in range(1, depth + 1):
            self._folder("/".join(parts[:end]), path)
        key = _folded(path)
        if is_folder:
            if key in self._listed:
                raise refuse("duplicate", "the archive has this entry twice", path)
            self._listed.add(key)
            return
        if key in self._folders:
            raise refuse("file-and-directory", "the archive has this path as file and as directory", path)
        if key in self._files:
            same = self._files[key] == path
            raise refuse(
                "duplicate" if same else "duplicate-case",
                "the archive has this entry twice" + ("" if same else ", in other letters"),
                path,
            )
        self._files[key] = path

    def count(self) -> None:
        """Count one entry, also one that leaves no name."""
        self._count += 1
        if self._count > self.limits.entries:
            raise refuse("entries", f"the archive must have at most {self.limits.entries} entries")

    def _folder(self, folder: str, path: str) -> None:
        key = _folded(folder)
        if key in self._files:
            raise refuse("file-and-directory", "the archive has a part of this path as file and as directory", path)
        if self._folders.setdefault(key, folder) != folder:
            raise refuse("duplicate-case", "the archive has a directory of this path twice, in other letters", path)


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
