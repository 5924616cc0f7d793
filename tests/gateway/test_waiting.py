"""Stays end as their time or others demand, and leave no trace of it in their tasks."""

import asyncio

from gateway.waiting import Stay, Waiting


async def stays(waiting: Waiting, size: int = 0) -> None:
    async with waiting.stay(size):
        await asyncio.Event().wait()


async def ends(*tasks: "asyncio.Task[None]") -> list[type]:
    """How tasks end that are about to."""
    async with asyncio.timeout(20):
        return [type(how) for how in await asyncio.gather(*tasks, return_exceptions=True)]


async def test_the_time_of_each_ends_though_one_timer_serves_all() -> None:
    waiting = Waiting(10, 100, 0.01)
    for _ in range(2):  # the timer is set again after nobody waited
        tasks = [asyncio.create_task(stays(waiting)) for _ in range(3)]
        assert await ends(*tasks) == [TimeoutError] * 3
        assert len(waiting) == 0


async def test_the_timer_of_one_that_left_ends_nobody_else_early() -> None:
    waiting = Waiting(10, 100, 60)
    async with waiting.stay():
        pass
    task = asyncio.create_task(stays(waiting))
    await asyncio.sleep(0)
    waiting._late()
    await asyncio.sleep(0)
    assert len(waiting) == 1
    task.cancel()
    assert await ends(task) == [asyncio.CancelledError]


async def test_the_oldest_is_cut_for_one_too_many_and_the_largest_sum() -> None:
    waiting = Waiting(2, 100, 60)
    tasks = [asyncio.create_task(stays(waiting, 40)) for _ in range(2)]
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(stays(waiting)))
    assert await ends(tasks[0]) == [TimeoutError]
    tasks.append(asyncio.create_task(stays(waiting, 90)))
    assert await ends(tasks[1]) == [TimeoutError]
    tasks.append(asyncio.create_task(stays(waiting, 20)))
    assert await ends(tasks[2], tasks[3]) == [TimeoutError, TimeoutError]
    tasks[4].cancel()
    assert await ends(tasks[4]) == [asyncio.CancelledError]
    assert len(waiting) == 0


async def test_one_that_cuts_itself_and_does_not_wait_is_not_stopped_later() -> None:
    waiting = Waiting(0, 100, 60)
    async with waiting.stay():
        pass
    await asyncio.sleep(0)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_who_is_cancelled_while_it_is_cut_is_cancelled() -> None:
    waiting = Waiting(1, 100, 60)
    inside: list[Stay] = []

    async def one() -> None:
        async with waiting.stay() as stay:
            inside.append(stay)
            await asyncio.Event().wait()

    task = asyncio.create_task(one())
    await asyncio.sleep(0)
    inside[0].cut()
    task.cancel()
    assert await ends(task) == [asyncio.CancelledError]
