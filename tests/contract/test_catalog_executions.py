"""Calls of installs and their usage: the same from memory and from SQL."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from kernel.errors import Blame, Reason
from kernel.fields import Page
from registry.execution import DayUsage, Execution, HostFailures, Line, Spent, Trigger
from registry.model import Install
from registry.ports import Catalog, Retention, Tables, stamp
from tests.contract.samples import NOW, install, later, publish

EVERYTHING = Retention(newest=10_000, since=NOW - timedelta(days=365), usage_since=date(2020, 1, 1), most=1_000)
SPENT = Spent(
    handler_us=1,
    queued_us=2,
    host_wait_us=3,
    host_calls={"http": 2, "storage": 4},
    host_failures=(HostFailures("storage", Reason.STORAGE_CONFLICT, Blame.GUEST, 5),),
    egress_bytes=6,
    storage_bytes=7,
    log_lines=8,
    log_bytes=9,
    request_bytes=10,
    response_bytes=11,
)


def execution(of: Install, number: int = 1, **changes: object) -> Execution:
    values: dict[str, object] = {
        "id": f"{number:032x}",
        "request_id": f"r-{number}",
        "tenant_id": of.tenant_id,
        "install_id": of.id,
        "extension_id": of.extension_id,
        "version_id": of.version_id,
        "content_hash": of.content_hash,
        "trigger": Trigger.SCHEDULE,
        "method": "GET",
        "path": "/run",
        "status": 200,
        "reason": None,
        "blame": None,
        "started_at": later(number),
        "duration_us": 12,
        "spent": SPENT,
    }
    return Execution(**(values | changes))  # type: ignore[arg-type]  # a table of values


def failed(of: Install, number: int, reason: Reason, blame: Blame) -> Execution:
    return execution(of, number, status=0, reason=reason, blame=blame)


async def made(tables: Tables, tenant: str = "a", name: str = "com.acme.reports") -> Install:
    version = await tables.versions.by_hash((await _version(tables, name)).content_hash)
    assert version is not None
    found = install(version, tenant)
    await tables.installs.add(found)
    return found


async def _version(tables: Tables, name: str):  # type: ignore[no-untyped-def]  # of tests alone
    extension = await tables.extensions.find(name)
    found = await tables.versions.find(extension.id, "1.0.0") if extension else None
    return found or await publish(tables, name)


async def test_what_is_recorded_is_found_whole_and_listed_without_lines(catalog: Catalog) -> None:
    lines = (
        Line(later(1), "info", "log", "text \u00e4 \x00 \"'"),
        Line(later(2), "error", "stderr", "", truncated=True),
    )
    async with catalog.write() as tables:
        one = await made(tables)
        told = execution(one, lines=lines, lines_truncated=True)
        bad = failed(one, 2, Reason.GUEST_TRAPPED, Blame.GUEST)
        assert await tables.executions.add([told, bad]) == 2
    async with catalog.read() as tables:
        assert await tables.executions.find("a", one.id, told.id) == told
        assert await tables.executions.find("a", one.id, "r-2") == bad
        assert await tables.executions.find("a", one.id, "r-3") is None
        assert await tables.executions.page("a", one.id, Page(9)) == [bad, replace(told, lines=())]


async def test_a_record_counts_once_however_often_it_is_sent(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        one = await made(tables)
        assert await tables.executions.add([execution(one), execution(one)]) == 1
        assert await tables.executions.add([execution(one), execution(one, 2)]) == 1
        assert await tables.executions.add([]) == 0
    async with catalog.read() as tables:
        (day,) = await tables.executions.usage("a", one.id, NOW.date())
    assert day.executions == 2


async def test_calls_of_installs_that_are_no_more_are_passed_over(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        one = await made(tables)
        strange = [execution(one, 1, install_id="gone"), execution(one, 2, tenant_id="b")]
        assert await tables.executions.add([*strange, execution(one, 3)]) == 1


async def test_usage_is_summed_by_day_in_utc(catalog: Catalog) -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    async with catalog.write() as tables:
        one = await made(tables)
        await tables.executions.add(
            [
                execution(one, 1, started_at=midnight - timedelta(microseconds=1)),
                execution(one, 2, started_at=midnight),
            ]
        )
        await tables.executions.add(
            [
                execution(one, 3, started_at=midnight, spent=replace(SPENT, host_calls={"storage": 1, "secrets": 2})),
                replace(failed(one, 4, Reason.UNAVAILABLE, Blame.HOST), started_at=midnight, spent=Spent()),
                replace(failed(one, 5, Reason.GUEST_TRAPPED, Blame.GUEST), started_at=midnight, spent=Spent(egress_bytes=1)),
            ]
        )
    async with catalog.read() as tables:
        second, first = await tables.executions.usage("a", one.id, date(2026, 3, 1))
        assert await tables.executions.usage("a", one.id, date(2026, 3, 2)) == [second]
    assert first == DayUsage(date(2026, 3, 1), 1, 0, {}, {"http": 2, "storage": 4}, 6, 7, 3, 1, 9)
    assert second == DayUsage(
        day=date(2026, 3, 2),
        executions=4,
        failures=2,
        failures_by_blame={"guest": 1, "host": 1},
        host_calls={"http": 2, "secrets": 2, "storage": 5},
        egress_bytes=13,
        storage_bytes=14,
        host_wait_us=6,
        handler_us=2,
        log_bytes=18,
    )


async def test_pages_go_from_the_newest_to_the_oldest(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        one = await made(tables)
        same = [execution(one, number, started_at=later(0)) for number in range(3)]
        await tables.executions.add([*same, execution(one, 9)])
    seen: list[str] = []
    page = Page(2)
    async with catalog.read() as tables:
        while found := await tables.executions.page("a", one.id, page):
            seen += [found_one.id[-1] for found_one in found[:2]]
            page = Page(2, (stamp(found[:2][-1].started_at), found[:2][-1].id))
    assert seen == ["9", "2", "1", "0"]


async def test_of_one_request_id_the_newest_is_found_and_an_id_wins(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        one = await made(tables)
        await tables.executions.add([execution(one, number, request_id="same") for number in (1, 3, 2)])
        await tables.executions.add([execution(one, 4, request_id=f"{1:032x}")])
    async with catalog.read() as tables:
        newest = await tables.executions.find("a", one.id, "same")
        by_id = await tables.executions.find("a", one.id, f"{1:032x}")
    assert newest is not None
    assert by_id is not None
    assert (newest.id, by_id.request_id) == (f"{3:032x}", "same")


async def test_no_tenant_and_no_install_sees_anothers(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        mine, other, foreign = await made(tables), await made(tables, name="com.acme.other"), await made(tables, "b")
        for number, of in enumerate((mine, other, foreign)):
            await tables.executions.add([execution(of, number)])
    async with catalog.read() as tables:
        assert [one.id for one in await tables.executions.page("a", mine.id, Page(9))] == [f"{0:032x}"]
        for tenant, of in (("b", mine), ("a", foreign), ("a", other)):
            assert await tables.executions.find(tenant, of.id, f"{0:032x}") is None
        assert await tables.executions.page("b", mine.id, Page(9)) == []
        assert await tables.executions.usage("b", mine.id, date(2020, 1, 1)) == []
        assert [day.executions for day in await tables.executions.usage("b", foreign.id, date(2020, 1, 1))] == [1]


async def test_the_newest_of_each_install_are_kept(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        one, other = await made(tables), await made(tables, "b")
        await tables.executions.add([execution(of, number) for of in (one, other) for number in range(6)])
        await tables.executions.retain({("a", one.id)}, replace(EVERYTHING, newest=2))
    async with catalog.read() as tables:
        assert [kept.request_id for kept in await tables.executions.page("a", one.id, Page(9))] == ["r-5", "r-4"]
        assert len(await tables.executions.page("b", other.id, Page(9))) == 6
        assert [day.executions for day in await tables.executions.usage("a", one.id, date(2020, 1, 1))] == [6]


async def test_what_is_old_goes_whoever_sends_and_no_more_at_once_than_told(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        one, other = await made(tables), await made(tables, "b")
        await tables.executions.add([execution(of, number) for of in (one, other) for number in range(4)])
        for left in (6, 4, 2, 2):
            await tables.executions.retain({("a", one.id)}, replace(EVERYTHING, since=later(3), most=2))
            pages = [await tables.executions.page(of.tenant_id, of.id, Page(9)) for of in (one, other)]
            assert sum(map(len, pages)) == left
        await tables.executions.retain({("a", one.id)}, replace(EVERYTHING, newest=0, most=1))
        assert await tables.executions.page("a", one.id, Page(9)) == []
        await tables.executions.retain(set(), replace(EVERYTHING, usage_since=later(86_400).date(), most=1))
        found = [await tables.executions.usage(of.tenant_id, of.id, date(2020, 1, 1)) for of in (one, other)]
        assert sorted(map(len, found)) == [0, 1]


async def test_an_install_goes_with_all_that_is_known_of_its_calls(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        one, other = await made(tables), await made(tables, "b")
        await tables.executions.add([execution(one), execution(other)])
        await tables.executions.clear("a", one.id)
        await tables.installs.remove("a", one.id)
    async with catalog.write() as tables:
        await tables.installs.add(one)
        assert await tables.executions.page("a", one.id, Page(9)) == []
        assert await tables.executions.usage("a", one.id, date(2020, 1, 1)) == []
        assert len(await tables.executions.page("b", other.id, Page(9))) == 1
