"""`call` as an HTTP client, against a real server."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from .conftest import Run


class _Echo(BaseHTTPRequestHandler):
    seen: list[tuple[str, str, dict[str, str], bytes]]

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.seen.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(404 if "missing" in self.path else 200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.end_headers()
        self.wfile.write(b"hello \xff")

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[str, list[tuple[str, str, dict[str, str], bytes]]]]:
    seen: list[tuple[str, str, dict[str, str], bytes]] = []
    handler = type("Handler", (_Echo,), {"seen": seen})
    with HTTPServer(("127.0.0.1", 0), handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}", seen
        listening.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.setenv("ALGA_EXT_API_KEY", "alga_key")


def test_get(run: Run, server: tuple[str, list]) -> None:
    url, seen = server
    ran = run("call", "com.acme.a", "/notes/1?x=a b&y=%2F", "--gateway", url + "/", "-H", "X-One:  1 ", "--json")
    assert ran.code == 0
    assert ran.json["status"] == 200
    assert ran.json["body"] == "hello \ufffd"
    assert ran.json["headers"].count(["set-cookie", "a=1"]) == 1
    method, path, headers, body = seen[0]
    assert (method, path, body) == ("GET", "/api/ext/com.acme.a/notes/1?x=a%20b&y=%2F", b"")
    assert headers["x-api-key"] == "alga_key"
    assert headers["x-one"] == "1"


def test_a_body_makes_it_a_post_of_json(run: Run, server: tuple[str, list], tmp_path: Path) -> None:
    url, seen = server
    (tmp_path / "body").write_bytes(b"\x00\x01")
    run("call", "a", "b", "--gateway", url, "-d", '{"a": 1}', "--json")
    run("call", "a", "b", "--gateway", url, "-d", "@body", "-X", "DELETE", "-H", "content-type: application/octet-stream", "--json")
    assert [(one[0], one[2]["content-type"], one[3]) for one in seen] == [
        ("POST", "application/json", b'{"a": 1}'),
        ("DELETE", "application/octet-stream", b"\x00\x01"),
    ]


def test_a_status_of_400_and_above_exits_1(run: Run, server: tuple[str, list]) -> None:
    ran = run("call", "a", "missing", "--gateway", server[0], "--json")
    assert ran.code == 1
    assert ran.json["status"] == 404


@pytest.mark.parametrize(
    "argv",
    [
        ("-H", "no colon"),
        ("-H", ": value"),
        ("-H", "a: b\r\nc: d"),
        ("-d", "@nowhere"),
        ("-X", "GET /x HTTP/1.1\r\n"),
    ],
)
def test_nonsense_is_not_sent(run: Run, server: tuple[str, list], argv: tuple[str, ...]) -> None:
    url, seen = server
    ran = run("call", "a", "b", "--gateway", url, *argv)
    assert ran.code == 2
    assert seen == []


def test_a_gateway_that_is_no_url(run: Run) -> None:
    assert run("call", "a", "b", "--gateway", "localhost:80").code == 2
    assert run("call", "a", "b", "--gateway", "http://127.0.0.1:99999").code == 2
