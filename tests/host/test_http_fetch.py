"""What is let through: how it is sent, what the guest gets of the answer, whose connection it is, and what the log says."""

import asyncio
import gzip
import logging
import random
import ssl
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from kernel.errors import Fault, Reason
from kernel.grants import Credential
from tests.host.egress import (
    HANG_UP,
    OK,
    Client,
    Listener,
    Vault,
    always,
    fetcher,
    lines,
    listening,
    naming,
    redirect,
    refused,
    settings,
)
from tests.unit.kernel.test_tls import certificate

LOOPBACK = ("127.0.0.0/8",)
FAILED = Reason.EGRESS_FAILED


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Listener]:
    async with listening() as server:
        yield server


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    async with fetcher(settings("*", networks=LOOPBACK)) as client:
        yield client


def at(server: Listener, path: str = "/") -> str:
    return f"http://127.0.0.1:{server.port}{path}"


class TestAnswers:
    async def test_status_headers_and_body(self, client: Client, server: Listener) -> None:
        server.serve = always(
            b"HTTP/1.1 404 Nothing\r\nX-Two: 1\r\nx-two: 2\r\nset-cookie: a=b\r\nconnection: keep-alive\r\nx-raw: \xff\xc3\xbc\r\n"
            b"keep-alive: timeout=5\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        )
        answer = await client.fetch(at(server), manifest=[at(server)])
        assert (answer.status, answer.body) == (404, b"abcde")
        told = [(header.name, header.value) for header in answer.headers]
        assert told == [("x-two", "1"), ("x-two", "2"), ("set-cookie", "a=b"), ("x-raw", "\ufffd\u00fc")]

    async def test_an_empty_body_is_none(self, client: Client, server: Listener) -> None:
        server.serve = always(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 0\r\n\r\n")
        answer = await client.fetch(at(server), manifest=[at(server)])
        assert not answer.HasField("body")

    async def test_of_head_the_headers_stay(self, client: Client, server: Listener) -> None:
        server.serve = always(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 99\r\n\r\n")
        answer = await client.fetch(at(server), "HEAD", manifest=[at(server)])
        assert {header.name: header.value for header in answer.headers} == {"content-encoding": "gzip", "content-length": "99"}

    @pytest.mark.parametrize(
        ("encoding", "body"),
        [
            ("gzip", gzip.compress(b"text")),
            ("x-gzip", gzip.compress(b"text")),
            ("gzip", gzip.compress(b"te") + gzip.compress(b"xt")),
            ("deflate", zlib.compress(b"text")),
            ("deflate", zlib.compress(b"text", wbits=-15)),
        ],
    )
    async def test_compression_is_undone(self, client: Client, server: Listener, encoding: str, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ncontent-length: {len(body)}\r\nvary: x\r\n\r\n"
        server.serve = always(head.encode() + body)
        answer = await client.fetch(at(server), manifest=[at(server)])
        assert answer.body == b"text"
        assert [header.name for header in answer.headers] == ["vary"]
        assert client.egress_bytes == len(body)

    async def test_other_encodings_are_the_guests(self, client: Client, server: Listener) -> None:
        server.serve = always(b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 3\r\n\r\nbr!")
        answer = await client.fetch(at(server), headers={"accept-encoding": "br"}, manifest=[at(server)])
        assert answer.body == b"br!"
        assert ("content-encoding", "br") in [(header.name, header.value) for header in answer.headers]
        assert lines(server.requests[0])["accept-encoding"] == "br"

    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            b"\r\n\r\n\r\n",
            b"SSH-2.0-x\r\n\r\n",
            b"HTTP/1.1 abc OK\r\n\r\n",
            b"HTTP/1.1 99 x\r\n\r\n",
            b"HTTP/1.1 600 x\r\ncontent-length: 0\r\n\r\n",
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\nabc",
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc",
            b"HTTP/1.1 200 OK\r\ncontent-encoding: deflate\r\ncontent-length: 3\r\n\r\n\x00\xff\xff",
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 12\r\n\r\n" + gzip.compress(b"text")[:12],
        ],
    )
    async def test_what_is_no_whole_answer_fails(self, client: Client, server: Listener, answer: bytes) -> None:
        server.serve = lambda _request: answer + b"connection: close" if answer == b"\r\n\r\n\r\n" else answer or HANG_UP
        await refused(client.fetch(at(server), "POST", manifest=[at(server)], seconds=5), FAILED)

    async def test_any_bytes_are_an_answer_or_fail(self, client: Client, server: Listener) -> None:
        chance = random.Random(1)
        packed = gzip.compress(b"text" * 50)
        good = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nx-a: b\r\nlocation: /next\r\ntransfer-encoding: chunked\r\n\r\n"
        good += f"{len(packed):x}\r\n".encode() + packed + b"\r\n0\r\n\r\n"
        sent = b""

        async def answer() -> AsyncIterator[bytes]:
            yield sent

        server.serve, server.close_after = lambda _request: answer(), True
        told = {"answered": 0, "failed": 0}
        headers = {"x-alga-follow-redirects": "1"}
        for _ in range(400):
            mutated = bytearray(good)
            for _ in range(chance.randint(1, 4)):
                place = chance.randrange(len(mutated))
                mutated[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
            sent = bytes(mutated)
            try:
                answered = await client.fetch(at(server), headers=headers, manifest=[at(server)], seconds=10)
                answered.SerializeToString()
                told["answered"] += 1
            except Fault as fault:
                assert fault.reason is FAILED
                told["failed"] += 1
        assert min(told.values()) > 20, told

    async def test_a_server_that_is_down_fails(self, client: Client, server: Listener) -> None:
        async with listening() as gone:
            url = at(gone)
        await refused(client.fetch(url, manifest=[url]), FAILED)

    async def test_a_name_that_nobody_has_fails(self, server: Listener) -> None:
        async with naming() as names, fetcher(settings("*", egress_nameservers=(names.address,))) as client:
            await refused(client.fetch("https://nobody.test/", manifest=["nobody.test"]), FAILED)


class TestRedirects:
    @pytest.mark.parametrize(
        ("status", "method", "then"),
        [
            (301, "POST", "GET"), (302, "POST", "GET"), (303, "POST", "GET"), (303, "PUT", "GET"), (303, "HEAD", "HEAD"),
            (301, "PUT", "PUT"), (302, "DELETE", "DELETE"), (307, "POST", "POST"), (308, "PATCH", "PATCH"),
        ],
    )  # fmt: skip
    async def test_methods_and_bodies(self, client: Client, server: Listener, status: int, method: str, then: str) -> None:
        server.serve = lambda request: redirect("next?a=b#c", status) if b" /a/ " in request else b"HTTP/1.1 204 x\r\n\r\n"
        body = None if method == "HEAD" else b"body"
        headers = {"x-alga-follow-redirects": "1", "content-type": "text/x", "x-own": "1"}
        await client.fetch(at(server, "/a/"), method, headers, body, manifest=[at(server)])
        assert server.requests[1].startswith(f"{then} /a/next?a=b HTTP/1.1\r\n".encode())
        kept = then == method
        assert server.requests[1].endswith(b"\r\n\r\n" + (body or b"" if kept else b""))
        assert ("content-type" in lines(server.requests[1])) == kept
        assert lines(server.requests[1])["x-own"] == "1"  # the same origin
        assert "x-alga-follow-redirects" not in lines(server.requests[0])

    @pytest.mark.parametrize(
        "answer", [b"HTTP/1.1 302 x\r\ncontent-length: 0\r\n\r\n", redirect("/", 304), redirect("/", 300), redirect("/", 201)]
    )
    async def test_what_is_no_redirect_is_the_answer(self, client: Client, server: Listener, answer: bytes) -> None:
        server.serve = always(answer)
        await client.fetch(at(server), headers={"x-alga-follow-redirects": "5"}, manifest=[at(server)])
        assert len(server.requests) == 1


class TestConnections:
    async def test_are_kept_for_the_next_fetch_of_the_same_install_alone(self, client: Client, server: Listener) -> None:
        for install in ("i1", "i1", "i2", "i1", "i2"):
            await client.fetch(at(server), manifest=[at(server)], install=install)
        await server.saw(2)

    async def test_no_cookie_is_kept(self, client: Client, server: Listener) -> None:
        server.serve = always(b"HTTP/1.1 200 OK\r\nset-cookie: a=b; Path=/\r\ncontent-length: 0\r\n\r\n")
        for _ in range(2):
            await client.fetch(at(server), manifest=[at(server)])
        assert all("cookie" not in lines(request) for request in server.requests)

    async def test_many_at_once(self, client: Client, server: Listener) -> None:
        fetches = [client.fetch(at(server, f"/{number}"), manifest=[at(server)]) for number in range(40)]
        assert {answer.body for answer in await asyncio.gather(*fetches)} == {b"ok"}
        assert server.connections <= 16


class TestTls:
    """Names in certificates are compared with the URL's, roots are the machine's and the operator's."""

    @pytest_asyncio.fixture
    async def names(self) -> AsyncIterator[str]:
        async with naming() as names:
            names.say("other.test", ["127.0.0.1"])
            yield names.address

    @pytest.fixture
    def files(self, tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
        made = certificate(tmp_path, "private")  # for `localhost`
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made.cert, made.key)
        return made.cert, context

    @pytest.mark.parametrize(
        ("host", "trusted", "good"), [("localhost", True, True), ("localhost", False, False), ("other.test", True, False)]
    )
    async def test_verified(self, names: str, files: tuple[Path, ssl.SSLContext], host: str, trusted: bool, good: bool) -> None:
        ca_file, context = files
        networks = (*LOOPBACK, "::1/128")
        told = settings("*", networks=networks, egress_nameservers=(names,), egress_ca_file=ca_file if trusted else None)
        async with listening(ssl=context) as server, fetcher(told) as client:
            url = f"https://{host}:{server.port}"
            if good:
                assert (await client.fetch(url, manifest=[url])).body == b"ok"
            else:
                await refused(client.fetch(url, manifest=[url]), FAILED)
            assert len(server.requests) == good


class TestCredentials:
    async def test_added_in_the_place_of_the_guests(self, client: Client, server: Listener) -> None:
        client.vault.values |= {"token": "hush", "unused": "x"}
        here = f"http://127.0.0.1:{server.port}"
        credentials = [
            Credential(here, "Authorization", "Bearer ", "token"),
            Credential("https://127.0.0.1", "x-key", "", "unused"),
        ]
        headers = [("authorization", "mine"), ("Authorization", "too")]
        answer = await client.fetch(here, headers=headers, manifest=[here], credentials=credentials)
        assert server.requests[0].lower().count(b"authorization") == 1
        assert lines(server.requests[0])["authorization"] == "Bearer hush"
        assert b"hush" not in answer.SerializeToString()
        assert client.vault.revealed == ["token"]

    @pytest.mark.parametrize("reason", [Reason.SECRET_MISSING, Reason.SECRET_EXPIRED, Reason.SECRET_UNREADABLE, Reason.UNAVAILABLE])
    async def test_nothing_is_sent_without_them(self, client: Client, server: Listener, reason: Reason) -> None:
        client.vault.values["token"] = reason
        here = f"http://127.0.0.1:{server.port}"
        await refused(client.fetch(here, manifest=[here], credentials=[Credential(here, "x-key", "", "token")]), reason)
        await server.untouched()

    @pytest.mark.parametrize("value", ["a\r\nhost: inside", "a\0", "\u00fc"])
    async def test_a_secret_that_is_no_header_is_not_sent(self, client: Client, server: Listener, value: str) -> None:
        client.vault.values["token"] = value
        here = f"http://127.0.0.1:{server.port}"
        fetching = client.fetch(here, manifest=[here], credentials=[Credential(here, "x-key", "", "token")])
        fault = await refused(fetching, Reason.SECRET_UNREADABLE)
        assert value not in str(fault)
        await server.untouched()


class TestLog:
    """One line a fetch: host, status and bytes; nothing that could be a secret."""

    SECRETS = ("secret-path", "secret-query", "secret-header", "secret-body", "secret-value", "secret-answer")

    @pytest.mark.parametrize("case", ["good", "down", "denied", "invalid", "header", "redirect", "broken"])
    async def test_tells_no_secret(self, server: Listener, caplog: pytest.LogCaptureFixture, case: str) -> None:
        url = at(server, "/secret-path?secret-query")
        server.serve = always(
            {
                "redirect": redirect("ftp://secret-answer/"),
                "broken": b"HTTP/1.1 200 secret-answer\r\ncontent-length: secret-answer\r\n\r\n",
            }.get(case, b"HTTP/1.1 200 OK\r\nset-cookie: secret-answer\r\ncontent-length: 13\r\n\r\nsecret-answer")
        )
        headers = {"x-own": "secret-header\n" if case == "header" else "secret-header", "x-alga-follow-redirects": "1"}
        url = {"down": "http://127.0.0.1:1/secret-path", "invalid": "http://secret-value@127.0.0.1/secret-path"}.get(case, url)
        vault = Vault({"token": "secret-value"})
        here = f"http://127.0.0.1:{server.port}"
        manifest = ["other.test"] if case == "denied" else [here, "http://127.0.0.1:1"]
        with caplog.at_level(logging.DEBUG):
            async with fetcher(settings("*", networks=LOOPBACK), vault) as client:
                fetching = client.fetch(
                    url, "POST", headers, b"secret-body", manifest=manifest, credentials=[Credential(here, "x-key", "", "token")]
                )
                if case == "good":
                    await fetching
                else:
                    reason = {"denied": Reason.EGRESS_DENIED, "invalid": Reason.EGRESS_INVALID, "header": Reason.EGRESS_INVALID}
                    fault = await refused(fetching, reason.get(case, FAILED))
                    assert not any(secret in f"{fault} {fault.public} {fault.facts}" for secret in self.SECRETS)
        (line,) = [record for record in caplog.records if record.name == "runner.backends.http.fetch"]
        told = {name: line.__dict__.get(name) for name in ("host", "status", "bytes", "reason", "install", "tenant", "hops")}
        assert told["host"] == ("" if case in ("invalid", "header") else "127.0.0.1")
        assert (told["install"], told["tenant"]) == ("i1", "t1")
        if case == "good":
            assert (told["status"], told["bytes"], told["reason"], told["hops"]) == (200, 24, None, 1)
        everything = " ".join(str(record.__dict__) for record in caplog.records)
        assert not any(secret in everything for secret in self.SECRETS)


async def test_bytes_that_crossed_are_counted_on_all_hops(client: Client, server: Listener) -> None:
    server.serve = lambda request: b"HTTP/1.1 307 x\r\nlocation: /b\r\ncontent-length: 5\r\n\r\nmoved" if b" /a " in request else OK
    await client.fetch(at(server, "/a"), "POST", {"x-alga-follow-redirects": "1"}, b"body", manifest=[at(server)])
    assert client.egress_bytes == 4 + 5 + 4 + 2
