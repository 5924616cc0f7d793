"""The use-case "take this runner out of service": asked for by an operator, and done by each runner that ends.

1. refuse new calls; health says so to those who follow it
2. wait for those that run
"""

import asyncio
import logging
from typing import Final

from kernel.errors import Fault
from runner.ops.gate import Gate

MAX_WAIT_MS: Final = 60_000  # no call takes longer
_log: Final = logging.getLogger(__name__)


class Drain:
    """Closes and opens the gate."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def run(self, wait_ms: int) -> int:
        """Drain until `Resume`; answers how many requests are still in work. Raises INVALID_ARGUMENT."""
        if wait_ms > MAX_WAIT_MS:
            raise Fault.invalid("wait_ms", f"must be at most {MAX_WAIT_MS}")
        # 1. refuse new calls
        if not self._gate.draining:
            _log.warning("draining: an operator takes this runner out of service", extra={"requests": self._gate.requests})
        self._gate.close()
        # 2. wait for those that run
        await self._gate.empty(wait_ms / 1000)
        return self._gate.requests

    def resume(self) -> None:
        """Take calls again. Raises DRAINING."""
        was = self._gate.draining
        self._gate.open()
        if was:
            _log.warning("an operator put this runner back into service")

    async def end(self, seconds: float, notice_seconds: float) -> None:
        """Drain for good, before the server stops: for at most `seconds`, and for `notice_seconds` at least.

        A server that stops answers what arrives in that moment with a bare UNAVAILABLE, and nobody can know whether it ran. So
        calls are refused by name until all who follow its health have heard.
        """
        self._gate.close(for_good=True)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._gate.empty(seconds))
            both.create_task(asyncio.sleep(min(notice_seconds, seconds)))
