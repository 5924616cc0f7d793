"""The watch: a snapshot, then every change in order; what happens to slow and to many watchers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gen.alga.registry.v1 import install_pb2
from gen.alga.registry.v1 import install_service_pb2 as installs
from gen.alga.registry.v1 import registry_service_pb2 as registry
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.watch import Change, ChangeKind, Freshness, watch
from registry import ports
from registry import watch as watching
from registry.bell import Bell
from registry.catalog.memory import MemoryCatalog
from registry.watch import Heartbeat, Snapshot, Step, Watch
from tests.registry.bundles import NAME, bundle
from tests.registry.stack import Stack

HASH = Digest.of(b"")


def events(stack: Stack, name: str = "gateway") -> AsyncIterator[Any]:
    return stack.clients[name].stream("installs", "WatchInstalls", installs.WatchInstallsRequest())


async def change(stack: Stack, method: str, **more: str) -> Any:
    request = getattr(installs, f"{method}Request")(tenant_id="a", install=NAME, **more)
    return await stack.clients["admin-a"].call("installs", method, request)


async def test_a_watcher_hears_every_change_in_order(stack: Stack) -> None:
    old, new = bundle(stack.publisher_key), bundle(stack.publisher_key, version="1.1.0")
    for signed in (old, new):
        await stack.clients["acme"].publish(signed)
    stream = events(stack)
    first = await anext(stream)
    assert (first.snapshot.revision, list(first.snapshot.revoked_hashes)) == (0, [])

    install = await stack.clients["admin-a"].install("a", NAME, "1.0.0")
    for method in ("Update", "Disable", "Enable", "Uninstall"):
        await change(stack, method)
    await stack.operator.call("registry", "RevokeVersion", registry.RevokeVersionRequest(extension=NAME, version="1.0.0"))

    heard = [(await anext(stream)).change for _ in range(6)]
    assert [item.kind for item in heard] == [
        install_pb2.CHANGE_KIND_INSTALLED,
        install_pb2.CHANGE_KIND_UPDATED,
        install_pb2.CHANGE_KIND_DISABLED,
        install_pb2.CHANGE_KIND_ENABLED,
        install_pb2.CHANGE_KIND_UNINSTALLED,
        install_pb2.CHANGE_KIND_VERSION_REVOKED,
    ]
    assert [item.revision for item in heard] == [1, 2, 3, 4, 5, 6]
    assert [item.previous_revision for item in heard] == [0, 1, 2, 3, 4, 5]
    assert {(item.tenant_id, item.install_id) for item in heard[:5]} == {("a", install.id)}
    assert [item.content_hash for item in heard] == [str(old.digest), *[str(new.digest)] * 4, str(old.digest)]
    assert (heard[5].tenant_id, heard[5].install_id, heard[5].extension_id) == ("", "", install.extension_id)

    later = await anext(events(stack, "runner"))
    assert (later.snapshot.revision, list(later.snapshot.revoked_hashes)) == (6, [str(old.digest)])


async def test_nothing_that_changes_nothing_is_told(stack: Stack) -> None:
    await stack.clients["acme"].publish(bundle(stack.publisher_key))
    await stack.clients["admin-a"].install("a", NAME)
    stream = events(stack)
    await anext(stream)
    await stack.clients["admin-a"].install("a", NAME)
    await change(stack, "Enable")
    await change(stack, "Update")
    await change(stack, "Disable")
    assert (await anext(stream)).change.kind == install_pb2.CHANGE_KIND_DISABLED


class Heard:
    def __init__(self) -> None:
        self.said: asyncio.Queue[object] = asyncio.Queue()

    def on_snapshot(self, revision: int, revoked: frozenset[Digest]) -> None:
        self.said.put_nowait((revision, revoked))

    def on_change(self, change: Change) -> None:
        self.said.put_nowait(change.kind)

    def on_lost(self) -> None:
        self.said.put_nowait("lost")


async def test_the_kernels_watcher_follows_and_outlasts_a_registry_that_drains(stack: Stack) -> None:
    """The client that gateways and runners use: what it told holds until it was not heard for a while."""
    await stack.clients["acme"].publish(bundle(stack.publisher_key))
    heard, freshness = Heard(), Freshness(seconds=3)
    following = asyncio.create_task(watch(stack.clients["gateway"].peer, heard, freshness))
    async with asyncio.timeout(20):
        assert await heard.said.get() == (0, frozenset())
        await stack.clients["admin-a"].install("a", NAME)
        assert await heard.said.get() is ChangeKind.INSTALLED
        await stack.app.drain(1)
        assert freshness.fresh()
        assert await heard.said.get() == "lost"
        assert not freshness.fresh()
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def catalog(bell: Bell) -> MemoryCatalog:
    return MemoryCatalog(bell)


async def append(catalog: MemoryCatalog, times: int) -> None:
    async with catalog.write() as tables:
        for _ in range(times):
            await tables.changes.append(ChangeKind.INSTALLED, "e", HASH, "a", "i")


async def test_a_watcher_that_falls_behind_the_log_is_ended(
    catalog: MemoryCatalog, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "MAX_BEHIND", 5)
    monkeypatch.setattr(watching, "MAX_BEHIND", 5)
    stream = Watch(catalog, bell).events()
    assert await anext(stream) == Snapshot(0, frozenset())
    await append(catalog, 5)
    assert [(await anext(stream)).change.revision for _ in range(5)] == [1, 2, 3, 4, 5]
    await append(catalog, 6)
    with pytest.raises(Fault) as caught:
        await anext(stream)
    assert caught.value.reason is Reason.OVERLOADED


async def test_more_changes_than_one_batch(catalog: MemoryCatalog, bell: Bell) -> None:
    stream = Watch(catalog, bell).events()
    await anext(stream)
    await append(catalog, 2 * watching.BATCH + 7)
    steps = [await anext(stream) for _ in range(2 * watching.BATCH + 7)]
    assert [step.change.revision for step in steps] == list(range(1, 2 * watching.BATCH + 8))
    assert [step.previous_revision for step in steps] == list(range(2 * watching.BATCH + 7))


async def test_a_heartbeat_when_nothing_changes(catalog: MemoryCatalog, bell: Bell) -> None:
    stream = Watch(catalog, bell, heartbeat_seconds=0.01).events()
    await anext(stream)
    assert await anext(stream) == Heartbeat(0)
    await append(catalog, 1)
    step = await anext(stream)
    assert (step.previous_revision, step.change.revision) == (0, 1)
    assert await anext(stream) == Heartbeat(1)


async def test_the_log_need_not_be_dense(catalog: MemoryCatalog, bell: Bell) -> None:
    stream = Watch(catalog, bell).events()
    await anext(stream)
    await append(catalog, 1)
    await anext(stream)
    catalog._state.revision += 5
    await append(catalog, 1)
    step = await anext(stream)
    assert isinstance(step, Step)
    assert (step.previous_revision, step.change.revision) == (1, 7)


async def test_rings_without_changes_do_not_keep_heartbeats_back(catalog: MemoryCatalog, bell: Bell) -> None:
    """Transactions that are undone ring, too; a tenant could make them all the time."""
    stream = Watch(catalog, bell, heartbeat_seconds=0.05).events()
    await anext(stream)

    async def ring() -> None:
        while True:
            bell.ring()
            await asyncio.sleep(0)

    ringing = asyncio.create_task(ring())
    async with asyncio.timeout(10):
        assert await anext(stream) == Heartbeat(0)
    ringing.cancel()


async def test_a_change_between_two_messages_is_not_missed(catalog: MemoryCatalog, bell: Bell) -> None:
    stream = Watch(catalog, bell, heartbeat_seconds=30).events()
    await anext(stream)
    waiting = asyncio.create_task(anext(stream))
    async with asyncio.timeout(5):
        for _ in range(3):
            await asyncio.sleep(0)
        await append(catalog, 1)
        assert (await waiting).change.revision == 1


async def test_a_process_that_drains_ends_its_watches(catalog: MemoryCatalog, bell: Bell) -> None:
    stream = Watch(catalog, bell, heartbeat_seconds=30).events()
    await anext(stream)
    waiting = asyncio.create_task(anext(stream, None))
    await asyncio.sleep(0)
    bell.close()
    async with asyncio.timeout(5):
        assert await waiting in (None, Heartbeat(0))


async def test_too_many_watchers(catalog: MemoryCatalog, bell: Bell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MAX_WATCHERS", 2)
    use_case = Watch(catalog, bell)
    streams = [use_case.events() for _ in range(3)]
    for stream in streams[:2]:
        await anext(stream)
    with pytest.raises(Fault) as caught:
        await anext(streams[2])
    assert caught.value.reason is Reason.OVERLOADED
    await streams[0].aclose()
    assert isinstance(await anext(use_case.events()), Snapshot)
