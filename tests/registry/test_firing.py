"""What fires: once, in time, after a pause, after a crash; all by the test's clock."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from gen.alga.registry.v1 import install_service_pb2 as installs
from gen.alga.registry.v1 import registry_service_pb2 as registry
from kernel.errors import Reason
from tests.registry.bundles import NAME, PUBLISHER
from tests.registry.calls import ALL, consent, disable, reason_of, refused, uninstall, update
from tests.registry.schedules import ENDPOINTS, Clock, Site
from tests.registry.stack import Stack, started


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    clock = Clock()
    async with started(clock=clock) as stack:
        yield await Site(stack, clock).open()


async def test_what_is_due_is_claimed_with_what_it_takes_to_run_it(site: Site) -> None:
    made = await (await site.guest()).create("POST /beat", "*/5 * * * *", payload='{"a":1}')
    got = await site.admin().create("/tick", "*/5 * * * *", payload="[]")
    assert (await site.claim(), await site.due()) == ([], False)
    site.clock.go(seconds=150)
    assert await site.due()
    claimed = {one.schedule_id: one for one in await site.claim()}
    one = claimed[made.id]
    assert (one.tenant_id, one.install_id, one.method, one.path) == ("a", made.install_id, "POST", "/beat")
    assert (one.payload, one.timeout_ms, one.lease_ms, one.due_at.ToJsonString()) == ('{"a":1}', 0, 120_000, "2026-03-01T12:05:00Z")
    two = claimed[got.id]
    assert (two.method, two.HasField("payload"), two.timeout_ms) == ("GET", False, 700)
    assert (await site.claim(), await site.due()) == ([], False)
    assert await site.admin().states(made.id) == [("12:05", "running")]
    site.clock.go(seconds=2)
    done = await site.complete(one.id, 204)
    assert (done.status, done.error, done.finished_at.ToJsonString()) == (204, "", "2026-03-01T12:05:02Z")
    told = await site.admin().get(made.id)
    assert (told.last_run_at.ToJsonString(), told.last_run_status, told.HasField("last_error")) == (
        "2026-03-01T12:05:00Z",
        3,
        False,
    )
    assert told.next_run_at.ToJsonString() == "2026-03-01T12:10:00Z"


async def test_failures_are_told_and_cut(site: Site) -> None:
    admin = site.admin()
    made = await admin.create(cron="*/5 * * * *")
    for status, error, told in (
        (500, "", "The extension answered with status 500."),
        (302, "", "The extension answered with status 302."),
        (0, "x" * 5_000, "x" * 4_000),
    ):
        site.clock.go(minutes=5)
        (one,) = await site.claim()
        assert (await site.complete(one.id, status, error)).error == told
        found = await admin.get(made.id)
        assert (found.last_run_status, found.last_error) == (4, told)
        again = await site.complete(one.id, 200)  # told twice: what was told first stays
        assert (again.state, again.status) == (4, status)
    site.clock.go(minutes=5)
    (one,) = await site.claim()
    await site.complete(one.id)
    assert not (await admin.get(made.id)).HasField("last_error")
    assert await reason_of(site.complete("none")) is Reason.NOT_FOUND


async def test_claims_at_the_same_time_never_share_an_occurrence(site: Site) -> None:
    for tenant in ("a", "b"):
        for _ in range(8):
            await site.admin(tenant).create(cron="0 13 * * *")
    site.clock.go(hours=1)
    claims = await asyncio.gather(*(site.claim(3) for _ in range(12)))
    taken = Counter(one.id for claim in claims for one in claim)
    assert (len(taken), set(taken.values())) == (16, {1})
    assert len({one.schedule_id for claim in claims for one in claim}) == 16


async def test_a_tenant_runs_so_many_at_once_and_starves_nobody(site: Site) -> None:
    for _ in range(9):
        await site.admin("a").create(cron="0 13 * * *")
    site.clock.go(minutes=1)
    await site.admin("b").create(cron="1 13 * * *")
    site.clock.go(hours=1)
    taken = await site.claim()
    assert Counter(one.tenant_id for one in taken) == {"a": 8, "b": 1}
    assert (await site.claim(), await site.due()) == ([], False)
    await site.complete(next(one.id for one in taken if one.tenant_id == "a"))
    assert [one.tenant_id for one in await site.claim()] == ["a"]


async def test_a_run_that_goes_on_is_not_overlapped(site: Site) -> None:
    admin = site.admin()
    made = await admin.create(cron="*/5 * * * *")
    site.clock.go(seconds=150)
    (one,) = await site.claim()
    site.clock.go(seconds=115)  # almost its lease
    assert await reason_of(admin.run_now(made.id)) is Reason.SCHEDULE_NOT_RUNNABLE
    site.clock.go(seconds=4)
    await site.complete(one.id)
    site.clock.go(seconds=181)
    (two,) = await site.claim()
    assert two.due_at.ToJsonString() == "2026-03-01T12:10:00Z"


async def test_what_a_dead_gateway_took_is_unknown_and_not_run_again(site: Site) -> None:
    admin = site.admin()
    made = await admin.create(cron="0 13 * * *")
    site.clock.now = site.clock.now.replace(hour=13, minute=0, second=1)
    (one,) = await site.claim()
    site.clock.go(seconds=119)
    assert (await site.claim(), await site.due()) == ([], False)
    site.clock.go(seconds=1)
    assert await site.due()
    assert await site.claim() == []
    assert await site.admin().states(made.id) == [("13:00", "unknown")]
    found = await admin.get(made.id)
    assert (found.last_run_status, found.enabled, found.last_run_at.ToJsonString()) == (5, True, "2026-03-01T13:00:01Z")
    assert "not run again" in found.last_error
    assert (await site.claim(), await site.due()) == ([], False)
    # It was only slow: what happened is better than not to know.
    await site.complete(one.id, 200)
    assert await site.admin().states(made.id) == [("13:00", "success")]
    assert (await admin.get(made.id)).last_run_status == 3


async def test_of_what_passed_the_latest_fires_and_the_rest_is_missed(site: Site) -> None:
    admin = site.admin()
    made = await admin.create(cron="0 * * * *")
    site.clock.go(hours=3)  # 15:02
    (one,) = await site.claim()
    assert one.due_at.ToJsonString() == "2026-03-01T15:00:00Z"
    assert await admin.states(made.id) == [("15:00", "running"), ("14:00", "missed"), ("13:00", "missed")]
    assert (await admin.get(made.id)).next_run_at.ToJsonString() == "2026-03-01T16:00:00Z"


async def test_what_is_older_than_the_window_does_not_fire(site: Site) -> None:
    admin = site.admin()
    made = await admin.create(cron="0 13 * * *")
    site.clock.now = site.clock.now.replace(hour=14, minute=0, second=1)
    assert await site.claim() == []
    assert await admin.states(made.id) == [("13:00", "missed")]
    found = await admin.get(made.id)
    assert (found.HasField("last_run_at"), found.next_run_at.ToJsonString()) == (False, "2026-03-02T13:00:00Z")
    site.clock.now = site.clock.now.replace(day=2, minute=0, second=0)
    assert len(await site.claim()) == 1


async def test_a_year_of_absence_costs_a_hundred_rows(site: Site) -> None:
    admin = site.admin()
    made = await admin.create(cron="*/5 * * * *")
    site.clock.go(days=365)
    (one,) = await site.claim()
    assert len(await admin.history(made.id)) == 100
    await site.complete(one.id)
    for _ in range(3):
        site.clock.go(minutes=5)
        (one,) = await site.claim()
        await site.complete(one.id)
    states = [state for _, state in await admin.states(made.id)]
    assert (states[:5], len(states)) == (["success"] * 4 + ["missed"], 100)


async def test_run_now(site: Site) -> None:
    admin = site.admin()
    made = await admin.create(payload="{}", endpoint="POST /beat")
    asked = await admin.run_now(made.id)
    assert (asked.manual, asked.state) == (True, 1)
    assert await reason_of(admin.run_now(made.id)) is Reason.SCHEDULE_NOT_RUNNABLE
    assert await reason_of(site.complete(asked.id)) is Reason.NOT_FOUND
    assert await site.due()
    (one,) = await site.claim()
    assert (one.id, one.payload) == (asked.id, "{}")
    assert (await site.complete(one.id)).manual
    assert (await admin.get(made.id)).next_run_at.ToJsonString() == "2026-03-01T13:00:00Z"
    off = await admin.create()
    await admin.update(off.id, enabled=False)
    assert await reason_of(admin.run_now(off.id)) is Reason.SCHEDULE_NOT_RUNNABLE


async def test_run_now_five_times_a_minute_and_tenant(site: Site) -> None:
    admin = site.admin()
    made = await admin.create()
    for _ in range(5):
        await admin.run_now(made.id)
        await site.complete((await site.claim())[0].id)
        site.clock.go(seconds=1)
    fault = await refused(admin.run_now(made.id))
    assert (fault.reason, fault.facts) == (Reason.QUOTA_EXCEEDED, {"quota": "schedule_runs_per_minute", "limit": "5"})
    other = await site.admin("b").create()
    await site.admin("b").run_now(other.id)
    site.clock.go(seconds=55)
    await admin.run_now(made.id)


async def test_what_was_asked_for_and_nobody_took_is_missed_in_the_end(site: Site) -> None:
    admin = site.admin()
    made = await admin.create(cron="0 0 1 1 *")
    await admin.run_now(made.id)
    site.clock.go(hours=1, seconds=1)
    assert await site.claim() == []
    assert [state for _, state in await admin.states(made.id)] == ["missed"]


async def test_disabling_pauses_and_what_passed_meanwhile_is_not_caught_up(site: Site) -> None:
    admin = site.admin()
    made = await admin.create(cron="0 * * * *")
    await disable(site.stack.clients["admin-a"])
    assert not (await admin.get(made.id)).HasField("next_run_at")
    assert await reason_of(admin.run_now(made.id)) is Reason.SCHEDULE_NOT_RUNNABLE
    assert not (await admin.create(cron="0 * * * *")).HasField("next_run_at")
    site.clock.go(hours=3)
    assert (await site.claim(), await site.due()) == ([], False)
    request = installs.EnableRequest(tenant_id="a", install=NAME)
    await site.stack.clients["admin-a"].call("installs", "Enable", request)
    assert await site.claim() == []
    assert (await admin.get(made.id)).next_run_at.ToJsonString() == "2026-03-01T16:00:00Z"
    assert await admin.history(made.id) == []
    site.clock.go(hours=1)
    assert len(await site.claim()) == 2


async def test_an_update_without_the_endpoint_disables_the_schedule_and_says_so(site: Site) -> None:
    admin = site.admin()
    stays, goes = await admin.create("/tick", name="stays"), await admin.create("POST /beat", name="goes")
    await site.publish("1.1.0", [one for one in ENDPOINTS if one["path"] != "/beat"])
    await update(site.stack.clients["admin-a"], "1.1.0")
    assert (await admin.get(stays.id)).next_run_at == stays.next_run_at
    off = await admin.get(goes.id)
    assert (off.enabled, off.HasField("next_run_at")) == (False, False)
    assert off.last_error == "Disabled: version 1.1.0 has no endpoint POST /beat that schedules may call."
    site.clock.go(hours=1)
    assert [one.schedule_id for one in await site.claim()] == [stays.id]
    # Back in a version that has it, it stays off until somebody switches it on.
    waits = await update(site.stack.clients["admin-a"], "1.0.0", ALL)
    await consent(site.stack.clients["admin-a"], waits.pending_update.content_hash, ALL)
    assert not (await admin.get(goes.id)).enabled
    assert (await admin.update(goes.id, enabled=True)).HasField("next_run_at")


async def test_a_revoked_version_does_not_fire(site: Site) -> None:
    admin = site.admin()
    made = await admin.create()
    request = registry.RevokeVersionRequest(extension=NAME, version="1.0.0")
    await site.stack.operator.call("registry", "RevokeVersion", request)
    site.clock.go(hours=1)
    assert await site.claim() == []
    assert not (await admin.get(made.id)).HasField("next_run_at")
    assert await site.due() is False


async def test_a_schedule_that_is_removed_while_it_runs(site: Site) -> None:
    await site.admin().create()
    await site.admin("b").create()
    site.clock.go(hours=1)
    taken = await site.claim()
    await uninstall(site.stack.clients["admin-a"])
    (mine,) = [one for one in taken if one.tenant_id == "a"]
    assert await reason_of(site.complete(mine.id)) is Reason.NOT_FOUND


async def test_who_waits_is_woken_by_what_becomes_due(site: Site) -> None:
    admin = site.admin()
    made = await admin.create()
    waiting = asyncio.create_task(site.due(20_000))
    await asyncio.sleep(0)
    await admin.run_now(made.id)
    assert await waiting
    (one,) = await site.claim()
    waiting = asyncio.create_task(site.due(20_000))
    site.clock.go(hours=1)  # due now, but its last run goes on
    await site.complete(one.id)
    assert await waiting
    await site.claim()
    waiting = asyncio.create_task(site.due(20_000))
    other = await site.admin("b").create()
    site.clock.go(hours=1)
    await site.admin("b").update(other.id, cron="*/5 * * * *")
    site.clock.go(minutes=5)
    await disable(site.stack.clients["admin-a"])  # any change lets it look again
    assert await waiting


@pytest.mark.parametrize("call", ["claim", "wait"])
async def test_what_gateways_ask_for_is_bounded(site: Site, call: str) -> None:
    for wrong in (0, 65) if call == "claim" else (20_001,):
        asked = site.claim(wrong) if call == "claim" else site.due(wrong)
        assert await reason_of(asked) is Reason.INVALID_ARGUMENT


async def test_a_restart_forgets_nothing(fresh: Stack) -> None:
    clock = Clock()
    site = Site(fresh, clock)
    async with fresh.running(clock=clock):
        await fresh.publisher(PUBLISHER, fresh.publisher_key)
        await site.publish("1.0.0")
        await fresh.operator.install("a", NAME)
        operator = site.admin(client="operator")
        made = await operator.create(cron="0 13 * * *")
        await operator.create(cron="0 14 * * *")
        clock.go(hours=1)
        (one,) = await site.claim()
    async with fresh.running(clock=clock):
        assert await site.claim() == []
        clock.go(hours=1)
        assert [found.due_at.ToDatetime() - one.due_at.ToDatetime() for found in await site.claim()] == [timedelta(hours=1)]
        assert [state for _, state in await site.admin(client="operator").states(made.id)] == ["unknown"]
