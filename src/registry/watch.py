"""Tells changes of installs and versions, in the log's order.

1 where the log stands, 2 what came after, 3 a heartbeat when nothing did. A watcher holds a position in the log and nothing else:
a slow one costs no memory, and is ended once the log forgot what it has not read. Each change names the one before, so that a
watcher notices what it missed. The log is read before each heartbeat, which says by it that the log can be read and held nothing.
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
class Step:
    """One change, and the revision of what this watch told before it."""

    previous_revision: int
    change: Change


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing changed for a while."""

    revision: int


Event = Snapshot | Step | Heartbeat


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
            due = self._due()
            while not self._bell.closed:
                rung = self._bell.rung()
                # 2 what came after
                async with self._catalog.read() as tables:
                    head, changes = await tables.changes.head(), await tables.changes.after(at, BATCH)
                if head - at > MAX_BEHIND:
                    raise Fault(Reason.OVERLOADED, log=f"a watcher at {at} fell behind {head}")
                for change in changes:
                    yield Step(at, change)
                    at, due = change.revision, self._due()
                # 3 a heartbeat when nothing did
                if not changes and not await self._rings(rung, due):
                    yield Heartbeat(at)
                    due = self._due()
        finally:
            self._watchers -= 1

    def _due(self) -> float:
        return asyncio.get_running_loop().time() + self._heartbeat

    async def _rings(self, rung: asyncio.Event, due: float) -> bool:
        """Whether there is something to read before a heartbeat is due. Transactions that are undone ring as well."""
        if asyncio.get_running_loop().time() >= due:
            return False
        try:
            async with asyncio.timeout_at(due):
                await rung.wait()
        except TimeoutError:
            return False
        return True
