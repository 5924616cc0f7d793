"""Questions over one stream, to a real gRPC server whose answers the test holds back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from grpc import aio

from kernel.asking import Asking, Broken, Form
from kernel.errors import Fault, Reason

METHOD = "/test.Service/Ask"
MOST = 4
SECONDS = 10.0
FORM: Form[str, str] = Form(MOST, 1, lambda asks: ",".join(asks).encode(), lambda message: message.decode().split(","))


@dataclass
class Service:
    """Answers each message, in capitals, when `go` lets it; `heard` are the messages."""

    heard: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    go: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        return grpc.stream_stream_rpc_method_handler(self.answers) if details.method == METHOD else None

    async def answers(self, requests: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
        async for request in requests:
            self.heard.put_nowait(request.decode())
            await self.go.acquire()
            if request == b"end":
                return
            yield request.upper() + b",more" * request.startswith(b"odd")


@asynccontextmanager
async def asking() -> AsyncIterator[tuple[Service, Asking[str, str]]]:
    service, server = Service(), aio.server()
    server.add_generic_rpc_handlers([service])  # type: ignore[list-item]
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        asks = Asking(lambda: channel.stream_stream(METHOD)(), FORM)
        try:
            yield service, asks
        finally:
            await asks.close()
            await server.stop(0)


async def begun(service: Service, asks: Asking[str, str], *questions: str) -> list[asyncio.Task[str]]:
    """The first is heard, and the others wait for its answer."""
    tasks = [asyncio.create_task(asks.ask(question, SECONDS)) for question in questions[:1]]
    assert await service.heard.get() == questions[0]
    tasks += [asyncio.create_task(asks.ask(question, SECONDS)) for question in questions[1:]]
    await asyncio.sleep(0)  # they have asked
    return tasks


async def test_what_is_asked_meanwhile_leaves_together() -> None:
    async with asking() as (service, asks):
        tasks = await begun(service, asks, *"abcdef")
        for _ in range(3):
            service.go.release()
        assert await asyncio.gather(*tasks) == [*"ABCDEF"]
        assert [service.heard.get_nowait() for _ in range(2)] == ["b,c,d,e", "f"]
        assert service.heard.empty()


async def test_one_that_has_gone_is_not_asked() -> None:
    async with asking() as (service, asks):
        first, gone, last = await begun(service, asks, *"abc")
        gone.cancel()
        for _ in range(2):
            service.go.release()
        assert [await first, await last] == ["A", "C"]
        assert service.heard.get_nowait() == "c"


async def test_one_that_goes_while_it_is_asked_leaves_the_others_their_answers() -> None:
    async with asking() as (service, asks):
        first, second = await begun(service, asks, *"ab")
        first.cancel()
        for _ in range(2):
            service.go.release()
        assert await second == "B"


async def test_an_answer_that_does_not_come_in_time() -> None:
    async with asking() as (service, asks):
        (first,) = await begun(service, asks, "a")
        with pytest.raises(Fault) as caught:
            await asks.ask("b", 0)
        assert caught.value.reason is Reason.DEADLINE_EXCEEDED
        service.go.release()
        assert await first == "A"
        assert service.heard.empty()


@pytest.mark.parametrize("last", ["end", "odd"])
async def test_an_end_and_answers_that_do_not_fit_break_all_that_wait(last: str) -> None:
    async with asking() as (service, asks):
        tasks = await begun(service, asks, last, "b", "c")
        service.go.release()
        assert [type(one) for one in await asyncio.gather(*tasks, return_exceptions=True)] == [Broken] * 3
        with pytest.raises(Broken):  # for a moment nobody tries again
            await asks.ask("d", SECONDS)
        assert service.heard.empty()


async def test_closing_breaks_what_waits() -> None:
    async with asking() as (service, asks):
        (first,) = await begun(service, asks, "a")
        await asks.close()
        await asks.close()
        with pytest.raises(Broken):
            await first
