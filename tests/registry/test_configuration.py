"""What a tenant sets for an install: its limits, its way into grants, and how long it lives."""

import sqlite3
from datetime import UTC, datetime

import pytest

from gen.alga.registry.v1 import install_pb2
from gen.alga.registry.v1 import install_service_pb2 as installs
from kernel.convert import signed_from_proto
from kernel.errors import MAX_VIOLATIONS, Reason
from kernel.grants import ExecutionGrant
from kernel.signing import TrustedKeys
from registry.configure import MAX_KEYS, MAX_TOTAL_BYTES, MAX_VALUE_BYTES
from tests.registry.bundles import NAME, bundle
from tests.registry.calls import configure, consent, disable, get, reason_of, refused, uninstall, update
from tests.registry.stack import Stack

KV, FETCH = "cap:storage.kv", "cap:http.fetch"


async def publish(stack: Stack, version: str = "1.0.0", *capabilities: str) -> str:
    signed = bundle(stack.publisher_key, version=version, capabilities=[KV, *capabilities])
    await stack.clients["acme"].publish(signed)
    return str(signed.digest)


async def installed(stack: Stack) -> install_pb2.Install:
    await publish(stack)
    return await stack.clients["admin-a"].install("a", NAME)


async def in_grant(stack: Stack) -> dict[str, str]:
    resolved = await stack.clients["gateway"].resolve("a", NAME)
    keys = TrustedKeys.of([stack.grant_key.public])
    return dict(ExecutionGrant.verify(signed_from_proto(resolved.grant), keys, datetime.now(UTC)).configuration)


async def test_what_is_set_is_read_granted_and_told(stack: Stack) -> None:
    install = await installed(stack)
    assert await in_grant(stack) == dict(install.configuration) == {}
    stream = stack.clients["gateway"].stream("installs", "WatchInstalls", installs.WatchInstallsRequest())
    await anext(stream)
    for revision, values in enumerate(({"color": "gr\u00fcn\n", "a.b-c_D9": ""}, {"color": "\x00"}, {}), start=2):
        changed = await configure(stack.clients["admin-a"], values)
        assert (dict(changed.configuration), changed.revision) == (values, revision)
        assert await get(stack.operator) == changed
        assert await in_grant(stack) == values
        told = (await anext(stream)).change
        assert (told.kind, told.install_id) == (install_pb2.CHANGE_KIND_CONFIGURED, install.id)
        assert await configure(stack.operator, values) == changed
    assert stack.left()["install_change"] == 4


