"""The directory of compiled artifacts: what a killed process left in it, what it holds, and how something leaves it.

`<name>.cwasm` is an artifact and `<name>.mac` its seal; the seal is moved to its place first, so that an artifact without one is
no artifact. `*.tmp` is on its way in or out. The key of the seals is not here but in the folder above: executors can read all that
is in this one. All functions block.
"""

import contextlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from runner.compile.seal import Seal, seal_path

Identity = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Stored:
    """An artifact and its bytes."""

    artifact: Path
    size: int


def prepare(directory: Path) -> Seal:
    """Make the directory, drop what is half-written or half-removed, and answer its seal. Raises OSError."""
    above = directory.parent
    for folder in (above, directory):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in folder.glob("*.tmp"):
            left.unlink(missing_ok=True)
    for one, other in ((".mac", ".cwasm"), (".cwasm", ".mac")):
        for left in directory.glob(f"*{one}"):
            if not left.with_suffix(other).exists():
                left.unlink(missing_ok=True)
    return Seal.of_directory(above)


def identity(artifact: Path) -> Identity | None:
    """What changes when the file is another one or is written to; None without a file."""
    try:
        status = artifact.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_ctime_ns


def incoming(artifact: Path) -> Path:
    """A path at which nothing is, for making an artifact."""
    return artifact.with_name(f"{artifact.stem}.{secrets.token_hex(8)}.tmp")


def longest_unused_first(directory: Path) -> list[Stored]:
    """All artifacts. A seal's time says when its artifact was used last."""
    found: list[tuple[float, Stored]] = []
    for artifact in directory.glob("*.cwasm"):
        with contextlib.suppress(FileNotFoundError):
            found.append((seal_path(artifact).stat().st_mtime, Stored(artifact, artifact.stat().st_size)))
    found.sort(key=lambda pair: pair[0])
    return [stored for _, stored in found]


def retire(artifact: Path) -> Path:
    """Take an artifact out of sight, which is quick; unlink what this answers. Raises OSError."""
    gone = artifact.rename(incoming(artifact))
    seal_path(artifact).unlink(missing_ok=True)
    return gone
