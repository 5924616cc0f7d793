"""Several runners: who gets a call, what is sent again and what never is, and that nobody notices one that goes."""

import asyncio
import socket
from collections import Counter
from typing import Any

import grpc
import pytest
from grpc import aio

from kernel.errors import NOTHING_RAN, Fault, Reason
from kernel.status import from_error
from tests.gateway.conftest import ADMIN_A, EXTENSION, Stack, Start, eventually
from tests.gateway.fakes import HASH, says
from tests.gateway.http import ask
from tests.gateway.test_debug import event, following
from tests.gateway.test_idempotency import KEY

NOT_RUN = {NOTHING_RAN: "true"}


def calls(stack: Stack) -> list[int]:
    return [len(runner.calls) for runner in stack.runners]


async def both_serve(stack: Stack) -> None:
    """Wait until the gateway heard of both: then they get calls in turn."""
    async with asyncio.timeout(10):
        while not all(calls(stack)):
            await stack.call("GET", "/items")
    for runner in stack.runners:
        runner.calls.clear()


async def test_the_one_with_the_fewest_calls_gets_the_next(start: Start) -> None:
    async with start(runners=2) as stack:
        await both_serve(stack)
        go, entered = asyncio.Event(), Counter[int]()

        def holding(number: int) -> Any:
            async def behave(request: Any) -> Any:
                entered[number] += 1
                await go.wait()
                return says()

            return behave

        for number, runner in enumerate(stack.runners):
            runner.behave = holding(number)
        waiting = []
        for count in range(1, 7):
            waiting.append(asyncio.create_task(stack.call("POST", "/items", body=b"")))
            await eventually(lambda count=count: entered.total() == count)
        assert entered == {0: 3, 1: 3}
        go.set()
        assert {(await call).status for call in waiting} == {200}


@pytest.mark.parametrize("reason", [Reason.DRAINING, Reason.OVERLOADED, Reason.UNAVAILABLE])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_did_not_run_is_sent_to_another(start: Start, reason: Reason, method: str) -> None:
    async with start(runners=2) as stack:
        await both_serve(stack)
        for runner in stack.runners:
            runner.faults = [Fault(reason, facts=NOT_RUN)]
        stack.runners[1].faults = []
        for _ in range(2):
            assert (await stack.call(method, "/items", body=b"")).status == 200
        assert not stack.runners[0].faults


async def test_all_that_are_full_are_asked_once(start: Start) -> None:
    async with start(runners=2) as stack:
        await both_serve(stack)
        for runner in stack.runners:
            runner.faults = [Fault(Reason.OVERLOADED, facts=NOT_RUN)] * 9
        got = await stack.call("POST", "/items", body=b"")
        assert (got.status, got.code) == (503, "overloaded")
        assert calls(stack) == [1, 1]


async def test_what_may_have_run_is_never_sent_again(start: Start) -> None:
    async with start(runners=2) as stack:
        await both_serve(stack)
        for reason in (Reason.UNAVAILABLE, Reason.EXECUTOR_LOST):
            for runner in stack.runners:
                runner.calls.clear()
                runner.faults = [Fault(reason)] * 9
            got = await stack.call("POST", "/items", body=b"")
            assert (got.status, got.code) == (503, "executor_lost")
            assert not got.all("retry-after")
            for _ in range(2):
                got = await stack.call("POST", "/items", ("x-idempotency-key", reason.name), body=b"")
                assert (got.status, got.code) == (502, "outcome_unknown")
            assert sum(calls(stack)) == 2


async def test_a_read_that_lost_its_runner_is_asked_once_more(start: Start) -> None:
    async with start(runners=2) as stack:
        await both_serve(stack)
        stack.runners[0].faults = [Fault(Reason.UNAVAILABLE)]
        for _ in range(2):
            assert (await stack.call("GET", "/items")).status == 200
        assert not stack.runners[0].faults
        for runner in stack.runners:
            runner.calls.clear()
            runner.faults = [Fault(Reason.UNAVAILABLE)] * 9
        got = await stack.call("GET", "/items")
        assert (got.status, got.code) == (503, "unavailable")
        assert sum(calls(stack)) == 2


