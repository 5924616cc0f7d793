"""What one fetch may spend, and an attack on each of its limits."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from kernel.errors import Reason
from runner.backends.http.outgoing import MAX_REDIRECTS
from runner.backends.http.sessions import MAX_ORIGINS
from runner.backends.http.target import MAX_URL_BYTES
from runner.request import MAX_HEADER_BYTES, MAX_HEADERS
from tests.host.egress import OK, Client, Listener, always, fetcher, listening, naming, redirect, refused, settings

INVALID, FAILED = Reason.EGRESS_INVALID, Reason.EGRESS_FAILED
LOOPBACK = ("127.0.0.0/8",)
MOST = 64 << 10  # bytes of bodies in these tests


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Listener]:
    async with listening() as server:
        yield server


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    told = settings("*", networks=LOOPBACK, egress_request_bytes=MOST, egress_response_bytes=MOST)
    async with fetcher(told) as client:
        yield client


def at(server: Listener, path: str = "/") -> str:
    return f"http://127.0.0.1:{server.port}{path}"


def named(server: Listener) -> list[str]:
    return [at(server)]


def answer(body: bytes, *headers: str, length: int | None = None) -> bytes:
    lines = "".join(f"{header}\r\n" for header in (f"content-length: {len(body) if length is None else length}", *headers))
    return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + body


async def endless(first: bytes, part: bytes) -> AsyncIterator[bytes]:
    yield first
    while True:
        yield part


async def dripping(text: bytes, released: asyncio.Event) -> AsyncIterator[bytes]:
    """The first bytes at once, and then one for each turn that somebody gives: never, in a test."""
    yield text
    await released.wait()


class TestRequest:
    async def test_url(self, client: Client, server: Listener) -> None:
        longest = at(server, "/").ljust(MAX_URL_BYTES, "x")
        assert (await client.fetch(longest, manifest=named(server))).status == 200
        await refused(client.fetch(longest + "x", manifest=named(server)), INVALID)
        await server.saw(1)

    async def test_number_of_headers(self, client: Client, server: Listener) -> None:
        most = [(f"x-{index}", "") for index in range(MAX_HEADERS)]
        assert (await client.fetch(at(server), headers=most, manifest=named(server))).status == 200
        await refused(client.fetch(at(server), headers=[*most, ("x", "")], manifest=named(server)), INVALID)
        await server.saw(1)

    async def test_bytes_of_headers(self, client: Client, server: Listener) -> None:
        most = [("x", "y" * (MAX_HEADER_BYTES - 1))]
        assert (await client.fetch(at(server), headers=most, manifest=named(server))).status == 200
        await refused(client.fetch(at(server), headers=[("xx", most[0][1])], manifest=named(server)), INVALID)
        await server.saw(1)

    async def test_body(self, client: Client, server: Listener) -> None:
        assert (await client.fetch(at(server), "POST", body=b"x" * MOST, manifest=named(server))).status == 200
        assert client.egress_bytes == MOST + 2
        too_large = client.fetch(at(server), "POST", body=b"x" * (MOST + 1), manifest=named(server))
        fault = await refused(too_large, Reason.PAYLOAD_TOO_LARGE)
        assert fault.facts == {"limit_bytes": str(MOST)}
        await server.saw(1)

    async def test_redirects(self, client: Client, server: Listener) -> None:
        server.serve = always(redirect("/"))
        headers = {"x-alga-follow-redirects": str(MAX_REDIRECTS)}
        assert (await client.fetch(at(server), headers=headers, manifest=named(server))).status == 302
        assert len(server.requests) == MAX_REDIRECTS + 1


class TestAnswer:
    async def test_number_of_headers(self, client: Client, server: Listener) -> None:
        server.serve = always(answer(b"", *[f"x-{index}: y" for index in range(MAX_HEADERS - 1)]))
        assert len((await client.fetch(at(server), manifest=named(server))).headers) == MAX_HEADERS
        server.serve = always(answer(b"", *[f"x-{index}: y" for index in range(MAX_HEADERS)]))
        await refused(client.fetch(at(server), manifest=named(server)), FAILED)

    @pytest.mark.parametrize("headers", [["x: " + "y" * 9_000], [f"x-{index}: " + "y" * 8_000 for index in range(9)]])
    async def test_bytes_of_headers(self, client: Client, server: Listener, headers: list[str]) -> None:
        server.serve = always(answer(b"", *headers))
        await refused(client.fetch(at(server), manifest=named(server)), FAILED)

    async def test_endless_headers(self, client: Client, server: Listener) -> None:
        server.serve = lambda _request: endless(b"HTTP/1.1 200 OK\r\n", b"x: " + b"y" * 1_000 + b"\r\n")
        await refused(client.fetch(at(server), manifest=named(server)), FAILED)

    async def test_body(self, client: Client, server: Listener) -> None:
        server.serve = always(answer(b"x" * MOST))
        assert len((await client.fetch(at(server), manifest=named(server))).body) == MOST
        server.serve = always(answer(b"x" * (MOST + 1)))
        fault = await refused(client.fetch(at(server), manifest=named(server)), FAILED)
        assert fault.facts == {"limit_bytes": str(MOST)}

    @pytest.mark.parametrize(
        ("first", "part"),
        [
            (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 0x1000 + b"\r\n"),
            (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 0x1000),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n", b"x" * 0x1000),
        ],
    )
    async def test_endless_body(self, client: Client, server: Listener, first: bytes, part: bytes) -> None:
        server.serve = lambda _request: endless(first, part)
        await refused(client.fetch(at(server), manifest=named(server)), FAILED)
        assert MOST < client.egress_bytes <= 2 * MOST
        await server.until(lambda: not server.held)

    @pytest.mark.parametrize(
        ("encoding", "bomb"),
        [
            ("gzip", gzip.compress(bytes(20 << 20))),
            ("x-gzip", gzip.compress(bytes(MOST + 1))),
            ("GZIP", gzip.compress(b"x" * 100) * 1_000),
            ("deflate", zlib.compress(bytes(20 << 20))),
            ("deflate", zlib.compress(bytes(20 << 20), wbits=-15)),
        ],
    )
    async def test_a_bomb_does_not_go_off(self, client: Client, server: Listener, encoding: str, bomb: bytes) -> None:
        assert len(bomb) <= MOST
        server.serve = always(answer(bomb, f"content-encoding: {encoding}"))
        fault = await refused(client.fetch(at(server), manifest=named(server)), FAILED)
        assert fault.facts == {"limit_bytes": str(MOST)}

    async def test_a_bomb_in_a_bomb_reaches_the_guest_as_it_is(self, client: Client, server: Listener) -> None:
        twice = gzip.compress(gzip.compress(bytes(20 << 20)))
        server.serve = always(answer(twice, "content-encoding: gzip, gzip"))
        assert (await client.fetch(at(server), manifest=named(server))).body == twice


class TestTime:
    """Ends are those of the setting or of the call; the server never goes on by itself."""

    @pytest.mark.parametrize(
        "said",
        [b"", b"H", b"HTTP/1.1 200 OK\r\nx: y", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx"],
    )
    @pytest.mark.parametrize(("seconds", "most_ms"), [(0.2, 30_000), (30, 200)])
    async def test_a_server_that_hangs(self, server: Listener, said: bytes, seconds: float, most_ms: int) -> None:
        released = asyncio.Event()
        server.serve = lambda _request: dripping(said, released)
        async with fetcher(settings("*", networks=LOOPBACK, egress_max_ms=most_ms)) as client:
            await refused(client.fetch(at(server), manifest=named(server), seconds=seconds), FAILED)
            released.set()
            await server.until(lambda: not server.held)  # the connection is not kept

    async def test_a_server_that_drips(self, server: Listener) -> None:
        async def drip() -> AsyncIterator[bytes]:
            yield b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"
            while True:
                await asyncio.sleep(0.01)
                yield b"x"

        server.serve = lambda _request: drip()
        async with fetcher(settings("*", networks=LOOPBACK)) as client:
            await refused(client.fetch(at(server), manifest=named(server), seconds=0.3), FAILED)
        assert client.egress_bytes < 1_000

    async def test_redirects_share_the_time(self, server: Listener) -> None:
        async def late() -> AsyncIterator[bytes]:
            await asyncio.sleep(0.15)
            yield redirect("/")

        server.serve = lambda _request: late()
        async with fetcher(settings("*", networks=LOOPBACK, egress_max_ms=300)) as client:
            headers = {"x-alga-follow-redirects": "5"}
            await refused(client.fetch(at(server), headers=headers, manifest=named(server)), FAILED)
        assert len(server.requests) <= 2

    async def test_a_lookup_that_hangs(self, server: Listener) -> None:
        async with naming() as names:
            names.silent = True
            told = settings("*", networks=LOOPBACK, egress_nameservers=(names.address,), egress_connect_ms=200)
            async with fetcher(told) as client:
                url = f"http://silent.test:{server.port}"
                await refused(client.fetch(url, manifest=[url]), FAILED)
            assert names.asked
        await server.untouched()

    async def test_a_handshake_that_hangs(self, server: Listener) -> None:
        """The server waits for a request as nothing answers the client's hello."""
        url = f"https://127.0.0.1:{server.port}"
        async with fetcher(settings("*", networks=LOOPBACK, egress_connect_ms=200)) as client:
            await refused(client.fetch(url, manifest=[url]), FAILED)
        await server.saw(1)


