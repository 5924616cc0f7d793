"""What a tenant lets one call of an install spend, and its callers ask: its bounds, its way into grants, and how long it lives."""

import sqlite3
from contextlib import closing
from dataclasses import asdict, fields
from datetime import UTC, datetime

import pytest

from gen.alga.registry.v1 import install_pb2
from gen.alga.registry.v1 import install_service_pb2 as installs
from kernel.caller_limits import MOST as MOST_OF_CALLERS
from kernel.caller_limits import CallerLimits, caller_limits_of
from kernel.convert import signed_from_proto
from kernel.errors import Reason
from kernel.grants import MOST, ExecutionGrant, Limits, limits_of
from kernel.signing import TrustedKeys
from tests.registry.bundles import NAME, bundle
from tests.registry.calls import get, limit, reason_of, refused, uninstall, update
from tests.registry.stack import Stack

ALL = asdict(MOST)


async def installed(stack: Stack) -> install_pb2.Install:
    for version, ms in (("1.0.0", 1000), ("1.1.0", 2000)):
        await stack.clients["acme"].publish(bundle(stack.publisher_key, version=version, limits={"timeout_ms": ms}))
    return await stack.clients["admin-a"].install("a", NAME, version="1.0.0")


async def in_grant(stack: Stack) -> tuple[Limits, Limits]:
    resolved = await stack.clients["gateway"].resolve("a", NAME)
    keys = TrustedKeys.of([stack.grant_key.public])
    grant = ExecutionGrant.verify(signed_from_proto(resolved.grant), keys, datetime.now(UTC))
    return grant.limits, grant.tenant_limits


async def test_what_is_set_is_read_granted_and_told(stack: Stack) -> None:
    install = await installed(stack)
    version = Limits(timeout_ms=1000)
    assert await in_grant(stack) == (version, Limits())
    stream = stack.clients["gateway"].stream("installs", "WatchInstalls", installs.WatchInstallsRequest())
    await anext(stream)
    for revision, values in enumerate((ALL, {"host_calls": 1}, {}), start=2):
        changed = await limit(stack.clients["admin-a"], values)
        assert (limits_of(changed.tenant_limits), changed.revision) == (Limits(**values), revision)
        assert limits_of(changed.limits) == version
        assert await get(stack.operator) == changed
        assert await in_grant(stack) == (version, Limits(**values))
        told = (await anext(stream)).change
        assert (told.kind, told.install_id) == (install_pb2.CHANGE_KIND_LIMITS_CHANGED, install.id)
        assert await limit(stack.operator, values) == changed


@pytest.mark.parametrize(
    "stored", ["[1]", "7", '{"fuel": 1}', '{"timeout_ms": true}', '{"timeout_ms": -1}', '{"calls_per_day": "9"}']
)
async def test_what_cannot_be_read_allows_the_least_until_it_is_set_anew(stack: Stack, stored: str) -> None:
    await installed(stack)
    with closing(sqlite3.connect(stack.data / "registry.db")) as connection, connection:
        connection.execute("UPDATE tenant_extension_install SET limits = ?", (stored,))
    found = await get(stack.clients["admin-a"])
    assert (
        set(asdict(limits_of(found.tenant_limits)).values()) == set(asdict(caller_limits_of(found.caller_limits)).values()) == {1}
    )
    assert (await in_grant(stack))[1] == limits_of(found.tenant_limits)
    healed = await limit(stack.clients["admin-a"], {"timeout_ms": 500}, caller_limits=install_pb2.CallerLimits())
    assert limits_of(healed.tenant_limits) == Limits(timeout_ms=500)
    assert caller_limits_of(healed.caller_limits) == CallerLimits()


