"""Capabilities given to a running install and taken away from it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gen.alga.registry.v1 import install_pb2
from gen.alga.registry.v1 import install_service_pb2 as installs
from kernel.capabilities import DEFAULTS
from kernel.convert import signed_from_proto
from kernel.errors import Reason
from kernel.grants import ExecutionGrant
from kernel.signing import TrustedKeys
from tests.registry.bundles import NAME, bundle
from tests.registry.calls import ALL, disable, get, granting, reason_of, refused, set_grants
from tests.registry.stack import Stack

KV, FETCH = "cap:storage.kv", "cap:http.fetch"


async def publish(stack: Stack, version: str = "1.0.0") -> None:
    await stack.clients["acme"].publish(bundle(stack.publisher_key, version=version, capabilities=[KV, FETCH]))


async def execution_grant(stack: Stack) -> ExecutionGrant:
    resolved = await stack.clients["gateway"].resolve("a", NAME)
    keys = TrustedKeys.of([stack.grant_key.public])
    return ExecutionGrant.verify(signed_from_proto(resolved.grant), keys, datetime.now(UTC))


async def test_what_is_taken_away_is_in_no_grant_any_more_and_watchers_hear_of_it(stack: Stack) -> None:
    await publish(stack)
    install = await stack.clients["admin-a"].install("a", NAME)
    stream = stack.clients["runner"].stream("installs", "WatchInstalls", installs.WatchInstallsRequest())
    await anext(stream)
    for revision, names in ((2, [FETCH]), (3, []), (4, [KV, FETCH])):
        changed = await set_grants(stack.clients["admin-a"], granting(*names))
        assert (set(changed.granted_capabilities), changed.revision) == (DEFAULTS | set(names), revision)
        assert (changed.id, changed.version, changed.enabled) == (install.id, "1.0.0", True)
        found = await execution_grant(stack)
        assert (found.capabilities, found.install_revision) == (DEFAULTS | set(names), revision)
        told = (await anext(stream)).change
        assert (told.kind, told.install_id) == (install_pb2.CHANGE_KIND_GRANTS_CHANGED, install.id)
        assert found.registry_revision == told.revision


async def test_setting_what_is_set_changes_nothing(stack: Stack) -> None:
    await publish(stack)
    admin = stack.clients["admin-a"]
    install = await admin.install("a", NAME)
    log = stack.left()["install_change"]
    for same in (ALL, granting(KV, FETCH), granting(" Http.Fetch ", KV, "cap:log.emit", KV)):
        assert await set_grants(admin, same) == install
    assert stack.left()["install_change"] == log


@pytest.mark.parametrize("name", ["cap:client.read", "cap:nothing", "", "x" * 5000])
async def test_only_what_the_installed_manifest_asks_for_can_be_granted(stack: Stack, name: str) -> None:
    await publish(stack)
    admin = stack.clients["admin-a"]
    install = await admin.install("a", NAME, names=[])
    fault = await refused(set_grants(admin, granting(KV, name)))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, "capabilities.names")
    assert await get(admin) == install


@pytest.mark.parametrize("grant", [None, granting()])
async def test_nothing_named_leaves_the_defaults(stack: Stack, grant: Any) -> None:
    await publish(stack)
    await stack.clients["admin-a"].install("a", NAME)
    assert set((await set_grants(stack.operator, grant)).granted_capabilities) == DEFAULTS


async def test_an_install_that_is_off_can_lose_capabilities_too(stack: Stack) -> None:
    await publish(stack)
    await stack.clients["admin-a"].install("a", NAME)
    await disable(stack.clients["admin-a"])
    changed = await set_grants(stack.clients["admin-a"], granting())
    assert (changed.enabled, set(changed.granted_capabilities), changed.revision) == (False, DEFAULTS, 3)


async def test_only_the_tenants_admins_and_operators_set_grants(stack: Stack) -> None:
    await publish(stack)
    install = await stack.clients["admin-a"].install("a", NAME)
    for name in ("acme", "caller-a", "gateway", "runner"):
        assert await reason_of(set_grants(stack.clients[name], ALL)) is Reason.PERMISSION_DENIED
    for tenant, ref in (("a", install.id), ("a", NAME), ("b", install.id), ("b", NAME)):
        fault = await refused(set_grants(stack.clients["admin-b"], granting(), tenant, ref))
        assert (fault.reason, fault.facts, fault.violations) == (Reason.NOT_FOUND, {}, ())
    assert await get(stack.clients["admin-a"]) == install
