"""`http.fetch` from both guests, to a server of this machine: tests/host/test_http_*.py attack what it stops."""

from typing import Any

import pytest

from tests.host.conftest import NOBODY
from tests.host.everything import Everything


def fetch(guest: Everything, url: str, method: str = "GET", headers: dict[str, str] | None = None, body: Any = None) -> Any:
    pairs = [{"name": name, "value": value} for name, value in (headers or {}).items()]
    return guest.ask("http", "fetch", {"method": method, "url": url, "headers": pairs, "body": body})


def test_what_is_sent_arrives_and_what_is_answered_comes_back(granted: Everything, server: str) -> None:
    body = {"base64": "AAH/"}
    answer = fetch(granted, f"{server}/echo", "POST", {"x-sent": "by a guest"}, body)["ok"]
    assert (answer["status"], answer["body"]) == (201, body)
    headers = {header["name"]: header["value"] for header in answer["headers"]}
    assert (headers["x-method"], headers["x-sent"]) == ("POST", "by a guest")
    missing = fetch(granted, f"{server}/nothing")["ok"]
    assert (missing["status"], missing["body"]) == (404, None)


def test_a_body_of_a_megabyte(granted: Everything, server: str) -> None:
    body = {"base64": "AAAA" * (1 << 18)}
    assert fetch(granted, f"{server}/echo", "PUT", {}, body)["ok"]["body"] == body


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://elsewhere.example.com/", "not-allowed"),
        ("http://127.0.0.1:1/", "not-allowed"),
        (f"{NOBODY}/", "transport"),
        *(
            (url, "invalid-url")
            for url in ("", "rates", "ftp://127.0.0.1/", "http://", "http://a b/", "http://u@127.0.0.1:9/", "x" * 20_000)
        ),
    ],
    ids=lambda value: value[:40],
)
def test_where_requests_do_not_go(granted: Everything, url: str, error: str) -> None:
    assert fetch(granted, url) == {"err": error}


@pytest.mark.parametrize(
    ("method", "headers", "body"),
    [
        ("TRACE", {}, None),
        ("", {}, None),
        ("GET", {}, {"base64": "AA=="}),
        ("GET", {"host": "elsewhere"}, None),
        ("GET", {"a b": "c"}, None),
        ("GET", {"a": "b\r\nc: d"}, None),
        ("GET", {f"x-{number}": "" for number in range(200)}, None),
    ],
    ids=["trace", "no-method", "get-with-body", "host", "name", "value", "many"],
)
def test_what_is_no_request(granted: Everything, server: str, method: str, headers: dict[str, str], body: Any) -> None:
    assert fetch(granted, f"{server}/echo", method, headers, body) == {"err": "invalid-url"}
