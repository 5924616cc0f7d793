"""Bundles in an object store: a directory, or memory, through obstore. Key: `sha256/<hex>/bundle.tar.zst`."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Final, Self

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.rpc import MAX_CHUNK_BYTES
from registry.blobs.folder import ARCHIVE, BESIDE, MANIFEST, VARIANTS, flush, key, tidy, walk
from registry.ports import StoredBlob

PART_BYTES: Final = 1 << 20  # of a put, in memory one at a time; by default it would be 12 of 5 MiB
_AT_ONCE: Final = 256  # blobs that a thread finds before it is asked again


class BlobStore:
    """The `Blobs` port over an object store."""

    def __init__(self, store: LocalStore | MemoryStore, root: Path | None = None) -> None:
        self._store, self._root = store, root

    @classmethod
    def directory(cls, path: Path) -> Self:
        """Bundles in a directory, which is made if absent."""
        return cls(LocalStore(path, mkdir=True, automatic_cleanup=True), path)

    async def put(self, content_hash: Digest, archive: Path, manifest: bytes, variants: bytes = b"") -> None:
        """Store an archive, the last file of its blob, so that one that is there is complete."""
        with _failures():
            if variants:
                await obstore.put_async(self._store, key(content_hash, VARIANTS), variants)
            await obstore.put_async(self._store, key(content_hash, MANIFEST), manifest)
            target = key(content_hash, ARCHIVE)
            await obstore.put_async(self._store, target, archive, chunk_size=PART_BYTES, max_concurrency=1)
            if self._root is not None:
                # obstore does not flush; a row that outlives its bundle in a power cut would be a version that nobody can run.
                await asyncio.to_thread(flush, self._root, content_hash)

    async def size(self, content_hash: Digest) -> int | None:
        """Bytes of the archive."""
        with _failures():
            try:
                return (await obstore.head_async(self._store, key(content_hash, ARCHIVE)))["size"]
            except (NotFoundError, FileNotFoundError):
                return None

    async def read(self, content_hash: Digest) -> AsyncIterator[bytes]:
        """The archive in chunks of at most 256 KiB."""
        found = False
        async for chunk in self._read(key(content_hash, ARCHIVE)):
            found = True
            yield chunk
        if not found:
            raise Fault(Reason.BUNDLE_INTEGRITY, log=f"no blob {content_hash}")

    def read_variants(self, content_hash: Digest) -> AsyncIterator[bytes]:
        """The variants in chunks of at most 256 KiB."""
        return self._read(key(content_hash, VARIANTS))

    async def _read(self, name: str) -> AsyncIterator[bytes]:
        with _failures():
            try:
                found = await obstore.get_async(self._store, name)
            except (NotFoundError, FileNotFoundError):
                return
            async for part in found.stream(min_chunk_size=MAX_CHUNK_BYTES):
                view = memoryview(part)
                for start in range(0, len(view), MAX_CHUNK_BYTES):
                    yield bytes(view[start : start + MAX_CHUNK_BYTES])

    async def delete(self, content_hash: Digest) -> None:
        """Remove a blob, its archive first: what has none is not whole."""
        with _failures():
            for name in (ARCHIVE, *BESIDE):
                await self._remove(key(content_hash, name))
        await self.tidy(content_hash)

    async def tidy(self, content_hash: Digest) -> None:
        """Remove what broken puts left of a blob."""
        with _failures():
            if self._root is not None:
                await asyncio.to_thread(tidy, self._root, content_hash)
            elif await self.size(content_hash) is None:
                for name in BESIDE:
                    await self._remove(key(content_hash, name))

    async def _remove(self, name: str) -> None:
        with suppress(NotFoundError, FileNotFoundError):
            await obstore.delete_async(self._store, name)

    async def list(self) -> AsyncIterator[StoredBlob]:
        """All blobs, whole or not."""
        with _failures():
            if self._root is not None:
                found = walk(self._root)
                while some := await asyncio.to_thread(lambda: list(islice(found, _AT_ONCE))):
                    for blob in some:
                        yield blob
                return
            async for page in obstore.list(self._store, "sha256/", chunk_size=_AT_ONCE):
                for item in page:
                    _, hex_digits, name = item["path"].split("/")
                    digest = Digest(hex_digits)
                    if name == ARCHIVE:
                        yield StoredBlob(digest, item["size"], item["last_modified"])
                    elif await self.size(digest) is None:
                        yield StoredBlob(digest, item["size"], item["last_modified"], whole=False)


@contextmanager
def _failures() -> Iterator[None]:
    """What the store cannot do is UNAVAILABLE to callers."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise Fault(Reason.UNAVAILABLE, log=f"blob store: {error}") from error
