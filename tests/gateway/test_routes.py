"""The table of routes: what each method and raw path finds."""

from unittest.mock import MagicMock

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from gateway.reply import Reply
from gateway.routes import API_FIELDS, UI_FIELDS, Route, Routes
from gateway.table import table
from gateway.target import Target

ROWS = table(MagicMock())
ROUTES = Routes(ROWS)
I = "/api/v1/installs/com.acme.a"  # noqa: E741 - an install


def found(method: str, raw: str) -> tuple[str, tuple[str, ...]]:
    route, values = ROUTES.find(method, raw)
    return route.name, values


@pytest.mark.parametrize(
    ("method", "raw", "name", "values"),
    [
        ("GET", "/api/ext/com.acme.a", "execute", ()),
        ("OPTIONS", "/api/ext/com.acme.a/x//y?z", "execute", ()),
        ("DELETE", "/api/ext/", "execute", ()),
        ("GET", "/api/ext/../v1/installs/x/config", "execute", ()),
        ("GET", "/api/ext", "missing", ()),
        ("GET", "/api//ext/x", "missing", ()),
        ("GET", "/API/ext/x", "missing", ()),
        ("HEAD", "/ext-ui/a/sha256:1/index.html", "assets", ()),
        ("GET", "/ext-ui", "missing", ()),
        ("GET", "/ext-uix/a", "missing", ()),
        ("GET", "/livez", "livez", ()),
        ("GET", "/livez?x=/api/ext/", "livez", ()),
        ("GET", "/livez/", "missing", ()),
        ("GET", "//livez", "missing", ()),
        ("GET", "/%6civez", "missing", ()),
        ("GET", f"{I}/config", "config.get", ("com.acme.a",)),
        ("PUT", f"{I}/config?x", "config.set", ("com.acme.a",)),
        ("GET", f"{I}/config/", "missing", ()),
        ("GET", f"{I}/%63onfig", "missing", ()),
        ("GET", f"{I}", "missing", ()),
        ("GET", "/api/v1/installs//config", "missing", ()),
        ("GET", "/api/v1/installs/%2F/config", "config.get", ("%2F",)),
        ("GET", "/api/v1/installs/config/config", "config.get", ("config",)),
        ("GET", f"{I}/schedules/run", "schedules.get", ("com.acme.a", "run")),
        ("POST", f"{I}/schedules/s/run", "schedules.run", ("com.acme.a", "s")),
        ("HEAD", f"{I}/schedules/s/history", "schedules.history", ("com.acme.a", "s")),
        ("GET", f"{I}/schedules/s/run/x", "missing", ()),
        ("GET", f"{I}/schedules//run", "missing", ()),
        ("GET", "", "missing", ()),
        ("GET", "*", "missing", ()),
        ("GET", "/" * 9_000, "missing", ()),
    ],
)
def test_which_route(method: str, raw: str, name: str, values: tuple[str, ...]) -> None:
    assert found(method, raw) == (name, values)


@pytest.mark.parametrize(
    ("method", "raw", "allow"),
    [
        ("TRACE", "/api/ext/a/b", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
        ("PUT", "/ext-ui/a", "GET, HEAD, OPTIONS"),
        ("get", "/livez", "GET, HEAD"),
        ("HEAD", "/api/ext-debug/stream", "GET"),
        ("DELETE", f"{I}/config", "GET, HEAD, PUT"),
        ("OPTIONS", f"{I}/schedules", "GET, HEAD, POST"),
        ("PUT", f"{I}/schedules/s", "GET, HEAD, PATCH, DELETE"),
        ("GET", f"{I}/schedules/s/run", "POST"),
    ],
)
async def test_other_methods_are_told_those_that_work(method: str, raw: str, allow: str) -> None:
    route, values = ROUTES.find(method, raw)
    reply = await route.handler(MagicMock(), Target(raw, None, values))
    assert (reply.status, reply.headers["allow"], route.limited) == (405, allow, False)
    assert route.fields == (UI_FIELDS if raw.startswith("/ext-ui") else API_FIELDS)


async def never(request: web.BaseRequest, at: Target) -> Reply:
    raise AssertionError


def row(name: str, pattern: str, *methods: str) -> Route:
    return Route(name, methods or ("GET",), pattern, never)


@pytest.mark.parametrize("patterns", [("/a", "/a"), ("/a/{x}", "/a/{x}"), ("/a/{x}", "/a/{y}"), ("/a/{x*}", "/a/{x*}")])
def test_two_rows_for_the_same_are_a_mistake(patterns: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="two "):
        Routes([row(pattern, pattern) for pattern in patterns])


def test_literals_go_first_and_do_not_hide_names() -> None:
    routes = Routes([row("name", "/i/{x}/b"), row("literal", "/i/y/c"), row("exact", "/i/y"), row("one", "/i/{x}")])
    assert [routes.find("GET", raw)[0].name for raw in ("/i/y/b", "/i/y/c", "/i/y", "/i/z", "/i/z/c")] == [
        *("name", "literal", "exact", "one", "missing"),
    ]


def test_every_row_is_found_by_its_own_pattern() -> None:
    for one in ROWS:
        for method in one.methods:
            assert ROUTES.find(method, one.pattern)[0] is one
    assert len({one.name for one in ROWS}) == len(ROWS)


@given(st.text(), st.text())
def test_any_text_finds_a_route(method: str, raw: str) -> None:
    route, values = ROUTES.find(method, raw)
    assert route.name
    assert all(values)


PIECES = st.sampled_from(["api", "v1", "installs", "schedules", "config", "run", "x", "", "%2e", "ext", "?", "{install}"])


@given(st.lists(PIECES, max_size=10).map("/".join))
def test_values_are_what_was_sent(raw: str) -> None:
    route, values = ROUTES.find("GET", f"/{raw}")
    for value in values:
        assert value in f"/{raw}".partition("?")[0].split("/")
    names = [part for part in route.pattern.split("/") if part.startswith("{") and not part.endswith("*}")]
    assert len(values) == (0 if "*" in route.pattern else len(names))
