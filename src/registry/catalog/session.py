"""Transactions on SQLite: one writer whose transactions begin IMMEDIATE, and readers beside it (write-ahead log).

synchronous=FULL: what was answered survives a loss of power, for one fsync per write transaction. NORMAL would save the fsync and
may lose the last transactions with the power: a revocation that was confirmed would be undone.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any, Final, Self

from sqlalchemy import Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from kernel.errors import Fault, Reason
from registry.bell import Bell
from registry.catalog.brief import BriefWriter, Here
from registry.catalog.sql_due import SqlDue
from registry.catalog.sql_entry import EntryReader
from registry.catalog.sql_executions import SqlExecutions
from registry.catalog.sql_extensions import SqlExtensions
from registry.catalog.sql_idempotency import SqlIdempotencyKeys
from registry.catalog.sql_installs import SqlInstalls
from registry.catalog.sql_keys import SqlApiKeys, SqlPublishers
from registry.catalog.sql_log import SqlChanges
from registry.catalog.sql_records import SqlRecords
from registry.catalog.sql_schedules import SqlOccurrences, SqlSchedules
from registry.catalog.sql_secrets import SqlSecrets
from registry.catalog.sql_storage import SqlStorage
from registry.catalog.sql_versions import SqlBundles, SqlVersions
from registry.model import Entry, Standing
from registry.ports import Changes, Tables

READERS: Final = 4  # connections, each with a thread of its own
BUSY_TIMEOUT_MS: Final = 5_000  # another process, e.g. a backup, may hold the write lock that long
WAIT_SECONDS: Final = 5  # for a reader's connection
_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-512",  # KiB for each connection: the operating system caches the file as well
)


class SqlCatalog:
    """The catalog in a SQLite file."""

    def __init__(self, writer: AsyncEngine, brief: BriefWriter, readers: AsyncEngine, entries: EntryReader, bell: Bell) -> None:
        self._writer, self._brief, self._readers, self._entries, self._bell = writer, brief, readers, entries, bell
        self._one_writer = asyncio.Lock()  # SQLite has one writer; waiting here is fair and has no time-out of its own

    @classmethod
    def open(cls, url: str, bell: Bell) -> Self:
        """The catalog at `sqlite+aiosqlite:///path`; connects when first used."""
        entries, brief = EntryReader(make_url(url).database or ""), BriefWriter(_brief_engine(url), BUSY_TIMEOUT_MS)
        return cls(engine(url, "IMMEDIATE", connections=1), brief, engine(url, "DEFERRED", connections=READERS), entries, bell)

    async def close(self) -> None:
        """Close all connections."""
        await self._entries.close()
        await self._readers.dispose()
        await self._brief.close()
        await self._writer.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tables]:
        """A consistent view."""
        with _failures():
            async with self._readers.begin() as connection:
                yield _tables(connection)

    async def entry(
        self, tenant_id: str, install_id: str, namespace: str, key: str, now: datetime
    ) -> tuple[Standing | None, Entry | None]:
        """What an install may do now, and one entry."""
        return await self._entries.read(tenant_id, install_id, namespace, key, now)

    @asynccontextmanager
    async def write(self, *, brief: bool = False) -> AsyncIterator[Tables]:
        """The only writer until its end."""
        changes: Changes | None = None
        try:
            with _failures():
                async with self._one_writer, self._brief.begin() if brief else self._writer.begin() as connection:
                    tables = _tables(connection)
                    changes = tables.changes
                    yield tables
        finally:
            # Also when it failed: who is cancelled while committing does not know whether it was done, watchers look.
            if isinstance(changes, SqlChanges) and changes.appended:
                self._bell.ring()


def engine(url: str, begin: str, *, connections: int) -> AsyncEngine:
    """An engine whose transactions begin as told: the driver itself begins them too late for compare-and-swap."""
    made = create_async_engine(
        url, pool_size=connections, max_overflow=0, pool_timeout=WAIT_SECONDS, connect_args={"check_same_thread": False}
    )

    def begun(connection: Any) -> None:
        connection.exec_driver_sql(f"BEGIN {begin}")

    event.listen(made.sync_engine, "connect", _connected)
    event.listen(made.sync_engine, "begin", begun)
    return made


def _brief_engine(url: str) -> Engine:
    plain = make_url(url).set(drivername="sqlite+pysqlite")
    made = create_engine(
        plain, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0, connect_args={"check_same_thread": False}
    )
    event.listen(made, "connect", _connected)
    event.listen(made, "connect", lambda connection, _record: connection.execute("PRAGMA busy_timeout=0").close())
    return made


def _connected(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _tables(connection: AsyncConnection | Here) -> Tables:
    return Tables(
        publishers=SqlPublishers(connection),
        extensions=SqlExtensions(connection),
        versions=SqlVersions(connection),
        bundles=SqlBundles(connection),
        installs=SqlInstalls(connection),
        storage=SqlStorage(connection),
        secrets=SqlSecrets(connection),
        api_keys=SqlApiKeys(connection),
        executions=SqlExecutions(connection),
        changes=SqlChanges(connection),
        records=SqlRecords(connection),
        schedules=SqlSchedules(connection),
        occurrences=SqlOccurrences(connection),
        due=SqlDue(connection),
        idempotency=SqlIdempotencyKeys(connection),
    )


@contextmanager
def _failures() -> Iterator[None]:
    """What the database cannot do is UNAVAILABLE to callers."""
    try:
        yield
    except (OperationalError, sqlite3.OperationalError, PoolTimeoutError) as error:
        raise Fault(Reason.UNAVAILABLE, log=f"database: {error}") from error
