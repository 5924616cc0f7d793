"""Entries of installs: the same from memory and from SQL."""

from dataclasses import replace

from kernel.fields import Page
from registry.model import Entry, NamespaceUsage
from registry.ports import Catalog
from tests.contract.samples import NOW, install, later, publish


async def made(catalog: Catalog, *tenants: str) -> tuple[tuple[str, str], ...]:
    """Tenant and id of an install of each."""
    async with catalog.write() as tables:
        version = await publish(tables)
        for tenant in tenants:
            await tables.installs.add(install(version, tenant))
    return tuple((tenant, install(version, tenant).id) for tenant in tenants)


async def test_storage_counts_what_it_holds(catalog: Catalog) -> None:
    mine, other = await made(catalog, "a", "b")
    async with catalog.write() as tables:
        await tables.storage.put(*mine, Entry("n", "é", b"12345", 1))
        await tables.storage.put(*mine, Entry("n", "k", b"", 1))
        await tables.storage.put(*mine, Entry("m", "k", b"1", 1))
        await tables.storage.put(*mine, Entry("n", "é", b"\x00\xff", 2))
        await tables.storage.put(*other, Entry("n", "é", b"other", 1))
    async with catalog.write() as tables:
        assert await tables.storage.get(*mine, "n", "é", NOW) == Entry("n", "é", b"\x00\xff", 2)
        assert await tables.storage.usage(*mine) == [NamespaceUsage("m", 1, 2), NamespaceUsage("n", 2, 2 + 2 + 1)]
        assert await tables.storage.delete(*mine, "m", "k", NOW)
        assert not await tables.storage.delete(*mine, "m", "k", NOW)
        assert await tables.storage.usage(*mine) == [NamespaceUsage("n", 2, 5)]
        await tables.storage.put(*mine, Entry("m", "k", b"1", 1))
        assert await tables.storage.clear(*mine, "n") == 2
        assert await tables.storage.clear(*mine, "none") == 0
        assert await tables.storage.usage(*mine) == [NamespaceUsage("m", 1, 2)]
        assert await tables.storage.clear(*mine) == 1
        assert await tables.storage.usage(*mine) == []
        assert await tables.storage.page(*mine, "n", Page(9), NOW) == []
        assert await tables.storage.get(*other, "n", "é", NOW) == Entry("n", "é", b"other", 1)


async def test_storage_pages_go_by_code_point(catalog: Catalog) -> None:
    keys = ["A", "Z", "a", "é", "中", "\U0001f600"]
    (mine,) = await made(catalog, "a")
    async with catalog.write() as tables:
        for key in reversed(keys):
            await tables.storage.put(*mine, Entry("n", key, b"", 1))
        await tables.storage.put(*mine, Entry("m", "B", b"", 1))
    async with catalog.read() as tables:
        assert [one.key for one in await tables.storage.page(*mine, "n", Page(9), NOW)] == keys
        assert [one.key for one in await tables.storage.page(*mine, "n", Page(2, ("a",)), NOW)] == keys[3:]


async def test_an_entry_is_there_until_its_time_is_over(catalog: Catalog) -> None:
    (mine,) = await made(catalog, "a")
    ends, stays = Entry("n", "ends", b"1", 1, later(60)), Entry("n", "stays", b"2", 1)
    async with catalog.write() as tables:
        for entry in (ends, stays):
            await tables.storage.put(*mine, entry)
    async with catalog.write() as tables:
        assert await tables.storage.get(*mine, "n", "ends", later(59)) == ends
        assert await tables.storage.page(*mine, "n", Page(9), later(59)) == [ends, stays]
        assert await tables.storage.get(*mine, "n", "ends", later(60)) is None
        assert await tables.storage.page(*mine, "n", Page(1), later(60)) == [stays]
        assert not await tables.storage.delete(*mine, "n", "ends", later(60))
        # It counts until it is removed or written over.
        assert await tables.storage.usage(*mine) == [NamespaceUsage("n", 2, 5 + 6)]
        await tables.storage.put(*mine, Entry("n", "ends", b"again", 1))
        assert await tables.storage.usage(*mine) == [NamespaceUsage("n", 2, 9 + 6)]
        assert await tables.storage.get(*mine, "n", "ends", later(60)) == Entry("n", "ends", b"again", 1)


async def test_what_is_over_is_removed_oldest_first_and_no_more_counted(catalog: Catalog) -> None:
    mine, other = await made(catalog, "a", "b")
    async with catalog.write() as tables:
        for number, namespace in enumerate("nnm"):
            await tables.storage.put(*mine, Entry(namespace, f"k{number}", b"12", 1, later(number)))
        await tables.storage.put(*mine, Entry("n", "later", b"", 1, later(99)))
        await tables.storage.put(*mine, Entry("n", "stays", b"", 1))
        await tables.storage.put(*other, Entry("n", "k", b"", 1, later(5)))
    async with catalog.write() as tables:
        assert await tables.storage.expired(later(-1), 9) == []
        assert await tables.storage.expired(later(4), 9) == [mine]
        assert sorted(await tables.storage.expired(later(5), 9)) == [mine, other]
        assert len(await tables.storage.expired(later(5), 1)) == 1
        assert await tables.storage.expire(*mine, later(4), 1) == 1
        assert await tables.storage.usage(*mine) == [NamespaceUsage("m", 1, 4), NamespaceUsage("n", 3, 4 + 5 + 5)]
        assert await tables.storage.expire(*mine, later(4), 9) == 2
        assert await tables.storage.expire(*mine, later(4), 9) == 0
        assert await tables.storage.usage(*mine) == [NamespaceUsage("n", 2, 10)]
        assert await tables.storage.expired(later(4), 9) == []
        assert await tables.storage.get(*other, "n", "k", NOW) is not None


async def test_an_entry_is_read_with_what_its_install_may_do(catalog: Catalog) -> None:
    mine, other = await made(catalog, "a", "b")
    stays, ends = Entry("n", "é", b"\x00\xff", 3), Entry("n", "ends", b"", 1, later(60))
    assert await catalog.entry("a", "none", "n", "é", NOW) == (None, None)
    async with catalog.write() as tables:
        for entry in (stays, ends):
            await tables.storage.put(*mine, entry)
        found = await tables.installs.find(*mine)
        assert found is not None
        await tables.installs.save(replace(found, configuration={"k": "ü"}, enabled=False))
    async with catalog.read() as tables:
        standing, theirs = await tables.installs.standing(*mine), await tables.installs.standing(*other)
    assert standing is not None
    assert (standing.enabled, standing.configuration) == (False, {"k": "ü"})
    assert await catalog.entry(*mine, "n", "é", NOW) == (standing, stays)
    assert await catalog.entry(*mine, "n", "ends", later(59)) == (standing, ends)
    assert await catalog.entry(*mine, "n", "ends", later(60)) == (standing, None)
    assert await catalog.entry(*other, "n", "é", NOW) == (theirs, None)
    assert await catalog.entry("a", other[1], "n", "é", NOW) == (None, None)
    for name in ("", "\0", "' OR 1 --", "n" * 1000):
        assert await catalog.entry(*mine, name, "é", NOW) == (standing, None)
    async with catalog.write() as tables:
        await tables.storage.put(*mine, Entry("n", "é", b"new", 4))
    assert await catalog.entry(*mine, "n", "é", NOW) == (standing, Entry("n", "é", b"new", 4))
