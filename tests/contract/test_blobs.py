import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.rpc import MAX_CHUNK_BYTES
from registry.blobs.store import BlobStore
from registry.ports import Blobs

BYTES = os.urandom(3 * MAX_CHUNK_BYTES + 17)
DIGEST = Digest.of(BYTES)


def saved(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return saved(tmp_path / "archive", BYTES)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return saved(tmp_path / "other", b"other")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def content(blobs: Blobs, digest: Digest) -> list[bytes]:
    return [chunk async for chunk in blobs.read(digest)]


async def listed(blobs: Blobs) -> list[tuple[Digest, int, bool]]:
    return sorted([(one.content_hash, one.size, one.whole) async for one in blobs.list()])


async def test_what_is_put_comes_back_in_chunks(blobs: Blobs, archive: Path) -> None:
    assert await blobs.size(DIGEST) is None
    await blobs.put(DIGEST, archive, b"{}")
    chunks = await content(blobs, DIGEST)
    assert b"".join(chunks) == BYTES
    assert max(map(len, chunks)) <= MAX_CHUNK_BYTES
    assert await blobs.size(DIGEST) == len(BYTES)


async def test_what_is_put_again_is_whole_at_all_times(blobs: Blobs, archive: Path, other: Path) -> None:
    await blobs.put(DIGEST, other, b"{}")  # as a crash may have left it
    await blobs.put(DIGEST, archive, b"{}")
    assert b"".join(await content(blobs, DIGEST)) == BYTES
    for _ in range(3):
        put = asyncio.create_task(blobs.put(DIGEST, archive, b"{}"))
        while not put.done():
            assert b"".join(await content(blobs, DIGEST)) == BYTES
        await put


async def test_a_put_that_fails_leaves_nothing_whole(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(Fault) as caught:
        await blobs.put(DIGEST, tmp_path / "nowhere", b"{}")
    assert caught.value.reason is Reason.UNAVAILABLE
    assert await blobs.size(DIGEST) is None
    assert await listed(blobs) == [(DIGEST, 2, False)]
    await blobs.tidy(DIGEST)
    await blobs.tidy(DIGEST)
    assert await listed(blobs) == []


async def test_all_blobs_are_listed_with_their_age(blobs: Blobs, other: Path) -> None:
    assert await listed(blobs) == []
    before = datetime.now(UTC) - timedelta(seconds=2)
    digests = [Digest.of(str(number).encode()) for number in range(300)]
    await asyncio.gather(*(blobs.put(digest, other, b"{}") for digest in digests))
    assert await listed(blobs) == [(digest, 5, True) for digest in sorted(digests)]
    assert all([before <= one.modified_at <= datetime.now(UTC) + timedelta(seconds=2) async for one in blobs.list()])
    await blobs.tidy(digests[0])
    assert await blobs.size(digests[0]) == 5


async def test_what_broken_puts_left_in_a_directory_is_listed_and_tidied(archive: Path, other: Path, tmp_path: Path) -> None:
    blobs, root = BlobStore.directory(tmp_path / "blobs"), tmp_path / "blobs" / "sha256"
    broken, begun, stray = Digest.of(b"broken"), Digest.of(b"begun"), root / "README"
    await blobs.put(DIGEST, archive, b"{}")
    (root / DIGEST.hex / "bundle.tar.zst#1").write_bytes(b"half")
    (root / broken.hex).mkdir()
    (root / broken.hex / "bundle.tar.zst#27").write_bytes(b"ha")
    (root / broken.hex / "manifest.json").write_bytes(b"{}")
    (root / begun.hex).mkdir()
    stray.write_bytes(b"not ours")
    assert await listed(blobs) == sorted([(DIGEST, len(BYTES), True), (DIGEST, 4, False), (broken, 4, False), (begun, 0, False)])
    for digest in (DIGEST, broken, begun):
        await blobs.tidy(digest)
    assert await listed(blobs) == [(DIGEST, len(BYTES), True)]
    assert b"".join(await content(blobs, DIGEST)) == BYTES
    assert not any((root / digest.hex).exists() for digest in (broken, begun))
    await blobs.delete(DIGEST)
    assert files(root) == [stray]


async def test_a_put_takes_little_memory(blobs: Blobs, tmp_path: Path) -> None:
    if isinstance(blobs._store, MemoryStore):  # type: ignore[attr-defined]  # of the one implementation
        return
    size = 40 << 20
    with (tmp_path / "large").open("wb") as file:
        file.truncate(size)
    before = peak(reset=True)
    await blobs.put(DIGEST, tmp_path / "large", b"{}")
    assert peak() - before < 8 << 20


def peak(*, reset: bool = False) -> int:
    """The most memory that this process had at once (since the last reset), in bytes."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))


async def test_what_is_deleted_is_gone(blobs: Blobs, archive: Path, tmp_path: Path) -> None:
    await blobs.put(DIGEST, archive, b"{}")
    await blobs.delete(DIGEST)
    await blobs.delete(DIGEST)
    assert await blobs.size(DIGEST) is None
    with pytest.raises(Fault) as caught:
        await content(blobs, DIGEST)
    assert caught.value.reason is Reason.BUNDLE_INTEGRITY
    assert files(tmp_path / "blobs") == []
