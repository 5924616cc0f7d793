"""Background work: told when it fails, begun again, ended with its block."""

import asyncio
import logging

import pytest

from kernel import process
from kernel.process import background


async def test_work_that_fails_is_told_and_begins_again(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(process, "RESTART_SECONDS", 0)
    again, runs = asyncio.Event(), 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise ValueError("first")
        again.set()
        await asyncio.Event().wait()

    with caplog.at_level(logging.ERROR):
        async with background("sample", work), asyncio.timeout(10):
            await again.wait()
    assert runs == 2
    assert "background work failed" in caplog.text
    assert [task for task in asyncio.all_tasks() if task.get_name() == "sample"] == []


async def test_work_that_is_done_stays_done() -> None:
    done = asyncio.Event()

    async def work() -> None:
        done.set()

    async with background("sample", work), asyncio.timeout(10):
        await done.wait()
