"""What a call may use of its host, in a real executor: each limit is attacked, holds to the unit, and what was used is told."""

import asyncio

import pytest

from kernel.errors import Reason
from runner.engine.lines import MAX_LINE
from tests.runner.execution.calls import Backend, Caller, reason


async def test_host_calls_are_bounded_in_number(caller: Caller) -> None:
    backend = Backend()
    outcome = await caller.run("hostile/hostflood", backend=backend, host_calls=3)
    assert len(backend.calls) == 3
    # The guest is told `denied` from then on, and this one goes on and on.
    assert reason(outcome) is Reason.GUEST_TRAPPED
    assert "more than 10000 host calls" in outcome.failure.log_text
    assert outcome.failure.usage.host_calls == 10_000


async def test_a_call_without_numbers_gets_the_default_ones(caller: Caller) -> None:
    backend = Backend()
    await caller.run("hostile/hostflood", backend=backend)
    assert len(backend.calls) == 1_000


@pytest.mark.parametrize(("most", "served"), [(1, 0), (24, 1)])  # the question's bytes are over it, or the answer's
async def test_host_calls_are_bounded_in_bytes(caller: Caller, most: int, served: int) -> None:
    backend = Backend()
    assert (await caller.run("storage_twice", backend=backend, host_bytes=most)).response.status == 403
    assert len(backend.calls) == served


async def test_a_log_is_bounded_in_lines(caller: Caller) -> None:
    backend = Backend()
    usage = (await caller.run("log", backend=backend, log_lines=2)).response.usage
    assert [(line.level, line.message) for line in backend.lines] == [
        ("info", "/"),
        ("warn", "a warning"),
        ("error", "truncated: a call may log 2 lines of 65536 bytes together"),
    ]
    assert (usage.log_lines, usage.log_bytes) == (2, len("/a warning"))


async def test_a_log_is_bounded_in_bytes(caller: Caller) -> None:
    backend = Backend()
    failure = (await caller.run("hostile/logflood", backend=backend, log_bytes=10_000)).failure
    assert [len(line.message) for line in backend.lines[:-1]] == [MAX_LINE, 10_000 - MAX_LINE]
    assert backend.lines[-1].message.startswith("truncated: ")
    assert (failure.usage.log_lines, failure.usage.log_bytes) == (2, 10_000)


async def test_what_is_printed_counts_as_log(caller: Caller) -> None:
    backend = Backend()
    await caller.run("hostile/stdoutflood", backend=backend, ms=300, log_lines=1)
    assert [line.level for line in backend.lines] == ["stdout", "stdout"]
    assert backend.lines[1].message.startswith("truncated: ")


async def test_usage_tells_what_a_call_used(caller: Caller) -> None:
    loop, backend = asyncio.get_running_loop(), Backend()
    backend.gate.clear()
    began = loop.time()
    call = asyncio.create_task(caller.run("storage", backend=backend))
    await backend.asked.wait()
    asked = loop.time()
    await asyncio.sleep(0.05)
    backend.gate.set()
    usage = (await call).response.usage
    waited = usage.host_wait_us / 1_000_000
    assert 0.05 <= waited <= loop.time() - began
    assert asked - began + waited >= 0.05
    assert waited <= usage.handler_us / 1_000_000 <= loop.time() - began
    assert usage.host_calls == 1
    assert 20 < usage.host_bytes < 100
    assert (usage.log_lines, usage.log_bytes) == (0, 0)


async def test_a_call_that_fails_has_its_usage_too(caller: Caller) -> None:
    backend = Backend()
    backend.gate.clear()
    outcome = await caller.run("storage", backend=backend, ms=100)
    usage = outcome.failure.usage if outcome.HasField("failure") else outcome.response.usage
    assert usage.host_calls == 1
    assert usage.host_wait_us >= 90_000
