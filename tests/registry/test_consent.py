"""Updates that ask for more wait for the tenant; what it consents to, and what it does not, is what happens."""

import sqlite3
from typing import Any

import pytest

from gen.alga.registry.v1 import extension_pb2, install_pb2, registry_service_pb2
from gen.alga.registry.v1 import install_service_pb2 as installs
from kernel.capabilities import DEFAULTS
from kernel.digest import Digest
from kernel.errors import Reason
from kernel.manifest import MAX_ENDPOINTS
from registry.bell import Bell
from registry.browse import Browse
from registry.catalog.memory import MemoryCatalog
from registry.model import Difference, Endpoint, PendingUpdate
from tests.contract import samples
from tests.registry.bundles import NAME, bundle
from tests.registry.calls import ALL, consent, decline, disable, get, granting, reason_of, refused, uninstall, update
from tests.registry.components import HANDLER, component
from tests.registry.stack import Stack

KV, FETCH = "cap:storage.kv", "cap:http.fetch"
OLD_EGRESS, NEW_EGRESS = "https://old.example", "https://new.example"
COMPONENT = component(HANDLER)
HASH = "sha256:" + "0" * 64


def api(*paths: str, handler: str = "h") -> dict[str, Any]:
    return {"endpoints": [{"method": "GET", "path": path, "handler": handler} for path in paths]}


async def publish(stack: Stack, version: str = "1.0.0", **changes: Any) -> str:
    files = {"dist/main.wasm": COMPONENT} if "api" in changes else {}
    signed = bundle(stack.publisher_key, files, version=version, **changes)
    await stack.clients["acme"].publish(signed)
    return str(signed.digest)


async def state(stack: Stack, method: str, version: str) -> None:
    request = getattr(registry_service_pb2, f"{method}Request")(extension=NAME, version=version)
    await stack.clients["acme"].call("registry", method, request)


async def waiting(stack: Stack) -> tuple[Any, str]:
    """An install of 1.0.0, and the bundle of 1.1.0 which waits because it asks for cap:http.fetch."""
    await publish(stack)
    content_hash = await publish(stack, "1.1.0", capabilities=[KV, FETCH])
    install = await stack.clients["admin-a"].install("a", NAME, "1.0.0")
    assert (await update(stack.clients["admin-a"], "1.1.0")).pending_update.content_hash == content_hash
    return install, content_hash


async def test_what_waits_tells_the_whole_difference_and_changes_nothing(stack: Stack) -> None:
    await publish(stack, api=api("/b", "/a"), egress=[OLD_EGRESS, "https://same.example"])
    wider = {"capabilities": [FETCH, "cap:client.read"], "egress": [NEW_EGRESS, "https://same.example"]}
    content_hash = await publish(stack, "1.1.0", api=api("/d", "/a", "/c", handler="other"), **wider)
    admin = stack.clients["admin-a"]
    before = await admin.install("a", NAME, "1.0.0")
    log = stack.left()["install_change"]
    grant = await stack.clients["gateway"].resolve("a", NAME)

    found = await update(stack.operator, "1.1.0", ALL)
    pending = found.pending_update
    assert (pending.version, pending.content_hash) == ("1.1.0", content_hash)
    difference = pending.difference
    assert list(difference.added_capabilities) == ["cap:client.read", FETCH]
    assert list(difference.removed_capabilities) == [KV]
    assert (list(difference.added_egress), list(difference.removed_egress)) == ([NEW_EGRESS], [OLD_EGRESS])
    assert [(one.method, one.path, one.handler) for one in difference.added_endpoints] == [
        ("GET", "/d", "other"),
        ("GET", "/c", "other"),
    ]
    assert [(one.method, one.path) for one in difference.removed_endpoints] == [("GET", "/b")]
    assert found.updated_at.ToNanoseconds() == pending.requested_at.ToNanoseconds() > before.updated_at.ToNanoseconds()

    assert await get(admin) == found
    found.ClearField("pending_update")
    found.updated_at.CopyFrom(before.updated_at)
    assert found == before
    assert stack.left()["install_change"] == log
    after = await stack.clients["gateway"].resolve("a", NAME)
    assert (after.install.version, list(after.endpoints)) == ("1.0.0", list(grant.endpoints))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"capabilities": [KV]}, {"capabilities": [KV, FETCH]}),
        ({"capabilities": [KV]}, {"capabilities": [FETCH]}),
        ({}, {"egress": [NEW_EGRESS]}),
        ({"egress": [OLD_EGRESS]}, {"egress": [NEW_EGRESS]}),
        ({}, {"api": api("/a")}),
        ({"api": api("/a")}, {"api": api("/a/:id")}),
        ({"api": api("/a")}, {"api": {"endpoints": [{"method": "POST", "path": "/a", "handler": "h"}]}}),
    ],
)
async def test_each_kind_of_more_waits(stack: Stack, old: dict[str, Any], new: dict[str, Any]) -> None:
    await publish(stack, **old)
    content_hash = await publish(stack, "1.1.0", **new)
    admin = stack.clients["admin-a"]
    await admin.install("a", NAME, "1.0.0")
    assert (await update(admin)).version == "1.0.0"
    moved = await consent(admin, content_hash)
    assert (moved.version, moved.revision, moved.HasField("pending_update")) == ("1.1.0", 2, False)


