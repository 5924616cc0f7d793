"""Liveness and readiness."""

from collections.abc import Mapping
from typing import Any

from gateway.handlers.health import Health
from tests.gateway.conftest import Stack, Start


async def test_a_gateway_is_ready_when_both_services_serve(stack: Stack) -> None:
    got = await stack.ask("GET", "/readyz")
    assert (got.status, got.json) == (200, {"ready": True, "gateway": True, "registry": True, "runner": True})
    assert (await stack.ask("HEAD", "/livez")).status == 200


async def test_a_service_that_is_away_is_named(start: Start, run_directory: Any) -> None:
    async with start(runner_address=f"unix:{run_directory}/nobody") as stack:
        got = await stack.ask("GET", "/readyz")
        assert (got.status, got.json["runner"], got.json["registry"]) == (503, False, True)
        assert (await stack.ask("GET", "/livez")).status == 200
        assert (await stack.call("GET", "/items")).status == 503
        assert (await stack.call("POST", "/items", body=b"")).code == "unavailable"
    async with start(registry_address=f"unix:{run_directory}/nobody") as stack:
        got = await stack.call("GET", "/items")
        assert (got.status, got.code, got["retry-after"]) == (503, "unavailable", "1")


class Services:
    asked = 0

    async def serving(self) -> Mapping[str, bool]:
        self.asked += 1
        return {"registry": True}


async def test_anybody_may_ask_and_the_services_are_asked_once_a_second() -> None:
    now, services = [5.0], Services()
    health = Health(services, lambda: now[0])
    nothing: Any = None
    for _ in range(5):
        assert (await health.ready(nothing, nothing)).status == 200
    assert services.asked == 1
    now[0] += 1
    await health.ready(nothing, nothing)
    assert services.asked == 2
    health.drain()
    assert (await health.ready(nothing, nothing)).status == 503
