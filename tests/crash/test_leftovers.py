"""What a loss of power can leave, which kill -9 cannot: it is told, healed by publishing again, and collected."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gen.alga.registry.v1 import maintenance_service_pb2 as pb
from kernel.errors import Fault, Reason
from tests.registry.bundles import NAME, PUBLISHER, Signed, bundle
from tests.registry.conftest import stack as stack
from tests.registry.stack import Stack

LONG_AGO = (1_700_000_000, 1_700_000_000)


def place(stack: Stack, signed: Signed) -> Path:
    return stack.data / "blobs" / "sha256" / signed.digest.hex


def whole(folder: Path, signed: Signed) -> None:
    (folder / "bundle.tar.zst").write_bytes(signed.archive)
    (folder / "manifest.json").write_bytes(b"{}")


def without_manifest(folder: Path, signed: Signed) -> None:
    (folder / "bundle.tar.zst").write_bytes(signed.archive)


def truncated(folder: Path, signed: Signed) -> None:
    (folder / "bundle.tar.zst").write_bytes(signed.archive[:10])


def empty(folder: Path, signed: Signed) -> None:
    (folder / "bundle.tar.zst").touch()
    (folder / "manifest.json").touch()


def staged(folder: Path, signed: Signed) -> None:
    (folder / "bundle.tar.zst#1").write_bytes(signed.archive[:10])
    (folder / "manifest.json").write_bytes(b"{}")


def nothing(folder: Path, signed: Signed) -> None:
    (folder / "manifest.json").write_bytes(b"{}")


Leave = Callable[[Path, Signed], None]
LEFT: dict[Leave, str] = {
    whole: "blob-unreferenced",
    without_manifest: "blob-unreferenced",
    truncated: "blob-unreferenced",
    empty: "blob-unreferenced",
    staged: "blob-staging",
    nothing: "blob-staging",
}


def leave(stack: Stack, signed: Signed, how: Leave) -> Path:
    folder = place(stack, signed)
    folder.mkdir(parents=True)
    how(folder, signed)
    return folder


def age(folder: Path) -> None:
    for path in (*folder.iterdir(), folder):
        os.utime(path, LONG_AGO)


async def told(stack: Stack) -> list[str]:
    messages = stack.operator.stream("maintenance", "Diagnose", pb.DiagnoseRequest(deep=True))
    return [message.finding.check async for message in messages if message.finding.severity != pb.SEVERITY_OK]


async def collect(stack: Stack, *, dry_run: bool = False) -> tuple[int, int]:
    answer = await stack.operator.call("maintenance", "CollectGarbage", pb.CollectGarbageRequest(dry_run=dry_run))
    return answer.blobs, answer.waiting


@pytest.mark.parametrize("how", LEFT, ids=lambda how: how.__name__)
async def test_it_is_told_once_it_is_old_and_collected(stack: Stack, how: Leave) -> None:
    folder = leave(stack, bundle(stack.publisher_key), how)
    assert (await told(stack), await collect(stack)) == ([], (0, 1))
    age(folder)
    assert await told(stack) == [LEFT[how]]
    assert (await collect(stack, dry_run=True), folder.exists()) == ((1, 0), True)
    assert (await collect(stack), folder.exists()) == ((1, 0), False)
    assert await told(stack) == []


@pytest.mark.parametrize("how", LEFT, ids=lambda how: how.__name__)
async def test_publishing_the_same_bytes_heals_it(stack: Stack, how: Leave) -> None:
    signed = bundle(stack.publisher_key)
    folder = leave(stack, signed, how)
    with pytest.raises(Fault) as caught:  # what has no row is served to nobody
        await stack.clients["runner"].read_bundle(str(signed.digest))
    assert caught.value.reason is Reason.NOT_FOUND
    answer = await stack.clients[PUBLISHER].publish(signed)
    assert not answer.existed
    assert (await stack.clients["runner"].read_bundle(str(signed.digest)))[1] == signed.archive
    await stack.operator.install("a", NAME)
    # A half-written file that the publish did not overwrite is garbage still.
    age(folder)
    assert await collect(stack) in ((0, 0), (1, 0))
    assert await told(stack) == []
    assert (await stack.clients["runner"].read_bundle(str(signed.digest)))[1] == signed.archive