async def test_one_that_says_it_does_not_serve_gets_nothing(start: Start) -> None:
    async with start(runners=2) as stack:
        await both_serve(stack)
        await stack.servers["runner"].serving(False)
        await stack.servers["runner1"].serving(True)
        # Each runner hears of a turn in its own time: once it is heard, no call goes there.
        async with asyncio.timeout(10):
            while True:
                stack.runners[0].calls.clear()
                for _ in range(4):
                    assert (await stack.call("POST", "/items", body=b"")).status == 200
                if not stack.runners[0].calls:
                    break
        await stack.servers["runner"].serving(True)
        await both_serve(stack)


async def test_one_that_ends_is_not_noticed_and_comes_back(start: Start) -> None:
    async with start(runners=2) as stack:
        await both_serve(stack)
        await stack.servers["runner"].stop(0)
        for _ in range(6):
            for method in ("GET", "POST", "PUT"):
                path = "/items/1" if method == "PUT" else "/items"
                assert (await stack.call(method, path, body=b"")).status == 200
        assert (await stack.ask("GET", "/readyz")).status == 200
        assert (await ask(stack.address, "GET", f"/ext-ui/{EXTENSION}/{HASH}/index.html")).status == 200


async def test_without_any_runner_nothing_ran_and_it_is_told(start: Start) -> None:
    async with start(runners=2) as stack:
        await both_serve(stack)
        for name in ("runner", "runner1"):
            await stack.servers[name].stop(0)
        got = await stack.call("POST", "/items", KEY, body=b"")
        assert (got.status, got.code) == (503, "unavailable")
        assert stack.keys.ends[-1].HasField("released")
        assert (await stack.ask("GET", "/readyz")).status == 503


async def test_a_stream_of_events_has_those_of_all_runners(start: Start) -> None:
    async with start(runners=2) as stack, following(stack) as stream:
        await eventually(lambda: all(runner.tailing for runner in stack.runners))
        stack.runners[0].told.put_nowait(event("one", 3))
        assert (await stream.block())["id"] == "12345678-3"
        other = event("two", 4)
        other.event.id = "abcdef01-4"
        stack.runners[1].told.put_nowait(other)
        block = await stream.block()
        assert block["id"] == "12345678-3.abcdef01-4"
        # One that ends takes nobody along.
        stack.runners[0].told.put_nowait(None)
        await eventually(lambda: not stack.runners[0].tailing or len(stack.runners[0].tails) > 1)
        stack.runners[1].told.put_nowait(other)
        assert (await stream.block())["id"] == "12345678-3.abcdef01-4"
        # It is followed again, behind what was told.
        await eventually(lambda: len(stack.runners[0].tails) == 2 and stack.runners[0].tailing == 1)
        assert stack.runners[0].tails[1].after == "12345678-3"


async def test_a_reader_that_comes_back_names_a_place_in_all_streams(start: Start) -> None:
    async with start(runners=2) as stack:
        after = "12345678-3.abcdef01-4"
        async with following(stack, "", ("last-event-id", after), key=ADMIN_A):
            await eventually(lambda: all(runner.tails for runner in stack.runners))
        assert [runner.tails[0].after for runner in stack.runners] == [after] * 2


@pytest.mark.parametrize("kind", ["unix", "tcp"])
async def test_a_refused_connection_says_that_nothing_ran(kind: str, tmp_path: Any) -> None:
    """What gRPC says of it is no promise of the library: this test is."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and does not listen
        address = f"unix:{tmp_path}/s" if kind == "unix" else f"127.0.0.1:{held.getsockname()[1]}"
        async with aio.insecure_channel(address) as channel:
            with pytest.raises(grpc.RpcError) as caught:
                await channel.unary_unary("/a/b")(b"", timeout=10)
    fault = from_error(caught.value)
    assert (fault.reason, fault.nothing_ran) == (Reason.UNAVAILABLE, True)
