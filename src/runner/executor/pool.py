"""The executors of a runner: who runs which call, and what happens when one of them dies."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from gen.alga.runner.v1.executor_pb2 import Invoke, Outcome
from kernel.errors import Fault, Reason
from runner.executor.conversation import Conversation
from runner.executor.frames import MAX_FRAME
from runner.executor.meter import Meter
from runner.executor.ports import HostBackend
from runner.executor.process import Executor, ExecutorOptions, Lane
from runner.executor.waiting import Owner, Shares, Waiter, Waiting

# A body costs an executor 10 bytes a byte and more while it is handed to the guest, 32 where the byte lane does not serve: one such
# call at a time in an executor.
HEAVY_BODY: Final = 1024 * 1024
MAX_INVOKE: Final = MAX_FRAME - 1024
# Guests that run at the same time in one process fight over its memory map: two ran at half the speed of one. So an executor gets a
# second running guest only when a call has waited this long: then what runs may be spinning, and nobody must starve behind it.
CROWD_SECONDS: Final = 0.05
_STABLE_SECONDS: Final = 1.0  # an executor that lived shorter is replaced with a growing delay
_MAX_DELAY: Final = 5.0
_log = logging.getLogger(__name__)


class ExecutorPool:
    """Runs calls in `size` executor processes of `lanes` lanes each, which may read files below `artifacts` and no others.

    Start it with `async with` or `start`; all methods belong to one event loop. Within their `shares` (default: as `Shares.of`
    has it) calls wait at most `queue_seconds` for a lane; more are refused at once. A guest that is not back `kill_after`
    seconds after its deadline is killed with its executor, and every other call in there ends with EXECUTOR_LOST; `offended`
    hears of its artifact.
    """

    def __init__(
        self,
        size: int,
        lanes: int,
        *,
        artifacts: Path,
        memory_bytes: int = 4 * 1024**3,
        shares: Shares | None = None,
        queue_seconds: float = 2.0,
        kill_after: float = 0.05,
        offended: Callable[[str], None] = lambda _artifact: None,
        components: int = 64,
    ) -> None:
        self._size = size
        self._options = ExecutorOptions(lanes=lanes, components=components, artifacts=artifacts, memory_bytes=memory_bytes)
        self._queue_seconds = queue_seconds
        self._kill_after = kill_after
        self._offended = offended
        self._executors: list[Executor] = []
        self._waiting = Waiting(shares or Shares.of(size * lanes))
        self._keepers: list[asyncio.Task[None]] = []
        self._calls: set[asyncio.Task[Outcome]] = set()
        self._closing = False

    async def start(self) -> None:
        """Start all executors and wait until they are ready. Raises ChildProcessError when one of them cannot start."""
        try:
            for _ in range(self._size):
                self._executors.append(await Executor.start(self._options))
        except BaseException:
            await self.close(grace=0)
            raise
        self._keepers = [asyncio.create_task(self._keep(executor)) for executor in self._executors]

    async def close(self, grace: float = 5.0) -> None:
        """Refuse new calls, give running ones `grace` seconds, end the executors. Legal more than once and before `start`."""
        self._closing = True
        for waiter in self._waiting.all():
            if not waiter.lane.done():
                waiter.lane.set_exception(Fault(Reason.UNAVAILABLE, log="the executor pool is closing"))
        if self._calls:
            await asyncio.wait(self._calls, timeout=grace)
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for executor in self._executors:
            await executor.close()
        self._executors.clear()
        for call in self._calls:
            call.cancel()  # it may be waiting for its backend, which knows nothing of this end
        if self._calls:
            await asyncio.wait(self._calls)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the executors that are alive."""
        return tuple(executor.pid for executor in self._executors if not executor.gone)

    async def run(self, invoke: Invoke, backend: HostBackend, deadline: float) -> Outcome:
        """Run one call in a lane.

        `deadline` is the event loop's time (`loop.time()`) at which everything is over, waiting for a lane included; the
        guest has until then or `invoke.timeout_ms`, whichever is first (the field is overwritten with what is left). The
        answer is either a response or a failure with one of the GUEST reasons, with their `usage`. Raises Fault: OVERLOADED when no
        lane is free in time, what `backend.begin` raises, EXECUTOR_LOST when the executor ended under the call,
        PAYLOAD_TOO_LARGE when the request does not fit a frame, UNAVAILABLE when the pool is closing. Cancelling it gives the
        lane back as soon as its guest ends or is ended.
        """
        if (size := invoke.ByteSize()) > MAX_INVOKE:
            raise Fault(Reason.PAYLOAD_TOO_LARGE, log=f"a call of {size} bytes does not fit a frame", facts={"limit": MAX_INVOKE})
        loop = asyncio.get_running_loop()
        began = loop.time()
        heavy = len(invoke.http.body) > HEAVY_BODY
        waiter = self._waiting.add(Owner(invoke.context.tenant_id, invoke.context.install_id), heavy)
        lane = await self._lane(waiter, deadline)
        try:
            backend.begin()
        except BaseException:
            self._give_back(lane, waiter)
            raise
        lane.on_waiting = self._serve_waiting  # while it waits for its host, another guest may run
        started = loop.time()
        ends = min(deadline, started + invoke.timeout_ms / 1000)
        invoke.timeout_ms = max(1, int((ends - started) * 1000))
        meter = Meter(invoke)
        talk = Conversation(lane, backend, meter, ends=ends, grace=self._kill_after)
        call = asyncio.create_task(self._converse(talk, invoke, lane, waiter))
        self._calls.add(call)
        ended = loop.create_future()
        call.add_done_callback(lambda _: self._ended(call, ended))
        try:
            await ended
        except asyncio.CancelledError:
            talk.abandon()
            raise
        if call.cancelled():  # by `close`
            raise Fault(Reason.EXECUTOR_LOST, log="the executor pool was closed")
        outcome = call.result()
        told = outcome.response if outcome.HasField("response") else outcome.failure
        meter.write(told.usage, queued=started - began, ran=loop.time() - started)
        return outcome

    async def _lane(self, waiter: Waiter, deadline: float) -> Lane:
        loop = asyncio.get_running_loop()
        impatience: asyncio.TimerHandle | None = None
        try:
            if self._closing:
                raise Fault(Reason.UNAVAILABLE, log="the executor pool is closing")
            self._serve_waiting()
            if waiter.lane.done():
                return waiter.lane.result()
            self._waiting.refuse_overload(waiter)
            impatience = loop.call_later(CROWD_SECONDS, self._serve_impatient, waiter)
            async with asyncio.timeout_at(min(deadline, loop.time() + self._queue_seconds)):
                return await waiter.lane
        except BaseException as error:
            # A lane can arrive in the same moment as the end of waiting for it.
            if waiter.lane.done() and not waiter.lane.cancelled() and waiter.lane.exception() is None:
                self._give_back(waiter.lane.result(), waiter)
            if isinstance(error, TimeoutError):
                limit = {"limit_queue_ms": round(self._queue_seconds * 1000)}
                raise Fault(Reason.OVERLOADED, log="no lane became free in time", facts=limit) from error
            raise
        finally:
            if impatience is not None:
                impatience.cancel()
            self._waiting.remove(waiter)

    def _take(self, heavy: bool, *, crowd: bool = False) -> Lane | None:
        able = [e for e in self._executors if e.idle and not e.gone and not (heavy and e.heavy) and (crowd or not e.running)]
        if not able:
            return None
        executor = min(able, key=lambda e: (e.running, len(e.busy)))
        lane = executor.idle.pop()
        executor.busy.add(lane)
        executor.heavy |= heavy
        return lane

    async def _converse(self, talk: Conversation, invoke: Invoke, lane: Lane, waiter: Waiter) -> Outcome:
        try:
            return await talk.run(invoke)
        finally:
            if talk.killed:
                self._offended(invoke.artifact)
            self._give_back(lane, waiter)

    def _ended(self, call: asyncio.Task[Outcome], ended: asyncio.Future[None]) -> None:
        self._calls.discard(call)
        if not call.cancelled():
            call.exception()  # taken here, in case nobody waits for it any more
        if not ended.done():
            ended.set_result(None)

    def _give_back(self, lane: Lane, waiter: Waiter) -> None:
        self._waiting.ended(waiter.owner)
        executor = lane.executor
        executor.busy.discard(lane)
        executor.idle.append(lane)
        if waiter.heavy:
            executor.heavy = False
        self._serve_waiting()

    def _serve_waiting(self) -> None:
        if self._waiting.nobody:
            return
        hopeless: set[tuple[bool, bool]] = set()
        for waiter in self._waiting.in_turn():
            # A light call passes heavy ones that wait for an executor without a heavy call.
            wish = (waiter.heavy, waiter.crowd)
            if wish in hopeless:
                continue
            lane = self._take(waiter.heavy, crowd=waiter.crowd)
            if lane is None:
                hopeless.add(wish)
                continue
            self._waiting.remove(waiter)
            self._waiting.began(waiter.owner)
            waiter.lane.set_result(lane)

    def _serve_impatient(self, waiter: Waiter) -> None:
        waiter.crowd = True
        self._serve_waiting()

    async def _keep(self, executor: Executor) -> None:
        """Keep one place of the pool filled: wait for its executor's end and start another."""
        loop = asyncio.get_running_loop()
        delay = 0.0
        while True:
            born = loop.time()
            status = await executor.ended()
            _log.warning("an executor ended", extra={"executor": executor.pid, "status": status, "calls_lost": len(executor.busy)})
            await executor.close()
            self._executors.remove(executor)
            delay = 0.0 if loop.time() - born > _STABLE_SECONDS else min(_MAX_DELAY, 2 * delay + 0.05)
            while True:
                await asyncio.sleep(delay)
                try:
                    executor = await Executor.start(self._options)
                    break
                except ChildProcessError:
                    delay = min(_MAX_DELAY, 2 * delay + 0.05)
                    _log.exception("an executor cannot be replaced; trying again")
            self._executors.append(executor)
            self._serve_waiting()
