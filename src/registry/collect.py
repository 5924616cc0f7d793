"""Collects garbage: blobs that no version refers to. A crash between blob and row leaves one, a failed put leaves a part of one.

1 list what is stored, 2 leave what a row refers to, 3 leave what is young: its row may be on its way, 4 remove the rest, each after
another look at its row, while nobody is between a blob and its row.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from kernel.steady import to_the_end
from registry.ports import MAX_HASHES, Blobs, Catalog, StoredBlob

MAX_INTERVAL: Final = timedelta(hours=1)  # between two collections
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Collected:
    """Number of blobs (whole or not) that were removed, or would be; their bytes; number of those too young to be removed."""

    blobs: int = 0
    bytes: int = 0
    waiting: int = 0


class Collector:
    """The use-case; one for the process. `recording` is held by whoever is between a blob and its row."""

    def __init__(
        self, catalog: Catalog, blobs: Blobs, recording: asyncio.Lock, grace: timedelta, now: Callable[[], datetime]
    ) -> None:
        self._catalog, self._blobs, self._recording, self._grace, self._now = catalog, blobs, recording, grace, now

    async def collect(self, dry_run: bool) -> Collected:
        """Remove, or only count, what nothing refers to and is older than the grace time. Raises UNAVAILABLE."""
        count = size = waiting = 0
        # 1 list what is stored
        async for blobs in batches(self._blobs.list()):
            # 2 leave what a row refers to
            for blob in await garbage(self._catalog, blobs):
                # 3 leave what is young
                if blob.modified_at > self._now() - self._grace:
                    waiting += 1
                # 4 remove the rest
                elif dry_run or await to_the_end(self._remove(blob)):
                    count, size = count + 1, size + blob.size
        return Collected(count, size, waiting)

    async def forever(self) -> None:
        """Collect now, and again and again: a blob is removed at most half its grace time late."""
        while True:
            found = await self.collect(dry_run=False)
            if found.blobs:
                _log.info("removed blobs without a version", extra={"blobs": found.blobs, "bytes": found.bytes})
            await asyncio.sleep(min(self._grace / 2, MAX_INTERVAL).total_seconds())

    async def _remove(self, blob: StoredBlob) -> bool:
        async with self._recording:
            if not await garbage(self._catalog, [blob]):
                return False
            if blob.whole:
                await self._blobs.delete(blob.content_hash)
            else:
                await self._blobs.tidy(blob.content_hash)
            return True


async def garbage(catalog: Catalog, blobs: list[StoredBlob]) -> list[StoredBlob]:
    """Those of at most MAX_HASHES blobs that are not whole or that no row refers to. Raises UNAVAILABLE."""
    async with catalog.read() as tables:
        recorded = await tables.bundles.recorded({blob.content_hash for blob in blobs})
    return [blob for blob in blobs if not (blob.whole and blob.content_hash in recorded)]


async def batches(blobs: AsyncIterator[StoredBlob]) -> AsyncIterator[list[StoredBlob]]:
    """As many as the catalog can be asked about at once."""
    batch = []
    async for blob in blobs:
        batch.append(blob)
        if len(batch) == MAX_HASHES:
            yield batch
            batch = []
    if batch:
        yield batch
