"""The engine in this process, with hostile guests: each gets its reason, and the next call is untouched."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from wasmtime import Engine, Module, WasmtimeError
from wasmtime.component import Component

from runner.compile.component import compiled
from runner.engine import ticker
from runner.engine.call import MAX_HOST_CALL_BYTES, MAX_HOST_CALLS, PACKED_BODY_BYTES, Context, Limits, Request, Response
from runner.engine.early import Handler
from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.invoke import Call, Runtime
from runner.engine.slots import MAX_INSTANCES, MAX_MEMORIES, MAX_TABLE_ELEMENTS, MAX_TABLES, Slots
from runner.engine.traps import of_loading
from runner.host import host_functions
from runner.host.current import CurrentCall, current
from tests.guests import component, from_wat
from tests.runner.execution.conftest import Artifact

MIB = 1024 * 1024
CONTEXT = Context("r", "t", "e", None, "v")


class Guest:
    """Runs guests and keeps what they log."""

    def __init__(self, runtime: Runtime, *, wrapped: bool = True) -> None:
        self._runtime, self.wrapped = runtime, wrapped
        self.lines: list[tuple[str, str]] = []

    def load(self, wasm: bytes) -> Handler:
        engine = self._runtime.engine
        try:
            return self._runtime.handler(compiled(engine, wasm)[0] if self.wrapped else Component(engine, wasm))
        except WasmtimeError as error:
            raise of_loading(str(error)) from None

    def run(
        self,
        handler: Handler | str | bytes,
        body: bytes | None = None,
        url: str = "/",
        *,
        seconds: float = 5.0,
        memory: int = 16 * MIB,
        response: int = 2 * MIB,
    ) -> Response:
        if isinstance(handler, str):
            handler = component(handler)
        if isinstance(handler, bytes):
            handler = self.load(handler)
        call = CurrentCall(
            CONTEXT,
            frozenset({"cap:context.read", "cap:log.emit"}),
            _nobody,
            lambda level, line: self.lines.append((level, line)),
            {},
        )
        token = current.set(call)
        try:
            request = Request("POST", url, (("x-a", "1"),), body)
            return self._runtime.invoke(handler, Call(CONTEXT, request, Limits(seconds, memory, response), call.log))
        except GuestFailed as error:
            raise (call.failure or error) from None
        finally:
            current.reset(token)


def _nobody(call: object) -> None:
    raise AssertionError(call)


@pytest.fixture(scope="session")
def runtime() -> Runtime:
    return Runtime(host_functions(), Slots(lanes=1, memory_bytes=128 * MIB))


@pytest.fixture(params=["lane", "values"])
def guest(runtime: Runtime, request: pytest.FixtureRequest) -> Iterator[Guest]:
    """By the byte lane, and with dynamic values as for components that cannot be wrapped."""
    guest = Guest(runtime, wrapped=request.param == "lane")
    yield guest
    assert guest.run("hello").body == b"hello"  # whatever happened, the next call works


def test_hello(guest: Guest) -> None:
    assert guest.run("hello") == Response(200, (("content-type", "text/plain"),), b"hello")


@pytest.mark.parametrize("size", [0, 1, 255, 65_536, 2 * MIB])
def test_bodies_come_back_as_they_were(guest: Guest, size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    answer = guest.run("echo", body[:size])
    assert answer.body == body[:size]


def test_no_body_is_not_an_empty_one(guest: Guest) -> None:
    assert guest.run("echo", None).body is None
    assert guest.run("echo", b"").body == b""


SIZE = """
(func (export "handler") (param $request i32) (result i32)
  (i32.store (i32.const 0) (i32.load offset=84 (local.get $request)))
  (call $answer (i32.const 200) (i32.const 0) (i32.const 4)))
