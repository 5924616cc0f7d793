"""Values cross the border unchanged, in amounts that are bounded."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.engine import layout, private
from runner.engine.call import Context, Request
from runner.engine.exchange import read_response, request_value
from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.packing import Packed
from runner.engine.response import check_response
from runner.engine.values import (
    MAX_ARGUMENT_BYTES,
    MAX_VALUES,
    U16,
    U32,
    U64,
    Enum,
    Lift,
    NotOfThisWorld,
    Some,
    TooManyValues,
    Variant,
    lower,
)
from runner.engine.world import EXECUTE_REQUEST

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
optional = st.none() | text
simple = st.one_of(
    st.booleans().map(lambda v: (v, v)),
    st.floats(allow_nan=False).map(lambda v: (v, v)),
    text.map(lambda v: (v, v)),
    st.binary(max_size=200).map(lambda v: (v, v)),
    text.map(lambda v: (Enum(v), v)),
    st.integers(0, 2**32 - 1).map(lambda v: (U32(v), v)),
    st.integers(0, 2**64 - 1).map(lambda v: (U64(v), v)),
    st.just((None, None)),
)
values = st.recursive(
    simple,
    lambda inner: st.one_of(
        inner.map(lambda pair: (Some(pair[0]), pair[1])),
        st.lists(inner, max_size=4).map(lambda pairs: (tuple(a for a, _ in pairs), tuple(b for _, b in pairs))),
        st.dictionaries(text, inner, max_size=4).map(
            lambda d: ({k: a for k, (a, _) in d.items()}, {k: b for k, (_, b) in d.items()})
        ),
    ),
    max_leaves=12,
)


@contextmanager
def lowered(value: Any) -> Iterator[int]:
    space = ctypes.create_string_buffer(private.VALUE)
    address = ctypes.addressof(space)
    lower(value, address)
    try:
        yield address
    finally:
        private.delete_value(address)


@given(values)
def test_what_is_lowered_is_lifted(pair: tuple[Any, Any]) -> None:
    value, expected = pair
    with lowered(value) as address:
        assert Lift().value(address) == expected


headers = st.lists(st.tuples(text, text), max_size=5).map(tuple)
contexts = st.builds(Context, optional, text, text, optional, optional)
requests = st.builds(Request, text, text, headers, st.none() | st.binary(max_size=300))


@given(contexts, requests)
def test_a_packed_request_is_what_wasmtime_reads(context: Context, request: Request) -> None:
    packed = Packed(EXECUTE_REQUEST, request_value(context, request))
    space = ctypes.create_string_buffer(private.VALUE)
    address = ctypes.addressof(space)
    private.clone_value(packed.address, address)
    try:
        seen = Lift().value(address)
    finally:
        private.delete_value(address)
    assert seen["http"] == {
        "method": request.method,
        "url": request.url,
        "headers": tuple({"name": n, "value": v} for n, v in request.headers) or b"",
        "body": request.body,
    }
    assert list(seen["context"].values()) == [
        context.request_id,
        context.tenant_id,
        context.extension_id,
        context.install_id,
        context.version_id,
    ]


@given(st.integers(0, 65535), headers, st.none() | st.binary(max_size=300))
def test_a_response_is_read(status: int, fields: tuple[tuple[str, str], ...], body: bytes | None) -> None:
    value = {
        "status": U16(status),
        "headers": [{"name": n, "value": v} for n, v in fields],
        "body": None if body is None else Some(body),
    }
    with lowered(value) as address:
        response = read_response(address, 300)
    assert (response.status, response.headers, response.body) == (status, fields, body)


def _answer(**changes: Any) -> dict[str, Any]:
    return {"status": U16(200), "headers": [], "body": None, **changes}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (_answer(body=Some(bytes(101))), GuestReason.RESPONSE_TOO_LARGE),
        (_answer(headers=[{"name": "a", "value": "b"}] * 129), GuestReason.RESPONSE_INVALID),
        (_answer(headers=[{"name": "a", "value": "b" * 65536}]), GuestReason.RESPONSE_INVALID),
        (_answer(status="200"), GuestReason.NOT_RUNNABLE),
        (_answer(headers=["a"]), GuestReason.NOT_RUNNABLE),
        (_answer(headers=[{"name": "a"}]), GuestReason.NOT_RUNNABLE),
        (_answer(body=Some("text")), GuestReason.NOT_RUNNABLE),
        (_answer(body=Some(["text"])), GuestReason.NOT_RUNNABLE),
        ({"status": U16(200)}, GuestReason.NOT_RUNNABLE),
        ("hello", GuestReason.NOT_RUNNABLE),
    ],
)
def test_an_answer_that_breaks_a_rule_is_refused(value: Any, reason: GuestReason) -> None:
    def read(address: int) -> None:
        answer = read_response(address, 100)
        check_response(answer.status, answer.headers)

    with lowered(value) as address, pytest.raises(GuestFailed) as failed:
        read(address)
    assert failed.value.reason is reason


def test_the_number_of_lifted_values_is_bounded() -> None:
    with lowered([True] * MAX_VALUES) as address, pytest.raises(TooManyValues):
        Lift().value(address)
    with lowered([True] * (MAX_VALUES - 1)) as address:
        assert len(Lift().value(address)) == MAX_VALUES - 1


def test_the_size_of_lifted_strings_is_bounded() -> None:
    with lowered(("a" * MAX_ARGUMENT_BYTES, "b")) as address, pytest.raises(TooManyValues):
        Lift().value(address)


def test_bytes_are_not_counted_one_by_one() -> None:
    with lowered(bytes(MAX_VALUES * 2)) as address:
        assert Lift().value(address) == bytes(MAX_VALUES * 2)


def test_kinds_that_no_function_takes_are_refused() -> None:
    with lowered(Variant("case")) as address, pytest.raises(NotOfThisWorld):
        Lift().value(address)


def test_what_is_no_value_is_refused_without_harm() -> None:
    with pytest.raises(TypeError):
        lower([{"a": object()}], ctypes.addressof(ctypes.create_string_buffer(private.VALUE)))


def test_the_self_test_holds_for_this_library() -> None:
    layout.self_test()


@pytest.mark.parametrize(("name", "wrong"), [("VALUE", 24), ("PAYLOAD", 4), ("U8", 3), ("OPTION", 17)])
def test_the_self_test_notices_another_layout(name: str, wrong: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private, name, wrong)
    with pytest.raises(AssertionError):
        layout.self_test()
