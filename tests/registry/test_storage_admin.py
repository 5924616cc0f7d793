"""What a tenant's admins see and remove of what an install stores, and that nobody else does."""

from typing import Any

import pytest

from gen.alga.registry.v1 import storage_admin_service_pb2 as admin
from kernel.errors import Reason
from tests.registry.bundles import NAME
from tests.registry.calls import reason_of, refused
from tests.registry.stack import Client, Stack
from tests.registry.test_storage import Guest, installed

METHODS: dict[str, dict[str, Any]] = {
    "ListNamespaces": {},
    "ListKeys": {"namespace": "n"},
    "ReadEntry": {"namespace": "n", "key": "k"},
    "ClearNamespace": {"namespace": "n"},
}


async def ask(client: Client, method: str, tenant: str = "a", install: str = NAME, **fields: Any) -> Any:
    request = getattr(admin, f"{method}Request")(tenant_id=tenant, install=install, **{**METHODS[method], **fields})
    return await client.call("storage_admin", method, request)


@pytest.fixture
async def guest(stack: Stack) -> Guest:
    return await installed(stack)


@pytest.mark.parametrize("who", ["admin-a", "operator"])
async def test_an_admin_lists_reads_and_clears(guest: Guest, who: str) -> None:
    client = guest.stack.clients[who]
    for key in ("a", "b", "c"):
        await guest.put(key.encode() * 2, key, ttl_seconds=60 if key == "c" else 0)
    await guest.put(b"x", "k", "m")
    found = await ask(client, "ListNamespaces")
    assert [(one.name, one.keys, one.total_bytes) for one in found.namespaces] == [("m", 1, 2), ("n", 3, 9)]
    assert (found.max_keys, found.max_namespaces, found.max_bytes) == (5_120, 32, 256 << 20)
    first = await ask(client, "ListKeys", page_size=2)
    rest = await ask(client, "ListKeys", page_size=2, page_token=first.next_page_token)
    assert [(one.key, one.value_bytes, one.revision) for one in (*first.keys, *rest.keys)] == [
        ("a", 2, 1),
        ("b", 2, 1),
        ("c", 2, 1),
    ]
    assert ([one.HasField("expires_at") for one in rest.keys], rest.next_page_token) == ([True], "")
    assert (await ask(client, "ReadEntry", key="b")).entry.value == b"bb"
    assert (await ask(client, "ClearNamespace")).removed == 3
    assert (await ask(client, "ClearNamespace")).removed == 0
    assert (await refused(guest.get("a"))).reason is Reason.STORAGE_KEY_MISSING
    assert (await guest.get("k", "m")).value == b"x"


@pytest.mark.parametrize("method", METHODS)
async def test_nobody_else_does(guest: Guest, method: str) -> None:
    await guest.put()
    clients = guest.stack.clients
    assert await reason_of(ask(clients["admin-b"], method)) is Reason.NOT_FOUND
    assert await reason_of(ask(clients["admin-b"], method, "b")) is Reason.NOT_FOUND
    for who in ("caller-a", "gateway", "runner", "acme"):
        assert await reason_of(ask(clients[who], method)) is Reason.PERMISSION_DENIED
    assert await reason_of(ask(clients["nobody"], method)) is Reason.UNAUTHENTICATED
    assert (await guest.get()).revision == 1


async def test_an_install_of_another_tenant_is_not_found_by_its_id(guest: Guest) -> None:
    await guest.put()
    mine = (await guest.stack.clients["gateway"].resolve("a", NAME)).install
    for method in METHODS:
        assert await reason_of(ask(guest.stack.clients["admin-b"], method, "b", mine.id)) is Reason.NOT_FOUND
    assert (await guest.get()).revision == 1


async def test_what_cannot_be_asked(guest: Guest) -> None:
    client = guest.stack.clients["admin-a"]
    for method, fields, field in (
        ("ListKeys", {"namespace": ""}, "namespace"),
        ("ListKeys", {"page_size": 201}, "page_size"),
        ("ListKeys", {"page_token": "x"}, "page_token"),
        ("ReadEntry", {"key": "a/b"}, "key"),
        ("ClearNamespace", {"namespace": "n" * 129}, "namespace"),
    ):
        fault = await refused(ask(client, method, **fields))
        assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, field)
    assert await reason_of(ask(client, "ReadEntry")) is Reason.STORAGE_KEY_MISSING
