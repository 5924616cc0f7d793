"""Removes entries whose time is over; nobody reads them any more, so this is in no hurry.

1 see who has any, 2 remove some of each, a batch to a transaction: other writers have their turn in between.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from registry.ports import Catalog

INTERVAL_SECONDS: Final = 60
INSTALLS_AT_ONCE: Final = 100
BATCH: Final = 500
_log = logging.getLogger(__name__)


class StorageSweep:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, now: Callable[[], datetime]) -> None:
        self._catalog, self._now = catalog, now

    async def sweep(self) -> int:
        """Remove what is over by now; answers the number of entries. Raises UNAVAILABLE."""
        removed, now = 0, self._now()
        while True:
            # 1 see who has any
            async with self._catalog.read() as tables:
                found = await tables.storage.expired(now, INSTALLS_AT_ONCE)
            if not found:
                return removed
            # 2 remove some of each
            for tenant_id, install_id in found:
                async with self._catalog.write() as tables:
                    removed += await tables.storage.expire(tenant_id, install_id, now, BATCH)

    async def forever(self) -> None:
        """Sweep now and again."""
        while True:
            removed = await self.sweep()
            if removed:
                _log.info("removed entries whose time was over", extra={"entries": removed})
            await asyncio.sleep(INTERVAL_SECONDS)
