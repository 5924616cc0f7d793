"""Bundles in an object store: a directory, or memory, through obstore. Key: `sha256/<hex>/bundle.tar.zst`."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.rpc import MAX_CHUNK_BYTES

ARCHIVE: Final = "bundle.tar.zst"
MANIFEST: Final = "manifest.json"


class BlobStore:
    """The `Blobs` port over an object store."""

    def __init__(self, store: LocalStore | MemoryStore, root: Path | None = None) -> None:
        self._store, self._root = store, root

    @classmethod
    def directory(cls, path: Path) -> Self:
        """Bundles in a directory, which is made if absent."""
        return cls(LocalStore(path, mkdir=True, automatic_cleanup=True), path)

    async def put(self, content_hash: Digest, archive: Path, manifest: bytes) -> bool:
        """Store an archive unless there is one."""
        with _failures():
            try:
                # A put that must not overwrite takes the whole archive (at most 100 MiB) into memory for as long as it lasts.
                await obstore.put_async(self._store, _key(content_hash, ARCHIVE), archive, mode="create")
            except AlreadyExistsError:
                return False
            await self._finish(content_hash, manifest)
            return True

    async def replace(self, content_hash: Digest, archive: Path, manifest: bytes) -> None:
        """Store an archive in place of another."""
        with _failures():
            await obstore.put_async(self._store, _key(content_hash, ARCHIVE), archive)
            await self._finish(content_hash, manifest)

    async def size(self, content_hash: Digest) -> int | None:
        """Bytes of the archive."""
        with _failures():
            try:
                return (await obstore.head_async(self._store, _key(content_hash, ARCHIVE)))["size"]
            except (NotFoundError, FileNotFoundError):
                return None

    async def read(self, content_hash: Digest) -> AsyncIterator[bytes]:
        """The archive in chunks of at most 256 KiB."""
        with _failures():
            try:
                found = await obstore.get_async(self._store, _key(content_hash, ARCHIVE))
            except (NotFoundError, FileNotFoundError) as error:
                raise Fault(Reason.BUNDLE_INTEGRITY, log=f"no blob {content_hash}") from error
            async for part in found.stream(min_chunk_size=MAX_CHUNK_BYTES):
                view = memoryview(part)
                for start in range(0, len(view), MAX_CHUNK_BYTES):
                    yield bytes(view[start : start + MAX_CHUNK_BYTES])

    async def delete(self, content_hash: Digest) -> None:
        """Remove an archive and its manifest."""
        with _failures():
            for name in (ARCHIVE, MANIFEST):
                try:
                    await obstore.delete_async(self._store, _key(content_hash, name))
                except (NotFoundError, FileNotFoundError):
                    continue

    async def _finish(self, content_hash: Digest, manifest: bytes) -> None:
        await obstore.put_async(self._store, _key(content_hash, MANIFEST), manifest)
        if self._root is not None:
            # obstore does not flush; a row that outlives its bundle in a power cut would be a version that nobody can run.
            await asyncio.to_thread(_flush, self._root, self._root / _key(content_hash, ARCHIVE))


def _flush(root: Path, archive: Path) -> None:
    folders = (archive.parent, *(folder for folder in archive.parents if folder.is_relative_to(root)))
    for path in (archive, archive.with_name(MANIFEST), *folders):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _key(content_hash: Digest, name: str) -> str:
    return f"sha256/{content_hash.hex}/{name}"


@contextmanager
def _failures() -> Iterator[None]:
    """What the store cannot do is UNAVAILABLE to callers."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise Fault(Reason.UNAVAILABLE, log=f"blob store: {error}") from error
