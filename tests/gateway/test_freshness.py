"""What a gateway answers while the registry or its stream is gone, and when the runner knows more than the gateway."""

import asyncio

import pytest

from gateway import clients
from gen.alga.registry.v1 import trust_pb2
from gen.alga.runner.v1 import execute_service_pb2
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.watch import ChangeKind
from tests.gateway.conftest import EXTENSION, KEY_B, Stack, eventually
from tests.gateway.fakes import HASH, Installed, says
from tests.gateway.http import Got

NEW = Digest.of(b"a newer bundle")
PAGE = f"/ext-ui/{EXTENSION}/{HASH}/"


def granted(call: execute_service_pb2.ExecuteRequest) -> trust_pb2.ExecutionGrant:
    return trust_pb2.ExecutionGrant.FromString(call.grant.payload)


async def test_a_broken_stream_alone_does_not_empty_the_cache(stack: Stack) -> None:
    """So a registry that restarts within seconds is not noticed by calls whose grant is kept."""
    await stack.watched()
    resolves, watches = stack.registry.resolves, stack.registry.watches
    stack.registry.watchable = False
    stack.registry.drop_watchers()
    await eventually(lambda: stack.registry.watches > watches + 1)
    stack.registry.hold = asyncio.Event()
    assert (await stack.call("GET", "/items")).status == 200
    assert stack.registry.resolves == resolves


async def test_a_registry_that_stopped_is_a_503_within_its_time(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    assert clients.REGISTRY_SECONDS == 3
    stack.registry.installs["tenant-a", "com.acme.other"] = Installed("tenant-a", "com.acme.other")
    assert (await stack.call("GET", "/items")).status == 200
    monkeypatch.setattr(clients, "REGISTRY_SECONDS", 0.2)
    stack.registry.hold = asyncio.Event()
    key = ("x-api-key", KEY_B)
    asked: list[Got] = [
        await stack.ask("GET", "/api/ext/com.acme.other/items", ("x-api-key", "alga_key-of-tenant-a")),
        await stack.ask("GET", f"/api/ext/{EXTENSION}/items", key),
        await stack.ask("GET", PAGE),
    ]
    assert [(got.status, got.code) for got in asked] == [(503, "unavailable")] * 3
    stack.registry.hold.set()
    stack.registry.hold = None
    monkeypatch.undo()
    assert (await stack.ask("GET", PAGE)).status == 200


@pytest.mark.parametrize("kind", [kind for kind in ChangeKind if kind is not ChangeKind.INSTALLED])
async def test_a_change_is_heard_within_a_moment(stack: Stack, kind: ChangeKind) -> None:
    await stack.watched()
    assert (await stack.ask("GET", PAGE)).status == 200
    (installed,) = stack.registry.installs.values()
    installed.refusal = Reason.EXTENSION_DISABLED
    stack.registry.change(installed, kind)
    async with asyncio.timeout(10):
        while (await stack.call("GET", "/items")).status != 404:
            pass
        while (await stack.ask("GET", PAGE)).status != 404:
            pass


async def test_the_runner_knows_of_a_change_before_the_gateway_does(stack: Stack) -> None:
    """It refuses the older grant; the gateway asks once more, and its client notices nothing."""
    await stack.watched()
    stack.registry.revision += 1  # told to the runner alone
    needed, resolves = stack.registry.revision, stack.registry.resolves

    async def behave(request: execute_service_pb2.ExecuteRequest) -> execute_service_pb2.ExecuteResponse:
        if granted(request).registry_revision < needed:
            raise Fault(Reason.GRANT_STALE)
        return says()

    stack.runner.behave, called = behave, len(stack.runner.calls)
    for calls in (2, 3, 4):
        assert (await stack.call("POST", "/items", body=b"x")).status == 200
        assert len(stack.runner.calls) - called == calls
    assert stack.registry.resolves == resolves + 1


async def test_a_runner_that_finds_every_grant_stale_is_asked_twice(stack: Stack) -> None:
    await stack.watched()

    async def behave(request: execute_service_pb2.ExecuteRequest) -> execute_service_pb2.ExecuteResponse:
        raise Fault(Reason.GRANT_STALE)

    stack.runner.behave, called, resolves = behave, len(stack.runner.calls), stack.registry.resolves
    got = await stack.call("POST", "/items", body=b"x")
    assert (got.status, got.code) == (503, "unavailable")
    assert (len(stack.runner.calls) - called, stack.registry.resolves - resolves) == (2, 1)


@pytest.mark.parametrize(
    ("endpoints", "status", "timeouts"),
    [
        ((("POST", "/items", 321),), 200, [10_000, 321]),
        ((("GET", "/items", 0),), 404, [10_000]),
    ],
)
async def test_after_an_update_the_renewed_call_follows_the_new_versions_endpoints(
    stack: Stack, endpoints: tuple[tuple[str, str, int], ...], status: int, timeouts: list[int]
) -> None:
    await stack.watched()
    (installed,) = stack.registry.installs.values()
    called = len(stack.runner.calls)

    async def behave(request: execute_service_pb2.ExecuteRequest) -> execute_service_pb2.ExecuteResponse:
        if granted(request).content_hash != str(NEW):
            installed.content_hash, installed.endpoints = NEW, endpoints
            raise Fault(Reason.GRANT_STALE)
        return says()

    stack.runner.behave = behave
    assert (await stack.call("POST", "/items", body=b"x")).status == status
    assert [call.timeout_ms for call in stack.runner.calls[called:]] == timeouts
