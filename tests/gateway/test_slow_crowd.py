"""A thousand slow clients at once: honest ones are all answered meanwhile, and the slow ones are cut off by their times."""

import asyncio
import resource
import socket
from contextlib import suppress

import pytest

from gateway import server
from gateway.waiting import Stay
from tests.gateway.conftest import EXTENSION, KEY_A, KEY_B, Stack, Start
from tests.gateway.fakes import HASH, Installed
from tests.gateway.http import head, read_answer

AUTH = ("x-api-key", KEY_A)
PATH = f"/api/ext/{EXTENSION}/items"
SLOW = 1_000
LARGE = bytes(256 << 10)  # more than the small buffers on the way take
# A third each: header fields that do not end, bodies that do not come, answers that nobody takes.
HEADERS = b"GET / HTTP/1.1\r\nhost: g\r\nx-slow:"
BODY = head("POST", PATH, AUTH, ("content-length", "100000")) + b"x" * 1_000
UNREAD = head("GET", f"/ext-ui/{EXTENSION}/{HASH}/large.js")


@pytest.fixture(autouse=True)
def _enough_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 4 * SLOW:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * SLOW), hard))


@pytest.fixture(autouse=True)
def _small_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the server's sockets, so that a little that nobody reads is enough."""
    made = server._Connection.connection_made

    def small(self: server._Connection, transport: asyncio.Transport) -> None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        made(self, transport)

    monkeypatch.setattr(server._Connection, "connection_made", small)


class Crowd:
    """Clients that send something and then nothing."""

    def __init__(self, stack: Stack) -> None:
        host, _, port = stack.address.rpartition(":")
        self._address = (host, int(port))
        self._loop = asyncio.get_running_loop()
        self.sockets: list[socket.socket] = []

    async def join(self, data: bytes) -> None:
        one = socket.socket()
        one.setblocking(False)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self.sockets.append(one)
        await self._loop.sock_connect(one, self._address)
        await self._loop.sock_sendall(one, data)

    async def ended(self, one: socket.socket) -> None:
        with suppress(ConnectionError):
            while await self._loop.sock_recv(one, 1 << 16):
                pass

    def leave(self) -> None:
        for one in self.sockets:
            one.close()


async def test_honest_clients_are_answered_while_a_thousand_slow_ones_hang(start: Start) -> None:
    # Times that end nobody while the honest ones call; far fewer places at work than slow clients.
    async with start(max_requests=128, body_seconds=300, idle_seconds=300, send_seconds=300) as stack:
        stack.registry.install(Installed("tenant-b", EXTENSION, (("GET", "/items", 0), ("POST", "/items", 0))))
        stack.runner.files["large.js"] = ("text/javascript", LARGE)
        await stack.watched()
        crowd = Crowd(stack)
        try:
            for count in range(SLOW):
                await crowd.join((HEADERS, BODY, UNREAD)[count % 3])
                if count % 20 == 0:  # honest all the while
                    assert (got := await stack.call("GET", "/items")).status == 200, got.body

            async def honest(key: str) -> list[int]:
                reader, writer = await asyncio.open_connection(*stack.address.rsplit(":", 1))
                got = []
                for _ in range(5):
                    writer.write(head("GET", PATH, ("x-api-key", key)))
                    got.append((await read_answer(reader)).status)
                    writer.write(head("POST", PATH, ("x-api-key", key), ("content-length", "5")) + b"hello")
                    got.append((await read_answer(reader)).status)
                writer.close()
                return got

            # Those of the slow ones' tenant as well.
            answers = await asyncio.gather(*(honest((KEY_A, KEY_B)[number % 2]) for number in range(50)))
            assert all(statuses == [200] * 10 for statuses in answers)
        finally:
            crowd.leave()


async def test_slow_clients_are_cut_off_by_their_times(start: Start) -> None:
    async with start(idle_seconds=0.5, body_seconds=0.5, send_seconds=0.5) as stack:
        stack.runner.files["large.js"] = ("text/javascript", LARGE)
        crowd = Crowd(stack)
        try:
            for count in range(60):
                await crowd.join((HEADERS, BODY, UNREAD)[count % 3])
            async with asyncio.timeout(60):
                await asyncio.gather(*(crowd.ended(one) for one in crowd.sockets))
        finally:
            crowd.leave()


async def test_of_more_bodies_than_may_wait_the_oldest_is_cut_off(start: Start) -> None:
    async with start(max_waiting=2) as stack:
        held = [await asyncio.open_connection(*stack.address.rsplit(":", 1)) for _ in range(3)]
        for _, writer in held:
            writer.write(head("POST", PATH, AUTH, ("content-length", "5")) + b"he")
        answers = [asyncio.create_task(read_answer(reader)) for reader, _ in held]
        done, _ = await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED)
        (cut,) = done
        assert (cut.result().status, cut.result().code) == (408, "request_timed_out")
        for answer, (_, writer) in zip(answers, held, strict=True):
            if answer is not cut:
                writer.write(b"llo")
                assert (await answer).status == 200
            writer.close()


async def test_bodies_that_hang_give_their_memory_to_those_that_come(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    grow, held = Stay.grow, asyncio.Event()

    def growing(self: Stay, size: int) -> None:
        grow(self, size)
        if self.size == 900_000:
            held.set()

    monkeypatch.setattr(Stay, "grow", growing)
    async with start(max_buffered_bytes=1 << 20) as stack:
        reader, slow = await asyncio.open_connection(*stack.address.rsplit(":", 1))
        slow.write(head("POST", PATH, AUTH, ("content-length", "1000000")) + bytes(900_000))
        await asyncio.wait_for(held.wait(), 10)
        for _ in range(3):
            assert (await stack.call("POST", "/items", body=bytes(900_000))).status == 200
        assert (await read_answer(reader)).status == 408
        slow.close()


async def test_what_a_closed_connection_did_not_take_does_not_keep_it_open(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(server, "FLUSH_SECONDS", 0.05)
    lost = asyncio.Event()
    gone = server._Connection.connection_lost

    def told(self: server._Connection, error: BaseException | None) -> None:
        gone(self, error)
        lost.set()

    monkeypatch.setattr(server._Connection, "connection_lost", told)
    async with start() as stack:
        # Less than the server waits for, more than the sockets take.
        stack.runner.answers(200, (), bytes(60_000))
        crowd = Crowd(stack)
        await crowd.join(head("GET", PATH, AUTH, ("connection", "close")))
        await asyncio.wait_for(lost.wait(), 10)
        crowd.leave()
