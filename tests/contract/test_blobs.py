import asyncio
import os
from pathlib import Path

import pytest

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.rpc import MAX_CHUNK_BYTES
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


async def test_what_is_put_comes_back_in_chunks(blobs: Blobs, archive: Path) -> None:
    assert await blobs.size(DIGEST) is None
    assert await blobs.put(DIGEST, archive, b"{}")
    chunks = await content(blobs, DIGEST)
    assert b"".join(chunks) == BYTES
    assert max(map(len, chunks)) <= MAX_CHUNK_BYTES
    assert await blobs.size(DIGEST) == len(BYTES)


async def test_the_first_put_wins(blobs: Blobs, archive: Path, other: Path) -> None:
    assert sorted(await asyncio.gather(*(blobs.put(DIGEST, archive, b"{}") for _ in range(8)))) == [False] * 7 + [True]
    assert not await blobs.put(DIGEST, other, b"{}")
    assert b"".join(await content(blobs, DIGEST)) == BYTES


async def test_replace_wins(blobs: Blobs, archive: Path, other: Path) -> None:
    await blobs.put(DIGEST, other, b"{}")
    await blobs.replace(DIGEST, archive, b"{}")
    assert b"".join(await content(blobs, DIGEST)) == BYTES


async def test_what_is_deleted_is_gone(blobs: Blobs, archive: Path, tmp_path: Path) -> None:
    await blobs.put(DIGEST, archive, b"{}")
    await blobs.delete(DIGEST)
    await blobs.delete(DIGEST)
    assert await blobs.size(DIGEST) is None
    with pytest.raises(Fault) as caught:
        await content(blobs, DIGEST)
    assert caught.value.reason is Reason.BUNDLE_INTEGRITY
    assert files(tmp_path / "blobs") == []
