"""Executions on their way to the registry: in batches, out of a buffer that is bounded.

1 wait until a second is over or a batch is full, 2 take a batch, 3 send it; when it did not arrive, keep it and try again. While
the registry is away the oldest are dropped and counted: a record is never worth a call.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from kernel.errors import Fault, Reason
from kernel.process import background
from runner.journal.event import Execution

FLUSH_SECONDS: Final = 1.0
DRAIN_SECONDS: Final = 2.0  # for what is left when the runner stops
MAX_BATCH: Final = 200
MAX_BATCH_BYTES: Final = 2 << 20
MAX_KEPT: Final = 4_096
MAX_KEPT_BYTES: Final = 16 << 20
OWN_BYTES: Final = 2 << 10  # of an execution beside its lines
_log = logging.getLogger(__name__)

Send = Callable[[Sequence[Execution], int], Awaitable[None]]
"""Sends executions, and how many were dropped before them. Raises Fault: INVALID_ARGUMENT when it is of no use to try again."""


class Outbox:
    """The buffer."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._kept: deque[Execution] = deque()
        self._bytes = 0
        self._full = asyncio.Event()
        self._untold = 0
        self.dropped = 0

    def put(self, execution: Execution) -> None:
        """Keep an execution until it is sent."""
        self._kept.append(execution)
        self._bytes += execution.size + OWN_BYTES
        while len(self._kept) > MAX_KEPT or self._bytes > MAX_KEPT_BYTES:
            self._forget(self._kept.popleft())
            self._drop(1)
        if self._is_full():
            self._full.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send while the block runs; at its end what is left, as far as it goes within 2 s."""
        async with background("executions", self._forever):
            yield
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while self._kept:
                    await self._flush()
        except (TimeoutError, Fault) as error:
            _log.warning("executions are not recorded", extra={"left": len(self._kept), "why": str(error) or "time is over"})

    async def _forever(self) -> None:
        away = False
        while True:
            # 1 wait until a second is over or a batch is full
            try:
                async with asyncio.timeout(FLUSH_SECONDS):
                    await self._full.wait()
            except TimeoutError:
                pass
            self._full.clear()
            try:
                if self._kept:
                    await self._flush()
                # What came meanwhile waits for its own second: a batch of one costs the registry as much as one of a hundred.
                while self._is_full():
                    await self._flush()
            except Fault as fault:
                if not away:
                    _log.warning("executions are kept until the registry records them", extra={"why": str(fault)})
                away = True
                await asyncio.sleep(FLUSH_SECONDS)
            else:
                away = False

    async def _flush(self) -> None:
        # 2 take a batch
        batch: list[Execution] = []
        size = 0
        while self._kept and len(batch) < MAX_BATCH and (not batch or size < MAX_BATCH_BYTES):
            batch.append(self._kept.popleft())
            size += batch[-1].size + OWN_BYTES
            self._forget(batch[-1])
        untold, self._untold = self._untold, 0
        # 3 send it
        try:
            await self._send(batch, untold)
        except Fault as fault:
            self._untold += untold
            if fault.reason is Reason.INVALID_ARGUMENT:  # a registry that knows other rules; the next batch may pass
                _log.error("the registry refuses executions", extra={"count": len(batch), "why": str(fault)})
                self._drop(len(batch))
                return
            self._back(batch)
            raise
        except BaseException:
            self._untold += untold
            self._back(batch)
            raise
        if untold:
            _log.warning("executions were dropped", extra={"count": untold})

    def _is_full(self) -> bool:
        return len(self._kept) >= MAX_BATCH or self._bytes >= MAX_BATCH_BYTES

    def _back(self, batch: list[Execution]) -> None:
        self._kept.extendleft(reversed(batch))
        self._bytes += sum(execution.size + OWN_BYTES for execution in batch)
        while len(self._kept) > MAX_KEPT or self._bytes > MAX_KEPT_BYTES:
            self._forget(self._kept.popleft())
            self._drop(1)

    def _forget(self, execution: Execution) -> None:
        self._bytes -= execution.size + OWN_BYTES

    def _drop(self, count: int) -> None:
        self.dropped += count
        self._untold += count
