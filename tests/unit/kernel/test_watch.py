"""The watch across everything that can happen to its stream, against a real server."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gen.alga.registry.v1 import install_pb2, install_service_pb2, install_service_pb2_grpc
from kernel import watch as watching
from kernel.auth import Role, ServiceTokens
from kernel.digest import Digest
from kernel.rpc import RpcServer, connect
from kernel.watch import Change, ChangeKind, watch

HASH = Digest.of(b"bundle")
Message = install_service_pb2.WatchInstallsResponse
SNAPSHOT = Message(snapshot=install_service_pb2.Snapshot(revision=3, revoked_hashes=[str(HASH)]))


def change(kind: int, content_hash: str = str(HASH)) -> Message:
    return Message(change=install_pb2.Change(revision=4, kind=kind, tenant_id="t", content_hash=content_hash))  # type: ignore[arg-type]


class Registry(install_service_pb2_grpc.InstallServiceServicer):
    """Answers each stream with the next script; after a script the stream ends, or hangs if it ends in None."""

    def __init__(self, *scripts: list[Message | None]) -> None:
        self.scripts = list(scripts)

    async def WatchInstalls(self, request: Any, context: Any) -> AsyncIterator[Message]:
        for message in self.scripts.pop(0) if self.scripts else [None]:
            if message is None:
                await asyncio.Event().wait()
            else:
                yield message


class Heard:
    """Writes down what it hears; `enough` is set once that many events came."""

    def __init__(self, count: int) -> None:
        self.events: list[object] = []
        self.enough = asyncio.Event()
        self._count = count

    def _add(self, event: object) -> None:
        self.events.append(event)
        if len(self.events) == self._count:
            self.enough.set()

    def on_snapshot(self, revision: int, revoked: frozenset[Digest]) -> None:
        self._add((revision, revoked))

    def on_change(self, change: Change) -> None:
        self._add(change.kind)

    def on_lost(self) -> None:
        self._add("lost")


async def heard(registry: Registry, count: int) -> list[object]:
    folder = Path(tempfile.mkdtemp(prefix="watch"))
    server = RpcServer(
        ServiceTokens({"t": Role.RUNNER}),
        [],
        lambda added: install_service_pb2_grpc.add_InstallServiceServicer_to_server(registry, added),
    )
    (address,) = await server.start([f"unix:{folder}/s"], None)
    peer, listener = connect(address, "t"), Heard(count)
    task = asyncio.create_task(watch(peer, listener))
    async with asyncio.timeout(20):
        await listener.enough.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await peer.channel.close()
    await server.stop(0)
    shutil.rmtree(folder)
    return listener.events[:count]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "RETRY_SECONDS", 0.01)


START = (3, frozenset({HASH}))


async def test_changes_arrive_in_order() -> None:
    kinds = [kind for kind in install_pb2.ChangeKind.values() if kind]
    events = await heard(Registry([SNAPSHOT, *(change(kind) for kind in kinds), None]), 1 + len(kinds))
    assert events == [START, *ChangeKind]


@pytest.mark.parametrize(
    "defect",
    [change(99), change(0), change(1, "no digest"), Message(snapshot=install_service_pb2.Snapshot(revoked_hashes=["x"]))],
    ids=["newer kind", "no kind", "no digest", "snapshot without digest"],
)
async def test_what_is_not_understood_counts_as_lost_and_begins_again(defect: Message) -> None:
    assert await heard(Registry([SNAPSHOT, defect, None], [SNAPSHOT, None]), 3) == [START, "lost", START]


async def test_a_stream_that_ends_is_opened_again() -> None:
    assert await heard(Registry([SNAPSHOT], [SNAPSHOT, None]), 3) == [START, "lost", START]


async def test_a_silent_stream_counts_as_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "SILENCE_SECONDS", 0.05)
    assert await heard(Registry([SNAPSHOT, None], [SNAPSHOT, None]), 3) == [START, "lost", START]
