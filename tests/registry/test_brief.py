"""Brief write transactions beside another process that holds the database's lock, and on a disk that fails."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from kernel.errors import Fault, Reason
from registry.bell import Bell
from registry.catalog import session
from registry.catalog.migrate import PREFIX, migrate
from registry.catalog.session import SqlCatalog
from tests.contract.samples import publisher


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "registry.db"


@pytest.fixture
async def catalog(path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SqlCatalog]:
    monkeypatch.setattr(session, "BUSY_TIMEOUT_MS", 100)
    migrate(f"{PREFIX}{path}")
    made = SqlCatalog.open(f"{PREFIX}{path}", Bell())
    await names(made)  # the first connection makes the log, which needs the lock
    yield made
    await made.close()


async def add(catalog: SqlCatalog, name: str) -> None:
    async with catalog.write(brief=True) as tables:
        await tables.publishers.add(publisher(name))


async def names(catalog: SqlCatalog) -> list[str]:
    async with catalog.read() as tables:
        return [name for name in ("one", "two") if await tables.publishers.by_name(name)]


async def test_it_waits_for_another_process_that_writes(catalog: SqlCatalog, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_later(0.01, other.commit)
        await add(catalog, "one")
    assert await names(catalog) == ["one"]


async def test_a_lock_that_is_not_given_back_is_unavailable_and_nothing_is_left_of_it(catalog: SqlCatalog, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Fault) as refused:
            await add(catalog, "one")
        assert refused.value.reason is Reason.UNAVAILABLE
    await add(catalog, "two")
    assert await names(catalog) == ["two"]


async def test_both_kinds_of_writers_take_turns(catalog: SqlCatalog) -> None:
    async with catalog.write() as tables:
        waiting = asyncio.create_task(add(catalog, "one"))
        await tables.publishers.add(publisher("two"))
    await waiting
    assert await names(catalog) == ["one", "two"]
