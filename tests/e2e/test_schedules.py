"""A guest schedules itself and is called: every part is real, and schedules go by the test's clock."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from gateway.app import running as gateway
from gateway.settings import GatewaySettings
from gen.alga.common.v1 import context_pb2
from gen.alga.registry.v1 import execution_log_service_pb2
from gen.alga.registry.v1 import identity_service_pb2 as identity
from runner.app import running as runner
from runner.settings import RunnerSettings
from tests import isolation
from tests.gateway.http import Got, ask
from tests.guests import component
from tests.guests.bundles import manifest
from tests.registry.bundles import NAME, bundle
from tests.registry.schedules import Clock, Owner, Site
from tests.registry.stack import Stack, started

RUNNER_TOKEN = "the-token-that-gateways-show-runners"


class Whole:
    """A registry, a runner with executors, a gateway; the guest is installed for the tenant `a`."""

    def __init__(self, site: Site, address: str, secret: str) -> None:
        self.site, self._address, self._secret = site, address, secret

    async def call(self, method: str) -> tuple[int, bytes]:
        got: Got = await ask(self._address, method, f"/api/ext/{NAME}/run", ("x-api-key", self._secret))
        return got.status, got.body

    async def triggers(self) -> Counter[int]:
        """How many calls are recorded, by what asked for them."""
        request = execution_log_service_pb2.ListExecutionsRequest(tenant_id="a", install=NAME)
        answer = await self.site.stack.operator.call("executions", "ListExecutions", request)
        return Counter(one.trigger for one in answer.executions)

    async def ran(self) -> bytes:
        """What the scheduled handler stored."""
        async with asyncio.timeout(30):
            while (found := await self.call("GET"))[0] != 200:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.05)
        return found[1]


def settings_of_the_gateway(stack: Stack) -> GatewaySettings:
    return GatewaySettings(
        listen=("127.0.0.1:0",),
        registry_address=stack.address,
        runner_address=f"unix:{stack.folder}/runner.s",
        registry_token_file=stack.folder / "gateway_token_file",
        runner_token_file=stack.folder / "runner-shown",
        drain_seconds=2,
    )


def settings_of_the_runner(stack: Stack) -> RunnerSettings:
    files = {
        "runner-shown": RUNNER_TOKEN.encode(),
        "grant.pem": stack.grant_key.public.pem,
        "attestation.pem": stack.attestation_key.public.pem,
    }
    for name, content in files.items():
        (stack.folder / name).write_bytes(content)
    told: dict[str, Any] = {
        "listen": (f"unix:{stack.folder}/runner.s",),
        "registry_address": stack.address,
        "registry_token_file": stack.folder / "runner_token_file",
        "gateway_token_file": stack.folder / "runner-shown",
        "grant_keys_file": stack.folder / "grant.pem",
        "attestation_keys_file": stack.folder / "attestation.pem",
        "SIGNING_TRUST_BUNDLE": stack.publisher_key.public.pem.decode(),
        "cache_dir": stack.folder / "cache",
        "executors": 1,
        **isolation.SETTINGS,
    }
    return RunnerSettings(**told)


@pytest.fixture
async def whole() -> AsyncIterator[Whole]:
    clock = Clock()
    async with started(clock=clock) as stack, AsyncExitStack() as exits:
        told = {key: value for key, value in manifest("schedule").items() if key in {"capabilities", "api"}}
        signed = bundle(stack.publisher_key, {"dist/main.wasm": component("schedule")}, **told)
        await stack.clients["acme"].publish(signed)
        await stack.clients["admin-a"].install("a", NAME)
        await exits.enter_async_context(runner(settings_of_the_runner(stack)))
        (address,) = await exits.enter_async_context(gateway(settings_of_the_gateway(stack)))
        request = identity.CreateApiKeyRequest(role=identity.ROLE_TENANT_CALLER, tenant_id="a", label="test")
        made = await stack.operator.call("identity", "CreateApiKey", request)
        whole = Whole(Site(stack, clock), address, made.secret)
        async with asyncio.timeout(30):
            while (await whole.call("DELETE"))[0] != 200:  # noqa: ASYNC110 - until the runner has heard the registry
                await asyncio.sleep(0.05)
        yield whole


async def only_state(admin: Owner, schedule: str) -> str:
    """How the one run of a schedule ended."""
    async with asyncio.timeout(30):
        while (found := (await admin.states(schedule))[0][1]) in {"waiting", "running"}:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.05)
    return found


async def test_a_schedule_that_a_guest_made_calls_the_guest_when_it_is_due(whole: Whole) -> None:
    admin = whole.site.admin()
    status, schedule = await whole.call("PUT")
    assert (status, await whole.call("DELETE"), await whole.call("GET")) == (200, (200, b"1"), (404, b""))
    (told,) = await admin.all()
    assert (told.id, told.method, told.path, told.cron, told.payload) == (
        schedule.decode(),
        "POST",
        "/run",
        "*/5 * * * *",
        '{"beat":1}',
    )
    whole.site.go(minutes=5)
    assert await whole.ran() == b'{"beat":1}'
    assert await only_state(admin, told.id) == "success"
    (one,) = await admin.history(told.id)
    assert (one.manual, one.due_at.ToJsonString()) == (False, "2026-03-01T12:05:00Z")
    # The record of calls says who asked for which.
    async with asyncio.timeout(30):
        while context_pb2.TRIGGER_SCHEDULE not in (found := await whole.triggers()):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.05)
    assert found[context_pb2.TRIGGER_SCHEDULE] == 1
    assert set(found) == {context_pb2.TRIGGER_SCHEDULE, context_pb2.TRIGGER_HTTP}


async def test_run_now_calls_it_at_once_and_a_second_of_its_name_is_refused(whole: Whole) -> None:
    admin = whole.site.admin()
    _, schedule = await whole.call("PUT")
    status, why = await whole.call("PUT")
    assert (status, b"name: must be unique in its install" in why) == (400, True)
    await admin.run_now(schedule.decode())
    assert await whole.ran() == b'{"beat":1}'
    assert await only_state(admin, schedule.decode()) == "success"
    assert (await admin.history(schedule.decode()))[0].manual
