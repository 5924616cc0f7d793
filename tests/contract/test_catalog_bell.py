"""The bell of the change log: no committed change stays untold, whatever happens to who made it."""

import asyncio
import contextlib

from kernel.digest import Digest
from kernel.watch import ChangeKind
from registry.bell import Bell
from registry.ports import Catalog

HASH = Digest.of(b"")


async def head(catalog: Catalog) -> int:
    async with catalog.read() as tables:
        return await tables.changes.head()


async def append(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        await tables.changes.append(ChangeKind.DISABLED, "e", HASH, "a", "i")


async def test_a_commit_rings_and_a_read_does_not(catalog: Catalog, bell: Bell) -> None:
    rung = bell.rung()
    await head(catalog)
    async with catalog.write() as tables:
        await tables.changes.head()
    assert not rung.is_set()
    await append(catalog)
    assert rung.is_set()


async def test_who_is_cancelled_while_committing_has_rung_if_the_change_is_there(catalog: Catalog, bell: Bell) -> None:
    for steps in (int(1.1**power) for power in range(60)):
        before, rung = await head(catalog), bell.rung()
        task = asyncio.create_task(append(catalog))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert rung.is_set() or await head(catalog) == before
