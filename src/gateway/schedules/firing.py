"""The background work that fires schedules.

1 wait for room, 2 wait until something is due, 3 take as much as there is room for, 4 run each on its own and tell the registry how
it ended. Waiting may be cut off at any time; what was taken is run and told, also while the gateway drains.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from gateway.schedules.model import Occurrence, Outcome
from gateway.schedules.ports import Board
from gateway.schedules.run import RunOccurrence
from kernel import telemetry
from kernel.errors import Fault, Reason

WAIT_SECONDS: Final = 20.0  # of one question whether something is due
REST_SECONDS: Final = 1.0  # after the registry did not answer
TELL_SECONDS: Final = 30.0  # of trying to tell the registry how a run ended: it may be starting again
_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Firing:
    """Fires what is due, at most `at_once` occurrences at a time."""

    def __init__(self, board: Board, run: RunOccurrence, at_once: int) -> None:
        self._board, self._run, self._free = board, run, at_once
        self._room, self._stopping = asyncio.Event(), asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Take nothing more. Legal more than once; what runs goes on."""
        self._stopping.set()

    @asynccontextmanager
    async def running(self, drain_seconds: float) -> AsyncIterator[None]:
        """Fire while the block runs; leaving it stops, and gives what runs that much time."""
        work = asyncio.create_task(self._forever(self._stopping), name="schedules")
        try:
            yield
        finally:
            self.stop()
            await work
            if self._running:
                _, late = await asyncio.wait(self._running, timeout=drain_seconds)
                for task in late:
                    task.cancel()

    async def _forever(self, stop: asyncio.Event) -> None:
        silent = False
        while not stop.is_set():
            try:
                await self._once(stop)
                silent = False
            except Fault as fault:
                if not silent:
                    _log.warning("schedules do not fire", extra={"reason": fault.reason.name, "why": str(fault)})
                silent = True
                await _unless(stop, asyncio.sleep(REST_SECONDS))
            except Exception:  # noqa: BLE001 - the top of this task
                _log.exception("schedules do not fire")
                await _unless(stop, asyncio.sleep(REST_SECONDS))

    async def _once(self, stop: asyncio.Event) -> None:
        # 1 wait for room
        if self._free <= 0:
            self._room.clear()
            await _unless(stop, self._room.wait())
            return
        # 2 wait until something is due
        if not await _unless(stop, self._board.due(WAIT_SECONDS)):
            return
        # 3 take as much as there is room for
        for one in await self._board.claim(self._free):
            self._free -= 1
            task = asyncio.create_task(self._fire(one), name=f"occurrence {one.id}")
            self._running.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._free += 1
        self._room.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("the end of a scheduled call is not told", exc_info=error)

    async def _fire(self, one: Occurrence) -> None:
        # 4 run each on its own and tell the registry how it ended
        telemetry.request_id.set(telemetry.new_request_id())
        began = time.perf_counter()
        try:
            outcome = await self._run.run(one)
        except Exception:  # noqa: BLE001 - the top boundary: nothing internal leaves
            _log.exception("a scheduled call failed unexpectedly")
            outcome = Outcome(error=f"{Fault.row_code(Reason.INTERNAL)}: {Fault(Reason.INTERNAL).public}")
        extra = {
            "trigger": "schedule",
            "tenant": one.tenant_id,
            "install": one.install_id,
            "schedule": one.schedule_id,
            "occurrence": one.id,
            "method": one.method,
            "endpoint": one.path,
            "status": outcome.status,
            "ms": round((time.perf_counter() - began) * 1e3, 2),
        }
        _log.info("scheduled call", extra=extra | ({"why": outcome.error} if outcome.error else {}))
        await self._tell(one, outcome)

    async def _tell(self, one: Occurrence, outcome: Outcome) -> None:
        ends = asyncio.get_running_loop().time() + TELL_SECONDS
        while True:
            try:
                return await self._board.complete(one.id, outcome)
            except Fault as fault:
                if asyncio.get_running_loop().time() >= ends:
                    _log.warning("the end of a scheduled call is not recorded", extra={"occurrence": one.id, "why": str(fault)})
                    return None
            await asyncio.sleep(REST_SECONDS)


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, _T]) -> _T | None:
    """What some work answers; None, and the work is cut off, when it is time to stop."""
    doing, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((doing, stopping), return_when=asyncio.FIRST_COMPLETED)
        return doing.result() if doing.done() else None
    finally:
        doing.cancel()
        stopping.cancel()
