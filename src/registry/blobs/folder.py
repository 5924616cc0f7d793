"""What an object store in a directory does not do itself: flush to the disk, and find what broken puts left.

Layout: `sha256/<hex>/bundle.tar.zst` with `manifest.json` and `variants.binpb` beside it. While obstore writes a file, its name
ends with `#<number>`.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from kernel.digest import Digest
from registry.ports import StoredBlob

ARCHIVE: Final = "bundle.tar.zst"
MANIFEST: Final = "manifest.json"
VARIANTS: Final = "variants.binpb"
BESIDE: Final = (VARIANTS, MANIFEST)  # in the order in which they are written
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_STAGED: Final = re.compile(rf"(?:{'|'.join(map(re.escape, (ARCHIVE, *BESIDE)))})#[0-9]+")


def key(content_hash: Digest, name: str) -> str:
    """Where a file of a blob is, below the store's root."""
    return f"sha256/{content_hash.hex}/{name}"


def flush(root: Path, content_hash: Digest) -> None:
    """Make a blob survive a loss of power: its files, its folder and all folders up to the root. Blocks; raises OSError."""
    folder = root / key(content_hash, "")
    written = (folder / name for name in (*BESIDE, ARCHIVE) if (folder / name).exists())
    for path in (*written, folder, folder.parent, root):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def walk(root: Path) -> Iterator[StoredBlob]:
    """All blobs, whole or not, in no order. One that goes away meanwhile is left out. Blocks; raises OSError."""
    with suppress(FileNotFoundError), os.scandir(root / "sha256") as folders:
        for folder in folders:
            if _HEX.fullmatch(folder.name):
                yield from _blobs(Digest(folder.name), Path(folder.path))


def tidy(root: Path, content_hash: Digest) -> None:
    """Remove what broken puts of a blob left beside it; without an archive, everything. Blocks; raises OSError."""
    folder = root / key(content_hash, "")
    with suppress(FileNotFoundError):
        names = os.listdir(folder)
        for name in names:
            if ARCHIVE not in names or _STAGED.fullmatch(name):
                (folder / name).unlink(missing_ok=True)
    if folder.exists() and not os.listdir(folder):
        folder.rmdir()


def _blobs(content_hash: Digest, folder: Path) -> Iterator[StoredBlob]:
    found: dict[str, os.stat_result] = {}
    with suppress(FileNotFoundError), os.scandir(folder) as files:
        for file in files:
            with suppress(FileNotFoundError):
                found[file.name] = file.stat(follow_symlinks=False)
    whole = found.get(ARCHIVE)
    if whole is not None:
        yield StoredBlob(content_hash, whole.st_size, _time(whole.st_mtime))
    rest = [stat for name, stat in found.items() if whole is None or _STAGED.fullmatch(name)]
    if not found:  # a put that died after its first step made the folder
        with suppress(FileNotFoundError):
            yield StoredBlob(content_hash, 0, _time(folder.stat().st_mtime), whole=False)
    if rest:
        newest = _time(max(stat.st_mtime for stat in rest))
        yield StoredBlob(content_hash, sum(stat.st_size for stat in rest), newest, whole=False)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
