"""Write transactions of a few small statements, for what guests and callers wait for most.

The asynchronous connections hand each step (begin, a cursor, its execution, its rows, …) to a thread and back: some thirty
hand-overs for a write of seven statements, each a turn of the event loop and a wake-up. Here statements run right where they are
asked for, 20 to 100 microseconds each; only what waits for others, the disk at the end and another process's lock at the
beginning, waits in a thread.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, CursorResult, Engine
from sqlalchemy.sql import Executable

from kernel.steady import to_the_end

BEGIN: Final = "BEGIN IMMEDIATE"


class Here:
    """One connection, as an asynchronous one for statements that wait for nobody. Its transactions are begun and ended by hand."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        self._driver = driver

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run a statement. Raises what SQLAlchemy raises."""
        return self._connection.execute(statement, parameters)

    async def exec_driver_sql(self, statement: str, parameters: dict[str, Any] | list[dict[str, Any]]) -> sqlite3.Cursor:
        """Run a statement by the driver itself, once for each of a list of parameters. Raises what the driver raises."""
        if isinstance(parameters, list):
            return self._driver.executemany(statement, parameters)
        return self._driver.execute(statement, parameters)

    def begin(self, wait_ms: int = 0) -> None:
        """Take the lock, which another process may have for so long. Raises sqlite3.OperationalError."""
        if not wait_ms:
            self._driver.execute(BEGIN)
            return
        self._driver.execute(f"PRAGMA busy_timeout={wait_ms}")
        try:
            self._driver.execute(BEGIN)
        finally:
            self._driver.execute("PRAGMA busy_timeout=0")

    def commit(self) -> None:
        """Raises sqlite3.OperationalError."""
        self._driver.commit()

    def end(self) -> None:
        """Undo what was not committed."""
        self._driver.rollback()
        self._connection.rollback()  # SQLAlchemy believes to be in a transaction, where it ran anything

    def close(self) -> None:
        """Close it."""
        self._connection.close()


class BriefWriter:
    """One writer at a time, which the caller sees to. `engine`: nothing begins by itself, its connections are of any thread."""

    def __init__(self, engine: Engine, wait_ms: int) -> None:
        self._engine, self._wait_ms = engine, wait_ms
        self._thread = ThreadPoolExecutor(1, "commit")
        self._here: Here | None = None

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Here]:
        """Committed when the block ends, undone when it raises, and also when the commit does. Raises OperationalError."""
        here = self._here
        if here is None:
            here = self._here = Here(self._engine.connect())
        try:
            try:
                here.begin()
            except sqlite3.OperationalError:  # another process, e.g. a backup, has the lock
                await self._wait(partial(here.begin, self._wait_ms))
            yield here
            await self._wait(here.commit)
        finally:
            here.end()

    async def close(self) -> None:
        """Close the connection."""
        if self._here is not None:
            self._here.close()
        self._engine.dispose()
        self._thread.shutdown()

    async def _wait(self, work: Callable[[], None]) -> None:
        # To its end, whatever becomes of the caller: the next writer may not begin while a commit runs.
        await to_the_end(asyncio.get_running_loop().run_in_executor(self._thread, work))
