"""One entry and what its install may do, in one statement: what guests ask for most.

A transaction of the asynchronous connections takes a dozen hand-overs (begin, a cursor, its execution, its rows, …), each a turn of
the event loop and a thread's wake-up, for a read of 20 microseconds. The statement is made from the tables once and run by the
driver itself, right where it is asked for: readers of a write-ahead log wait for nobody. In the rare moments when they do have to
(another process recovers or closes the log), a thread waits.
"""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, bindparam

from kernel.errors import Fault, Reason
from registry.catalog.rows import to_micros, to_time_or_none, written
from registry.catalog.sql_storage import lives
from registry.catalog.standing import STANDING, standing_of
from registry.catalog.tables import extension_storage, tenant_extension_install
from registry.model import Entry, Standing

BUSY_TIMEOUT_SECONDS: Final = 5
_T, _S = tenant_extension_install.c, extension_storage.c
_QUERY: Final = STANDING.add_columns(_S.value, _S.revision, _S.expires_at).outerjoin(
    extension_storage,
    and_(
        _S.tenant_id == _T.tenant_id,
        _S.install_id == _T.id,
        _S.namespace == bindparam("namespace"),
        _S.key == bindparam("key"),
        lives(bindparam("now")),
    ),
)
_SQL: Final = written(_QUERY)


class EntryReader:
    """Reads on connections of its own; connects when first used."""

    def __init__(self, path: str) -> None:
        self._here = _Reader(path, wait_seconds=0)
        self._thread = ThreadPoolExecutor(1, "entries")
        self._there = _Reader(path, wait_seconds=BUSY_TIMEOUT_SECONDS)

    async def read(
        self, tenant_id: str, install_id: str, namespace: str, key: str, now: datetime
    ) -> tuple[Standing | None, Entry | None]:
        """As of one moment. Raises UNAVAILABLE."""
        values = {"tenant_id": tenant_id, "install_id": install_id, "namespace": namespace, "key": key, "now": to_micros(now)}
        try:
            row = self._here.row(values)
        except sqlite3.OperationalError:
            row = await self._waiting(values)
        if row is None:
            return None, None
        *columns, value, revision, expires_at = row
        standing = standing_of(columns)
        if revision is None:
            return standing, None
        return standing, Entry(namespace, key, value, revision, to_time_or_none(expires_at))

    async def close(self) -> None:
        """Close the connections."""
        self._here.close()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._there.close)
        self._thread.shutdown()

    async def _waiting(self, values: dict[str, Any]) -> Any:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._there.row, values)
        except sqlite3.OperationalError as error:
            raise Fault(Reason.UNAVAILABLE, log=f"database: {error}") from error


class _Reader:
    """One connection, of one thread; it waits so long for a lock."""

    def __init__(self, path: str, *, wait_seconds: float) -> None:
        self._path = path
        self._wait_seconds = wait_seconds
        self._connection: sqlite3.Connection | None = None

    def row(self, values: dict[str, Any]) -> Any:
        """The statement's row, or None. Raises sqlite3.OperationalError."""
        if self._connection is None:
            self._connection = sqlite3.connect(self._path, timeout=self._wait_seconds, isolation_level=None)
            for pragma in ("query_only=ON", "cache_size=-512"):  # KiB: the operating system caches the file as well
                self._connection.execute(f"PRAGMA {pragma}")
        return self._connection.execute(_SQL, values).fetchone()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
