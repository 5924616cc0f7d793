"""The executors of a runner: who runs which call, and what happens when one of them dies."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from gen.alga.runner.v1.executor_pb2 import Invoke, Outcome
from kernel.errors import Fault, Reason
from runner.executor import heap
from runner.executor.conversation import Conversation
from runner.executor.frames import MAX_FRAME, varint
from runner.executor.meter import Meter
from runner.executor.ports import HostBackend
from runner.executor.process import Executor, ExecutorOptions, Lane
from runner.executor.state import pool_state
from runner.executor.waiting import Claim, Owner, Shares, Waiter, Waiting
from runner.ops.model import PoolState

# A body costs an executor 10 bytes a byte and more while it is handed to the guest, 32 where the byte lane does not serve: one such
# call at a time in an executor.
HEAVY_BODY: Final = 1024 * 1024
MAX_INVOKE: Final = MAX_FRAME - 1024
# Guests that run at the same time in one process fight over its memory map: two ran at half the speed of one. So an executor gets a
# second running guest only when a call has waited this long: then what runs may be spinning, and nobody must starve behind it.
CROWD_SECONDS: Final = 0.05
LARGE_FRAME: Final = 64 * 1024  # bytes, beyond which its memory is worth giving back
IDLE_SECONDS: Final = 1.0  # after the last of them
# The time is known last: of a field that stands twice, the later one holds.
_TIMEOUT: Final = bytes((Invoke.TIMEOUT_MS_FIELD_NUMBER << 3,))
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
        self._recycled: Counter[int] = Counter()  # by place
        self._waiting = Waiting(shares or Shares.of(size * lanes))
        self._keepers: list[asyncio.Task[None]] = []
        self._calls = 0  # that have a lane
        self._nothing_runs = asyncio.Event()
        self._nothing_runs.set()
        self._tasks: set[asyncio.Task[Outcome]] = set()
        self._large_at = 0.0  # when the last call with a large body ended
        self._giving_back: asyncio.TimerHandle | None = None
        self._closing = False

    async def start(self) -> None:
        """Start all executors and wait until they are ready. Raises ChildProcessError when one of them cannot start."""
        heap.keep()
        try:
            for place in range(self._size):
                self._executors.append(await self._started(place))
        except BaseException:
            await self.close(grace=0)
            raise
        self._keepers = [asyncio.create_task(self._keep(executor)) for executor in self._executors]

    async def close(self, grace: float = 5.0) -> None:
        """Refuse new calls, give running ones `grace` seconds, end the executors. Legal more than once and before `start`."""
        self._closing = True
        if self._giving_back is not None:
            self._giving_back.cancel()
            heap.give_back()
        for waiter in self._waiting.all():
            if not waiter.lane.done():
                waiter.lane.set_exception(Fault(Reason.UNAVAILABLE, log="the executor pool is closing"))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._nothing_runs.wait()
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for executor in self._executors:
            await executor.close()
        self._executors.clear()
        for call in self._tasks:
            call.cancel()  # it may be waiting for its backend, which knows nothing of this end
        await self._nothing_runs.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the executors that are alive."""
        return tuple(executor.pid for executor in self._executors if not executor.gone)

    def state(self) -> PoolState:
        """Its executors and its queue at this moment."""
        return pool_state(self._executors, self._size, self._options.lanes, self._recycled, self._waiting)

    async def run(self, invoke: Invoke, backend: HostBackend, deadline: float) -> Outcome:
        """Run one call in a lane.

        `deadline` is the event loop's time (`loop.time()`) at which everything is over, waiting for a lane included; the
        guest has until then or `invoke.timeout_ms`, whichever is first (the field is overwritten with what is left). The
        answer is either a response or a failure with one of the GUEST reasons, with their `usage`. Raises Fault: OVERLOADED when no
        lane is free in time, what `backend.begin` raises, EXECUTOR_LOST when the executor ended under the call,
        PAYLOAD_TOO_LARGE when the request does not fit a frame, UNAVAILABLE when the pool is closing. Cancelling it gives the
        lane back as soon as its guest ends or is ended.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        encoded = invoke.SerializeToString()
        if len(encoded) > MAX_INVOKE:
            limit = {"limit": MAX_INVOKE}
            raise Fault(Reason.PAYLOAD_TOO_LARGE, log=f"a call of {len(encoded)} bytes does not fit a frame", facts=limit)
        # To ask for a body is to copy it, and a small call has no large one.
        heavy = len(encoded) > HEAVY_BODY and len(invoke.http.body) > HEAVY_BODY
        claim = Claim(Owner(invoke.context.tenant_id, invoke.context.install_id), heavy, invoke.artifact)
        lane = self._free_lane(claim)
        if lane is None:
            encoded = b""  # bodies of calls that wait are kept once
            lane = await self._lane(self._waiting.add(claim.owner, claim.heavy, claim.artifact), deadline)
        try:
            started = loop.time()
            ends = min(deadline, started + invoke.timeout_ms / 1000)
            invoke.timeout_ms = max(1, int((ends - started) * 1000))
            encoded = encoded or invoke.SerializeToString()
            backend.begin()
            meter = Meter(invoke)
            most = invoke.response_bytes
            talk = Conversation(lane, backend, meter, ends=ends, grace=self._kill_after, response_bytes=most)
            lane.on_waiting = self._serve_waiting  # while it waits for its host, another guest may run
            talk.send(encoded, _TIMEOUT + varint(invoke.timeout_ms))
            encoded = b""
        except BaseException:
            self._give_back(lane, claim)
            raise
        outcome = await self._converse(talk, lane, claim)
        told = outcome.response if outcome.HasField("response") else outcome.failure
        meter.write(told.usage, queued=started - began, ran=loop.time() - started)
        return outcome

    async def _converse(self, talk: Conversation, lane: Lane, claim: Claim) -> Outcome:
        self._calls += 1
        self._nothing_runs.clear()
        try:
            outcome = await talk.first()
        except asyncio.CancelledError:
            talk.abandon()
            self._go_on(talk, lane, claim)
            raise
        except BaseException:
            self._ended(talk, lane, claim)
            raise
        if outcome is not None:
            self._ended(talk, lane, claim)
            return outcome
        over = asyncio.get_running_loop().create_future()
        task = self._go_on(talk, lane, claim, over)
        try:
            await over  # and not the task: whoever is cancelled while waiting for a task cancels it
        except asyncio.CancelledError:
            talk.abandon()
            raise
        if task.cancelled():  # by `close`
            raise Fault(Reason.EXECUTOR_LOST, log="the executor pool was closed")
        return task.result()

    def _go_on(
        self, talk: Conversation, lane: Lane, claim: Claim, over: asyncio.Future[None] | None = None
    ) -> asyncio.Task[Outcome]:
        """The rest of a call, which goes on when its caller has gone; its end is told to `over`."""
        task = asyncio.create_task(talk.rest())
        self._tasks.add(task)

        def done(_: asyncio.Task[Outcome]) -> None:
            self._tasks.discard(task)
            self._ended(talk, lane, claim)
            if not task.cancelled():
                task.exception()  # taken here, in case nobody waits for it any more
            if over is not None and not over.done():
                over.set_result(None)

        task.add_done_callback(done)
        return task

    def _ended(self, talk: Conversation, lane: Lane, claim: Claim) -> None:
        if talk.killed:
            self._offended(claim.artifact)
        if talk.most_bytes > LARGE_FRAME:
            self._large_at = asyncio.get_running_loop().time()
            if self._giving_back is None and not self._closing:
                self._give_back_later()
        self._calls -= 1
        if not self._calls:
            self._nothing_runs.set()
        self._give_back(lane, claim)

    def _give_back_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._giving_back = loop.call_at(self._large_at + IDLE_SECONDS, self._give_back_memory)

    def _give_back_memory(self) -> None:
        self._giving_back = None
        if asyncio.get_running_loop().time() - self._large_at >= IDLE_SECONDS:
            heap.give_back()
        else:
            self._give_back_later()

    def _free_lane(self, claim: Claim) -> Lane | None:
        """A lane for a call that nobody waits in front of."""
        if self._closing or not self._waiting.nobody or not self._waiting.may_begin(claim.owner):
            return None
        lane = self._take(claim.heavy, claim.artifact)
        if lane is not None:
            self._waiting.began(claim.owner)
        return lane

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

    def _take(self, heavy: bool, artifact: str = "", *, crowd: bool = False) -> Lane | None:
        able = [e for e in self._executors if e.idle and not e.gone and not (heavy and e.heavy) and (crowd or not e.running)]
        if not able:
            return None
        executor = able[0] if len(able) == 1 else min(able, key=lambda e: (e.running, len(e.busy)))
        # The one that ran this component last may have an instance of it ready.
        lane = next((lane for lane in reversed(executor.idle) if lane.artifact == artifact), executor.idle[-1])
        lane.artifact = artifact
        executor.idle.remove(lane)
        executor.busy.add(lane)
        executor.heavy |= heavy
        return lane

    def _give_back(self, lane: Lane, claim: Claim) -> None:
        self._waiting.ended(claim.owner)
        executor = lane.executor
        executor.busy.discard(lane)
        executor.idle.append(lane)
        if claim.heavy:
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
            lane = self._take(waiter.heavy, waiter.artifact, crowd=waiter.crowd)
            if lane is None:
                hopeless.add(wish)
                continue
            self._waiting.remove(waiter)
            self._waiting.began(waiter.owner)
            waiter.lane.set_result(lane)

    def _serve_impatient(self, waiter: Waiter) -> None:
        waiter.crowd = True
        self._serve_waiting()

    async def _started(self, place: int) -> Executor:
        executor = await Executor.start(self._options)
        executor.place = place
        return executor

    async def _keep(self, executor: Executor) -> None:
        """Keep one place of the pool filled: wait for its executor's end and start another."""
        loop = asyncio.get_running_loop()
        place, delay = executor.place, 0.0
        while True:
            born = loop.time()
            status = await executor.ended()
            _log.warning("an executor ended", extra={"executor": executor.pid, "status": status, "calls_lost": len(executor.busy)})
            await executor.close()
            self._executors.remove(executor)
            self._recycled[place] += 1
            delay = 0.0 if loop.time() - born > _STABLE_SECONDS else min(_MAX_DELAY, 2 * delay + 0.05)
            while True:
                await asyncio.sleep(delay)
                try:
                    executor = await self._started(place)
                    break
                except ChildProcessError:
                    delay = min(_MAX_DELAY, 2 * delay + 0.05)
                    _log.exception("an executor cannot be replaced; trying again")
            self._executors.append(executor)
            self._serve_waiting()
