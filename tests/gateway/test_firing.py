"""Schedules fire through gateways: a real registry whose schedules go by the test's clock, a runner in memory, real gateways."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.app import running
from gateway.settings import GatewaySettings
from gen.alga.common.v1.context_pb2 import TRIGGER_SCHEDULE
from kernel.auth import Role
from kernel.errors import Fault, Reason
from tests.gateway.conftest import eventually
from tests.gateway.fakes import TOKEN, Runner, runner_server
from tests.registry.calls import disable
from tests.registry.schedules import Clock, Owner, Site
from tests.registry.stack import started

HOUR = {"hours": 1}


class Executes(Runner):
    """Runs what it is asked to, whoever signed the grant; `gate` holds calls up, `most` is how many were in it at once."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()
        self.inside = self.most = 0

    async def Execute(self, request: Any, context: Any) -> Any:
        self.calls.append(request)
        self._fail()
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self.gate.wait()
            return await self.behave(request)
        finally:
            self.inside -= 1


@dataclass
class Place:
    """A registry, a runner, and as many gateways as a test starts."""

    site: Site
    folder: Path
    runner: Executes = field(default_factory=Executes)
    exits: AsyncExitStack = field(default_factory=AsyncExitStack)

    def values(self, **changes: Any) -> dict[str, Any]:
        token = self.folder / "token"
        token.write_text(TOKEN)
        mine = self.folder / "gateway-token"
        mine.write_text(self.site.stack.tokens[Role.GATEWAY])
        return {
            "listen": ("127.0.0.1:0",),
            "registry_address": self.site.stack.address,
            "runner_address": f"unix:{self.folder}/runner",
            "registry_token_file": mine,
            "runner_token_file": token,
            "drain_seconds": 5,
        } | changes

    async def gateway(self, **changes: Any) -> AsyncExitStack:
        """One more gateway; close what this answers to stop it."""
        own = AsyncExitStack()
        await own.enter_async_context(running(GatewaySettings(**self.values(**changes))))
        await self.exits.enter_async_context(own)
        return own

    def keys(self) -> list[str]:
        return [{one.name: one.value for one in call.http.headers}["x-idempotency-key"] for call in self.runner.calls]


@pytest.fixture
async def place(run_directory: Path) -> AsyncIterator[Place]:
    clock = Clock()
    async with started(clock=clock) as stack:
        made = Place(await Site(stack, clock).open(), run_directory)
        server = runner_server(made.runner)
        await server.start([f"unix:{run_directory}/runner"], None)
        async with made.exits:
            yield made
        await server.stop(0)


async def settled(owner: Owner, schedule: str, *states: str) -> None:
    """Wait until a schedule's history, latest first, has these states."""
    async with asyncio.timeout(20):
        while [state for _, state in await owner.states(schedule)] != list(states):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)


async def test_a_post_carries_the_payload_and_its_key_and_nobodys_user(place: Place) -> None:
    admin = place.site.admin()
    made = await admin.create("POST /beat", payload='{"é": 1}')
    await place.gateway()
    place.site.go(**HOUR)
    await settled(admin, made.id, "success")
    (call,) = place.runner.calls
    fields = {one.name: one.value for one in call.http.headers}
    (occurrence,) = await admin.history(made.id)
    assert (call.http.method, call.http.url, call.http.body) == ("POST", "/beat", '{"é": 1}'.encode())
    assert fields == {
        "x-request-id": call.context.request_id,
        "x-alga-tenant": "a",
        "x-alga-extension": fields["x-alga-extension"],
        "x-idempotency-key": occurrence.id,
        "content-type": "application/json",
    }
    assert len(call.context.request_id) == 32
    assert call.context.trigger == TRIGGER_SCHEDULE
    assert [one.name for one, _ in call.ListFields()] == ["grant", "context", "http", "timeout_ms"]
    assert occurrence.status == 200


async def test_a_get_carries_no_body_and_keeps_its_endpoints_time(place: Place) -> None:
    admin = place.site.admin()
    made = await admin.create("/tick", payload="[1]")
    await place.gateway()
    await admin.run_now(made.id)
    await settled(admin, made.id, "success")
    (call,) = place.runner.calls
    assert (call.http.method, call.http.HasField("body"), call.timeout_ms) == ("GET", False, 700)
    assert "content-type" not in {one.name for one in call.http.headers}


async def test_two_gateways_run_each_occurrence_once(place: Place) -> None:
    made = [await place.site.admin(tenant).create("POST /beat") for tenant in ("a", "b") for _ in range(6)]
    place.runner.gate.clear()
    await place.gateway(schedules_at_once=4)
    await place.gateway(schedules_at_once=4)
    place.site.go(**HOUR)
    await eventually(lambda: place.runner.inside == 8)
    place.runner.gate.set()
    for schedule, tenant in zip(made, "aaaaaabbbbbb", strict=True):
        await settled(place.site.admin(tenant), schedule.id, "success")
    assert set(Counter(place.keys()).values()) == {1}
    assert len(place.keys()) == 12
    assert place.runner.most == 8  # as many as both have room for


