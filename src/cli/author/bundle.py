"""Looking into a bundle: its manifest and the digests that a signature speaks of."""

import contextlib
import io
from contextlib import AbstractContextManager
from dataclasses import dataclass

from kernel import archive
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.manifest import MAX_BYTES, Manifest


@dataclass(frozen=True, slots=True)
class Opened:
    """What a bundle says of itself."""

    content_hash: Digest
    tar_digest: Digest
    manifest: Manifest


def open_bundle(data: bytes) -> Opened:
    """Read a bundle whole. Raises ARCHIVE_INVALID and MANIFEST_INVALID."""
    index, manifest = read_index(data)
    return Opened(Digest.of(data), index.tar_digest, read_manifest(index, manifest))


def read_index(data: bytes) -> tuple[archive.ArchiveIndex, bytes | None]:
    """What the archive holds, and its manifest's bytes, if it has one that is not too large. Raises ARCHIVE_INVALID."""
    manifest = io.BytesIO()
    taken: list[str] = []

    def sink(path: str, size: int) -> AbstractContextManager[archive.Writer] | None:
        if path != "manifest.json" or size > MAX_BYTES:
            return None
        taken.append(path)
        return contextlib.nullcontext(manifest)

    index = archive.read_archive(data, sink)
    return index, manifest.getvalue() if taken else None


def read_manifest(index: archive.ArchiveIndex, data: bytes | None) -> Manifest:
    """The manifest, once it and the files that it names are right. Raises MANIFEST_INVALID."""
    if data is None:
        raise Fault.invalid(
            "manifest.json", f"must be in the bundle, with at most {MAX_BYTES // 1024} KiB", Reason.MANIFEST_INVALID
        )
    manifest = Manifest.parse(data)
    manifest.check_files(index.paths)
    return manifest
