"""The pool: who gets its slots, what the next call finds in them, and how a slot's past is kept from being evidence."""

import re
import subprocess
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from wasmtime.component import Component

from runner.children import child_command
from runner.engine import memory
from runner.engine.call import Limits, Request, Response
from runner.engine.config import engine_key, new_engine
from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.invoke import Call, Runtime
from runner.engine.lane.wrap import wrap
from runner.engine.memory import PoolMap, _Range
from runner.engine.slots import ALL_MEMORIES, GUARD, MAX_INSTANCES, MAX_MEMORIES, MAX_TABLE_ELEMENTS, MAX_TABLES, RESERVATION, Slots
from runner.engine.traps import PoolExhausted
from runner.executor import process
from runner.executor.process import Executor, ExecutorOptions
from runner.host import host_functions
from runner.host.current import CurrentCall, current
from tests.guests import WASM_TOOLS, component, from_wat
from tests.runner.execution.test_invoke import CONTEXT, MIB, Guest

LANES = 2
SECONDS = 60.0

# Says where it is, so that the host can hold it there.
HERE = """
(import "alga:extension/logging" "log-info" (func $info (param i32 i32)))
(func (export "handler") (param $request i32) (result i32)
  (call $info (i32.const 16) (i32.const 1))
  (call $answer (i32.const 200) (i32.const 0) (i32.const 0)))
"""


def filled(wasm: bytes) -> bytes:
    """The same component with as many more instances, tables and memories as a call may have."""
    text = subprocess.run([WASM_TOOLS, "print", "-"], input=wasm, capture_output=True, check=True).stdout.decode()
    tables = len(re.findall(r"^ *\(table \(;", text, re.MULTILINE))
    instances = text.count("(instantiate ")
    more = "(core module $m (memory 1))(core module $t (table 1 funcref))(core module $none)"
    each = ["m"] * (MAX_MEMORIES - 1) + ["t"] * (MAX_TABLES - tables)
    each += ["none"] * (MAX_INSTANCES - instances - len(each))
    more += "".join(f"(core instance (instantiate ${name}))" for name in each)
    return (text.rstrip().removesuffix(")") + more + ")").encode()


def _binary(text: bytes) -> bytes:
    return subprocess.run([WASM_TOOLS, "parse", "-"], input=text, capture_output=True, check=True).stdout


def with_one_more(wasm: bytes, fields: str) -> bytes:
    """And one instance of a module of these fields beyond that."""
    return wasm.decode().removesuffix(")").encode() + f"(core module $one {fields})(core instance (instantiate $one)))".encode()


class Lanes:
    """A runtime of LANES lanes, and calls that are held in the middle."""

    def __init__(self) -> None:
        self.runtime = Runtime(host_functions(), Slots(lanes=LANES, memory_bytes=16 * MIB))
        self.threads = ThreadPoolExecutor(LANES + 1)
        self.here = threading.Semaphore(0)
        self.go = threading.Event()

    def start(self, wasm: bytes, log: Callable[[str, str], None] = lambda _level, _line: None) -> "Future[Response]":
        handler = self.runtime.handler(Component(self.runtime.engine, wasm))

        def run() -> Response:
            call = CurrentCall(CONTEXT, frozenset({"cap:log.emit"}), _nobody, log, {})
            token = current.set(call)
            try:
                limits = Limits(SECONDS, 16 * MIB, MIB)
                return self.runtime.invoke(handler, Call(CONTEXT, Request("GET", "/", (), None), limits, log))
            finally:
                current.reset(token)

        return self.threads.submit(run)

    def hold(self, wasm: bytes) -> "Future[Response]":
        """Start a call and wait until it is in the middle; `go` lets it go on."""

        def log(_level: str, _line: str) -> None:
            self.here.release()
            assert self.go.wait(SECONDS)

        call = self.start(wasm, log)
        assert self.here.acquire(timeout=SECONDS)
        return call


def _nobody(call: object) -> None:
    raise AssertionError(call)


@pytest.fixture
def lanes() -> Lanes:
    return Lanes()


class NoSpare(Slots):
    """Without the slots of wrappers, so that a call can take all there are."""

    @property
    def address_bytes(self) -> int:
        return self.lanes * MAX_MEMORIES * (RESERVATION + GUARD)

    def settings(self) -> Mapping[str, int]:
        return {**Slots.settings(self), "total_memories": self.lanes * MAX_MEMORIES}


@pytest.fixture
def one_lane() -> Guest:
    """Calls that get the very slots of the one before, if they take all."""
    return Guest(Runtime(host_functions(), NoSpare(lanes=1, memory_bytes=64 * MIB)), wrapped=False)


