"""The catalog in memory, for tests: a writer works on a copy that replaces what readers see."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from registry.bell import Bell
from registry.catalog.memory_executions import MemoryExecutions
from registry.catalog.memory_idempotency import MemoryIdempotencyKeys
from registry.catalog.memory_names import MemoryApiKeys, MemoryExtensions, MemoryPublishers
from registry.catalog.memory_records import MemoryRecords
from registry.catalog.memory_schedules import MemoryDue, MemoryOccurrences, MemorySchedules
from registry.catalog.memory_secrets import MemorySecrets
from registry.catalog.memory_state import State
from registry.catalog.memory_storage import MemoryStorage
from registry.catalog.memory_tenants import MemoryChanges, MemoryInstalls
from registry.catalog.memory_versions import MemoryBundles, MemoryVersions
from registry.model import Entry, Standing
from registry.ports import Tables


class MemoryCatalog:
    """The `Catalog` port without a database."""

    def __init__(self, bell: Bell) -> None:
        self._bell, self._state, self._one_writer = bell, State(), asyncio.Lock()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tables]:
        """A consistent view."""
        yield _tables(self._state)

    async def entry(
        self, tenant_id: str, install_id: str, namespace: str, key: str, now: datetime
    ) -> tuple[Standing | None, Entry | None]:
        """What an install may do now, and one entry."""
        tables = _tables(self._state)
        standing = await tables.installs.standing(tenant_id, install_id)
        return standing, await tables.storage.get(tenant_id, install_id, namespace, key, now) if standing else None

    @asynccontextmanager
    async def write(self, *, brief: bool = False) -> AsyncIterator[Tables]:
        """The only writer until its end."""
        async with self._one_writer:
            draft = self._state.copy()
            yield _tables(draft)
            grown, self._state = draft.revision > self._state.revision, draft
        if grown:
            self._bell.ring()


def _tables(state: State) -> Tables:
    return Tables(
        publishers=MemoryPublishers(state),
        extensions=MemoryExtensions(state),
        versions=MemoryVersions(state),
        bundles=MemoryBundles(state),
        installs=MemoryInstalls(state),
        storage=MemoryStorage(state),
        secrets=MemorySecrets(state),
        api_keys=MemoryApiKeys(state),
        executions=MemoryExecutions(state),
        changes=MemoryChanges(state),
        records=MemoryRecords(state),
        schedules=MemorySchedules(state),
        occurrences=MemoryOccurrences(state),
        due=MemoryDue(state),
        idempotency=MemoryIdempotencyKeys(state),
    )
