"""What a key's two transactions cost without us: SQLite alone, kept as the registry keeps its own, each after a pause.

A claim is three look-ups and three rows, an end two look-ups, a row and two sums; both are about the statements here. The commit
waits for the disk in a thread, as an event loop cannot.
"""

import asyncio
import resource
import secrets
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

PAUSE_SECONDS = 0.003  # between two of a call's: caches are cold after it, as they are in a registry
_ROW = "INSERT INTO key VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET answer = excluded.answer"


async def processor_ms(pairs: int) -> float:
    """Of two transactions, the pauses' own not included."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as thread:
        path = Path(folder) / "keys.db"
        with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as keys:
            for pragma in ("journal_mode=WAL", "synchronous=FULL"):
                keys.execute(f"PRAGMA {pragma}")
            keys.execute("CREATE TABLE key (id TEXT PRIMARY KEY, answer BLOB)")

            async def transaction() -> None:
                keys.execute("BEGIN IMMEDIATE")
                for row in (secrets.token_hex(32), "tenant", "principal"):
                    keys.execute("SELECT answer FROM key WHERE id = ?", (row,)).fetchone()
                    keys.execute(_ROW, (row, bytes(200)))
                await asyncio.get_running_loop().run_in_executor(thread, keys.commit)

            async def nothing() -> None:
                pass

            return 2 * (await _spent(transaction, 2 * pairs) - await _spent(nothing, 2 * pairs))


async def _spent(one: Callable[[], Awaitable[None]], times: int) -> float:
    """Milliseconds of this process for each."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    for _ in range(times):
        await asyncio.sleep(PAUSE_SECONDS)
        await one()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3 / times