@pytest.mark.parametrize("made", [lambda text: text, lambda text: wrap(_binary(text))], ids=["plain", "wrapped"])
def test_every_lane_can_have_all_that_a_call_may_have(lanes: Lanes, made: Callable[[bytes], bytes]) -> None:
    greedy = made(filled(from_wat(HERE)))
    held = [lanes.hold(greedy) for _ in range(LANES)]
    lanes.go.set()
    assert [call.result(SECONDS).status for call in held] == [200] * LANES
    assert [lanes.start(greedy).result(SECONDS).status for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("fields", ["(memory 1)", "(table 1 funcref)", ""], ids=["memories", "tables", "instances"])
def test_who_asks_for_more_is_told_so_and_takes_nobody_elses(lanes: Lanes, fields: str) -> None:
    greedy = filled(from_wat(HERE))
    held = lanes.hold(greedy)
    for _ in range(3):
        with pytest.raises(GuestFailed) as failed:
            lanes.start(with_one_more(greedy, fields)).result(SECONDS)
        assert failed.value.reason is GuestReason.NOT_RUNNABLE
        assert "count too high" in failed.value.log
        assert lanes.start(greedy).result(SECONDS).status == 200
    lanes.go.set()
    assert held.result(SECONDS).status == 200


def test_more_calls_than_lanes_are_our_own_fault(lanes: Lanes) -> None:
    greedy = filled(from_wat(HERE))
    held = [lanes.hold(greedy) for _ in range(LANES)]
    with pytest.raises(PoolExhausted):
        lanes.start(greedy).result(SECONDS)
    lanes.go.set()
    assert [call.result(SECONDS).status for call in held] == [200] * LANES


def test_calls_that_fail_give_their_slots_back(one_lane: Guest) -> None:
    greedy = one_lane.load(filled(component("trap")))
    for _ in range(20):
        with pytest.raises(GuestFailed) as failed:
            one_lane.run(greedy)
        assert failed.value.reason is GuestReason.TRAPPED
    late = one_lane.load(filled(component("spin")))
    for _ in range(3):
        with pytest.raises(GuestFailed) as failed:
            one_lane.run(late, seconds=0.02)
        assert failed.value.reason is GuestReason.TIMED_OUT


def test_a_slot_shows_nothing_of_the_calls_before(one_lane: Guest) -> None:
    """Every guest looks at all slots of the only lane, whose whole content the one before has written over."""
    sizes = [(1, 1), (17, 8_192), (2, 8_193), (255, MAX_TABLE_ELEMENTS), (3, 100), (256, 20_000)]
    guests = [one_lane.load(poisoner(pages, elements, data)) for pages, elements in sizes for data in (False, True)]
    order = [*range(len(guests)), *reversed(range(len(guests))), *range(0, len(guests), 3)]
    assert [one_lane.run(guests[index], memory=20 * MIB, seconds=SECONDS).body for index in order] == [b"clean"] * len(order)


def test_the_poisoner_sees_poison(one_lane: Guest) -> None:
    """An instance that is used twice is not fresh."""
    assert one_lane.run(poisoner(2, 10, data=False, times=2), seconds=SECONDS).body == b"dirty"


def poisoner(pages: int, elements: int, data: bool, times: int = 1) -> bytes:
    """Answers "clean" when memories, tables and a global are as in a new instance; changes all of them before."""
    memories = [f"$m{n}" for n in range(MAX_MEMORIES - 1)]
    tables = [f"$t{n}" for n in range(MAX_TABLES)]
    scan_memory = "".join(
        f"""
        (local.set $at (i32.const 8))
        (loop $more
          (local.set $dirty (i64.or (local.get $dirty) (i64.load {name} (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (br_if $more (i32.lt_u (local.get $at) (i32.const {pages * 65536}))))
        (memory.fill {name} (i32.const 8) (i32.const 255) (i32.const {pages * 65536 - 8}))
        (if (i32.ne (memory.grow {name} (i32.const 1)) (i32.const -1)) (then
          (local.set $dirty (i64.or (local.get $dirty) (i64.load {name} (i32.const {pages * 65536}))))
          (local.set $dirty (i64.or (local.get $dirty) (i64.load {name} (i32.const {pages * 65536 + 65528}))))
          (memory.fill {name} (i32.const {pages * 65536}) (i32.const 255) (i32.const 65536))))"""
        for name in memories
    )
    scan_table = "".join(
        f"""
        (local.set $at (i32.const 0))
        (loop $more
          (local.set $dirty
            (i64.or (local.get $dirty) (i64.extend_i32_u (i32.eqz (ref.is_null (table.get {name} (local.get $at)))))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br_if $more (i32.lt_u (local.get $at) (i32.const {elements}))))
        (table.fill {name} (i32.const 0) (ref.func $scan) (i32.const {elements}))
        (drop (table.grow {name} (ref.func $scan) (i32.const 10)))"""
        for name in tables
    )
    fields = f"""
        (global $used (mut i64) (i64.const 0))
        {"".join(f"(table {name} {elements} funcref)" for name in tables)}
        (elem declare func $scan)
        (func $scan (result i64) (local $at i32) (local $dirty i64)
          (local.set $dirty (global.get $used))
          (global.set $used (i64.const 1))
          {scan_memory} {scan_table}
          (local.get $dirty))
        (func (export "handler") (param $request i32) (result i32)
          {"(drop (call $scan))" * (times - 1)}
          (call $answer (i32.const 200)
            (select (i32.const 16) (i32.const 32) (i64.eqz (call $scan))) (i32.const 5)))"""
    more = "".join(f"(memory {name} {pages})" for name in memories)
    more += '(data (i32.const 16) "clean") (data (i32.const 32) "dirty")'
    if data:  # then the beginning of the memory is a part of the artifact
        more += "".join(f'(data (memory {name}) (i32.const 0) "of"  "this")' for name in memories)
    return from_wat(fields, more)


HALF = """
(func (export "handler") (param $request i32) (result i32)
  (local $page i32)
  (local.set $page (memory.grow (i32.const {pages})))
  (memory.fill (i32.shl (local.get $page) (i32.const 16)) (i32.const 1) (i32.const {bytes}))
  unreachable)
"""


def _grows(mebibytes: int) -> bytes:
    return from_wat(HALF.format(pages=mebibytes * 16, bytes=mebibytes * MIB))


def _failure(guest: Guest, wasm: bytes, memory: int) -> GuestReason:
    with pytest.raises(GuestFailed) as failed:
        guest.run(wasm, memory=memory)
    return failed.value.reason


@pytest.mark.parametrize("limit", [9, 16, 64])
def test_a_memory_near_its_limit_is_evidence_and_a_slots_past_is_not(one_lane: Guest, limit: int) -> None:
    memory = limit * MIB
    for _ in range(3):
        assert _failure(one_lane, component("grow"), memory) is GuestReason.MEMORY_EXCEEDED
        assert _failure(one_lane, component("trap"), memory) is GuestReason.TRAPPED
        assert _failure(one_lane, _grows(limit // 2), memory) is GuestReason.TRAPPED


def test_a_neighbours_memory_is_no_evidence(lanes: Lanes) -> None:
    large = (
        f"(func $fill (drop (memory.grow (i32.const 250))) (memory.fill (i32.const 131072) (i32.const 1) (i32.const {15 * MIB})))"
    )
    neighbour = lanes.hold(from_wat(HERE.replace("(result i32)\n", "(result i32)\n  (call $fill)\n") + large))
    for _ in range(3):
        with pytest.raises(GuestFailed) as failed:
            lanes.start(component("trap")).result(SECONDS)
        assert failed.value.reason is GuestReason.TRAPPED
        with pytest.raises(GuestFailed) as failed:
            lanes.start(component("grow")).result(SECONDS)
        assert failed.value.reason is GuestReason.MEMORY_EXCEEDED
    lanes.go.set()
    assert neighbour.result(SECONDS).status == 200


def test_a_slot_that_another_call_takes_while_it_is_looked_at_is_no_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    low, guard = 1 << 40, _Range((1 << 40) + 16 * MIB, 1 << 41, "--", file=False)
    large = [_Range(low, guard.low, "rw", file=False), guard]
    small = [_Range(low, low + MIB, "rw", file=False), guard]
    for maps, evidence in (([large, large], {low}), ([large, small], set())):
        seen = iter(maps)
        monkeypatch.setattr(memory, "_read_map", lambda seen=seen: next(seen))
        monkeypatch.setattr(memory, "_used", lambda _run: True)
        assert PoolMap(((low, 1 << 41),)).large(16 * MIB) == evidence


def test_a_memory_that_begins_larger_than_any_call_may_have_it(artifact: Callable[[str], Path]) -> None:
    small = Runtime(host_functions(), Slots(lanes=1, memory_bytes=65536))
    with pytest.raises(GuestFailed) as failed:
        small.load(artifact("hello"))
    assert failed.value.reason is GuestReason.MEMORY_EXCEEDED


def test_a_pool_that_is_not_there_is_noticed() -> None:
    with pytest.raises(AssertionError):
        PoolMap.of_new_pool(1 << 46)
    assert Slots(lanes=3).address_bytes == 3 * ALL_MEMORIES * (RESERVATION + GUARD)


async def test_a_limit_of_address_space_ends_the_start_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def command(module: str, *arguments: str) -> list[str]:
        return ["sh", "-c", 'ulimit -v 64000000; exec "$@"', "sh", *child_command(module, *arguments)]

    monkeypatch.setattr(process, "child_command", command)
    with pytest.raises(ChildProcessError):
        await Executor.start(ExecutorOptions(lanes=1, components=1, artifacts=tmp_path, memory_bytes=MIB))
    assert "ulimit -v unlimited" in capfd.readouterr().err


def test_a_setting_that_the_library_lacks_ends_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Slots, "settings", lambda _: {"total_wishes": 3})
    with pytest.raises(AttributeError, match="total_wishes"):
        new_engine(Slots())


def test_the_layout_of_memories_is_in_the_key_of_artifacts(monkeypatch: pytest.MonkeyPatch) -> None:
    key = engine_key()
    monkeypatch.setattr("runner.engine.config._LAYOUT", {"memory_reservation": RESERVATION, "memory_guard_size": 2 * GUARD})
    assert engine_key() != key
