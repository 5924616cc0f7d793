"""Who may call an install: what a tenant says of it, and what a version says of client-portal users."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from gen.alga.registry.v1 import install_pb2
from gen.alga.registry.v1 import install_service_pb2 as installs
from kernel.errors import Reason
from kernel.permissions import MAX_ROLES
from tests.registry.bundles import NAME, bundle
from tests.registry.calls import get, reason_of, refused, uninstall, update
from tests.registry.stack import Client, Stack

UI = {"type": "iframe", "entry": "ui/index.html", "hooks": {"clientPortalMenu": {"label": "Reports"}}}


def rules(*roles: str, only: bool = False) -> install_pb2.AccessRules:
    return install_pb2.AccessRules(roles=[install_pb2.RoleAccess(role=role, read=True) for role in roles], only_listed=only)


async def access(client: Client, told: Any, tenant: str = "a", install: str = NAME, **more: int) -> Any:
    request = installs.SetAccessRequest(tenant_id=tenant, install=install, access=told, **more)
    return (await client.call("installs", "SetAccess", request)).install


async def installed(stack: Stack) -> install_pb2.Install:
    await stack.clients["acme"].publish(bundle(stack.publisher_key))
    await stack.clients["acme"].publish(bundle(stack.publisher_key, version="1.1.0", ui=UI))
    return await stack.clients["admin-a"].install("a", NAME, "1.0.0")


async def test_rules_are_read_resolved_told_and_kept_by_updates(stack: Stack) -> None:
    install = await installed(stack)
    admin, gateway = stack.clients["admin-a"], stack.clients["gateway"]
    first = await gateway.resolve("a", NAME)
    assert (first.install.HasField("access"), first.client_portal) == (False, False)
    stream = stack.clients["runner"].stream("installs", "WatchInstalls", installs.WatchInstallsRequest())
    await anext(stream)
    for revision, told in enumerate((rules("z z", "a"), rules(only=True), None, rules("a")), start=2):
        changed = await access(admin, told)
        assert changed.revision == revision
        assert changed.HasField("access") == (told is not None)
        assert [one.role for one in changed.access.roles] == sorted(one.role for one in (told.roles if told else ()))
        assert await get(stack.operator) == changed == await access(stack.operator, told)
        assert (await gateway.resolve("a", NAME)).install == changed
        change = (await anext(stream)).change
        assert (change.kind, change.install_id) == (install_pb2.CHANGE_KIND_ACCESS_CHANGED, install.id)
    fault = await refused(access(admin, None, if_revision=1))
    assert (fault.reason, fault.facts) == (Reason.REVISION_CONFLICT, {"revision": "5"})
    moved = await update(admin, "1.1.0")
    assert moved.access == rules("a")
    assert (await gateway.resolve("a", NAME)).client_portal
    await uninstall(admin)
    assert not (await admin.install("a", NAME)).HasField("access")


@pytest.mark.parametrize("stored", [[1], {}, {"roles": [{"role": "clerk", "read": "yes"}], "only_listed": False}])
async def test_rules_that_are_damaged_let_nobody_in_and_are_set_anew(stack: Stack, stored: Any) -> None:
    await installed(stack)
    with closing(sqlite3.connect(stack.data / "registry.db", timeout=10)) as connection, connection:
        connection.execute("UPDATE tenant_extension_install SET access = ?", (json.dumps(stored),))
    admin, gateway = stack.clients["admin-a"], stack.clients["gateway"]
    assert (await gateway.resolve("a", NAME)).install.access == rules(only=True)
    assert (await access(admin, rules("clerk"))).access == rules("clerk")
    assert (await gateway.resolve("a", NAME)).install.access == rules("clerk")


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (rules("ok", ""), "access.roles[1].role"),
        (rules(" a"), "access.roles[0].role"),
        (rules("a "), "access.roles[0].role"),
        (rules("a,b"), "access.roles[0].role"),
        (rules("a\nb"), "access.roles[0].role"),
        (rules("\u00e9"), "access.roles[0].role"),
        (rules("x" * 65), "access.roles[0].role"),
        (rules("a", "b", "a"), "access.roles[2].role"),
        (rules(*(f"r{number}" for number in range(MAX_ROLES + 1))), "access.roles"),
    ],
)
async def test_a_wrong_rule_is_named(stack: Stack, told: Any, field: str) -> None:
    install = await installed(stack)
    fault = await refused(access(stack.clients["admin-a"], told))
    assert (fault.reason, [one.field for one in fault.violations]) == (Reason.INVALID_ARGUMENT, [field])
    assert await get(stack.operator) == install


async def test_only_the_tenants_admins_and_operators(stack: Stack) -> None:
    install = await installed(stack)
    for name in ("acme", "caller-a", "gateway", "runner"):
        assert await reason_of(access(stack.clients[name], rules())) is Reason.PERMISSION_DENIED
    for tenant, ref in (("a", install.id), ("a", NAME), ("b", install.id), ("b", NAME)):
        assert await reason_of(access(stack.clients["admin-b"], rules(), tenant, ref)) is Reason.NOT_FOUND
    assert await get(stack.clients["admin-a"]) == install
