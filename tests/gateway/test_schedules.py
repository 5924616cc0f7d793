"""Schedules over HTTP, for a tenant's admins: a real registry and a real gateway."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.app import running
from gateway.settings import GatewaySettings
from gen.alga.registry.v1 import identity_service_pb2 as identity
from kernel.auth import Role
from tests.gateway.http import Got, ask
from tests.registry.bundles import NAME
from tests.registry.schedules import Clock, Site
from tests.registry.stack import started

BASE = f"/api/v1/installs/{NAME}/schedules"
GOOD = {"endpoint": "POST /beat", "cron": "0 9 * * *"}


class Http:
    """A gateway, and keys of callers; answers are status and JSON."""

    def __init__(self, site: Site, address: str, keys: dict[str, str]) -> None:
        self.site, self._address, self._keys = site, address, keys

    async def __call__(self, method: str, path: str, said: Any = None, key: str = "admin-a") -> tuple[int, Any]:
        got = await self.raw(method, path, None if said is None else json.dumps(said).encode(), key)
        return got.status, json.loads(got.body) if got.body else None

    async def raw(self, method: str, path: str, body: bytes | None = None, key: str = "admin-a") -> Got:
        fields = (("x-api-key", self._keys[key]),) if key else ()
        return await ask(self._address, method, path, *fields, body=body)


@pytest.fixture
async def http(run_directory: Path) -> AsyncIterator[Http]:
    clock = Clock()
    async with started(clock=clock) as stack:
        site = await Site(stack, clock).open()
        keys = {}
        for name, role in (("admin-a", identity.ROLE_TENANT_ADMIN), ("admin-b", identity.ROLE_TENANT_ADMIN)):
            request = identity.CreateApiKeyRequest(role=role, tenant_id=name[-1], label="test")
            keys[name] = (await stack.operator.call("identity", "CreateApiKey", request)).secret
        request = identity.CreateApiKeyRequest(role=identity.ROLE_TENANT_CALLER, tenant_id="a", label="test")
        keys["caller"] = (await stack.operator.call("identity", "CreateApiKey", request)).secret
        token = run_directory / "token"
        token.write_text(stack.tokens[Role.GATEWAY])
        settings = GatewaySettings(
            listen=("127.0.0.1:0",),
            registry_address=stack.address,
            runner_address=f"unix:{run_directory}/runner",
            registry_token_file=token,
            runner_token_file=token,
            schedules_enabled=False,
        )
        async with running(settings) as (address,):
            yield Http(site, address, keys)


async def test_the_life_of_a_schedule(http: Http) -> None:
    assert await http("GET", BASE) == (200, {"schedules": []})
    status, made = await http("POST", BASE, GOOD | {"name": "n", "payload": {"é": [1]}, "timezone": "Asia/Tokyo"})
    assert (status, made["cron"], made["method"], made["path"], made["payload"]) == (201, "0 9 * * *", "POST", "/beat", {"é": [1]})
    assert (made["next_run_at"], made["last_run_at"], made["last_run_status"]) == ("2026-03-02T00:00:00Z", None, None)
    one = f"{BASE}/{made['id']}"
    assert await http("GET", one) == (200, made)
    assert (await http.raw("HEAD", one)).status == 200
    status, changed = await http("PATCH", one, {"name": None, "payload": None, "enabled": False})
    assert (status, changed["name"], changed["payload"], changed["enabled"], changed["cron"]) == (
        200,
        None,
        None,
        False,
        "0 9 * * *",
    )
    status, refused = await http("POST", f"{one}/run")
    assert (status, refused["code"]) == (409, "schedule_not_runnable")
    await http("PATCH", one, {"enabled": True})
    status, asked = await http("POST", f"{one}/run")
    assert (status, asked["state"], asked["manual"]) == (202, "waiting", True)
    assert await http("GET", f"{one}/history") == (200, {"occurrences": [asked]})
    assert (await http.raw("DELETE", one)).status == 204
    assert (await http("GET", one))[0] == 404


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({}, ["endpoint", "cron"]),
        ({"endpoint": "/none", "cron": "* * * * *"}, ["endpoint", "cron"]),
        (GOOD | {"cron": 5, "enabled": "yes", "payload": "text", "timezone": None}, ["cron", "timezone", "enabled", "payload"]),
        (GOOD | {"Name": "x"}, ["Name"]),
        ([], ["body"]),
    ],
)
async def test_what_is_wrong_is_told_by_field(http: Http, said: Any, fields: list[str]) -> None:
    status, told = await http("POST", BASE, said)
    assert (status, told["code"], [one["field"] for one in told["violations"]]) == (400, "invalid_argument", fields)
    assert await http("GET", BASE) == (200, {"schedules": []})


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a": NaN}', b"[" * 100, b'{"name": "\\ud800"}'])
async def test_what_is_no_json_is_refused(http: Http, body: bytes) -> None:
    assert (await http.raw("POST", BASE, body)).status == 400


async def test_bodies_are_bounded(http: Http) -> None:
    assert (await http.raw("POST", BASE, b" " * ((1 << 20) + 1))).status == 413


async def test_only_admins_and_only_of_the_tenant(http: Http) -> None:
    _, made = await http("POST", BASE, GOOD)
    one = f"{BASE}/{made['id']}"
    for method, path in (("GET", BASE), ("POST", BASE), ("GET", one), ("PATCH", one), ("DELETE", one), ("POST", f"{one}/run")):
        assert (await http(method, path, GOOD, key="caller"))[0] == 403
        assert (await http(method, path, GOOD, key=""))[0] == 401
        if path != BASE:
            assert (await http(method, path, {} if method == "PATCH" else None, key="admin-b"))[0] == 404
    assert await http("GET", BASE, key="admin-b") == (200, {"schedules": []})
    assert await http("GET", one) == (200, made)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", BASE, 405),
        ("POST", f"{BASE}/x", 405),
        ("GET", f"{BASE}/x/run", 405),
        ("POST", f"{BASE}/x/history", 405),
        ("GET", f"{BASE}/x/other", 404),
        ("GET", f"{BASE}/x/run/y", 404),
        ("GET", f"{BASE}/", 404),
        ("GET", "/api/v1/installs/com.acme.none/schedules", 404),
        ("GET", f"{BASE}?x=1", 400),
        ("GET", "/api/v1/installs/%00/schedules", 404),
    ],
)
async def test_paths_and_methods(http: Http, method: str, path: str, status: int) -> None:
    assert (await http(method, path))[0] == status


async def test_quotas_and_names_are_told(http: Http) -> None:
    assert (await http("POST", BASE, GOOD | {"name": "n"}))[0] == 201
    status, told = await http("POST", BASE, GOOD | {"name": "n"})
    assert (status, told["code"], told["violations"][0]["field"]) == (409, "already_exists", "name")
    for _ in range(8):
        await http("POST", BASE, GOOD)
    got = await http.raw("POST", BASE, json.dumps(GOOD).encode())
    assert (got.status, json.loads(got.body)["code"]) == (429, "quota_exceeded")
