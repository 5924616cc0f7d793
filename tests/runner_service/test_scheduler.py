"""`scheduler.*` on the runner's side, against a real registry: what guests are told, also when they are wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from gen.alga.runner.v1.executor_pb2 import DescribedCall, HostCall
from kernel.convert import signed_from_proto
from kernel.errors import Fault, Reason
from kernel.grants import ExecutionGrant
from kernel.signing import TrustedKeys
from runner.backends.scheduler import RegistryScheduler
from runner.caller import Caller
from tests.registry.calls import granting, set_grants
from tests.registry.schedules import Clock, Site
from tests.registry.stack import started


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    clock = Clock()
    async with started(clock=clock) as stack:
        yield await Site(stack, clock).open()


async def ask(site: Site, function: str, tenant: str = "a", **said: Any) -> Any:
    """The answer of one function, as the guest reads it."""
    signed = signed_from_proto((await site.guest(tenant)).owner.grant)
    grant = ExecutionGrant.verify(signed, TrustedKeys.of([site.stack.grant_key.public]), datetime.now(UTC))
    caller = Caller(grant, signed, "r", None, asyncio.get_running_loop().time() + 10)
    call = DescribedCall(interface="scheduler", function=function, arguments=json.dumps(said))
    answer = await RegistryScheduler(site.stack.clients["runner"].peer).answer(caller, HostCall(described=call))
    return json.loads(answer.described)


async def test_all_six(site: Site) -> None:
    endpoints = await ask(site, "get-endpoints")
    assert endpoints[0] | {"id": ""} == {"id": "", "method": "GET", "path": "/tick", "handler": "tick", "schedulable": True}
    wanted = {"endpoint": "POST /beat", "cron": "0 9 * * *", "timezone": "Asia/Tokyo", "name": "n", "payload": "[1]"}
    made = await ask(site, "create-schedule", input=wanted)
    assert made == {"success": True, "schedule-id": made["schedule-id"], "error": None, "field-errors": None}
    told = {
        "id": made["schedule-id"],
        "endpoint-path": "/beat",
        "endpoint-method": "POST",
        "name": "n",
        "cron": "0 9 * * *",
        "timezone": "Asia/Tokyo",
        "enabled": True,
        "payload": "[1]",
        "last-run-at": None,
        "last-run-status": None,
        "last-error": None,
        "created-at": "2026-03-01T12:02:30Z",
    }
    assert await ask(site, "list-schedules") == [told]
    assert await ask(site, "get-schedule", **{"schedule-id": told["id"]}) == told
    changed = await ask(site, "update-schedule", **{"schedule-id": told["id"], "input": {"enabled": False, "payload": ""}})
    assert changed == {"success": True, "error": None, "field-errors": None}
    assert await ask(site, "get-schedule", **{"schedule-id": told["id"]}) == told | {"enabled": False, "payload": None}
    assert await ask(site, "list-schedules", "b") == []
    assert await ask(site, "delete-schedule", **{"schedule-id": told["id"]}) == {"success": True, "error": None}
    assert await ask(site, "get-schedule", **{"schedule-id": told["id"]}) is None


async def test_how_a_run_ended(site: Site) -> None:
    made = await site.admin().create()
    await site.admin().run_now(made.id)
    await site.complete((await site.claim())[0].id, 500)
    (told,) = await ask(site, "list-schedules")
    assert (told["last-run-at"], told["last-run-status"]) == ("2026-03-01T12:02:30Z", "failure")
    assert told["last-error"] == "The extension answered with status 500."


async def test_what_is_wrong_is_told_by_field(site: Site) -> None:
    told = await ask(site, "create-schedule", input={"endpoint": "/none", "cron": "* * * * *", "payload": "3"})
    assert (told["success"], told["schedule-id"]) == (False, None)
    assert json.loads(told["field-errors"]) == {
        "endpoint": "must be one of the installed version, written as /path or METHOD /path",
        "cron": "must not fire more often than every 5 minutes, also over midnight",
        "payload": "must be JSON, an object or a list",
    }
    assert told["error"].startswith("The request is not valid. endpoint: must be")
    await site.admin().create(name="taken")
    told = await ask(site, "create-schedule", input={"endpoint": "/tick", "cron": "0 * * * *", "name": "taken"})
    assert told["field-errors"] == '{"name": "must be unique in its install"}'
    gone = {"success": False, "error": "There is no such thing, or it is not yours to see."}
    assert await ask(site, "delete-schedule", **{"schedule-id": "x"}) == gone
    assert await ask(site, "update-schedule", **{"schedule-id": "x", "input": {}}) == gone | {"field-errors": None}


async def test_quotas_are_told(site: Site) -> None:
    for _ in range(10):
        await ask(site, "create-schedule", input={"endpoint": "/tick", "cron": "0 * * * *"})
    told = await ask(site, "create-schedule", input={"endpoint": "/tick", "cron": "0 * * * *"})
    assert told == {
        "success": False,
        "schedule-id": None,
        "error": "A quota is used up. schedule_changes_per_minute: at most 10",
        "field-errors": None,
    }


async def test_without_the_capability_nothing_is_told(site: Site) -> None:
    await set_grants(site.stack.clients["admin-a"], granting())
    for function, said in (
        ("list-schedules", {}),
        ("create-schedule", {"input": {"endpoint": "/tick", "cron": "0 * * * *"}}),
        ("delete-schedule", {"schedule-id": "x"}),
    ):
        with pytest.raises(Fault) as caught:
            await ask(site, function, **said)
        assert caught.value.reason is Reason.CAPABILITY_DENIED


async def test_all_that_an_install_may_have_fits_into_one_answer(site: Site) -> None:
    payload = json.dumps(["\\" * 49_998])  # twice as long as JSON in JSON
    assert len(payload) == 100_000
    for _ in range(50):
        await site.admin().create(payload=payload)
        site.clock.go(minutes=1)
    assert [one["payload"] for one in await ask(site, "list-schedules")] == [payload] * 50
