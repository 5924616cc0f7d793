"""What of a guest's answer reaches the client."""

import re
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.answers import cache_control, to_reply
from gateway.location import inside
from gateway.model import Answer
from kernel.errors import Fault, Reason
from tests.gateway.conftest import EXTENSION, Stack

PREFIX = f"/api/ext/{EXTENSION}"
BAD = [
    (99, ()),
    (101, ()),
    (600, ()),
    (0, ()),
    (200, (("content-type", "a\r\nset-cookie: x"),)),
    (200, (("etag", "\x00"),)),
    (200, (("x-ext-a", "\x7f"),)),
    (200, (("cache-control", "a\nb"),)),
    (200, (("content-type", "a"), ("Content-Type", "b"))),
    (302, (("location", "/a"), ("location", "/b"))),
    (200, (("content-encoding", "gzip"),)),  # without the field the body would be noise
]


@pytest.mark.parametrize(("status", "fields"), BAD)
async def test_impossible_answers_are_502(stack: Stack, status: int, fields: tuple[tuple[str, str], ...]) -> None:
    stack.runner.answers(status, fields)
    got = await stack.call("GET", "/items")
    assert (got.status, got.code) == (502, "guest_response_invalid")


@pytest.mark.parametrize("status", [204, 205, 304])
async def test_statuses_without_a_body(stack: Stack, status: int) -> None:
    stack.runner.answers(status, (), b"not to be sent")
    got = await stack.call("GET", "/items")
    assert (got.status, got.body) == (status, b"")


async def test_statuses_of_guests_pass(stack: Stack) -> None:
    for status in (200, 299, 302, 401, 404, 418, 500, 599):
        stack.runner.answers(status, (), b"of the guest")
        got = await stack.call("GET", "/items")
        assert (got.status, got.body) == (status, b"of the guest")
        assert got["content-type"] == "application/octet-stream"


async def test_large_answers_pass(stack: Stack) -> None:
    data = bytes(8 << 20)
    stack.runner.answers(200, (), data)
    assert (await stack.call("GET", "/items")).body == data


async def test_an_answer_without_a_body_is_empty(stack: Stack) -> None:
    stack.runner.answers(200, (), None)
    got = await stack.call("GET", "/items")
    assert (got.status, got["content-length"], got.body) == (200, "0", b"")


CACHE = [
    ((), "GET", "no-store", False),
    (("",), "GET", "no-store", False),
    (("no-cache",), "GET", "private, no-cache", False),
    (("max-age=60",), "GET", "private, max-age=60", False),
    (("max-age=60, s-maxage=100",), "GET", "private, max-age=60", False),
    (("private, max-age=60",), "GET", "private, max-age=60", False),
    (("public, max-age=60",), "GET", "public, max-age=60", True),
    (("Public", "max-age=60"), "GET", "Public, max-age=60", True),
    (("public, private",), "GET", "private", False),
    (("public, no-store",), "GET", "no-store", False),
    (("public, max-age=60",), "POST", "private, max-age=60", False),
    (("public",), "DELETE", "private", False),
]


@pytest.mark.parametrize(("values", "method", "expected", "public"), CACHE)
def test_cache_control(values: tuple[str, ...], method: str, expected: str, public: bool) -> None:
    assert cache_control(values, method) == (expected, public)


async def test_shared_caches_tell_callers_apart(stack: Stack) -> None:
    stack.runner.answers(200, (("cache-control", "public, max-age=9"), ("vary", "accept")))
    got = await stack.call("GET", "/items")
    assert (got["cache-control"], got["vary"]) == ("public, max-age=9", "accept, authorization, x-api-key")


LOCATIONS = [
    ("/items/7", f"{PREFIX}/items/7"),
    ("/items/7?a=/../b#c", f"{PREFIX}/items/7?a=/../b#c"),
    (f"{PREFIX}/items/7", f"{PREFIX}/items/7"),
    (PREFIX, f"{PREFIX}/"),
    ("7", f"{PREFIX}/items/7"),
    ("./7/", f"{PREFIX}/items/7/"),
    ("../other", f"{PREFIX}/other"),
    ("?page=2", f"{PREFIX}/items/list?page=2"),
    ("/", f"{PREFIX}/"),
    ("/a//b", f"{PREFIX}/a//b"),
    ("..", f"{PREFIX}/"),
    ("../..", None),
    ("/../x", None),
    ("/%2e%2E/x", None),
    ("/.%2e/x", None),
    (f"{PREFIX}/../other/x", None),
    ("/a/../../x", None),
    ("//evil.example/", None),
    ("https://evil.example/", None),
    ("HTTPS:evil.example", None),
    ("javascript:alert(1)", None),
    ("/\\evil.example", None),
    ("\\\\evil.example", None),
    (" /x", None),
    ("/x y", None),
    ("/\u00e9", None),
    ("", None),
    ("/" + "a" * 9_000, None),
]


@pytest.mark.parametrize(("location", "expected"), LOCATIONS)
def test_locations(location: str, expected: str | None) -> None:
    assert inside(location, "/items/list", PREFIX) == expected


async def test_a_redirect_over_the_wire(stack: Stack) -> None:
    stack.runner.answers(302, (("location", "/items/1"),))
    assert (await stack.call("POST", "/items", body=b""))["location"] == f"{PREFIX}/items/1"
    stack.runner.answers(302, (("location", "//evil.example"),))
    got = await stack.call("POST", "/items", body=b"")
    assert (got.status, got.all("location")) == (302, [])


@given(st.text(alphabet="abc./%2eE?#:@\\ -", max_size=30), st.text(alphabet="ab./%2e", max_size=15).map(lambda text: f"/{text}"))
def test_no_location_leads_out(location: str, guest_path: str) -> None:
    found = inside(location, guest_path, PREFIX)
    if found is None:
        return
    # As a browser resolves it: `%2e` is a dot to it.
    browser = re.sub("%2e", ".", found, flags=re.IGNORECASE)
    whole = urlsplit(urljoin("https://gateway.example/api/ext/x/y", browser))
    assert (whole.scheme, whole.netloc) == ("https", "gateway.example")
    assert whole.path.startswith(f"{PREFIX}/")
    assert ".." not in unquote(urlsplit(found).path).split("/")


@given(
    st.integers(0, 700),
    st.lists(
        st.tuples(st.sampled_from(["etag", "vary", "X-Ext-a", "location", "cache-control", "set-cookie"]) | st.text(), st.text())
    ),
    st.sampled_from(["GET", "POST"]),
)
def test_whatever_guests_answer_only_our_own_error_comes_out(status: int, fields: list[tuple[str, str]], method: str) -> None:
    fields = [(name.encode("utf-8", "ignore").decode(), value.encode("utf-8", "ignore").decode()) for name, value in fields]
    try:
        reply = to_reply(Answer(status, tuple(fields), b""), method, "/a", PREFIX)
    except Fault as fault:
        assert fault.reason is Reason.GUEST_RESPONSE_INVALID
        return
    for name, value in reply.headers.items():
        assert name in {"etag", "vary", "location", "cache-control", "content-type", "content-disposition"} or name.startswith(
            "x-ext-"
        )
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value)
