"""Who makes which schedules: the rules of every field, quotas, and that no tenant sees another's."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gen.alga.registry.v1 import schedule_service_pb2 as pb
from kernel.errors import Reason
from registry.schedules import manage
from tests.registry.bundles import NAME
from tests.registry.calls import granting, reason_of, refused, set_grants, uninstall
from tests.registry.schedules import Clock, Owner, Site
from tests.registry.stack import started


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    clock = Clock()
    async with started(clock=clock) as stack:
        yield await Site(stack, clock).open()


async def owners(site: Site) -> list[Owner]:
    return [site.admin(), await site.guest(), site.admin(client="operator")]


async def test_guests_and_admins_make_change_and_remove_schedules(site: Site) -> None:
    for index, owner in enumerate(await owners(site)):
        site.clock.go(minutes=1)
        made = await owner.create("POST /beat", " 0  9 * * 1-5", timezone="Europe/Berlin", name=f"n{index}", payload='{"a":[1]}')
        assert (made.method, made.path, made.cron, made.timezone, made.enabled) == (
            "POST",
            "/beat",
            "0 9 * * 1-5",
            "Europe/Berlin",
            True,
        )
        assert (made.name, made.payload, made.HasField("last_run_at"), made.last_run_status) == (f"n{index}", '{"a":[1]}', False, 0)
        assert made.next_run_at.ToJsonString() == "2026-03-02T08:00:00Z"
        assert await owner.get(made.id) == await owner.get(made.id.upper()) == made
        assert await owner.all() == [made]
        changed = await owner.update(made.id, cron="30 12 * * *", timezone="UTC", endpoint="/tick")
        assert (changed.cron, changed.method, changed.path, changed.name) == ("30 12 * * *", "GET", "/tick", f"n{index}")
        assert changed.next_run_at.ToJsonString() == "2026-03-01T12:30:00Z"
        off = await owner.update(made.id, enabled=False)
        assert (off.enabled, off.HasField("next_run_at"), off.payload) == (False, False, '{"a":[1]}')
        bare = await owner.update(made.id, name="", payload="", enabled=True)
        assert (bare.HasField("name"), bare.HasField("payload"), bare.HasField("next_run_at")) == (False, False, True)
        assert (await owner.delete(made.id)) == bare
        assert await owner.all() == []
        for gone in (owner.get(made.id), owner.update(made.id, cron="0 0 * * *"), owner.delete(made.id)):
            assert await reason_of(gone) is Reason.NOT_FOUND


async def test_endpoints_are_the_installed_versions(site: Site) -> None:
    found = await (await site.guest()).endpoints()
    assert [(one.method, one.path, one.handler, one.schedulable) for one in found] == [
        ("GET", "/tick", "tick", True),
        ("POST", "/beat", "beat", True),
        ("GET", "/both", "both", True),
        ("POST", "/both", "both", True),
        ("DELETE", "/gone", "gone", False),
        ("PUT", "/put", "put", False),
        ("GET", "/notes/:id", "note", False),
    ]
    assert len({one.id for one in found}) == 7
    assert await site.admin().endpoints() == found


@pytest.mark.parametrize(
    ("fields", "broken"),
    [
        ({"endpoint": "/none"}, ["endpoint"]),
        ({"endpoint": ""}, ["endpoint"]),
        ({"endpoint": "POST /tick"}, ["endpoint"]),
        ({"endpoint": "/both"}, ["endpoint"]),
        ({"endpoint": "/gone"}, ["endpoint"]),
        ({"endpoint": "PUT /put"}, ["endpoint"]),
        ({"endpoint": "GET /notes/:id"}, ["endpoint"]),
        ({"endpoint": "/notes/1"}, ["endpoint"]),
        ({"endpoint": "/" + "a" * 600}, ["endpoint"]),
        ({"cron": "* * * * *"}, ["cron"]),
        ({"cron": "0 0 1 * 1"}, ["cron"]),
        ({"cron": " " * 129}, ["cron"]),
        ({"timezone": "Mars/Olympus"}, ["timezone"]),
        ({"timezone": ""}, ["timezone"]),
        ({"name": "n" * 129}, ["name"]),
        ({"name": "a\nb"}, ["name"]),
        ({"payload": "1"}, ["payload"]),
        ({"payload": '"text"'}, ["payload"]),
        ({"payload": "null"}, ["payload"]),
        ({"payload": "[NaN]"}, ["payload"]),
        ({"payload": "{"}, ["payload"]),
        ({"payload": "[" * 99_999}, ["payload"]),
        ({"payload": "[" * 65 + "]" * 65}, ["payload"]),
        ({"payload": '{"a": 1, "a": 2}'}, ["payload"]),
        ({"payload": '["\\ud800"]'}, ["payload"]),
        ({"payload": json.dumps(["x" * 99_997])}, ["payload"]),
        (
            {"endpoint": "/x", "cron": "", "timezone": "x", "name": "\x00", "payload": "x"},
            ["endpoint", "cron", "timezone", "name", "payload"],
        ),
    ],
)
async def test_each_broken_rule_names_its_field(site: Site, fields: dict[str, Any], broken: list[str]) -> None:
    owner = await site.guest()
    made = await owner.create()
    for call in (owner.create(**({"endpoint": "/tick", "cron": "0 * * * *"} | fields)), owner.update(made.id, **fields)):
        fault = await refused(call)
        assert (fault.reason, [one.field for one in fault.violations]) == (Reason.INVALID_ARGUMENT, broken)
    assert await owner.all() == [made]


@pytest.mark.parametrize(
    "fields",
    [
        {"endpoint": "get /both"},
        {"endpoint": "POST /both"},
        {"name": "n" * 128},
        {"payload": json.dumps(["x" * 99_996])},
        {"payload": "[]"},
        {"payload": "[" * 64 + "]" * 64},
        {"timezone": "America/Argentina/ComodRivadavia"},
        {"cron": "0 0 29 2 *" + " " * 118},
    ],
)
async def test_what_is_just_allowed(site: Site, fields: dict[str, Any]) -> None:
    made = await site.admin().create(**({"endpoint": "/tick"} | fields))
    assert await site.admin().all() == [made]


async def test_names_are_unique_in_an_install(site: Site) -> None:
    owner = site.admin()
    made = await owner.create(name="daily")
    other = await owner.create()
    for call in (owner.create(name="daily"), owner.update(other.id, name="daily")):
        fault = await refused(call)
        assert (fault.reason, fault.violations[0].field) == (Reason.ALREADY_EXISTS, "name")
    assert (await owner.update(made.id, name="daily")).name == "daily"
    assert (await site.admin("b").create(name="daily")).name == "daily"


async def test_an_install_has_at_most_fifty_and_five_million_bytes(site: Site) -> None:
    owner = site.admin()
    for _ in range(manage.MAX_SCHEDULES):
        await owner.create(payload=json.dumps(["x" * 99_996]))
        site.clock.go(minutes=1)
    found = await owner.all()
    assert [one.created_at.ToDatetime() for one in found] == sorted(one.created_at.ToDatetime() for one in found)
    fault = await refused(owner.create())
    assert (fault.reason, fault.facts) == (Reason.QUOTA_EXCEEDED, {"quota": "schedules", "limit": "50"})
    await site.admin("b").create()
    fault = await refused(owner.update(found[0].id, payload=json.dumps(["\u00e9" * 99_000], ensure_ascii=False)))
    assert (fault.reason, fault.facts["quota"]) == (Reason.QUOTA_EXCEEDED, "schedule_payload_bytes")
    await owner.update(found[0].id, payload="")


async def test_ten_changes_a_minute_whoever_makes_them(site: Site) -> None:
    admin, guest = site.admin(), await site.guest()
    made = await admin.create()
    for _ in range(4):
        await guest.update(made.id, enabled=True)
        assert await reason_of(admin.update(made.id, cron="x")) is Reason.INVALID_ARGUMENT  # counted as well
    await guest.create()
    for call in (guest.create(), admin.update(made.id, enabled=False), guest.delete(made.id)):
        fault = await refused(call)
        assert (fault.reason, fault.facts["quota"]) == (Reason.QUOTA_EXCEEDED, "schedule_changes_per_minute")
    assert len(await guest.all()) == 2
    await site.admin("b").create()
    site.clock.go(seconds=60)
    await admin.delete(made.id)


async def test_a_tenant_sees_its_own_alone(site: Site) -> None:
    mine, other = site.admin(), site.admin("b")
    made = await mine.create(name="secret")
    foreign_guest = await site.guest("b")
    for stranger in (other, foreign_guest):
        assert await stranger.all() == []
        calls = [stranger.get(made.id), stranger.update(made.id, enabled=False), stranger.delete(made.id)]
        calls += [other.run_now(made.id), other.history(made.id)]
        assert [await reason_of(call) for call in calls] == [Reason.NOT_FOUND] * 5
    for call in (site.admin("a", client="admin-b").all(), site.admin("a", install="com.acme.none").all()):
        assert await reason_of(call) is Reason.NOT_FOUND
    assert await mine.all() == [made]


async def test_each_form_of_owner_is_for_its_callers(site: Site) -> None:
    guest = await site.guest()
    named = site.admin().owner
    wrong = [
        Owner(site.stack.clients["runner"], named),
        Owner(site.stack.clients["runner"], pb.ScheduleOwner()),
        Owner(site.stack.clients["admin-a"], guest.owner),
        Owner(site.stack.operator, pb.ScheduleOwner()),
    ]
    for owner in wrong:
        assert await reason_of(owner.all()) is Reason.INVALID_ARGUMENT
    assert await reason_of(Owner(site.stack.clients["acme"], named).all()) is Reason.PERMISSION_DENIED
    assert await reason_of(Owner(site.stack.clients["caller-a"], named).all()) is Reason.PERMISSION_DENIED
    # Gateways speak for an admin whom they verified.
    assert await Owner(site.stack.clients["gateway"], named).all() == []
    assert await reason_of(Owner(site.stack.clients["gateway"], guest.owner).all()) is Reason.INVALID_ARGUMENT
    assert await reason_of(Owner(site.stack.clients["runner"], guest.owner).run_now("x")) is Reason.PERMISSION_DENIED


async def test_a_guest_needs_the_capability_now_and_in_its_grant(site: Site) -> None:
    guest = await site.guest()
    made = await guest.create()
    await set_grants(site.stack.clients["admin-a"], granting())
    for owner in (guest, await site.guest()):
        for call in (owner.create(), owner.get(made.id), owner.all(), owner.endpoints(), owner.delete(made.id)):
            assert await reason_of(call) is Reason.CAPABILITY_DENIED
    assert await site.admin().all() == [made]
    guest.owner.grant.signature = b"x"
    assert await reason_of(guest.all()) is Reason.GRANT_INVALID


async def test_uninstalling_removes_them(site: Site) -> None:
    guest = await site.guest()
    await guest.create(name="one")
    await site.admin().run_now((await guest.all())[0].id)
    await uninstall(site.stack.clients["admin-a"])
    assert await reason_of(guest.all()) is Reason.GRANT_STALE
    await site.stack.clients["admin-a"].install("a", NAME)
    assert await site.admin().all() == []
    assert await site.claim() == []
