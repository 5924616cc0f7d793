"""The byte lane: the description of the world, images, wrappers, and the same answers as with dynamic values wherever both can."""

import contextlib
import random
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wasmtime import Engine, wat2wasm
from wasmtime.component import Component

from runner.compile.component import compiled
from runner.engine import world
from runner.engine.call import PACKED_BODY_BYTES, Context, Limits, Request, Response
from runner.engine.early import Handler
from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.image import BadImage, Image, Source, loading, storing, unflattening
from runner.engine.invoke import Call, Runtime
from runner.engine.lane.carry import Carried, read_answer
from runner.engine.lane.prefix import PREAMBLE, NotWrappable, read_prefix
from runner.engine.lane.text import HOST, lane_name
from runner.engine.lane.wrap import wrap
from runner.engine.types import Bytes, Enumeration, Many, Number, Option, Outcome, Record, Text
from runner.engine.values import U16, U64, Enum, Err, Ok, Some, TooManyValues
from runner.host.base import HostFunction, Interface
from runner.host.current import CurrentCall, current
from runner.host.guard import carried, guarded
from tests.guests import HOSTILE, NAMES, component
from tests.runner.execution.contract import wit

MIB = 1 << 20
CONTEXT = Context("r", "t", "e", None, "v")
STORAGE, HTTP = (world.LANES[f"alga:extension/{name}"] for name in ("storage", "http"))
NOT_WRAPPED = {"hostile/exit", "hostile/instances", "hostile/memories", "hostile/stdoutflood"}  # their handlers have another type


def _shape(wit: dict[str, Any], shape: Any) -> Any:
    """A type of the contract as this code describes it."""
    if isinstance(shape, str):
        return {"string": Text(), "u16": world.U16, "u64": world.U64}[shape]
    kind, name = wit["types"][shape]["kind"], wit["types"][shape]["name"]
    ((form, of),) = kind.items()
    match form:
        case "type":
            return _shape(wit, of)
        case "option":
            return Option(_shape(wit, of))
        case "list":
            return Bytes() if of == "u8" else Many(_shape(wit, of))
        case "enum":
            return Enumeration(name, tuple(case["name"] for case in of["cases"]))
        case "record":
            return Record(name, {field["name"]: _shape(wit, field["type"]) for field in of["fields"]})
        case "result":
            return Outcome(_shape(wit, of["ok"]) if of["ok"] is not None else None, _shape(wit, of["err"]))
    raise AssertionError(form)


@pytest.mark.parametrize("interface", world.LANES)
def test_the_description_is_the_contract(interface: str) -> None:
    (found,) = [item for item in wit()["interfaces"] if item["name"] == interface.rpartition("/")[2]]
    described = {
        one["name"]: (
            [(parameter["name"], _shape(wit(), parameter["type"])) for parameter in one["params"]],
            _shape(wit(), one["result"]),
        )
        for one in found["functions"].values()
    }
    assert described == {one.name: (list(one.parameters), one.answer) for one in world.LANES[interface]}


@pytest.mark.parametrize("kind", [world.EXECUTE_REQUEST, world.EXECUTE_RESPONSE], ids=["request", "response"])
def test_the_handlers_types_are_the_contracts(kind: Record) -> None:
    index = next(number for number, one in enumerate(wit()["types"]) if one["name"] == kind.name)
    assert _shape(wit(), index) == kind


# --- both ways ---

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
tokens = st.text("abcXYZ-!", min_size=1, max_size=8)
plain = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc"]), max_size=20)
headers = st.lists(st.tuples(tokens, plain), max_size=4).map(tuple)
bodies = st.none() | st.binary(max_size=400)
requests = st.builds(Request, plain, plain, headers, bodies)
entries = st.builds(
    lambda namespace, key, value, revision: {"namespace": namespace, "key": key, "value": value, "revision": revision},
    *(texts, texts, st.binary(max_size=300), st.none() | st.integers(0, 2**64 - 1).map(lambda n: Some(U64(n)))),
)
errors = st.sampled_from(world.STORAGE_ERROR.cases).map(lambda case: Err(Enum(case)))
fetched = st.builds(
    lambda status, fields, body: {
        "status": U16(status),
        "headers": [{"name": name, "value": value} for name, value in fields],
        "body": None if body is None else Some(body),
    },
    *(st.integers(200, 599), headers, bodies),
)


