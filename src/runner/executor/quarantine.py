"""Versions whose guests had to be killed run alone, in an executor that nobody else shares, until that is forgotten.

1. a version that was killed lately goes to the ward: an executor of one lane, started when it is first needed
2. everybody else goes to the pool; a call that an executor lost before it had all of it is run once more
"""

import asyncio
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from gen.alga.runner.v1.executor_pb2 import Invoke, Outcome
from kernel.errors import Fault, Reason
from runner.executor.conversation import NotBegun
from runner.executor.pool import ExecutorPool
from runner.executor.ports import HostBackend
from runner.ops.model import PoolState

QUARANTINE_SECONDS: Final = 60.0  # since the last kill
MAX_OFFENDERS: Final = 1_024  # a publisher can have many versions killed; the oldest kill is forgotten first
WARD_QUEUE: Final = 16  # calls that wait for the ward, of all versions in it
_LAST_CALLS_SECONDS: Final = 60.0  # no call takes longer
_log = logging.getLogger(__name__)


class Quarantine:
    """Remembers which versions run alone. Its `offended` is given to the pool and to the ward."""

    def __init__(self, seconds: float = QUARANTINE_SECONDS) -> None:
        self._seconds = seconds
        self._until: dict[str, float] = {}

    def offended(self, artifact: str) -> None:
        """A guest of this compiled component did not return and was killed."""
        self._until.pop(artifact, None)
        self._until[artifact] = asyncio.get_running_loop().time() + self._seconds
        while len(self._until) > MAX_OFFENDERS:
            del self._until[next(iter(self._until))]
        _log.warning("a version runs alone from now on", extra={"artifact": artifact, "seconds": self._seconds})

    def holds(self, artifact: str) -> bool:
        """Whether it is to run alone."""
        until = self._until.get(artifact)
        if until is None:
            return False
        if until > asyncio.get_running_loop().time():
            return True
        del self._until[artifact]
        return False

    def seconds_left(self, artifact: str) -> float:
        """For how long it still runs alone; 0 = it does not."""
        return max(0.0, self._until.get(artifact, 0.0) - asyncio.get_running_loop().time())

    @property
    def empty_at(self) -> float:
        """The event loop's time at which nobody is in quarantine any more."""
        return max(self._until.values(), default=0.0)


class GuardedPool:
    """A pool and its ward. Use it with `async with`; the pool is started and closed with it."""

    def __init__(self, pool: ExecutorPool, quarantine: Quarantine, make_ward: Callable[[], ExecutorPool]) -> None:
        self._pool = pool
        self._quarantine = quarantine
        self._make_ward = make_ward
        self._ward: ExecutorPool | None = None
        self._opening = asyncio.Lock()
        self._ending: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._pool.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for task in self._ending:
            task.cancel()
        await asyncio.gather(*self._ending, return_exceptions=True)
        async with self._opening:
            if self._ward is not None:
                await self._ward.close()
        await self._pool.close()

    def state(self) -> PoolState:
        """The pool that everybody shares, at this moment."""
        return self._pool.state()

    def state_alone(self) -> PoolState | None:
        """The ward, while there is one."""
        return self._ward.state() if self._ward is not None else None

    async def run(self, invoke: Invoke, backend: HostBackend, deadline: float) -> Outcome:
        """Run one call; raises what `ExecutorPool.run` raises, and UNAVAILABLE when no executor of its own can be started."""
        # 1. killed lately
        if self._quarantine.holds(invoke.artifact):
            return await (await self._opened()).run(invoke, backend, deadline)
        # 2. everybody else
        try:
            return await self._pool.run(invoke, backend, deadline)
        except NotBegun:
            return await self._pool.run(invoke, backend, deadline)

    async def _opened(self) -> ExecutorPool:
        async with self._opening:
            if self._ward is None:
                ward = self._make_ward()
                try:
                    await ward.start()
                except ChildProcessError as error:
                    raise Fault(Reason.UNAVAILABLE, log=f"no executor for a version that runs alone: {error}") from error
                self._ward = ward
                task = asyncio.create_task(self._end(ward))
                self._ending.add(task)
                task.add_done_callback(self._ending.discard)
            return self._ward

    async def _end(self, ward: ExecutorPool) -> None:
        """Close the ward when nobody is in quarantine any more: an executor costs memory."""
        loop = asyncio.get_running_loop()
        while True:
            left = self._quarantine.empty_at - loop.time()
            if left <= 0:
                break
            await asyncio.sleep(left)  # kills in the meantime make it longer
        async with self._opening:
            self._ward = None
        try:
            await ward.close(grace=_LAST_CALLS_SECONDS)
        except asyncio.CancelledError:
            await ward.close(grace=0)
            raise
