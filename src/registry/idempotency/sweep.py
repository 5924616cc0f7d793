"""Forgets keys whose time is over, a batch to a transaction: other writers have their turn in between."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from registry.ports import Catalog

INTERVAL_SECONDS: Final = 60
BATCH: Final = 500
_log = logging.getLogger(__name__)


class KeySweep:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, now: Callable[[], datetime]) -> None:
        self._catalog, self._now = catalog, now

    async def sweep(self) -> int:
        """Remove what is over by now; answers the number of keys. Raises UNAVAILABLE."""
        removed, now = 0, self._now()
        while True:
            async with self._catalog.write() as tables:
                count = await tables.idempotency.expire(now, BATCH)
            removed += count
            if count < BATCH:
                return removed

    async def forever(self) -> None:
        """Sweep now and again."""
        while True:
            if removed := await self.sweep():
                _log.info("forgot idempotency keys whose time was over", extra={"keys": removed})
            await asyncio.sleep(INTERVAL_SECONDS)
