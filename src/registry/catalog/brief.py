"""Write transactions of a few small statements, for what guests and callers wait for most.

The asynchronous connections hand each step (begin, a cursor, its execution, its rows, …) to a thread and back: some thirty
hand-overs for a write of seven statements, each a turn of the event loop and a wake-up. Here statements run right where they are
asked for, 20 to 100 microseconds each; only what waits for others, the disk at the end and another process's lock at the
beginning, waits in a thread.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import Connection, CursorResult, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.sql import Executable

from kernel.steady import to_the_end

BEGIN: Final = "BEGIN IMMEDIATE"


class Here:
    """The connection of one transaction: as an asynchronous one, for statements that wait for nobody."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run a statement. Raises what SQLAlchemy raises."""
        return self._connection.execute(statement, parameters)


class BriefWriter:
    """One writer at a time, which the caller sees to. `engine`: nothing begins by itself, its connections are of any thread."""

    def __init__(self, engine: Engine, wait_ms: int) -> None:
        self._engine, self._wait_ms = engine, wait_ms
        self._thread = ThreadPoolExecutor(1, "commit")

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Here]:
        """Committed when the block ends, undone when it raises, and also when the commit does. Raises OperationalError."""
        connection = self._engine.connect()
        try:
            try:
                connection.exec_driver_sql(BEGIN)
            except OperationalError:  # another process, e.g. a backup, has the lock
                await self._wait(lambda: self._begin_late(connection))
            yield Here(connection)
            await self._wait(connection.commit)
        finally:
            connection.close()  # undoes what was not committed

    async def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()
        self._thread.shutdown()

    def _begin_late(self, connection: Connection) -> None:
        connection.rollback()
        connection.exec_driver_sql(f"PRAGMA busy_timeout={self._wait_ms}")
        try:
            connection.exec_driver_sql(BEGIN)
        finally:
            connection.exec_driver_sql("PRAGMA busy_timeout=0")

    async def _wait(self, work: Callable[[], None]) -> None:
        # To its end, whatever becomes of the caller: the next writer may not begin while a commit runs.
        await to_the_end(_in_thread(self._thread, work))


async def _in_thread(thread: ThreadPoolExecutor, work: Callable[[], None]) -> None:
    await asyncio.get_running_loop().run_in_executor(thread, work)
