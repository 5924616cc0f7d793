"""Tells changes of installs and versions, in the log's order.

1 where the log stands, 2 what came after, 3 a heartbeat when nothing did. A watcher holds a position in the log and nothing else:
a slow one costs no memory, and is ended once the log forgot what it has not read.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.watch import HEARTBEAT_SECONDS, Change
from registry.bell import Bell
from registry.ports import MAX_BEHIND, Catalog

MAX_WATCHERS: Final = 256  # each one reads the log after every change
BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where a watch begins, and the bundles of all revoked versions."""

    revision: int
    revoked: frozenset[Digest]


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing changed for a while."""

    revision: int


Event = Snapshot | Change | Heartbeat


class Watch:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, bell: Bell, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        self._catalog, self._bell, self._heartbeat = catalog, bell, heartbeat_seconds
        self._watchers = 0

    async def events(self) -> AsyncIterator[Event]:
        """A snapshot, then changes and heartbeats until this process drains. Raises OVERLOADED."""
        if self._watchers >= MAX_WATCHERS:
            raise Fault(Reason.OVERLOADED, log="too many watchers")
        self._watchers += 1
        try:
            # 1 where the log stands
            async with self._catalog.read() as tables:
                at, revoked = await tables.changes.head(), await tables.bundles.revoked()
            yield Snapshot(at, revoked)
            while not self._bell.closed:
                rung = self._bell.rung()
                # 2 what came after
                async with self._catalog.read() as tables:
                    head, changes = await tables.changes.head(), await tables.changes.after(at, BATCH)
                if head - at > MAX_BEHIND:
                    raise Fault(Reason.OVERLOADED, log=f"a watcher at {at} fell behind {head}")
                for change in changes:
                    yield change
                    at = change.revision
                # 3 a heartbeat when nothing did
                if not changes and not await self._rings(rung):
                    yield Heartbeat(at)
        finally:
            self._watchers -= 1

    async def _rings(self, rung: asyncio.Event) -> bool:
        try:
            async with asyncio.timeout(self._heartbeat):
                await rung.wait()
        except TimeoutError:
            return False
        return True