async def test_as_much_as_is_allowed(stack: Stack) -> None:
    await installed(stack)
    admin = stack.clients["admin-a"]
    many = {f"k{number:063}": "" for number in range(MAX_KEYS)}
    large = {str(number): "x" * (MAX_VALUE_BYTES - 1) for number in range(4)}
    assert sum(len(key + value) for key, value in large.items()) == MAX_TOTAL_BYTES
    wide = {"k": "\u00e9" * (MAX_VALUE_BYTES // 2)}
    for values in (many, large, wide):
        assert dict((await configure(admin, values)).configuration) == values
        assert await in_grant(stack) == values


@pytest.mark.parametrize(
    ("values", "field", "rule"),
    [
        ({"": "x"}, "configuration[]", "1 to 64 characters"),
        ({"a b": "x"}, "configuration[a b]", "1 to 64 characters"),
        ({"\u00e9": "x"}, "configuration[\u00e9]", "1 to 64 characters"),
        ({"a\n": "x"}, "configuration[a?]", "1 to 64 characters"),
        ({"k" * 65: "x"}, f"configuration[{'k' * 65}]", "1 to 64 characters"),
        ({"k": "x" * (MAX_VALUE_BYTES + 1)}, "configuration[k]", "4096 bytes"),
        ({"k": "\u00e9" * (MAX_VALUE_BYTES // 2 + 1)}, "configuration[k]", "4096 bytes"),
        ({f"k{number}": "" for number in range(MAX_KEYS + 1)}, "configuration", "64 keys"),
        ({str(number): "x" * MAX_VALUE_BYTES for number in range(4)}, "configuration", "16384 bytes"),
        ({f"{number:064}": "x" * 193 for number in range(MAX_KEYS)}, "configuration", "16384 bytes"),
    ],
)
async def test_one_more_is_refused_and_named(stack: Stack, values: dict[str, str], field: str, rule: str) -> None:
    install = await installed(stack)
    fault = await refused(configure(stack.clients["admin-a"], values))
    assert fault.reason is Reason.INVALID_ARGUMENT
    assert [(found.field, rule in found.rule) for found in fault.violations] == [(field, True)]
    assert await get(stack.clients["admin-a"]) == install


async def test_every_wrong_key_is_named_up_to_a_limit(stack: Stack) -> None:
    await installed(stack)
    fault = await refused(configure(stack.clients["admin-a"], {"a b": "", "c d": "x" * 5000, "good": ""}))
    assert [found.field for found in fault.violations] == ["configuration[a b]", "configuration[c d]", "configuration[c d]"]
    fault = await refused(configure(stack.clients["admin-a"], {f" {number}": "x" * 5000 for number in range(MAX_KEYS)}))
    assert len(fault.violations) == MAX_VIOLATIONS


async def test_only_what_was_read_is_replaced(stack: Stack) -> None:
    install = await installed(stack)
    admin = stack.clients["admin-a"]
    first = await configure(admin, {"a": "1"}, if_revision=install.revision)
    for stale in (install.revision, 0, 2**64 - 1):
        fault = await refused(configure(admin, {"a": "2"}, if_revision=stale))
        assert (fault.reason, fault.facts) == (Reason.REVISION_CONFLICT, {"revision": str(first.revision)})
        assert await reason_of(configure(admin, {"a": "1"}, if_revision=stale)) is Reason.REVISION_CONFLICT
    assert (await configure(admin, {"a": "2"}, if_revision=first.revision)).revision == 3
    await disable(admin)
    assert await reason_of(configure(admin, {"a": "3"}, if_revision=3)) is Reason.REVISION_CONFLICT
    assert dict((await configure(admin, {"a": "3"})).configuration) == {"a": "3"}


async def test_it_survives_updates_and_consent_and_goes_with_the_install(stack: Stack) -> None:
    await installed(stack)
    wider = await publish(stack, "2.0.0", FETCH)
    await publish(stack, "1.1.0")
    admin, values = stack.clients["admin-a"], {"a": "1"}
    await configure(admin, values)
    assert dict((await update(admin, "1.1.0")).configuration) == values
    assert dict((await update(admin, "2.0.0")).configuration) == values
    assert (await configure(admin, values | {"b": "2"})).pending_update.content_hash == wider
    assert dict((await consent(admin, wider)).configuration) == {"a": "1", "b": "2"}
    assert await in_grant(stack) == {"a": "1", "b": "2"}
    await uninstall(admin)
    with sqlite3.connect(stack.data / "registry.db") as connection:
        rows = connection.execute("SELECT count(*) FROM tenant_extension_install_config").fetchone()
    connection.close()
    assert rows == (0,)
    assert dict((await admin.install("a", NAME)).configuration) == {}


async def test_only_the_tenants_admins_and_operators_configure(stack: Stack) -> None:
    install = await installed(stack)
    for name in ("acme", "caller-a", "gateway", "runner"):
        assert await reason_of(configure(stack.clients[name], {"a": "1"})) is Reason.PERMISSION_DENIED
    for tenant, ref in (("a", install.id), ("a", NAME), ("b", install.id), ("b", NAME)):
        fault = await refused(configure(stack.clients["admin-b"], {"a": "1"}, tenant, ref))
        assert (fault.reason, fault.facts, fault.violations) == (Reason.NOT_FOUND, {}, ())
    assert await get(stack.clients["admin-a"]) == install