@pytest.mark.parametrize(
    "new",
    [
        {"capabilities": []},
        {"egress": []},
        {"api": api("/a")},
        {"api": api("/b", "/a", handler="another")},
        {"ui": {"type": "iframe", "entry": "ui/index.html"}, "limits": {"timeout_ms": 30_000}},
    ],
)
async def test_what_asks_for_no_more_is_applied_at_once(stack: Stack, new: dict[str, Any]) -> None:
    base = {"capabilities": [KV], "egress": [OLD_EGRESS], "api": api("/a", "/b")}
    await publish(stack, **base)
    await publish(stack, "1.1.0", **(base | new))
    await stack.clients["admin-a"].install("a", NAME, "1.0.0")
    moved = await update(stack.clients["admin-a"])
    assert (moved.version, moved.revision, moved.HasField("pending_update")) == ("1.1.0", 2, False)


@pytest.mark.parametrize(("grant", "granted"), [(None, {KV}), (granting(FETCH), {FETCH}), (granting(), set()), (ALL, {KV, FETCH})])
async def test_a_tenant_consents_and_says_what_the_new_version_may_use(stack: Stack, grant: Any, granted: set[str]) -> None:
    install, content_hash = await waiting(stack)
    stream = stack.clients["gateway"].stream("installs", "WatchInstalls", installs.WatchInstallsRequest())
    await anext(stream)
    moved = await consent(stack.clients["admin-a"], content_hash, grant)
    assert (moved.version, moved.content_hash, moved.revision) == ("1.1.0", content_hash, install.revision + 1)
    assert set(moved.granted_capabilities) == DEFAULTS | granted
    assert not moved.HasField("pending_update")
    change = (await anext(stream)).change
    assert (change.kind, change.install_id, change.content_hash) == (
        install_pb2.CHANGE_KIND_UPDATED,
        install.id,
        content_hash,
    )
    assert (await stack.clients["gateway"].resolve("a", NAME)).install == moved


async def test_what_an_update_wanted_to_grant_is_not_granted_by_consent(stack: Stack) -> None:
    _, content_hash = await waiting(stack)
    assert (await update(stack.operator, "1.1.0", ALL)).HasField("pending_update")
    assert set((await consent(stack.clients["admin-a"], content_hash)).granted_capabilities) == DEFAULTS | {KV}


async def test_a_grant_that_the_version_does_not_ask_for_is_refused(stack: Stack) -> None:
    _, content_hash = await waiting(stack)
    admin = stack.clients["admin-a"]
    before = await get(admin)
    fault = await refused(consent(admin, content_hash, granting("cap:client.read")))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, "capabilities.names")
    assert await reason_of(update(admin, "1.1.0", granting("cap:client.read"))) is Reason.INVALID_ARGUMENT
    assert await get(admin) == before


async def test_consent_is_to_one_bundle(stack: Stack) -> None:
    install, first = await waiting(stack)
    second = await publish(stack, "1.2.0", capabilities=[KV, FETCH], egress=[NEW_EGRESS])
    admin = stack.clients["admin-a"]
    for content_hash in (HASH, install.content_hash, second):
        assert await reason_of(consent(admin, content_hash)) is Reason.UPDATE_NOT_PENDING
    assert await reason_of(consent(admin, "1.1.0")) is Reason.INVALID_ARGUMENT
    replaced = await update(admin, "1.2.0")
    assert (replaced.pending_update.version, replaced.version) == ("1.2.0", "1.0.0")
    assert await reason_of(consent(admin, first)) is Reason.UPDATE_NOT_PENDING
    assert (await consent(admin, second)).version == "1.2.0"
    assert await reason_of(consent(admin, second)) is Reason.UPDATE_NOT_PENDING


async def test_declining_forgets(stack: Stack) -> None:
    install, content_hash = await waiting(stack)
    admin = stack.clients["admin-a"]
    declined = await decline(stack.operator)
    assert (declined.HasField("pending_update"), declined.version, declined.revision) == (False, "1.0.0", install.revision)
    assert await decline(admin) == declined == await get(admin)
    assert await reason_of(consent(admin, content_hash)) is Reason.UPDATE_NOT_PENDING


