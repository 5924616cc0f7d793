"""The bytes of an upload: into a temporary file that never outgrows its promise, hashed on the way."""

import asyncio
import hashlib
import os
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import BinaryIO, Final

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.rpc import MAX_CHUNK_BYTES
from kernel.steady import to_the_end
from registry.memory import give_back

MAX_ARCHIVE_BYTES: Final = 100 << 20
MAX_UPLOADS: Final = 8  # at once: 800 MiB of temporary files
MAX_UPLOADS_EACH: Final = 2  # of one publisher at once: nobody takes all the places
BATCH_BYTES: Final = 1 << 20  # that a thread hashes and writes at a time: one hop for each chunk would cost more than the hashing


@dataclass(frozen=True, slots=True)
class Received:
    """A complete upload, and the folder for its temporary files, which is removed when the publish ends."""

    archive: Path
    folder: Path
    content_hash: Digest


@dataclass(frozen=True, slots=True)
class Pace:
    """How slow an upload may be: silent for `idle_seconds` at a time; once it took that long, `bytes_per_second` on average."""

    idle_seconds: float = 20
    bytes_per_second: float = 16 << 10
    clock: Callable[[], float] = time.monotonic

    def patience(self, started: float, received: int) -> float:
        """Seconds that the next chunk may take; raises DEADLINE_EXCEEDED when none are left."""
        ends = started + max(self.idle_seconds, received / self.bytes_per_second)
        left = min(self.idle_seconds, ends - self.clock())
        if left <= 0:
            raise Fault(Reason.DEADLINE_EXCEEDED, log=f"the upload is slower than {self.bytes_per_second:g} bytes per second")
        return left


class Receiver:
    """Receives uploads into `folder`."""

    def __init__(self, folder: Path, pace: Pace = Pace()) -> None:
        self._folder, self._pace = folder, pace
        self._running: Counter[str] = Counter()

    @asynccontextmanager
    async def receive(
        self, publisher_id: str, content_hash: Digest | None, size: int, chunks: AsyncIterator[bytes]
    ) -> AsyncIterator[Received]:
        """Read all chunks, compare size and digest with the promise, and remove what is left of it at the end of the block.

        Raises PAYLOAD_TOO_LARGE, INVALID_ARGUMENT (a chunk), BUNDLE_SIZE_MISMATCH, BUNDLE_DIGEST_MISMATCH, DEADLINE_EXCEEDED
        (silence, or too slow), OVERLOADED.
        """
        check_size(size)
        with self._place(publisher_id):
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            try:
                archive = folder / "bundle.tar.zst"
                found = await self._fill(archive, content_hash, size, chunks)
                yield Received(archive, folder, found)
            finally:
                rmtree(folder, ignore_errors=True)
                await asyncio.to_thread(give_back)

    @contextmanager
    def _place(self, publisher_id: str) -> Iterator[None]:
        if self._running.total() >= MAX_UPLOADS or self._running[publisher_id] >= MAX_UPLOADS_EACH:
            raise Fault(Reason.OVERLOADED, log=f"too many uploads at once: {self._running[publisher_id]} of {publisher_id}")
        self._running[publisher_id] += 1
        try:
            yield
        finally:
            self._running[publisher_id] -= 1
            self._running += Counter()  # forgets who has none

    async def _fill(self, archive: Path, content_hash: Digest | None, size: int, chunks: AsyncIterator[bytes]) -> Digest:
        found, received, started = hashlib.sha256(), 0, self._pace.clock()
        batch = bytearray()
        with _create(archive) as file:
            while (chunk := await self._next(chunks, started, received)) is not None:
                if not 0 < len(chunk) <= MAX_CHUNK_BYTES:
                    raise Fault.invalid("chunk", f"must have 1 to {MAX_CHUNK_BYTES} bytes")
                received += len(chunk)
                if received > size:
                    raise _size_mismatch(size, f"more than {size}")
                batch += chunk
                if len(batch) >= BATCH_BYTES:
                    await to_the_end(asyncio.to_thread(_take, file, found, batch))
                    batch = bytearray()
            await to_the_end(asyncio.to_thread(_take, file, found, batch))
        # A client that breaks off looks like one that is done: only the promise tells them apart.
        if received != size:
            raise _size_mismatch(size, str(received))
        digest = Digest(found.hexdigest())
        if content_hash not in (None, digest):
            raise Fault(Reason.BUNDLE_DIGEST_MISMATCH, facts={"expected": str(content_hash), "actual": str(digest)})
        return digest

    async def _next(self, chunks: AsyncIterator[bytes], started: float, received: int) -> bytes | None:
        patience = self._pace.patience(started, received)
        try:
            async with asyncio.timeout(patience):
                return await anext(chunks, None)
        except TimeoutError as error:
            raise Fault(Reason.DEADLINE_EXCEEDED, log=f"the upload was silent for {patience:g} s") from error


def check_size(size: int) -> None:
    """Raises PAYLOAD_TOO_LARGE for an archive that is larger than any may be."""
    if size > MAX_ARCHIVE_BYTES:
        raise Fault.invalid("header.size_bytes", f"must be at most {MAX_ARCHIVE_BYTES} bytes", Reason.PAYLOAD_TOO_LARGE)


def _create(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


def _take(file: BinaryIO, found: "hashlib._Hash", data: bytearray) -> None:
    found.update(data)
    file.write(data)


def _size_mismatch(expected: int, actual: str) -> Fault:
    return Fault(Reason.BUNDLE_SIZE_MISMATCH, facts={"expected": expected, "actual": actual})
