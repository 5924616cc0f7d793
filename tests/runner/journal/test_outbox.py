"""Executions on their way: batches, a registry that is away, and memory that is bounded."""

import asyncio
from collections.abc import Sequence

import pytest

from kernel.errors import Fault, Reason
from runner.journal import outbox as module
from runner.journal.event import Execution
from runner.journal.outbox import MAX_BATCH, MAX_BATCH_BYTES, MAX_KEPT, MAX_KEPT_BYTES, OWN_BYTES, Outbox
from tests.runner.journal.values import execution


class Registry:
    """Takes batches; `trouble` is raised instead."""

    def __init__(self) -> None:
        self.batches: list[list[Execution]] = []
        self.dropped = 0
        self.trouble: Fault | None = None
        self.asked = asyncio.Event()

    async def send(self, executions: Sequence[Execution], dropped: int) -> None:
        self.asked.set()
        if self.trouble is not None:
            raise self.trouble
        self.batches.append(list(executions))
        self.dropped += dropped

    @property
    def got(self) -> list[Execution]:
        return [one for batch in self.batches for one in batch]


async def test_what_is_left_is_sent_when_the_runner_stops() -> None:
    registry = Registry()
    outbox = Outbox(registry.send)
    async with outbox.running():
        for number in range(3):
            outbox.put(execution(number))
    assert registry.batches == [[execution(number) for number in range(3)]]


async def test_a_full_batch_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FLUSH_SECONDS", 3600)
    registry = Registry()
    outbox = Outbox(registry.send)
    async with outbox.running():
        for number in range(MAX_BATCH):
            outbox.put(execution(number))
        async with asyncio.timeout(10):
            await registry.asked.wait()


async def test_what_comes_while_a_batch_is_sent_waits_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FLUSH_SECONDS", 0.01)
    registry = Registry()

    async def send(executions: Sequence[Execution], dropped: int) -> None:
        await registry.send(executions, dropped)
        if len(registry.batches) == 1:
            monkeypatch.setattr(module, "FLUSH_SECONDS", 3600)  # of the wait that follows
            for number in range(1, 4):
                outbox.put(execution(number))
            asyncio.get_running_loop().call_soon(asyncio.get_running_loop().call_soon, sent.set)

    outbox, sent = Outbox(send), asyncio.Event()
    async with outbox.running():
        outbox.put(execution(0))
        await sent.wait()
        assert [len(batch) for batch in registry.batches] == [1]
    assert [len(batch) for batch in registry.batches] == [1, 3]


async def test_batches_are_bounded_in_number_and_bytes() -> None:
    registry = Registry()
    outbox = Outbox(registry.send)
    async with outbox.running():
        for number in range(MAX_BATCH + 1):
            outbox.put(execution(number))
        for number in range(3):
            outbox.put(execution(number, size=MAX_BATCH_BYTES))
    assert len(registry.batches[0]) == MAX_BATCH
    assert all(len(batch) == 1 or sum(one.size for one in batch[:-1]) < MAX_BATCH_BYTES for batch in registry.batches)
    assert len(registry.got) == MAX_BATCH + 4


async def test_while_the_registry_is_away_the_oldest_are_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FLUSH_SECONDS", 0.01)
    registry = Registry()
    registry.trouble = Fault(Reason.UNAVAILABLE)
    outbox = Outbox(registry.send)
    async with outbox.running():
        for number in range(MAX_KEPT + 5):
            outbox.put(execution(number))
        async with asyncio.timeout(10):
            await registry.asked.wait()
        assert registry.got == []
        assert outbox.dropped == 5
        registry.trouble = None
    assert [one.ended.execution_id for one in registry.got] == [f"{number:032x}" for number in range(5, MAX_KEPT + 5)]
    assert registry.dropped == 5


async def test_what_is_kept_is_bounded_in_bytes() -> None:
    registry = Registry()
    outbox = Outbox(registry.send)
    each = MAX_KEPT_BYTES // 4
    for number in range(5):
        outbox.put(execution(number, size=each))
    assert outbox.dropped == 2  # each has some bytes of its own
    assert outbox._bytes == 3 * (each + OWN_BYTES)


async def test_a_batch_that_the_registry_refuses_is_dropped_and_the_next_one_passes() -> None:
    registry = Registry()
    registry.trouble = Fault(Reason.INVALID_ARGUMENT)
    outbox = Outbox(registry.send)
    outbox.put(execution(1))
    await outbox._flush()
    registry.trouble = None
    async with outbox.running():
        outbox.put(execution(2))
    assert registry.got == [execution(2)]
    assert (registry.dropped, outbox.dropped) == (1, 1)


async def test_a_send_that_is_cut_off_loses_nothing() -> None:
    registry, held = Registry(), asyncio.Event()

    async def send(executions: Sequence[Execution], dropped: int) -> None:
        if not held.is_set():
            held.set()
            await asyncio.Event().wait()
        await registry.send(executions, dropped)

    outbox = Outbox(send)
    async with outbox.running():
        for number in range(MAX_BATCH):
            outbox.put(execution(number))
        await held.wait()
    assert len(registry.got) == MAX_BATCH
    assert outbox._bytes == 0