"""


def test_a_request_of_ten_mebibytes_reaches_the_guest(guest: Guest) -> None:
    if not guest.wrapped:
        with pytest.raises(GuestFailed) as failed:
            guest.run(from_wat(SIZE), bytes(PACKED_BODY_BYTES + 1))
        assert failed.value.reason is GuestReason.PAYLOAD_TOO_LARGE
        return
    answer = guest.run(from_wat(SIZE), bytes(10 * MIB), seconds=30, memory=32 * MIB)
    assert answer.body is not None
    assert int.from_bytes(answer.body, "little") == 10 * MIB


@pytest.mark.parametrize(
    ("name", "reason", "words"),
    [
        ("trap", GuestReason.TRAPPED, "unreachable"),
        ("recurse", GuestReason.TRAPPED, "call stack exhausted"),
        ("grow", GuestReason.MEMORY_EXCEEDED, "unreachable"),
        ("badstatus", GuestReason.RESPONSE_INVALID, "status 0"),
        ("badheader", GuestReason.RESPONSE_INVALID, "control character"),
        ("manyheaders", GuestReason.RESPONSE_INVALID, "headers"),
        ("bigbody", GuestReason.RESPONSE_TOO_LARGE, ""),
    ],
)
def test_failing_guests_get_their_reason(guest: Guest, name: str, reason: GuestReason, words: str) -> None:
    with pytest.raises(GuestFailed) as failed:
        guest.run(name)
    assert failed.value.reason is reason
    assert words in failed.value.log


def test_a_spinning_guest_is_interrupted(guest: Guest) -> None:
    with pytest.raises(GuestFailed) as failed:
        guest.run("spin", seconds=0.05)
    assert failed.value.reason is GuestReason.TIMED_OUT


def _answers(size: int) -> bytes:
    pages = size // 65536 + 1
    return from_wat(
        '(func (export "handler") (param $request i32) (result i32)'
        f"(drop (memory.grow (i32.const {pages}))) (call $answer (i32.const 200) (i32.const 0) (i32.const {size})))"
    )


@pytest.mark.parametrize(("size", "limit"), [(101, 100), (2 * MIB + 1, 2 * MIB), (3 * MIB, 2 * MIB), (12 * MIB, 10 * MIB)])
def test_answers_over_the_limit(guest: Guest, size: int, limit: int) -> None:
    with pytest.raises(GuestFailed) as failed:
        guest.run(_answers(size), response=limit)
    assert failed.value.reason is GuestReason.RESPONSE_TOO_LARGE


def test_an_answer_of_exactly_the_limit(guest: Guest) -> None:
    assert guest.run(_answers(100), response=100).body == bytes(100)


def test_every_call_gets_a_fresh_instance(guest: Guest) -> None:
    handler = guest.load(component("poison"))
    assert [guest.run(handler).status for _ in range(20)] == [200] * 20


def test_a_minimum_memory_over_the_limit(guest: Guest) -> None:
    with pytest.raises(GuestFailed) as failed:
        guest.run("hello", memory=65536)
    assert failed.value.reason is GuestReason.MEMORY_EXCEEDED


def test_log_lines_arrive(guest: Guest) -> None:
    guest.run("log", url="/line")
    assert guest.lines == [("info", "/line"), ("warn", "a warning"), ("error", "an error")]


FLOOD = """
(import "alga:extension/logging" "log-info" (func $info (param i32 i32)))
(func (export "handler") (param $request i32) (result i32)
  (local $left i32)
  (local.set $left (i32.const {calls}))
  (memory.fill (i32.const 65536) (i32.const 65) (i32.const 60000))
  (loop $more
    (call $info (i32.const 65536) (i32.const {size}))
    (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
  (call $answer (i32.const 200) (i32.const 0) (i32.const 0)))
"""


def test_a_log_flood_is_capped(guest: Guest) -> None:
    assert guest.run(from_wat(FLOOD.format(calls=1000, size=60000)), seconds=30).status == 200
    assert sum(len(line) for _, line in guest.lines) <= 64 * 1024 + 100
    assert guest.lines[-1][0] == "info"
    assert guest.lines[-1][1].startswith("truncated: ")


def test_the_last_allowed_host_call_works(guest: Guest) -> None:
    assert guest.run(from_wat(FLOOD.format(calls=MAX_HOST_CALLS, size=1)), seconds=30).status == 200


@pytest.mark.parametrize(
    ("calls", "size", "words"),
    [
        (MAX_HOST_CALLS + 1, 1, "more than 10000 host calls"),
        (MAX_HOST_CALL_BYTES // 60000 + 1, 60000, "more than 67108864 bytes in host calls"),
    ],
)
def test_host_calls_are_bounded_in_number_and_bytes(guest: Guest, calls: int, size: int, words: str) -> None:
    with pytest.raises(GuestFailed) as failed:
        guest.run(from_wat(FLOOD.format(calls=calls, size=size)), seconds=30)
    assert failed.value.reason is GuestReason.TRAPPED
    assert words in failed.value.log


TABLES = """
{tables}
(elem declare func $f)
(func $f)
(func (export "handler") (param $request i32) (result i32)
  (i32.store (i32.const 16) (table.grow $t0 (ref.func $f) (i32.const {elements})))
  (call $answer (i32.const 200) (i32.const 16) (i32.const 4)))
"""


def _tables(count: int, elements: int, minimum: int = 0) -> bytes:
    return from_wat(TABLES.format(tables="".join(f"(table $t{n} {minimum} funcref)" for n in range(count)), elements=elements))


@pytest.mark.parametrize(("elements", "grown"), [(MAX_TABLE_ELEMENTS, 0), (MAX_TABLE_ELEMENTS + 1, 0xFFFFFFFF)])
def test_tables_are_bounded_in_size(guest: Guest, elements: int, grown: int) -> None:
    assert guest.run(_tables(1, elements)).body == grown.to_bytes(4, "little")


ANSWER = '(func (export "handler") (param i32) (result i32) (call $answer (i32.const 200) (i32.const 0) (i32.const 0)))'
MANY = """
(component
  (core module $m {fields})
  {instances}
  (core module $h (memory (export "memory") 1) (func (export "handler") (result i32) (i32.const 7)))
  (core instance $i (instantiate $h))
  (func (export "handler") (result u32) (canon lift (core func $i "handler"))))
"""


def _many(fields: str, count: int) -> bytes:
    return MANY.format(fields=fields, instances="(core instance (instantiate $m))" * count).encode()


@pytest.mark.parametrize(
    ("wasm", "words"),
    [
        (lambda: _tables(MAX_TABLES + 1, 1), "tables count of 17 exceeds the per-instance limit of 16"),
        (lambda: _tables(1, 1, minimum=MAX_TABLE_ELEMENTS + 1), "element size of 100001 which exceeds the limit of 100000"),
        (lambda: from_wat(ANSWER, "(memory 1)" * MAX_MEMORIES), "memories count of 5 exceeds the per-instance limit of 4"),
        (lambda: from_wat(ANSWER, "(global i32 (i32.const 1))" * 70_000), "instance allocation for this module requires"),
        (lambda: _many("(table 1 funcref)", MAX_TABLES + 1), "table count too high at 17"),
        (lambda: _many("(memory 1)", MAX_MEMORIES), "memory count too high at 5"),
        (lambda: _many("", MAX_INSTANCES), "instance count too high at 65"),
    ],
)
def test_tables_memories_and_instances_are_bounded_in_number(guest: Guest, wasm: Callable[[], bytes], words: str) -> None:
    with pytest.raises(GuestFailed) as failed:
        guest.run(wasm())
    assert failed.value.reason is GuestReason.NOT_RUNNABLE
    assert words in failed.value.log


HUGE_ARGUMENT = """
(import "alga:extension/logging" "log-info" (func $info (param i32 i32)))
(func (export "handler") (param $request i32) (result i32)
  (drop (memory.grow (i32.const 1000)))
  (call $info (i32.const 65536) (i32.const {size}))
  (call $answer (i32.const 200) (i32.const 0) (i32.const 0)))
"""


@pytest.mark.parametrize("size", [9 * MIB, 60 * MIB])
def test_a_huge_argument_of_a_host_function_is_no_large_answer(guest: Guest, size: int) -> None:
    with pytest.raises(GuestFailed) as failed:
        guest.run(from_wat(HUGE_ARGUMENT.replace("{size}", str(size))), memory=128 * MIB)
    assert failed.value.reason is GuestReason.TRAPPED
    assert "host function" in failed.value.log or "log-info" in failed.value.log


EXIT = b"""
(component
  (import "wasi:cli/exit@0.2.0" (instance $exit (export "exit" (func (param "status" (result))))))
  (core func $lowered (canon lower (func $exit "exit")))
  (core module $m
    (import "h" "exit" (func $exit (param i32)))
    (func $start (call $exit (i32.const 1)))
    (start $start)
    (func (export "handler") (result i32) (i32.const 0)))
  (core instance $i (instantiate $m (with "h" (instance (export "exit" (func $lowered))))))
  (func (export "handler") (result u32) (canon lift (core func $i "handler"))))
"""
SPIN_AT_START = b"""
(component
  (core module $m (func $start (loop $l (br $l))) (start $start) (func (export "handler") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func (export "handler") (result u32) (canon lift (core func $i "handler"))))
"""
OTHER_HANDLER = b"""
(component
  (core module $m (func (export "handler") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func (export "handler") (result u32) (canon lift (core func $i "handler"))))
"""
HANDLER_IS_AN_INSTANCE = b"""(component (component $c) (instance $i (instantiate $c)) (export "handler" (instance $i)))"""
UNKNOWN_IMPORT = b"""
(component
  (import "acme:thing/door" (instance (export "open" (func))))
  (core module $m (func (export "handler") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func (export "handler") (result u32) (canon lift (core func $i "handler"))))
"""


@pytest.mark.parametrize("wasm", [OTHER_HANDLER, HANDLER_IS_AN_INSTANCE, UNKNOWN_IMPORT, b"(component)"])
def test_components_of_another_shape_are_not_runnable(guest: Guest, wasm: bytes) -> None:
    with pytest.raises(GuestFailed) as failed:
        guest.run(wasm)
    assert failed.value.reason is GuestReason.NOT_RUNNABLE
    assert failed.value.log


def test_a_guest_that_exits(guest: Guest) -> None:
    with pytest.raises(GuestFailed) as failed:
        guest.run(EXIT)
    assert failed.value.reason is GuestReason.TRAPPED
    assert "exit code 1" in failed.value.log


def test_the_deadline_holds_while_instantiating(guest: Guest) -> None:
    with pytest.raises(GuestFailed) as failed:
        guest.run(SPIN_AT_START, seconds=0.05)
    assert failed.value.reason is GuestReason.TIMED_OUT


def test_a_file_that_is_no_artifact_does_not_load(runtime: Runtime, tmp_path: Path) -> None:
    for content in (b"", b"\x7fELF", component("hello")):
        path = tmp_path / "x.cwasm"
        path.write_bytes(content)
        with pytest.raises(GuestFailed) as failed:
            runtime.load(path)
        assert failed.value.reason is GuestReason.NOT_RUNNABLE
    with pytest.raises(GuestFailed):
        runtime.load(tmp_path / "missing")


def test_an_artifact_of_another_engine_of_ours_loads(runtime: Runtime, artifact: Artifact, guest: Guest) -> None:
    assert guest.run(runtime.load(artifact("hello"))).status == 200


@pytest.mark.parametrize(
    "wat",
    [
        "(module (memory i64 1))",
        "(module (memory 1 1 shared))",
        "(module (type (struct)))",
        "(module (tag))",
    ],
)
def test_features_that_no_guest_needs_are_off(engine: Engine, wat: str) -> None:
    with pytest.raises(WasmtimeError):
        Module(engine, wat)


def test_a_deadline_holds_however_long_nothing_ran(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that ticks rests and is woken again; a call that began in between would have no deadline."""
    monkeypatch.setattr(ticker, "LINGER", 0.0)
    guest = Guest(runtime)
    handler, spin = guest.load(component("hello")), guest.load(component("spin"))
    for _ in range(30):
        guest.run(handler)
        with pytest.raises(GuestFailed) as failed:
            guest.run(spin, seconds=0.02)
        assert failed.value.reason is GuestReason.TIMED_OUT
