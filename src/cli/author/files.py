"""Reading and writing an author's files: bounded, no links, replaced whole."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from cli.exits import ExitCode
from cli.problem import Problem

PRIVATE: Final = 0o600
_SKIPPED: Final = frozenset({"node_modules", "__pycache__"})


def read_bounded(path: Path, limit: int, what: str) -> bytes:
    """A whole regular file of at most `limit` bytes. Raises Problem that names `what`."""
    try:
        with path.open("rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Problem(f"{what} {path} is not a regular file", "name a regular file", ExitCode.USAGE)
            data = file.read(limit + 1)
    except OSError as error:
        raise Problem(
            f"cannot read {what} {path}: {error.strerror}", "check the path and its permissions", ExitCode.USAGE
        ) from error
    if len(data) > limit:
        raise Problem(f"{what} {path} is larger than {limit} bytes", "name the right file, or make it smaller", ExitCode.USAGE)
    return data


def write_whole(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file so that it is there whole or not at all, with this mode from its first moment. Raises Problem."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)  # whatever the umask, and a file that an ended run left
            file.write(data)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise Problem(f"cannot write {path}: {error.strerror}", "check the path and its permissions") from error


def walk(folder: Path, skipped: Iterable[str] = ()) -> Iterator[tuple[str, Path]]:
    """The regular files below a folder, in order: their path with `/`, and where they are.

    Hidden names, `node_modules`, `__pycache__` and the top-level names of `skipped` are passed over. Raises Problem for a symbolic
    link: what it leads to may not be the author's to publish.
    """
    top = frozenset(skipped)
    for place, folders, files in os.walk(folder):
        at_top = Path(place) == folder
        folders[:] = sorted(name for name in folders if _wanted(name) and not (at_top and name in top))
        for name in folders:
            _refuse_link(Path(place) / name)
        for name in sorted(files):
            path = Path(place) / name
            if not _wanted(name) or (at_top and name in top):
                continue
            _refuse_link(path)
            if path.is_file():
                yield path.relative_to(folder).as_posix(), path


def tree_digest(folder: Path, wanted: Callable[[str], bool], extra: Iterable[bytes] = ()) -> str:
    """SHA-256 (hex) over names and contents of the files below a folder that are wanted, and over `extra`."""
    digest = hashlib.sha256()
    for name, path in walk(folder):
        if wanted(name):
            digest.update(f"{name}\0{file_digest(path)}\0".encode())
    for item in extra:
        digest.update(hashlib.sha256(item).digest())
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 (hex) of a file. Raises Problem."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Problem(f"cannot read {path}: {error.strerror}", "check its permissions") from error


def _wanted(name: str) -> bool:
    return not name.startswith(".") and name not in _SKIPPED


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise Problem(f"{path} is a symbolic link", "replace it by the file itself: only regular files are built and packed")