class Host:
    """Host functions that keep what they are asked and answer what the test says."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.answer: Any = None
        self.runtime = Runtime(dict(self._functions()))

    def _functions(self) -> Iterator[tuple[str, Any]]:
        lanes = {}
        for name, functions in world.LANES.items():
            interface = Interface(name.rpartition("/")[2], "cap", ())
            made = {one.name: HostFunction(one.name, len(one.parameters), self._run, Err(Enum("internal"))) for one in functions}
            yield name, {one: guarded(interface, function) for one, function in made.items()}
            lanes |= {lane_name(name, one): carried(interface, made[one.name], Carried(one)) for one in functions}
        yield HOST, lanes

    def _run(self, _call: CurrentCall, *arguments: Any) -> Any:
        self.asked.append(arguments)
        return self.answer

    def load(self, wasm: bytes, *, wrapped: bool = True) -> Handler:
        engine = self.runtime.engine
        handler = self.runtime.handler(Component(engine, wrap(wasm) if wrapped else wasm))
        assert handler.wrapped is wrapped
        return handler

    def run(self, handler: Handler, request: Request, *, memory: int = 64 * MIB, response: int = 10 * MIB) -> Response:
        call = CurrentCall(CONTEXT, frozenset({"cap"}), _nobody, lambda _level, _line: None, {})
        token = current.set(call)
        try:
            return self.runtime.invoke(handler, Call(CONTEXT, request, Limits(20, memory, response), call.log))
        except GuestFailed as error:
            raise (call.failure or error) from None
        finally:
            current.reset(token)

    def both(self, ways: tuple[Handler, Handler], request: Request) -> tuple[Response, list[tuple[Any, ...]]]:
        """The answer and what was asked, which are the same by either way."""
        seen = []
        for handler in ways:
            self.asked = []
            seen.append((self.run(handler, request), self.asked))
        lane, values = seen
        assert lane == _without_empty_lists(values)
        return lane


def _without_empty_lists(seen: Any) -> Any:
    """A dynamic list without items does not tell of what it has none: it is lifted as b""."""
    response, asked = seen
    return response, [
        tuple(
            {**argument, "headers": argument["headers"] or ()} if isinstance(argument, dict) and "headers" in argument else argument
            for argument in arguments
        )
        for arguments in asked
    ]


def _nobody(call: object) -> Any:
    raise AssertionError(call)


@pytest.fixture(scope="module")
def host() -> Host:
    return Host()


Ways = Callable[[str], tuple[Handler, Handler]]


@pytest.fixture(scope="module")
def ways(host: Host) -> Ways:
    made: dict[str, tuple[Handler, Handler]] = {}

    def get(name: str) -> tuple[Handler, Handler]:
        if name not in made:
            made[name] = host.load(component(name)), host.load(component(name), wrapped=False)
        return made[name]

    return get


@settings(max_examples=60, deadline=None)
@given(request=requests)
def test_both_ways_echo_the_same(host: Host, ways: Ways, request: Request) -> None:
    answer, _ = host.both(ways("echo"), request)
    assert answer.body == request.body


@settings(max_examples=60, deadline=None)
@given(request=requests, answer=fetched)
def test_both_ways_fetch_the_same(host: Host, ways: Ways, request: Request, answer: dict[str, Any]) -> None:
    host.answer = Ok(answer)
    response, asked = host.both(ways("fetch"), request)
    given_headers = tuple({"name": name, "value": value} for name, value in request.headers)
    assert asked == [({"method": request.method, "url": request.url, "headers": given_headers, "body": request.body},)]
    body = answer["body"].value if answer["body"] else None
    assert response == Response(answer["status"].value, tuple((one["name"], one["value"]) for one in answer["headers"]), body)


@pytest.mark.parametrize("number", range(4))
def test_both_ways_get_the_same_error(host: Host, ways: Ways, number: int) -> None:
    host.answer = Err(Enum(world.HTTP_ERROR.cases[number]))
    answer, _ = host.both(ways("fetch"), Request("GET", "https://a", (), None))
    assert answer.status == 500 + number


@settings(max_examples=60, deadline=None)
@given(
    *(st.sampled_from(["GET", "PUT", "POST", "DELETE"]), texts, bodies, entries.map(Ok) | errors),
)
def test_both_ways_store_the_same(host: Host, ways: Ways, method: str, key: str, body: bytes | None, answer: Any) -> None:
    host.answer = Ok() if method == "DELETE" and isinstance(answer, Ok) else answer
    _, asked = host.both(ways("storage"), Request(method, f"/{key}", (), body))
    if method in ("GET", "DELETE"):
        assert asked == [("test", key)]
    else:
        revision = 1 if method == "PUT" else None
        assert asked == [({"namespace": "test", "key": key, "value": body or b"", "revision": revision},)]


# --- what only the lane can ---


@pytest.mark.parametrize("size", [0, 1, 127, 128, 65_536, PACKED_BODY_BYTES + 1, 8 * MIB])
def test_bodies_of_any_size_cross(host: Host, ways: Ways, size: int) -> None:
    """In the call, in the arguments of a host function and in its answer."""
    body = random.Random(size).randbytes(size)
    assert host.run(ways("echo")[0], Request("POST", "/", (), body)).body == body
    if size < 8 * MIB:
        host.answer, host.asked = Ok({"status": U16(200), "headers": [], "body": Some(body)}), []
        answer = host.run(ways("fetch")[0], Request("POST", "https://a", (), body))
        assert answer.body == host.asked[0][0]["body"] == body


def test_an_image_of_host_arguments_has_a_limit(host: Host, ways: Ways) -> None:
    with pytest.raises(GuestFailed) as failed:
        host.run(ways("fetch")[0], Request("POST", "https://a", (), bytes(9 * MIB)))
    assert failed.value.reason is GuestReason.TRAPPED
    assert "alga-lane-host!full" in failed.value.log


def test_an_answer_over_its_limit_ends_in_the_wrapper(host: Host, ways: Ways) -> None:
    with pytest.raises(GuestFailed) as failed:
        host.run(ways("echo")[0], Request("POST", "/", (), bytes(8 * MIB)), response=2 * MIB)
    assert failed.value.reason is GuestReason.RESPONSE_TOO_LARGE
    assert "alga-lane-call!full" in failed.value.log


def test_the_wrappers_memory_counts(host: Host, ways: Ways) -> None:
    with pytest.raises(GuestFailed) as failed:
        host.run(ways("hello")[0], Request("POST", "/", (), bytes(4 * MIB)), memory=2 * MIB)
    assert failed.value.reason is GuestReason.MEMORY_EXCEEDED


@pytest.mark.parametrize("size", [PACKED_BODY_BYTES, PACKED_BODY_BYTES + 1])
def test_bodies_of_other_components_have_a_limit_and_it_is_said(host: Host, ways: Ways, size: int) -> None:
    request = Request("POST", "/", (), bytes(size))
    if size == PACKED_BODY_BYTES:
        assert host.run(ways("echo")[1], request).body == request.body
        return
    with pytest.raises(GuestFailed) as failed:
        host.run(ways("echo")[1], request)
    assert failed.value.reason is GuestReason.PAYLOAD_TOO_LARGE
    assert "could not be wrapped" in failed.value.log


# --- wrapping ---


@pytest.mark.parametrize("name", sorted({*NAMES, *HOSTILE} - NOT_WRAPPED))
def test_guests_can_be_wrapped(engine: Engine, name: str) -> None:
    assert compiled(engine, component(name))[1] == ""


@pytest.mark.parametrize("name", sorted(NOT_WRAPPED))
def test_what_cannot_be_wrapped_is_compiled_as_it_is(engine: Engine, name: str) -> None:
    _, why = compiled(engine, component(name))
    assert why.startswith("not wrapped: ")


def test_an_import_behind_the_beginning_is_not_wrapped() -> None:
    late = wat2wasm('(component (core module) (type (func)) (import "late" (func (type 0))))')
    with pytest.raises(NotWrappable):
        wrap(bytes(late))


def test_the_beginning_is_counted() -> None:
    text = """(component
      (import "a" (instance (export "t" (type (sub resource))) (export "f" (func))))
      (alias export 0 "t" (type)) (alias export 0 "f" (func)) (import "g" (func)) (import "r" (type (sub resource)))
      (core type (func)) (core module))"""
    prefix = read_prefix(bytes(wat2wasm(text)))
    assert prefix.counts == {"func": 2, "type": 4, "component": 0, "instance": 1, "core type": 1}
    assert prefix.imports == [("a", "instance", 0), ("g", "func", 1), ("r", "type", 3)]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_is_wrapped_only_is_or_is_not(data: st.DataObject) -> None:
    original = component("storage")
    if data.draw(st.booleans()):
        changed = bytearray(original)
        for _ in range(data.draw(st.integers(1, 5))):
            changed[data.draw(st.integers(8, 600))] = data.draw(st.integers(0, 255))
        given_bytes = bytes(changed)
    else:
        given_bytes = original[:8] + data.draw(st.binary(max_size=100))
    with contextlib.suppress(NotWrappable):
        wrap(given_bytes)


def test_names_do_not_become_text_of_the_wrapper() -> None:
    named = wat2wasm('(component (import "a" (instance)))')
    place = named.index(b"\x01a")
    changed = named[: place + 1] + b'"' + named[place + 2 :]
    with pytest.raises(NotWrappable):
        wrap(bytes(changed))


def test_a_section_that_claims_more_than_any_is_not_counted() -> None:
    with pytest.raises(NotWrappable):
        wrap(PREAMBLE + b"\x07\x05\xff\xff\xff\xff\x0f")


# --- images from whoever broke into the guest's side ---


@settings(max_examples=300)
@given(st.binary(max_size=200), st.integers(0, 2**64 - 1))
def test_a_forged_answer_is_refused_or_read(data: bytes, base: int) -> None:
    forged = (data + struct.pack("<Q", base)).hex().encode()
    try:
        answer = read_answer(forged)
    except GuestFailed as error:
        assert error.reason in {GuestReason.NOT_RUNNABLE, GuestReason.RESPONSE_INVALID}
    else:
        assert set(answer) == {"status", "headers", "body"}


@settings(max_examples=300)
@given(st.sampled_from([*STORAGE, *HTTP]), st.binary(max_size=200))
def test_forged_arguments_are_refused_or_read(function: world.Function, data: bytes) -> None:
    try:
        values = Carried(function).arguments(data.hex().encode())
    except (BadImage, TooManyValues):
        return
    assert len(values) == len(function.parameters)


@pytest.mark.parametrize("text", [b"", b"0", b"0g" * 40, "\u0100".encode() * 40, b"00" * 31])
def test_a_text_that_carries_no_image(text: bytes) -> None:
    with pytest.raises(GuestFailed):
        read_answer(text)
    for function in (*STORAGE, *HTTP):
        with pytest.raises(BadImage):
            Carried(function).arguments(text[:14])


def test_a_list_without_end_is_not_read() -> None:
    kind = Many(Record("empty-headers", {"name": Text()}))
    image = Image(0, kind.size)
    storing(kind)(image, 0, [{"name": ""}] * 20_001)
    with pytest.raises(TooManyValues):
        loading(kind)(Source(bytes(image.data), 0), 0)


def test_flat_options_take_their_places() -> None:
    kind = Record("two", {"first": Option(Text()), "second": Number("u64", "Q", 8, "i64")})
    assert unflattening(kind)(Source(b"", 0), iter([0, 1, 2, 3])) == {"first": None, "second": 3}
    with pytest.raises(BadImage):
        unflattening(kind)(Source(b"", 0), iter([2, 1, 2, 3]))