@pytest.mark.parametrize("name", ALL)
async def test_one_more_is_refused_and_named(stack: Stack, name: str) -> None:
    install = await installed(stack)
    fault = await refused(limit(stack.clients["admin-a"], {name: ALL[name] + 1, "timeout_ms": 30_001}))
    assert fault.reason is Reason.INVALID_ARGUMENT
    assert ("limits.timeout_ms", "must be at most 30000") in [(found.field, found.rule) for found in fault.violations]
    assert f"limits.{name}" in [found.field for found in fault.violations]
    assert await get(stack.clients["admin-a"]) == install


async def test_limits_of_callers_are_told_to_gateways_and_stay_unless_they_are_named(stack: Stack) -> None:
    await installed(stack)
    admin, gateway = stack.clients["admin-a"], stack.clients["gateway"]
    stream = gateway.stream("installs", "WatchInstalls", installs.WatchInstallsRequest())
    await anext(stream)
    all_of_them = {field.name: number for number, field in enumerate(fields(CallerLimits), start=1)}
    for callers in (all_of_them, {"calls_per_day": MOST_OF_CALLERS}, {}):
        changed = await limit(admin, {"log_lines": 1}, caller_limits=callers)
        assert caller_limits_of(changed.caller_limits) == CallerLimits(**callers)
        assert (await anext(stream)).change.kind == install_pb2.CHANGE_KIND_LIMITS_CHANGED
        assert (await gateway.resolve("a", NAME)).install.caller_limits == changed.caller_limits
        # Who knows nothing of them changes none.
        for values in ({}, {"log_lines": 1}):
            assert (await limit(admin, values)).caller_limits == changed.caller_limits
            await anext(stream)
    assert await in_grant(stack) == (Limits(timeout_ms=1000), Limits(log_lines=1))


@pytest.mark.parametrize("name", [field.name for field in fields(CallerLimits)])
async def test_a_limit_of_callers_that_cannot_be_told_is_refused_and_named(stack: Stack, name: str) -> None:
    await installed(stack)
    fault = await refused(limit(stack.clients["admin-a"], {"timeout_ms": 30_001}, caller_limits={name: MOST_OF_CALLERS + 1}))
    assert fault.reason is Reason.INVALID_ARGUMENT
    assert [found.field for found in fault.violations] == ["limits.timeout_ms", f"caller_limits.{name}"]


async def test_only_what_was_read_is_replaced(stack: Stack) -> None:
    install = await installed(stack)
    admin = stack.clients["admin-a"]
    first = await limit(admin, {"log_lines": 1}, if_revision=install.revision)
    for stale in (install.revision, 0, 2**64 - 1):
        fault = await refused(limit(admin, {"log_lines": 2}, if_revision=stale))
        assert (fault.reason, fault.facts) == (Reason.REVISION_CONFLICT, {"revision": str(first.revision)})


async def test_it_survives_updates_and_goes_with_the_install(stack: Stack) -> None:
    await installed(stack)
    admin = stack.clients["admin-a"]
    await limit(admin, {"timeout_ms": 1500}, caller_limits={"calls_at_once": 2})
    await update(admin, "1.1.0")
    assert await in_grant(stack) == (Limits(timeout_ms=2000), Limits(timeout_ms=1500))
    assert (await get(admin)).caller_limits.calls_at_once == 2
    await uninstall(admin)
    await admin.install("a", NAME)
    assert caller_limits_of((await get(admin)).caller_limits) == CallerLimits()
    assert await in_grant(stack) == (Limits(timeout_ms=2000), Limits())


async def test_only_the_tenants_admins_and_operators_set_limits(stack: Stack) -> None:
    install = await installed(stack)
    for name in ("acme", "caller-a", "gateway", "runner"):
        assert await reason_of(limit(stack.clients[name], {})) is Reason.PERMISSION_DENIED
    for tenant, ref in (("a", install.id), ("a", NAME), ("b", install.id), ("b", NAME)):
        fault = await refused(limit(stack.clients["admin-b"], {"timeout_ms": 1}, tenant, ref))
        assert (fault.reason, fault.facts, fault.violations) == (Reason.NOT_FOUND, {}, ())
    assert await get(stack.clients["admin-a"]) == install
