"""Reads of single entries while somebody else has the whole database."""

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kernel.errors import Fault, Reason
from registry.catalog import sql_entry
from registry.catalog.migrate import PREFIX, migrate
from registry.catalog.sql_entry import EntryReader


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = tmp_path / "registry.db"
    migrate(f"{PREFIX}{path}")
    return str(path)


@pytest.fixture
def owner(path: str) -> Iterator[sqlite3.Connection]:
    """A connection that nobody can read beside."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    connection.execute("COMMIT")
    yield connection
    connection.close()


def reading(reader: EntryReader) -> "asyncio.Task[object]":
    return asyncio.create_task(reader.read("t", "i", "n", "k", datetime.now(UTC)))


async def test_a_read_waits_for_who_has_the_whole_database(path: str, owner: sqlite3.Connection) -> None:
    reader = EntryReader(path)
    read = reading(reader)
    await asyncio.sleep(0)
    assert not read.done()  # it waits, and this loop does not
    owner.close()
    assert await read == (None, None)
    assert await reading(reader) == (None, None)
    await reader.close()


async def test_a_read_that_waits_for_too_long_is_told(
    path: str, owner: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_entry, "BUSY_TIMEOUT_SECONDS", 0.01)
    reader = EntryReader(path)
    with pytest.raises(Fault) as caught:
        await reading(reader)
    assert caught.value.reason is Reason.UNAVAILABLE
    await reader.close()
