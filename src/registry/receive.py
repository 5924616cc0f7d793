"""The bytes of an upload: into a temporary file that never outgrows its promise, hashed on the way."""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import BinaryIO, Final

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.rpc import MAX_CHUNK_BYTES
from registry.memory import give_back

MAX_ARCHIVE_BYTES: Final = 100 << 20
MAX_UPLOADS: Final = 8  # at once: 800 MiB of temporary files


@dataclass(frozen=True, slots=True)
class Received:
    """A complete upload, and the folder for its temporary files, which is removed when the publish ends."""

    archive: Path
    folder: Path


class Receiver:
    """Receives uploads into `folder`; gives up on a client that sends nothing for `idle_seconds`."""

    def __init__(self, folder: Path, idle_seconds: float) -> None:
        self._folder, self._idle = folder, idle_seconds
        self._running = 0

    @asynccontextmanager
    async def receive(self, content_hash: Digest, size: int, chunks: AsyncIterator[bytes]) -> AsyncIterator[Received]:
        """Read all chunks, compare size and digest with the promise, and remove everything at the end of the block.

        Raises PAYLOAD_TOO_LARGE, INVALID_ARGUMENT (a chunk), BUNDLE_SIZE_MISMATCH, BUNDLE_DIGEST_MISMATCH, DEADLINE_EXCEEDED
        (silence), OVERLOADED.
        """
        if size > MAX_ARCHIVE_BYTES:
            raise Fault.invalid("header.size_bytes", f"must be at most {MAX_ARCHIVE_BYTES} bytes", Reason.PAYLOAD_TOO_LARGE)
        if self._running >= MAX_UPLOADS:
            raise Fault(Reason.OVERLOADED, log="too many uploads at once")
        self._running += 1
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            archive = folder / "bundle.tar.zst"
            await self._fill(archive, content_hash, size, chunks)
            yield Received(archive, folder)
        finally:
            self._running -= 1
            rmtree(folder, ignore_errors=True)
            await asyncio.to_thread(give_back)

    async def _fill(self, archive: Path, content_hash: Digest, size: int, chunks: AsyncIterator[bytes]) -> None:
        found, received = hashlib.sha256(), 0
        with _create(archive) as file:
            while (chunk := await self._next(chunks)) is not None:
                if not 0 < len(chunk) <= MAX_CHUNK_BYTES:
                    raise Fault.invalid("chunk", f"must have 1 to {MAX_CHUNK_BYTES} bytes")
                received += len(chunk)
                if received > size:
                    raise _size_mismatch(size, f"more than {size}")
                await asyncio.to_thread(_take, file, found, chunk)
        # A client that breaks off looks like one that is done: only the promise tells them apart.
        if received != size:
            raise _size_mismatch(size, str(received))
        if (digest := Digest(found.hexdigest())) != content_hash:
            raise Fault(Reason.BUNDLE_DIGEST_MISMATCH, facts={"expected": str(content_hash), "actual": str(digest)})

    async def _next(self, chunks: AsyncIterator[bytes]) -> bytes | None:
        try:
            async with asyncio.timeout(self._idle):
                return await anext(chunks, None)
        except TimeoutError as error:
            raise Fault(Reason.DEADLINE_EXCEEDED, log=f"the upload was silent for {self._idle} s") from error


def _create(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


def _take(file: BinaryIO, found: "hashlib._Hash", chunk: bytes) -> None:
    found.update(chunk)
    file.write(chunk)


def _size_mismatch(expected: int, actual: str) -> Fault:
    return Fault(Reason.BUNDLE_SIZE_MISMATCH, facts={"expected": expected, "actual": actual})