@pytest.mark.parametrize(
    ("status", "fault", "told"),
    [
        (404, None, "The extension answered with status 404."),
        (199, None, "guest_response_invalid: The extension's answer is not a valid response."),
        (0, Fault(Reason.GUEST_TRAPPED, log="/secret/path"), "guest_trapped: The extension failed."),
        (0, Fault(Reason.OVERLOADED, log="/secret/path"), "overloaded: The service is busy; try again."),
        (0, Fault(Reason.EXECUTOR_LOST), "executor_lost: The call was lost; it may have had effects."),
        (0, Fault(Reason.UNAUTHENTICATED), "internal: Internal error; the request id finds it in the log."),
    ],
)
async def test_how_it_failed_is_told_and_it_is_not_tried_again(place: Place, status: int, fault: Fault | None, told: str) -> None:
    admin = place.site.admin()
    made = await admin.create("POST /beat")
    place.runner.answers(status)
    place.runner.faults = [fault] if fault else []
    await place.gateway()
    await admin.run_now(made.id)
    await settled(admin, made.id, "failure")
    found = await admin.get(made.id)
    assert (found.last_error, len(place.runner.calls)) == (told, 1)


async def test_a_grant_that_the_runner_does_not_take_is_renewed_once(place: Place) -> None:
    admin = place.site.admin()
    made = await admin.create("POST /beat")
    place.runner.faults = [Fault(Reason.GRANT_STALE)]
    await place.gateway()
    await admin.run_now(made.id)
    await settled(admin, made.id, "success")
    assert [len(place.runner.calls), len(set(place.keys()))] == [2, 1]
    place.runner.faults = [Fault(Reason.GRANT_STALE), Fault(Reason.GRANT_STALE)]
    place.site.go(seconds=1)
    await admin.run_now(made.id)
    await settled(admin, made.id, "failure", "success")
    assert len(place.runner.calls) == 4


async def test_an_install_that_is_switched_off_between_claim_and_call_does_not_run(place: Place) -> None:
    admin = place.site.admin()
    made = await admin.create("POST /beat", "0 13 * * *")
    await admin.run_now(made.id)
    await disable(place.site.stack.clients["admin-a"])
    await place.gateway()
    await settled(admin, made.id, "missed")
    assert place.runner.calls == []


async def test_what_runs_is_finished_when_a_gateway_stops(place: Place) -> None:
    admin = place.site.admin()
    made, later = await admin.create("POST /beat"), await admin.create("POST /beat")
    place.runner.gate.clear()
    gateway = await place.gateway()
    await admin.run_now(made.id)
    await eventually(lambda: place.runner.inside == 1)
    stopping = asyncio.create_task(gateway.aclose())
    await asyncio.sleep(0)
    await admin.run_now(later.id)
    place.runner.gate.set()
    await stopping
    await settled(admin, made.id, "success")
    assert [state for _, state in await admin.states(later.id)] in (["waiting"], ["success"])  # it may have been taken just before


async def test_a_gateway_that_does_not_fire(place: Place) -> None:
    admin = place.site.admin()
    made = await admin.create("POST /beat")
    await place.gateway(schedules_enabled=False)
    await admin.run_now(made.id)
    other = await place.site.admin("b").create("POST /beat")
    await place.gateway()
    await place.site.admin("b").run_now(other.id)
    await settled(place.site.admin("b"), other.id, "success")
    await settled(admin, made.id, "success")


async def test_downtime_is_caught_up_once(place: Place) -> None:
    admin = place.site.admin()
    made = await admin.create("POST /beat", "0 * * * *")
    place.site.go(hours=3)
    await place.gateway()
    await settled(admin, made.id, "success", "missed", "missed")
    assert len(place.runner.calls) == 1


async def test_a_gateway_killed_in_the_middle_leaves_unknown_and_nobody_runs_it_again(place: Place) -> None:
    admin = place.site.admin()
    made = await admin.create("POST /beat", "0 13 * * *")
    place.runner.gate.clear()
    told = place.values(listen='["127.0.0.1:0"]')
    environment = {f"EXT_GATEWAY_{name.upper()}": str(value) for name, value in told.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", env={**os.environ, **environment}, stderr=asyncio.subprocess.DEVNULL
    )
    place.site.go(**HOUR)
    await eventually(lambda: place.runner.inside == 1)
    process.send_signal(signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL
    await eventually(lambda: place.runner.inside == 0)
    place.runner.gate.set()
    await place.gateway()
    other = await place.site.admin("b").create("POST /beat")
    await place.site.admin("b").run_now(other.id)
    await settled(place.site.admin("b"), other.id, "success")
    assert [state for _, state in await admin.states(made.id)] == ["running"]
    place.site.go(seconds=121)
    await settled(admin, made.id, "unknown")
    place.site.go(days=1)
    await settled(admin, made.id, "success", "unknown")  # its next time
    assert set(Counter(place.keys()).values()) == {1}
