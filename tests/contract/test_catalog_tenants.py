import asyncio
from dataclasses import replace

import pytest

from kernel.caller_limits import MOST as MOST_OF_CALLERS
from kernel.caller_limits import CallerLimits
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.fields import Page
from kernel.grants import MOST, Limits
from kernel.watch import Change, ChangeKind
from registry import ports
from registry.bell import Bell
from registry.model import Difference, Endpoint, Entry, PendingUpdate, Standing, VersionState
from registry.ports import Catalog
from tests.contract.samples import NOW, install, later, publish


async def test_an_install_is_found_by_all_its_names_and_by_its_tenant_only(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = install(await publish(tables))
        await tables.installs.add(made)
        await tables.installs.add(install(await publish(tables, name="com.acme.other")))
    async with catalog.read() as tables:
        for ref in (
            made.id,
            made.extension_id,
            "com.acme.reports",
            "acme.com.acme.reports",
            "Acme.COM.Acme.Reports",
            made.id.upper(),
        ):
            assert await tables.installs.find("a", ref) == made
            assert await tables.installs.find("b", ref) is None
            assert await tables.installs.find("A", ref) is None
        for ref in ("", "%", "com.acme.report_", "com.acme"):
            assert await tables.installs.find("a", ref) is None


async def test_an_install_is_located_by_its_id_alone_whosever_it_is(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = await publish(tables)
        mine, other = install(made, configuration={"k": "v"}), install(made, "b", enabled=False)
        for one in (mine, other):
            await tables.installs.add(one)
    async with catalog.read() as tables:
        assert await tables.installs.located(mine.id) == mine
        assert await tables.installs.located(other.id) == other  # who asks looks whether it is switched on
        for ref in (made.extension_id, made.name, mine.id.upper(), f"{mine.id} ", "%", ""):
            assert await tables.installs.located(ref) is None
    async with catalog.write() as tables:
        await tables.versions.set_state(made.id, VersionState.REVOKED)
        await tables.installs.remove("a", mine.id)
    async with catalog.read() as tables:
        assert await tables.installs.located(mine.id) is None
        assert await tables.installs.located(other.id) == replace(other, version_state=VersionState.REVOKED)


async def test_an_exact_name_wins_over_a_qualified_one(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        qualified = install(await publish(tables, name="x.y", owner="com"))
        exact = install(await publish(tables, name="com.x.y"))
        await tables.installs.add(qualified)
        await tables.installs.add(exact)
    async with catalog.read() as tables:
        assert await tables.installs.find("a", "com.x.y") == exact


async def test_a_tenant_has_an_extension_once(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = await publish(tables)
        await tables.installs.add(install(made))
        await tables.installs.add(install(made, "b"))
    with pytest.raises(Fault) as caught:
        async with catalog.write() as tables:
            await tables.installs.add(install(made, id="another"))
    assert caught.value.reason is Reason.ALREADY_EXISTS


async def test_saving_and_removing_touch_one_tenants_install(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        old, new = await publish(tables), await publish(tables, text="2.0.0")
        for tenant in ("a", "b"):
            await tables.installs.add(install(old, tenant))
        changed = replace(
            install(old), version_id=new.id, version="2.0.0", content_hash=new.content_hash, enabled=False, revision=2,
            capabilities=frozenset({"cap:user.read"}), updated_at=later(5),
        )  # fmt: skip
        await tables.installs.save(changed)
    async with catalog.write() as tables:
        assert await tables.installs.find("a", changed.id) == changed
        assert await tables.installs.find("b", old.extension_id) == install(old, "b")
        await tables.installs.remove("a", install(old, "b").id)
        await tables.installs.remove("b", install(old, "b").id)
    async with catalog.read() as tables:
        assert await tables.installs.find("a", old.extension_id) == changed
        assert await tables.installs.find("b", old.extension_id) is None


PENDING = PendingUpdate(
    "v-com.acme.reports-2.0.0",
    "2.0.0",
    Digest.of(b"new"),
    Difference(
        added_capabilities=("cap:http.fetch", "cap:storage.kv"),
        removed_egress=("https://a.example",),
        added_endpoints=(Endpoint("GET", "/\u00e9/:id", "h", 900), Endpoint("POST", "/", "h")),
    ),
    later(3),
)


LIMITS = Limits(8, 7, 6, 5, 4, 3, 2, 1)
CALLERS = CallerLimits(5, 4, 3, 2, MOST_OF_CALLERS)


async def test_configuration_limits_and_pending_update_come_back_whole_and_go(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        old = await publish(tables)
        await publish(tables, text="2.0.0")
        full = install(old, configuration={"b": "\u00e9\n\x00", "a": ""}, pending_update=PENDING, tenant_limits=LIMITS)
        full = replace(full, caller_limits=CALLERS)
        await tables.installs.add(full)
        await tables.installs.add(install(old, "b"))
    async with catalog.read() as tables:
        for found in (await tables.installs.find("a", full.id), *await tables.installs.page("a", Page(9))):
            assert found == full
        assert await tables.installs.find("b", old.extension_id) == install(old, "b")
    other = replace(full, configuration={"a": "1"}, pending_update=replace(PENDING, difference=Difference()))
    fewer = replace(full, tenant_limits=Limits(memory_bytes=MOST.memory_bytes))
    for changed in (other, fewer, replace(full, configuration={}), replace(full, pending_update=None), install(old), full):
        async with catalog.write() as tables:
            await tables.installs.save(changed)
        async with catalog.read() as tables:
            assert await tables.installs.find("a", full.id) == changed
            assert await tables.installs.serving(full.id, old.content_hash) == changed
            assert await tables.installs.find("b", old.extension_id) == install(old, "b")
    async with catalog.write() as tables:
        await tables.installs.remove("a", full.id)
        await tables.installs.add(install(old))
    async with catalog.read() as tables:
        assert await tables.installs.find("a", full.id) == install(old)


async def test_an_install_tells_its_versions_state(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = await publish(tables)
        await tables.installs.add(install(made))
        await tables.versions.set_state(made.id, VersionState.REVOKED)
    async with catalog.read() as tables:
        found = await tables.installs.find("a", made.extension_id)
        assert found == install(made, version_state=VersionState.REVOKED)


async def test_installs_are_paged_by_name(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        for name in ("com.c", "com.a", "com.b"):
            await tables.installs.add(install(await publish(tables, name=name)))
        await tables.installs.add(install(await publish(tables, name="com.d"), "b"))
    async with catalog.read() as tables:
        assert [one.extension_name for one in await tables.installs.page("a", Page(9))] == ["com.a", "com.b", "com.c"]
        assert [one.extension_name for one in await tables.installs.page("a", Page(1, ("com.a",)))] == ["com.b", "com.c"]


async def test_a_bundle_is_served_while_somebody_has_it_enabled(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = await publish(tables)
        await tables.installs.add(install(made, enabled=False))
    async with catalog.write() as tables:
        assert await tables.installs.serving(made.name, made.content_hash) is None
        await tables.installs.add(install(made, "b"))
    async with catalog.read() as tables:
        for ref in (made.name, made.name.upper(), made.extension_id, install(made, "b").id):
            assert await tables.installs.serving(ref, made.content_hash) == install(made, "b")
        for ref in ("com.acme.other", install(made).id, ""):
            assert await tables.installs.serving(ref, made.content_hash) is None
        assert await tables.installs.serving(made.name, Digest.of(b"")) is None


async def test_what_an_install_may_do_now(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = await publish(tables)
        mine = install(made, configuration={"k": "v"})
        await tables.installs.add(mine)
        await tables.installs.add(install(made, "b", enabled=False))
    async with catalog.write() as tables:
        assert await tables.installs.standing("a", mine.id) == Standing(
            enabled=True,
            version_id=made.id,
            version_state=VersionState.ACTIVE,
            capabilities=mine.capabilities,
            configuration={"k": "v"},
        )
        for tenant, install_id in (("b", mine.id), ("a", made.name), ("a", mine.id.upper()), ("a", "")):
            assert await tables.installs.standing(tenant, install_id) is None
        await tables.versions.set_state(made.id, VersionState.REVOKED)
        other = await tables.installs.standing("b", install(made, "b").id)
        assert other is not None
        assert (other.enabled, other.version_state, other.configuration) == (False, VersionState.REVOKED, {})


async def test_changes_come_back_in_order_and_the_log_stays_short(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "MAX_BEHIND", 3)
    async with catalog.read() as tables:
        assert await tables.changes.head() == 0
    async with catalog.write() as tables:
        made = await publish(tables)
        revisions = [await tables.changes.append(ChangeKind.INSTALLED, made.extension_id, made.content_hash, "a", "i")]
        revisions += [
            await tables.changes.append(ChangeKind.VERSION_REVOKED, made.extension_id, made.content_hash) for _ in range(4)
        ]
    async with catalog.read() as tables:
        assert revisions == sorted(set(revisions))
        assert await tables.changes.head() == revisions[-1]
        kept = await tables.changes.after(0, 10)
        assert [change.revision for change in kept] == revisions[-3:]
        assert kept[0] == Change(revisions[2], ChangeKind.VERSION_REVOKED, "", "", made.extension_id, made.content_hash)
        assert [change.revision for change in await tables.changes.after(revisions[2], 1)] == [revisions[3]]


async def test_a_failed_write_leaves_nothing(catalog: Catalog) -> None:
    async def fail() -> None:
        async with catalog.write() as tables:
            made = await publish(tables)
            await tables.installs.add(install(made))
            await tables.changes.append(ChangeKind.INSTALLED, made.extension_id, made.content_hash, "a", "i")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        await fail()
    async with catalog.read() as tables:
        assert await tables.publishers.by_name("acme") is None
        assert await tables.installs.page("a", Page(9)) == []
        assert await tables.changes.head() == 0


async def test_the_bell_rings_after_changes_alone(catalog: Catalog, bell: Bell) -> None:
    rung = bell.rung()
    async with catalog.write() as tables:
        made = await publish(tables)
    assert not rung.is_set()
    async with catalog.write() as tables:
        await tables.changes.append(ChangeKind.INSTALLED, made.extension_id, made.content_hash, "a", "i")
        assert not rung.is_set()
    assert rung.is_set()


async def test_a_reader_sees_one_state_while_a_writer_goes_on(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        await publish(tables)
    async with catalog.read() as before:
        assert await before.changes.head() == 0
        async with catalog.write() as tables:
            await publish(tables, name="com.acme.other")
        assert await before.extensions.find("com.acme.other") is None
    async with catalog.read() as after:
        assert await after.extensions.find("com.acme.other") is not None


async def test_writers_take_turns_and_lose_nothing(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = await publish(tables)
        await tables.installs.add(install(made))
    mine = ("a", install(made).id)

    async def add_one() -> None:
        async with catalog.write() as tables:
            old = await tables.storage.get(*mine, "n", "count", NOW)
            await asyncio.sleep(0)
            number = int(old.value) if old else 0
            await tables.storage.put(*mine, Entry("n", "count", str(number + 1).encode(), number + 1))

    await asyncio.gather(*(add_one() for _ in range(50)))
    async with catalog.read() as tables:
        assert await tables.storage.get(*mine, "n", "count", NOW) == Entry("n", "count", b"50", 50)


async def test_cancelled_writers_leave_the_catalog_usable(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = await publish(tables)
        await tables.installs.add(install(made))
    mine = ("a", install(made).id)

    between = asyncio.Event()

    async def write(number: int) -> None:
        async with catalog.write() as tables:
            await tables.storage.put(*mine, Entry("n", f"first-{number}", b"", 1))
            between.set()
            await tables.storage.put(*mine, Entry("n", f"second-{number}", b"", 1))

    for steps in range(40):
        between.clear()
        task = asyncio.create_task(write(steps))
        await between.wait()  # one entry is written, the other is on its way
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await write(99)
    async with catalog.read() as tables:
        keys = {entry.key for entry in await tables.storage.page(*mine, "n", Page(200), NOW)}
        assert {"first-99", "second-99"} <= keys
        for number in range(40):  # both or none
            assert (f"first-{number}" in keys) == (f"second-{number}" in keys)
        assert [one.keys for one in await tables.storage.usage(*mine)] == [len(keys)]
