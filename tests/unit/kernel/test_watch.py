"""The watch: what counts as heard, as a gap and as lost, with a clock of our own; and against a real server that misbehaves."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen.alga.registry.v1 import install_pb2, install_service_pb2, install_service_pb2_grpc
from kernel import rpc
from kernel import watch as watching
from kernel.auth import Role, ServiceTokens
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.rpc import RpcServer, connect
from kernel.watch import Change, ChangeKind, Follower, Freshness, watch

HASH = Digest.of(b"bundle")
Message = install_service_pb2.WatchInstallsResponse


def snapshot(revision: int = 3, *revoked: str) -> Message:
    return Message(snapshot=install_service_pb2.Snapshot(revision=revision, revoked_hashes=revoked or [str(HASH)]))


def change(revision: int = 4, previous: int = 3, kind: int = 1, content_hash: str = str(HASH)) -> Message:
    return Message(
        change=install_pb2.Change(
            revision=revision,
            previous_revision=previous,
            kind=kind,  # type: ignore[arg-type]
            tenant_id="t",
            content_hash=content_hash,
        )
    )


def heartbeat(revision: int = 3) -> Message:
    return Message(heartbeat=install_service_pb2.Heartbeat(revision=revision))


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Heard:
    """Writes down what it hears; `enough` is set once that many events came."""

    def __init__(self, count: int = 0) -> None:
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


START = (3, frozenset({HASH}))


class TestState:
    """One watch without a network: its clock moves when a test says so."""

    clock: Clock
    heard: Heard
    freshness: Freshness
    follower: Follower

    @pytest.fixture(autouse=True)
    def _begin(self) -> None:
        self.clock, self.heard = Clock(), Heard()
        self.freshness = Freshness(self.clock, 6)
        self.follower = Follower(self.heard, self.freshness)
        self.follower.begin()

    def take(self, *messages: Message) -> None:
        for message in messages:
            self.follower.take(message)

    def refused(self, message: Message) -> None:
        with pytest.raises(Fault) as caught:
            self.follower.take(message)
        assert caught.value.reason in {Reason.INTERNAL, Reason.INVALID_ARGUMENT}

    def test_nothing_is_fresh_before_the_first_snapshot(self) -> None:
        assert (self.freshness.fresh(), self.follower.patience()) == (False, 6)
        self.take(snapshot())
        assert self.freshness.fresh()
        assert self.heard.events == [START]

    @pytest.mark.parametrize("message", [change(), heartbeat()])
    def test_every_message_refreshes(self, message: Message) -> None:
        self.take(snapshot())
        self.clock.now += 5
        assert (self.freshness.left(), self.follower.patience()) == (1, 1)
        self.take(message)
        assert self.freshness.left() == 6
        self.clock.now += 5.9
        assert self.freshness.fresh()
        self.clock.now += 0.2
        assert (self.freshness.fresh(), self.follower.patience()) == (False, 0)

    @pytest.mark.parametrize("late", [heartbeat(), change(), snapshot()])
    def test_a_message_that_lay_somewhere_does_not_end_a_silence(self, late: Message) -> None:
        self.take(snapshot())
        self.clock.now += 6.1
        self.refused(late)
        self.follower.lose()
        assert not self.freshness.fresh()
        self.follower.begin()
        self.take(snapshot(9))
        assert self.heard.events == [START, "lost", (9, frozenset({HASH}))]

    def test_a_broken_stream_alone_loses_nothing(self) -> None:
        self.take(snapshot())
        self.clock.now += 2
        self.follower.begin()
        assert (self.freshness.fresh(), self.follower.patience()) == (True, 4)
        self.take(snapshot(7), change(9, 7))
        assert self.heard.events == [START, (7, frozenset({HASH})), ChangeKind.INSTALLED]

    def test_a_loss_is_told_once(self) -> None:
        self.follower.lose()
        self.take(snapshot())
        for _ in range(3):
            self.follower.lose()
            self.follower.begin()
        assert self.heard.events == [START, "lost"]
        assert self.follower.patience() == 6

    def test_revisions_need_not_be_dense_but_must_be_linked(self) -> None:
        self.take(snapshot(0), change(7, 0), heartbeat(7), change(8, 7), heartbeat(8))
        self.refused(change(12, 11))

    @pytest.mark.parametrize(
        "message",
        [
            change(5, 4),  # one is missing
            change(4, 0),  # an older registry, which names none
            change(3, 3),
            change(2, 3),  # backwards
            heartbeat(4),
            heartbeat(2),
            snapshot(4),
            Message(),  # an event of a newer registry
            change(4, 3, 99),
            change(4, 3, 0),
            change(4, 3, 1, "no digest"),
        ],
        ids=[
            "gap",
            "no link",
            "again",
            "backwards",
            "heartbeat ahead",
            "heartbeat behind",
            "second snapshot",
            "unknown event",
            "newer kind",
            "no kind",
            "no digest",
        ],
    )
    def test_what_does_not_follow_is_refused_and_not_passed_on(self, message: Message) -> None:
        self.take(snapshot())
        self.refused(message)
        assert self.heard.events == [START]

    @pytest.mark.parametrize("message", [change(), heartbeat(), Message(), snapshot(3, "x")])
    def test_a_stream_begins_with_a_snapshot(self, message: Message) -> None:
        self.refused(message)
        assert self.heard.events == []
        assert not self.freshness.fresh()


MESSAGES = st.one_of(*(st.builds(make, st.integers(0, 5)) for make in (snapshot, change, heartbeat)))


@given(st.lists(MESSAGES, max_size=12))
def test_whatever_comes_the_watcher_hears_growing_revisions_after_a_snapshot(messages: list[Message]) -> None:
    told: list[int] = []

    class Order(Heard):
        def on_snapshot(self, revision: int, revoked: frozenset[Digest]) -> None:
            told.append(revision)

        def on_change(self, change: Change) -> None:
            assert told
            told.append(change.revision)

    follower = Follower(Order(), Freshness(Clock()))
    follower.begin()
    with contextlib.suppress(Fault):
        for message in messages:
            follower.take(message)
    assert told == sorted(set(told))


class Registry(install_service_pb2_grpc.InstallServiceServicer):
    """Answers each stream with the next script; after a script the stream ends, or hangs if it ends in None."""

    def __init__(self, *scripts: list[Message | None]) -> None:
        self.scripts = list(scripts)
        self.streams = 0

    async def WatchInstalls(self, request: Any, context: Any) -> AsyncIterator[Message]:
        self.streams += 1
        for message in self.scripts.pop(0) if self.scripts else [None]:
            if message is None:
                await asyncio.Event().wait()
            else:
                yield message


async def heard(registry: Registry, count: int, seconds: float = 20) -> list[object]:
    """What a watcher hears, until it heard `count` events; silence of `seconds` counts as a loss."""
    folder = Path(tempfile.mkdtemp(prefix="watch"))
    server = RpcServer(
        ServiceTokens({"t": Role.RUNNER}),
        [],
        lambda added: install_service_pb2_grpc.add_InstallServiceServicer_to_server(registry, added),
    )
    (address,) = await server.start([f"unix:{folder}/s"], None)
    peer, listener = connect(address, "t"), Heard(count)
    task = asyncio.create_task(watch(peer, listener, Freshness(seconds=seconds)))
    try:
        async with asyncio.timeout(20):
            await listener.enough.wait()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await peer.channel.close()
        await server.stop(0)
        shutil.rmtree(folder)
    return listener.events[:count]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "RETRY_SECONDS", 0.01)


async def test_changes_arrive_in_order() -> None:
    kinds = [kind for kind in install_pb2.ChangeKind.values() if kind]
    changes = [change(4 + at, 3 + at, kind) for at, kind in enumerate(kinds)]
    assert await heard(Registry([snapshot(), *changes, None]), 1 + len(kinds)) == [START, *ChangeKind]


@pytest.mark.parametrize(
    "defect",
    [change(5, 4), heartbeat(9), snapshot(4), Message(), change(4, 3, 99)],
    ids=["gap", "heartbeat ahead", "second snapshot", "unknown event", "newer kind"],
)
async def test_what_does_not_follow_is_a_loss_at_once_and_a_new_beginning(defect: Message) -> None:
    assert await heard(Registry([snapshot(), defect, None], [snapshot(), None]), 3) == [START, "lost", START]


async def test_a_snapshot_that_is_not_understood_is_asked_for_again() -> None:
    assert await heard(Registry([snapshot(3, "x"), None], [snapshot(), None]), 1) == [START]


async def test_a_stream_that_ends_is_opened_again_without_a_loss() -> None:
    registry = Registry([snapshot()], [snapshot(), heartbeat()], [], [snapshot(), change(), None])
    assert await heard(registry, 4) == [START, START, START, ChangeKind.INSTALLED]
    assert registry.streams == 4


async def test_streams_that_end_at_once_are_a_loss_in_the_end() -> None:
    registry = Registry([snapshot()], *([[]] * 10_000))
    assert await heard(registry, 2, seconds=1) == [START, "lost"]


async def test_a_silent_stream_is_a_loss_and_is_opened_again() -> None:
    registry = Registry([snapshot(), None], [None], [snapshot(5), None])
    assert await heard(registry, 3, seconds=1) == [START, "lost", (5, frozenset({HASH}))]
    assert registry.streams == 3


async def test_a_defect_of_the_watcher_loses_what_was_learned() -> None:
    """The caller of `watch` begins it anew; what was fresh until then must not stay so."""

    class Broken(Heard):
        def on_change(self, change: Change) -> None:
            raise RuntimeError("a defect")

    folder = Path(tempfile.mkdtemp(prefix="watch"))
    registry = Registry([snapshot(), change(), None])
    server = RpcServer(
        ServiceTokens({"t": Role.RUNNER}),
        [],
        lambda added: install_service_pb2_grpc.add_InstallServiceServicer_to_server(registry, added),
    )
    (address,) = await server.start([f"unix:{folder}/s"], None)
    peer, freshness, listener = connect(address, "t"), Freshness(), Broken()
    with pytest.raises(RuntimeError, match="a defect"):
        await watch(peer, listener, freshness)
    assert (freshness.fresh(), listener.events) == (False, [START, "lost"])
    await peer.channel.close()
    await server.stop(0)
    shutil.rmtree(folder)


async def test_a_connection_that_nobody_closed_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry's machine vanished and came back: a new stream on the old connection would wait for minutes."""
    impatient = {"grpc.keepalive_time_ms": 1_000, "grpc.keepalive_timeout_ms": 500, "grpc.http2.ping_timeout_ms": 500}
    assert impatient.keys() <= dict(rpc._CLIENT).keys()
    monkeypatch.setattr(rpc, "_CLIENT", list((dict(rpc._CLIENT) | impatient).items()))
    folder, vanished = Path(tempfile.mkdtemp(prefix="watch")), asyncio.Event()
    registry = Registry([snapshot(), None], [snapshot(5), None])
    server = RpcServer(
        ServiceTokens({"t": Role.RUNNER}),
        [],
        lambda added: install_service_pb2_grpc.add_InstallServiceServicer_to_server(registry, added),
    )
    await server.start([f"unix:{folder}/s"], None)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, dies: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                if not (dies and vanished.is_set()):
                    writer.write(data)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    connections: list[asyncio.Task[None] | None] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(asyncio.current_task())
        there, back = await asyncio.open_unix_connection(f"{folder}/s")
        dies = not vanished.is_set()  # connections from before do not come back
        await asyncio.gather(pass_on(reader, back, dies), pass_on(there, writer, dies))

    between = await asyncio.start_unix_server(connected, f"{folder}/between")
    peer, listener = connect(f"unix:{folder}/between", "t"), Heard(2)
    listener.on_snapshot, told = lambda *event: (told.append(event), vanished.set()), []  # type: ignore[method-assign]
    task = asyncio.create_task(watch(peer, listener, Freshness(seconds=1)))
    async with asyncio.timeout(20):
        while len(told) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await peer.channel.close()
    await server.stop(0)
    between.close()
    async with asyncio.timeout(20):
        await asyncio.gather(*(task for task in connections if task))
    shutil.rmtree(folder)
    assert [event[0] for event in told] == [3, 5]