async def test_an_applied_update_forgets_what_waited(stack: Stack) -> None:
    _, content_hash = await waiting(stack)
    await publish(stack, "1.0.1")
    admin = stack.clients["admin-a"]
    moved = await update(admin, "1.0.1")
    assert (moved.version, moved.HasField("pending_update")) == ("1.0.1", False)
    assert await reason_of(consent(admin, content_hash)) is Reason.UPDATE_NOT_PENDING


async def test_an_update_to_what_is_installed_leaves_what_waits(stack: Stack) -> None:
    _, content_hash = await waiting(stack)
    admin = stack.clients["admin-a"]
    before = await get(admin)
    assert await update(admin, "1.0.0") == before
    narrowed = await update(admin, "1.0.0", granting())
    assert (set(narrowed.granted_capabilities), narrowed.revision) == (DEFAULTS, before.revision + 1)
    assert narrowed.pending_update == before.pending_update
    assert set((await consent(admin, content_hash)).granted_capabilities) == DEFAULTS


@pytest.mark.parametrize(("method", "reason"), [("YankVersion", Reason.VERSION_YANKED), ("RevokeVersion", Reason.VERSION_REVOKED)])
async def test_nobody_consents_to_what_was_withdrawn_meanwhile(stack: Stack, method: str, reason: Reason) -> None:
    _, content_hash = await waiting(stack)
    await state(stack, method, "1.1.0")
    admin = stack.clients["admin-a"]
    assert await reason_of(consent(admin, content_hash)) is reason
    assert (await get(admin)).version == "1.0.0"


async def test_nobody_consents_to_what_was_hidden_or_tampered_with_meanwhile(stack: Stack) -> None:
    _, content_hash = await waiting(stack)
    admin = stack.clients["admin-a"]
    hide = registry_service_pb2.SetVisibilityRequest(extension=NAME, visibility=extension_pb2.VISIBILITY_PRIVATE)
    await stack.clients["acme"].call("registry", "SetVisibility", hide)
    assert await reason_of(consent(admin, content_hash)) is Reason.NOT_FOUND
    hide.visibility = extension_pb2.VISIBILITY_PUBLIC
    await stack.clients["acme"].call("registry", "SetVisibility", hide)
    with sqlite3.connect(stack.data / "registry.db") as connection:
        mine = (content_hash.removeprefix("sha256:"),)
        connection.execute("UPDATE extension_bundle SET attestation_signature = x'00' WHERE content_hash = ?", mine)
    connection.close()
    assert await reason_of(consent(admin, content_hash)) is Reason.ATTESTATION_INVALID
    assert (await get(admin)).version == "1.0.0"


async def test_an_install_that_is_off_stays_off_and_one_that_goes_takes_what_waits_along(stack: Stack) -> None:
    _, content_hash = await waiting(stack)
    admin = stack.clients["admin-a"]
    assert (await disable(admin)).pending_update.content_hash == content_hash
    moved = await consent(admin, content_hash)
    assert (moved.version, moved.enabled) == ("1.1.0", False)
    await update(admin, "1.0.0")
    assert (await update(admin, "1.1.0")).HasField("pending_update")
    await uninstall(admin)
    again = await admin.install("a", NAME, "1.0.0")
    assert not again.HasField("pending_update")
    assert await reason_of(consent(admin, content_hash)) is Reason.UPDATE_NOT_PENDING


async def test_pages_of_installs_with_large_differences_stay_sendable() -> None:
    catalog = MemoryCatalog(Bell())
    endpoints = tuple(Endpoint("GET", f"/{number:0500}", "h" * 100) for number in range(MAX_ENDPOINTS))
    pending = PendingUpdate(
        "v", "2.0.0", Digest.of(b""), Difference(added_endpoints=endpoints, removed_endpoints=endpoints), samples.NOW
    )
    names = [f"com.acme.x{number:02}" for number in range(40)]
    async with catalog.write() as tables:
        for name in names:
            await tables.installs.add(samples.install(await samples.publish(tables, name=name), pending_update=pending))
    found, token = await Browse(catalog).installs("a", 200, "")
    assert 0 < len(found) < len(names)
    while token:
        more, token = await Browse(catalog).installs("a", 200, token)
        found += more
    assert [one.extension_name for one in found] == names


async def test_only_admins_of_the_tenant_consent(stack: Stack) -> None:
    install, content_hash = await waiting(stack)
    before = await get(stack.clients["admin-a"])
    for name in ("operator", "acme", "caller-a", "gateway", "runner"):
        assert await reason_of(consent(stack.clients[name], content_hash)) is Reason.PERMISSION_DENIED
    other = stack.clients["admin-b"]
    for tenant, ref in (("a", install.id), ("a", NAME), ("b", install.id), ("b", NAME)):
        for call in (consent(other, content_hash, None, tenant, ref), decline(other, tenant, ref)):
            fault = await refused(call)
            assert (fault.reason, fault.facts, fault.violations) == (Reason.NOT_FOUND, {}, ())
    assert await get(stack.clients["admin-a"]) == before
