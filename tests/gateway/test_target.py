"""Targets and paths of strangers: only our own error comes out, and what comes through is what it promises to be."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway import headers, target
from gateway.endpoints import ANY_PATH, Endpoint, EndpointTable, segments
from kernel.errors import Fault, Reason

NASTY = st.text(alphabet=st.sampled_from(list("ab./\\%2eEfF5cC0?#&=:;@ \x00\x7f\u00e9\udcff\uffff")), max_size=40) | st.text(
    max_size=40
)
ORIGIN = headers.Origin("r", "t", "e")


def only_faults(function: Callable[[str], object], text: str) -> object:
    try:
        return function(text)
    except Fault:
        return None


@given(NASTY)
@example("http://a")
@example("*")
@example("HTTP://a?b")
def test_split(text: str) -> None:
    found = only_faults(lambda raw: target.split(target.origin_form(raw)), text)
    if isinstance(found, target.Target):
        assert found.path.startswith("/")
        assert "?" not in found.path
        assert (found.path + (found.query or "")).isascii()


@given(NASTY)
def test_api_segments(text: str) -> None:
    found = only_faults(target.api_segments, text)
    if isinstance(found, tuple):
        assert not {".", ".."} & set(found)
        assert all(isinstance(part, str) for part in found)


@given(NASTY)
def test_asset_path(text: str) -> None:
    found = only_faults(target.asset_path, text)
    if found:
        assert isinstance(found, str)
        parts = found.split("/")
        assert all(parts[:-1])
        assert not any(part.startswith(".") or "\\" in part for part in parts)
        assert all(ord(char) >= 32 for char in found)


@given(NASTY)
def test_tenant_of(text: str) -> None:
    only_faults(target.tenant_of, text)
    only_faults(target.tenant_of, f"tenant={text}")


@given(NASTY)
def test_reference(text: str) -> None:
    try:
        assert target.reference(text, Reason.ASSET_NOT_FOUND)
    except Fault as fault:
        assert fault.reason is Reason.ASSET_NOT_FOUND


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_decoding_undoes_encoding_once(text: str) -> None:
    assert target.decode(quote(text, safe=""), "f") == text


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["accept", "X-Idempotency-Key", "Idempotency-Key", "Cookie", "content-encoding"]) | st.text(), st.text()
        )
    ),
    st.booleans(),
)
def test_header_fields(fields: list[tuple[str, str]], label: bool) -> None:
    try:
        headers.check_size(fields)
        kept = headers.for_guest(fields, ORIGIN, label=label).fields
    except Fault:
        return
    assert kept[:3] == (("x-request-id", "r"), ("x-alga-tenant", "t"), ("x-alga-extension", "e"))
    allowed = {"accept", "content-type", "accept-encoding", "user-agent", "x-idempotency-key"}
    assert {name for name, _ in kept[3:]} <= allowed
    for _, value in kept:
        value.encode()
        assert not any(ord(char) < 32 and char != "\t" for char in value)
    assert sum(name == "x-idempotency-key" for name, _ in kept) <= 1
    if label:
        assert any(name == "x-idempotency-key" for name, _ in kept)


TABLE = EndpointTable(
    [
        Endpoint("GET", "/"),
        Endpoint("GET", "/items/:id"),
        Endpoint("GET", "/items/new"),
        Endpoint("GET", "/:kind/new/"),
        Endpoint("GET", "items/:id/notes/:note"),
        Endpoint("GET", "/:a/:b/notes/1"),
        Endpoint("get", "/lower"),
        Endpoint("POST", "/items/:id"),
        Endpoint("GET", "/a b"),
        Endpoint("GET", "/files/:"),
    ],
    has_handler=True,
)
MATCHES = [
    ("GET", "", "/"),
    ("GET", "///", "/"),
    ("GET", "items/1", "/items/:id"),
    ("GET", "/items/1/", "/items/:id"),
    ("GET", "items/new", "/items/new"),
    ("GET", "things/new", "/:kind/new/"),
    ("GET", "items/1/notes/1", "items/:id/notes/:note"),
    ("GET", "x/1/notes/1", "/:a/:b/notes/1"),
    ("GET", "lower", "/lower"),
    ("POST", "items/new", "/items/:id"),
    ("GET", "a%20b", "/a b"),
    ("GET", "items/a%2Fb", "/items/:id"),
    ("GET", "%69tems/1", "/items/:id"),
    ("GET", "files/x", "/files/:"),
    ("GET", "items", None),
    ("GET", "items/1/2", None),
    ("GET", "Items/1", None),
    ("GET", "items//", None),
    ("GET", "/items//notes/1", None),
    ("PUT", "items/1", None),
    ("GET", "a%2520b", None),
    ("GET", "items%2Fnew", None),
]


@pytest.mark.parametrize(("method", "path", "expected"), MATCHES)
def test_endpoints(method: str, path: str, expected: str | None) -> None:
    found = TABLE.match(method, target.api_segments(path))
    assert (found.path if found else None) == expected


def test_ties_go_to_the_literal_further_left() -> None:
    for order in (("/a/:x", "/:y/b"), ("/:y/b", "/a/:x")):
        table = EndpointTable([Endpoint("GET", path) for path in order], has_handler=True)
        found = table.match("GET", ("a", "b"))
        assert found is not None
        assert found.path == "/a/:x"


def test_without_declared_endpoints_the_handler_decides() -> None:
    open_table, closed = EndpointTable([], has_handler=True), EndpointTable([], has_handler=False)
    found = open_table.match("PUT", ("x",))
    assert found is not None
    assert (found.path, closed.match("PUT", ("x",))) == (ANY_PATH, None)
    assert segments("//") == ()
