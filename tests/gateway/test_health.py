"""Liveness and readiness."""

import asyncio
from typing import Any

import pytest

from gateway.handlers.health import Health
from kernel import rpc
from tests.gateway.conftest import Stack, Start

READY = {"ready": True, "gateway": True, "registry": True, "runner": True}


async def ready(stack: Stack, **states: bool) -> None:
    """Ask until the gateway heard of it."""
    wanted = {**READY, **states, "ready": all(states.values())}
    async with asyncio.timeout(20):
        while (got := await stack.ask("GET", "/readyz")).json != wanted:
            assert got.status in {200, 503}
    assert got.status == (200 if wanted["ready"] else 503)


async def lives(stack: Stack) -> None:
    for path in ("/livez", "/healthz"):
        for method in ("GET", "HEAD"):
            assert (await stack.ask(method, path)).status == 200


async def test_a_gateway_is_ready_when_both_services_serve(stack: Stack) -> None:
    await ready(stack)
    await lives(stack)
    told = {"cache_writable": True, "bundle_store": "ok", "ext_cache_max_bytes": None}
    assert (await stack.ask("GET", "/healthz")).json == told


async def test_a_runner_that_turns_is_told_and_no_reason_to_start_the_gateway_again(stack: Stack) -> None:
    await ready(stack)
    await stack.servers["runner"].serving(False)
    await ready(stack, runner=False)
    await lives(stack)
    assert (await stack.ask("GET", "/healthz")).json["cache_writable"] is False
    await stack.servers["runner"].serving(True)
    await ready(stack)


async def test_one_runner_that_serves_is_enough(start: Start) -> None:
    async with start(runners=2) as stack:
        await ready(stack)
        await stack.servers["runner"].stop(0)
        await ready(stack)
        await stack.servers["runner1"].stop(0)
        await ready(stack, runner=False)


async def test_services_that_are_too_busy_to_be_asked_serve(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(rpc._Health, "Check", never)
    async with start() as stack:
        await ready(stack)
        await lives(stack)


async def test_a_service_that_is_away_is_named(start: Start, run_directory: Any) -> None:
    async with start(runner_address=f"unix:{run_directory}/nobody") as stack:
        await ready(stack, runner=False)
        await lives(stack)
        assert (await stack.call("GET", "/items")).status == 503
        assert (await stack.call("POST", "/items", body=b"")).code == "unavailable"
    async with start(registry_address=f"unix:{run_directory}/nobody") as stack:
        await ready(stack, registry=False)
        await lives(stack)
        assert (await stack.ask("GET", "/healthz")).json["bundle_store"] == "bundle_store_unreachable"
        got = await stack.call("GET", "/items")
        assert (got.status, got.code, got["retry-after"]) == (503, "unavailable", "1")


async def test_a_gateway_that_stops_is_not_ready() -> None:
    health, nothing = Health({"registry": lambda: True}), None
    assert (await health.ready(nothing, nothing)).status == 200  # type: ignore[arg-type]
    health.drain()
    assert (await health.ready(nothing, nothing)).status == 503  # type: ignore[arg-type]
    assert (await health.live(nothing, nothing)).status == 200  # type: ignore[arg-type]
