"""What no version refers to is removed once it is old, and never while a publish relies on it."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kernel.digest import Digest
from registry.bell import Bell
from registry.blobs.store import BlobStore
from registry.catalog.memory import MemoryCatalog
from registry.collect import Collected, Collector
from registry.ports import Blobs
from tests.contract.samples import extension, publish, version
from tests.registry.bundles import bundle
from tests.registry.stack import Stack, eventually, started

GRACE = timedelta(hours=1)


class Parts:
    """A store in a directory, a catalog and a collector, by a clock that the test sets."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, datetime.now(UTC) + 2 * GRACE
        self.blobs, self.catalog, self.recording = BlobStore.directory(folder / "blobs"), MemoryCatalog(Bell()), asyncio.Lock()
        self.collector = Collector(self.catalog, self.blobs, self.recording, GRACE, lambda: self.now)

    async def put(self, content: bytes) -> Digest:
        digest, path = Digest.of(content), self.folder / "archive"
        await asyncio.to_thread(path.write_bytes, content)
        await self.blobs.put(digest, path, b"{}")
        return digest

    async def stored(self) -> list[tuple[Digest, bool]]:
        return sorted([(one.content_hash, one.whole) async for one in self.blobs.list()])

    def leave_part(self, digest: Digest, size: int) -> None:
        folder = self.folder / "blobs" / "sha256" / digest.hex
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "bundle.tar.zst#1").write_bytes(bytes(size))


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts(tmp_path)


async def test_what_a_version_refers_to_stays_and_the_rest_goes(parts: Parts) -> None:
    async with parts.catalog.write() as tables:
        made = await publish(tables)
    kept = await parts.put(f"{made.name} {made.version}".encode())
    assert kept == made.content_hash
    parts.leave_part(kept, 10)
    gone = await parts.put(b"nobody's")
    parts.leave_part(Digest.of(b"broken"), 100)
    parts.leave_part(gone, 1000)
    before = await parts.stored()
    assert await parts.collector.collect(dry_run=True) == Collected(4, 1118, 0)
    assert await parts.stored() == before
    assert await parts.collector.collect(dry_run=False) == Collected(4, 1118, 0)
    assert await parts.stored() == [(kept, True)]
    assert await parts.collector.collect(dry_run=False) == Collected()


async def test_what_is_young_waits(parts: Parts) -> None:
    parts.now = datetime.now(UTC) + timedelta(minutes=5)
    await parts.put(b"young")
    parts.leave_part(Digest.of(b"broken"), 100)
    assert await parts.collector.collect(dry_run=False) == Collected(waiting=2)
    assert len(await parts.stored()) == 2
    parts.now += GRACE
    assert await parts.collector.collect(dry_run=False) == Collected(2, 105)


class Meanwhile:
    """A store that does something between the listing and what follows from it."""

    def __init__(self, blobs: Blobs, act: Callable[[], object]) -> None:
        self._blobs, self._act = blobs, act

    def __getattr__(self, name: str) -> object:
        return getattr(self._blobs, name)

    async def list(self) -> AsyncIterator[object]:
        async for blob in self._blobs.list():
            yield blob
        self._act()


async def test_a_publish_that_records_an_old_blob_keeps_it(parts: Parts) -> None:
    """It waits for the lock that the publish holds, and then looks again."""
    digest = await parts.put(b"com.acme.reports 1.0.0")
    assert digest == version_hash()
    listed, recorded = asyncio.Event(), asyncio.Event()
    collector = Collector(
        parts.catalog,
        Meanwhile(parts.blobs, listed.set),  # type: ignore[arg-type]  # passes the rest on
        parts.recording,
        GRACE,
        lambda: parts.now,
    )

    async def publishing() -> None:
        async with parts.recording:
            await listed.wait()
            # The collector reads that no row has it, and waits for the lock.
            while not parts.recording._waiters:  # type: ignore[attr-defined]  # noqa: ASYNC110 - nothing tells that somebody waits
                await asyncio.sleep(0)
            async with parts.catalog.write() as tables:
                await publish(tables)
        recorded.set()

    task = asyncio.create_task(publishing())
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        assert await collector.collect(dry_run=False) == Collected()
        await task
    assert await parts.stored() == [(digest, True)]


def version_hash() -> Digest:
    return version(extension()).content_hash


async def test_more_blobs_than_one_question_to_the_catalog(parts: Parts) -> None:
    for number in range(600):
        parts.leave_part(Digest.of(str(number).encode()), 1)
    assert await parts.collector.collect(dry_run=False) == Collected(600, 600)
    assert await parts.stored() == []


async def test_the_registry_collects_by_itself() -> None:
    async with started(blob_grace_seconds=0.1) as stack:
        signed = bundle(stack.publisher_key)
        await stack.clients["acme"].publish(signed)
        leave_blob(stack, "0" * 64)
        await eventually(lambda: stack.left()["blobs"] == 2)
        _, archive = await stack.clients["runner"].read_bundle(str(signed.digest))
        assert archive == signed.archive


def leave_blob(stack: Stack, digest: str) -> None:
    folder = stack.data / "blobs" / "sha256" / digest
    folder.mkdir(parents=True)
    for name in ("manifest.json", "bundle.tar.zst", "bundle.tar.zst#3"):
        (folder / name).write_bytes(b"left by a crash")
        os.utime(folder / name, (0, 0))
