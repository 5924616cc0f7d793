"""Instances that are made before their call: fresh, for one call, and for nothing that has to ask its host first."""

import queue
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from gen.alga.runner.v1.execute_service_pb2 import ExecuteResponse
from gen.alga.runner.v1.executor_pb2 import Invoke, LaneRequest, LaneResponse
from runner.compile.component import compiled
from runner.engine.call import Limits, Request
from runner.engine.early import MAX_SECONDS, Early, Handler
from runner.engine.invoke import Call, Runtime
from runner.engine.slots import Slots
from runner.executor import lane as lanes
from runner.executor.frames import encode, receive
from runner.executor.handlers import Handlers
from runner.executor.lane import Lane
from runner.host import host_functions
from runner.host.current import CurrentCall, current
from tests.guests import component
from tests.runner.execution.calls import Caller
from tests.runner.execution.test_invoke import CONTEXT, MIB

SECONDS = 30.0


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    """With one slot of each kind: two instances at once would be refused."""
    return Runtime(host_functions(), Slots(lanes=1))


def load(runtime: Runtime, name: str) -> Handler:
    return runtime.handler(compiled(runtime.engine, component(name))[0])


def call(body: bytes) -> Call:
    current.set(CurrentCall(CONTEXT, frozenset(), lambda _: pytest.fail("a host call"), lambda _level, _line: None, {}))
    return Call(CONTEXT, Request("POST", "/", (), body), Limits(SECONDS, 16 * MIB, MIB), lambda _level, _line: None)


def test_one_that_fits_serves_its_call(runtime: Runtime) -> None:
    handler = load(runtime, "echo")
    for number in range(3):
        early = runtime.prepare(handler, 16 * MIB)
        assert early is not None
        assert runtime.invoke(handler, call(b"%d" % number), early).body == b"%d" % number


def test_one_with_other_limits_or_of_another_component_is_dropped_unused(runtime: Runtime) -> None:
    handler, other = load(runtime, "echo"), load(runtime, "echo")
    for ready, memory in ((handler, 32 * MIB), (other, 16 * MIB)):
        early = runtime.prepare(ready, memory)
        assert early is not None
        assert runtime.invoke(handler, call(b"x"), early).body == b"x"
        assert early.instance._store is None


@pytest.mark.parametrize("guest", ["hostile/exit", "hostile/stdoutflood", "trapstart"])
def test_who_asks_its_host_at_the_start_or_fails_there_is_made_with_its_call(runtime: Runtime, guest: str) -> None:
    handler = load(runtime, guest)
    assert runtime.prepare(handler, 16 * MIB) is None
    assert not handler.early


def test_who_computes_at_the_start_is_stopped_at_once(runtime: Runtime) -> None:
    handler = load(runtime, "spinstart")
    began = time.monotonic()
    assert runtime.prepare(handler, 16 * MIB) is None
    assert time.monotonic() - began < 100 * MAX_SECONDS
    assert runtime.prepare(handler, 16 * MIB) is None


class Watched:
    """A lane on a thread of its own; what its runtime prepares and drops is told here, in order."""

    def __init__(self, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
        self.socket, self._theirs = socket.socketpair()
        self.prepared: queue.Queue[Early | None] = queue.Queue()
        self.dropped: queue.Queue[Early] = queue.Queue()
        prepare, drop = runtime.prepare, runtime.drop

        def tell_prepared(handler: Handler, memory_bytes: int) -> Early | None:
            early = prepare(handler, memory_bytes)
            self.prepared.put(early)
            return early

        def tell_dropped(early: Early) -> None:
            drop(early)
            self.dropped.put(early)

        monkeypatch.setattr(runtime, "prepare", tell_prepared)
        monkeypatch.setattr(runtime, "drop", tell_dropped)
        self._thread = threading.Thread(target=Lane(self._theirs, runtime, Handlers(runtime, 4)).run)
        self._thread.start()

    def answer(self, invoke: Invoke) -> ExecuteResponse:
        self.socket.sendall(encode(LaneRequest(invoke=invoke)))
        told = receive(self.socket, LaneResponse)
        assert told is not None
        assert told.outcome.HasField("response")
        return told.outcome.response

    def drops(self, early: Early | None) -> None:
        """Wait until it does."""
        while self.dropped.get(timeout=SECONDS) is not early:
            pass

    def close(self) -> None:
        """Legal more than once; what it did before its end has been told then."""
        self.socket.close()
        self._thread.join(SECONDS)
        self._theirs.close()


@pytest.fixture
def lane(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setattr(lanes, "IDLE_SECONDS", 0.2)
    watched = Watched(runtime, monkeypatch)
    yield watched
    watched.close()


def test_one_is_made_after_the_second_call_and_dropped_by_an_idle_lane(lane: Watched, caller: Caller) -> None:
    for body in (b"one", b"two"):
        assert lane.prepared.empty()  # it may never be called again
        assert lane.answer(caller.invoke("echo", body)).body == body
    early = lane.prepared.get(timeout=SECONDS)
    assert early is not None
    lane.drops(early)


def test_a_call_of_another_component_drops_it(lane: Watched, caller: Caller) -> None:
    for _ in range(2):
        lane.answer(caller.invoke("echo"))
    early = lane.prepared.get(timeout=SECONDS)
    assert early is not None
    for name in ("hello", "echo"):
        assert lane.answer(caller.invoke(name)).status == 200
    lane.drops(early)
    lane.close()
    assert lane.prepared.empty()
