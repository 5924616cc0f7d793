"""Install, update, switch, uninstall, resolve, and who may not."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest

from gen.alga.registry.v1 import extension_pb2, install_service_pb2_grpc
from gen.alga.registry.v1 import install_service_pb2 as installs
from gen.alga.registry.v1 import registry_service_pb2 as registry
from kernel.convert import signed_from_proto
from kernel.errors import Fault, Reason
from kernel.grants import AssetGrant, ExecutionGrant, Limits
from kernel.signing import TrustedKeys
from tests.registry.bundles import NAME, bundle
from tests.registry.stack import Client, Stack

DEFAULTS = ["cap:config.read", "cap:context.read", "cap:log.emit", "cap:user.read"]


async def refused(call: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        await call
    return caught.value


async def publish(stack: Stack, version: str = "1.0.0", **changes: Any) -> str:
    signed = bundle(stack.publisher_key, version=version, **changes)
    await stack.clients["acme"].publish(signed)
    return str(signed.digest)


async def change(stack: Stack, method: str, version: str) -> None:
    request = getattr(registry, f"{method}Request")(extension=NAME, version=version)
    await stack.clients["acme"].call("registry", method, request)


async def turn(client: Client, method: str, tenant: str = "a", install: str = NAME) -> Any:
    request = getattr(installs, f"{method}Request")(tenant_id=tenant, install=install)
    return (await client.call("installs", method, request)).install


async def update(client: Client, version: str = "", grant: Any = None, tenant: str = "a") -> Any:
    request = installs.UpdateRequest(tenant_id=tenant, install=NAME, version=version, capabilities=grant)
    return (await client.call("installs", "Update", request)).install


async def test_without_a_version_the_newest_stable_active_one_is_installed(stack: Stack) -> None:
    for version in ("1.9.0", "1.10.0", "1.11.0", "2.0.0-rc.1", "1.2.0"):
        await publish(stack, version)
    await change(stack, "YankVersion", "1.11.0")
    assert (await stack.clients["admin-a"].install("a", NAME)).version == "1.10.0"
    assert (await stack.clients["admin-b"].install("b", NAME, "2.0.0-rc.1")).version == "2.0.0-rc.1"


async def test_installing_again_answers_with_the_install(stack: Stack) -> None:
    await publish(stack)
    admin = stack.clients["admin-a"]
    first = await admin.install("a", NAME)
    assert await admin.install("a", NAME.upper(), "1.0.0") == first
    await publish(stack, "1.1.0")
    assert await admin.install("a", NAME) == first
    assert (await refused(admin.install("a", NAME, "1.1.0"))).reason is Reason.ALREADY_EXISTS


WITH_STORAGE = sorted([*DEFAULTS, "cap:storage.kv"])


@pytest.mark.parametrize(
    ("names", "granted"), [([], DEFAULTS), (["cap:storage.kv"], WITH_STORAGE), ([" Storage.KV "], WITH_STORAGE)]
)
async def test_a_tenant_grants_what_it_likes_of_what_is_asked(stack: Stack, names: list[str], granted: list[str]) -> None:
    await publish(stack)
    assert list((await stack.clients["admin-a"].install("a", NAME, names=names)).granted_capabilities) == granted


@pytest.mark.parametrize("name", ["cap:http.fetch", "cap:nothing", "", "x" * 5000])
async def test_nothing_is_granted_that_the_manifest_does_not_ask_for(stack: Stack, name: str) -> None:
    await publish(stack)
    fault = await refused(stack.clients["admin-a"].install("a", NAME, names=[name]))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, "capabilities.names")
    assert stack.left()["install_change"] == 0


@pytest.mark.parametrize(("method", "reason"), [("YankVersion", Reason.VERSION_YANKED), ("RevokeVersion", Reason.VERSION_REVOKED)])
async def test_a_withdrawn_version_is_not_installed(stack: Stack, method: str, reason: Reason) -> None:
    await publish(stack)
    await change(stack, method, "1.0.0")
    assert (await refused(stack.clients["admin-a"].install("a", NAME, "1.0.0"))).reason is reason
    assert (await refused(stack.clients["admin-a"].install("a", NAME))).reason is Reason.NOT_FOUND


async def test_an_install_has_one_version_and_no_wildcard(stack: Stack) -> None:
    await publish(stack, "1.2.3")
    for wanted in ("1.2.*", "1.*", "*"):
        fault = await refused(stack.clients["admin-a"].install("a", NAME, wanted))
        assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, "version")
        assert "compatibility route" in fault.public


async def test_an_update_keeps_denied_what_was_not_granted(stack: Stack) -> None:
    await publish(stack)
    wider = ["cap:storage.kv", "cap:http.fetch"]
    await publish(stack, "1.1.0", capabilities=wider)
    admin = stack.clients["admin-a"]
    before = await admin.install("a", NAME, "1.0.0")
    waiting = (await update(admin)).pending_update
    consent = installs.ConsentToUpdateRequest(tenant_id="a", install=NAME, content_hash=waiting.content_hash)
    after = (await admin.call("installs", "ConsentToUpdate", consent)).install
    assert (after.version, after.revision, after.id) == ("1.1.0", before.revision + 1, before.id)
    assert list(after.granted_capabilities) == sorted([*DEFAULTS, "cap:storage.kv"])
    widened = await update(admin, "1.1.0", installs.CapabilityGrant(all_requested=True))
    assert list(widened.granted_capabilities) == sorted([*DEFAULTS, *wider])
    assert await update(admin, "1.1.0") == widened
    narrowed = await update(admin, "1.0.0")
    assert list(narrowed.granted_capabilities) == sorted([*DEFAULTS, "cap:storage.kv"])


async def test_an_update_to_what_is_withdrawn_or_missing_fails(stack: Stack) -> None:
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        await publish(stack, version)
    await change(stack, "YankVersion", "1.1.0")
    await change(stack, "RevokeVersion", "1.2.0")
    admin = stack.clients["admin-a"]
    assert (await refused(update(admin, "1.0.0"))).reason is Reason.NOT_FOUND
    install = await admin.install("a", NAME, "1.0.0")
    reasons = {"1.1.0": Reason.VERSION_YANKED, "1.2.0": Reason.VERSION_REVOKED, "9.9.9": Reason.NOT_FOUND}
    reasons |= {"1.0.*": Reason.INVALID_ARGUMENT, "*": Reason.INVALID_ARGUMENT, "1.0": Reason.NOT_FOUND}
    for version, reason in reasons.items():
        assert (await refused(update(admin, version))).reason is reason
    assert await turn(admin, "GetInstall") == install


async def test_off_on_and_gone(stack: Stack) -> None:
    await publish(stack)
    admin, gateway = stack.clients["admin-a"], stack.clients["gateway"]
    install = await admin.install("a", NAME)
    off = await turn(admin, "Disable", install=install.id)
    assert (off.enabled, off.revision) == (False, 2)
    assert await turn(admin, "Disable") == off
    assert (await refused(gateway.resolve("a", NAME))).reason is Reason.EXTENSION_DISABLED
    on = await turn(admin, "Enable")
    assert (on.enabled, on.revision) == (True, 3)
    assert (await gateway.resolve("a", NAME)).install == on
    assert await turn(admin, "Uninstall") == on
    assert (await refused(gateway.resolve("a", NAME))).reason is Reason.EXTENSION_NOT_AVAILABLE
    assert (await refused(turn(admin, "Uninstall"))).reason is Reason.NOT_FOUND
    again = await admin.install("a", NAME)
    assert (again.id != install.id, again.revision) == (True, 1)


async def test_a_revoked_version_neither_resolves_nor_is_enabled_nor_read(stack: Stack) -> None:
    content_hash = await publish(stack)
    admin = stack.clients["admin-a"]
    await admin.install("a", NAME)
    await change(stack, "RevokeVersion", "1.0.0")
    assert (await refused(stack.clients["gateway"].resolve("a", NAME))).reason is Reason.EXTENSION_REVOKED
    assert (await refused(turn(admin, "Enable"))).reason is Reason.VERSION_REVOKED
    assert (await refused(stack.clients["runner"].read_bundle(content_hash))).reason is Reason.VERSION_REVOKED
    assert (await refused(change(stack, "YankVersion", "1.0.0"))).reason is Reason.VERSION_REVOKED
    await change(stack, "RevokeVersion", "1.0.0")


async def test_a_yanked_version_goes_on_running(stack: Stack) -> None:
    await publish(stack)
    await stack.clients["admin-a"].install("a", NAME)
    await change(stack, "YankVersion", "1.0.0")
    assert (await stack.clients["gateway"].resolve("a", NAME)).install.version == "1.0.0"


async def raw_failure(stack: Stack, tenant: str, extension: str) -> tuple[grpc.StatusCode, str | None, Any]:
    gateway = stack.clients["gateway"].peer
    stub = install_service_pb2_grpc.InstallServiceStub(gateway.channel)
    request = installs.ResolveInstallRequest(tenant_id=tenant, extension=extension)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.ResolveInstall(request, metadata=gateway.metadata())
    error = caught.value
    assert isinstance(error, grpc.aio.AioRpcError)
    return error.code(), error.details(), tuple(error.trailing_metadata() or ())


async def test_unknown_foreign_and_not_installed_are_the_same_to_the_byte(stack: Stack) -> None:
    await publish(stack)
    hidden = bundle(stack.publisher_key, name="com.acme.hidden")
    await stack.clients["acme"].publish(hidden, visibility=extension_pb2.VISIBILITY_PRIVATE)
    install = await stack.clients["admin-a"].install("a", NAME)
    unknown = await raw_failure(stack, "b", "com.nobody.nothing")
    assert unknown[0] is grpc.StatusCode.NOT_FOUND
    for ref in (NAME, install.id, install.extension_id, "com.acme.hidden", f"acme.{NAME}", "", "%", "\x00", "x" * 9000):
        assert await raw_failure(stack, "b", ref) == unknown


async def test_an_install_answers_to_all_its_names(stack: Stack) -> None:
    await publish(stack)
    install = await stack.clients["admin-a"].install("a", NAME)
    for ref in (NAME, NAME.upper(), f"acme.{NAME}", install.id, install.extension_id):
        assert (await stack.clients["gateway"].resolve("a", ref)).install == install


async def test_a_grant_carries_the_manifests_limits_and_the_logs_revision(stack: Stack) -> None:
    said = {"timeout_ms": 1500, "request_bytes": 10, "response_bytes": 20}
    said |= {"host_calls": 30, "host_bytes": 40, "log_lines": 50, "log_bytes": 60}
    await publish(stack, limits=said | {"memory_mb": 64})
    await stack.clients["admin-a"].install("a", NAME)
    resolved = await stack.clients["gateway"].resolve("a", NAME)
    keys = TrustedKeys.of([stack.grant_key.public])
    grant = ExecutionGrant.verify(signed_from_proto(resolved.grant), keys, datetime.now(UTC))
    assert asdict(grant.limits) == said | {"memory_bytes": 64 << 20}
    assert grant.tenant_limits == Limits()
    assert (grant.install_revision, resolved.registry_revision) == (1, 1)


async def assets(stack: Stack, extension: str, content_hash: str, tenant: str = "") -> Any:
    request = installs.ResolveAssetsRequest(extension=extension, content_hash=content_hash, tenant_id=tenant)
    return await stack.clients["gateway"].call("installs", "ResolveAssets", request)


async def test_assets_are_served_while_somebody_has_them_enabled(stack: Stack) -> None:
    content_hash = await publish(stack)
    assert (await refused(assets(stack, NAME, content_hash))).reason is Reason.ASSET_NOT_FOUND
    admin = stack.clients["admin-a"]
    install = await admin.install("a", NAME)
    answer = await assets(stack, NAME, content_hash.removeprefix("sha256:").upper())
    keys = TrustedKeys.of([stack.grant_key.public])
    grant = AssetGrant.verify(signed_from_proto(answer.grant), keys, datetime.now(UTC))
    assert (str(grant.content_hash), answer.ui_entry, answer.extension_id) == (content_hash, "ui/index.html", install.extension_id)
    assert (await assets(stack, install.id, content_hash, "a")).extension_id == install.extension_id
    for ref, tenant in (("com.acme.other", ""), (NAME, "b"), (install.id, "b"), (f"acme.{NAME}", "")):
        assert (await refused(assets(stack, ref, content_hash, tenant))).reason is Reason.ASSET_NOT_FOUND
    other = await publish(stack, "1.1.0")
    for tenant in ("", "a"):
        assert (await refused(assets(stack, NAME, other, tenant))).reason is Reason.ASSET_NOT_FOUND
    await turn(admin, "Disable")
    for tenant in ("", "a"):
        assert (await refused(assets(stack, NAME, content_hash, tenant))).reason is Reason.ASSET_NOT_FOUND
    await turn(admin, "Enable")
    await change(stack, "RevokeVersion", "1.0.0")
    assert (await refused(assets(stack, NAME, content_hash))).reason is Reason.ASSET_NOT_FOUND


async def test_tenant_b_gets_of_tenant_a_what_a_stranger_gets(stack: Stack) -> None:
    await publish(stack)
    install = await stack.clients["admin-a"].install("a", NAME)
    other = stack.clients["admin-b"]
    for method in ("GetInstall", "Enable", "Disable", "Uninstall"):
        for tenant, ref in (("a", install.id), ("a", NAME), ("b", install.id), ("b", NAME), ("nobody", NAME)):
            fault = await refused(turn(other, method, tenant, ref))
            assert (fault.reason, fault.facts, fault.violations) == (Reason.NOT_FOUND, {}, ())
    assert (await refused(update(other, tenant="a"))).reason is Reason.NOT_FOUND
    assert (await refused(other.install("a", NAME))).reason is Reason.NOT_FOUND
    listing = installs.ListInstallsRequest(tenant_id="a")
    assert (await refused(other.call("installs", "ListInstalls", listing))).reason is Reason.NOT_FOUND
    assert await turn(stack.clients["admin-a"], "GetInstall") == install
    assert await turn(stack.operator, "GetInstall") == install


@pytest.mark.parametrize("tenant", ["", "a/b", "ä", "x" * 65, "a b"])
async def test_a_tenants_id_has_a_form(stack: Stack, tenant: str) -> None:
    assert (await refused(stack.operator.install(tenant, NAME))).reason is Reason.INVALID_ARGUMENT
    assert (await refused(stack.clients["gateway"].resolve(tenant, NAME))).reason is Reason.INVALID_ARGUMENT


async def page(client: Client, size: int, token: str = "") -> Any:
    request = installs.ListInstallsRequest(tenant_id="a", page_size=size, page_token=token)
    return await client.call("installs", "ListInstalls", request)


async def test_pages_of_installs_neither_skip_nor_repeat(stack: Stack) -> None:
    names = [f"com.acme.x{number}" for number in range(5)]
    for name in names:
        await publish(stack, name=name)
        await stack.clients["admin-a"].install("a", name)
    first = await page(stack.clients["admin-a"], 2)
    await publish(stack, name="com.acme.a")
    await stack.clients["admin-a"].install("a", "com.acme.a")
    second = await page(stack.clients["admin-a"], 2, first.next_page_token)
    third = await page(stack.clients["admin-a"], 2, second.next_page_token)
    found = [install.extension_name for answer in (first, second, third) for install in answer.installs]
    assert (found, third.next_page_token) == (names, "")


@pytest.mark.parametrize(("size", "token"), [(201, ""), (1, "x"), (1, "WyJhIiwiYiJd"), (1, "W10="), (1, "A" * 5000)])
async def test_a_foreign_page_token_is_refused(stack: Stack, size: int, token: str) -> None:
    assert (await refused(page(stack.clients["admin-a"], size, token))).reason is Reason.INVALID_ARGUMENT