class TestManyAtOnce:
    async def test_fetches_of_an_install(self, server: Listener) -> None:
        released = asyncio.Event()

        async def held() -> AsyncIterator[bytes]:
            await released.wait()
            yield OK

        server.serve = lambda _request: held()
        async with fetcher(settings("*", networks=LOOPBACK, egress_fetches_per_install=2)) as client:
            mine = [asyncio.create_task(client.fetch(at(server), manifest=named(server))) for _ in range(6)]
            await server.until(lambda: len(server.requests) == 2)
            late = client.fetch(at(server), manifest=named(server), seconds=0.1)
            await refused(late, FAILED)  # who waits, waits within its own time
            others = asyncio.create_task(client.fetch(at(server), manifest=named(server), install="i2"))
            await server.until(lambda: len(server.requests) == 3)
            released.set()
            assert {one.status for one in await asyncio.gather(*mine, others)} == {200}
        await server.saw(3)

    async def test_sockets_of_an_install(self) -> None:
        """A guest that visits many servers holds few connections."""
        async with listening(hosts=[f"127.0.1.{number}" for number in range(1, 21)]) as server:
            async with fetcher(settings("*", networks=LOOPBACK)) as client:
                for number in range(1, 21):
                    url = f"http://127.0.1.{number}:{server.port}"
                    await client.fetch(url, manifest=[url])
                await server.until(lambda: len(server.held) <= MAX_ORIGINS)
            await server.until(lambda: not server.held)
            assert len(server.requests) == 20

    async def test_installs_whose_connections_are_kept(self, server: Listener) -> None:
        async with fetcher(settings("*", networks=LOOPBACK, egress_pools=3)) as client:
            for number in range(10):
                await client.fetch(at(server), manifest=named(server), install=f"i{number}")
            await server.until(lambda: len(server.held) <= 3)

    async def test_connections_that_nothing_uses(self, server: Listener) -> None:
        async with fetcher(settings("*", networks=LOOPBACK, egress_idle_seconds=0.1)) as client:
            await client.fetch(at(server), manifest=named(server))
            await server.until(lambda: not server.held)
