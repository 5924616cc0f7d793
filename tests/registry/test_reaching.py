"""What a tenant says of an install's requests: where they may go, and what the host adds to them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gen.alga.registry.v1 import install_pb2, trust_pb2
from gen.alga.registry.v1 import install_service_pb2 as installs
from kernel.convert import credential_to_proto, signed_from_proto
from kernel.egress import MAX_DESTINATIONS
from kernel.errors import Reason
from kernel.grants import Credential, ExecutionGrant
from kernel.signing import TrustedKeys
from registry.reaching import MAX_CREDENTIALS
from tests.registry.bundles import NAME, bundle
from tests.registry.calls import get, reason_of, refused, uninstall, update
from tests.registry.stack import Client, Stack

NAMED = ["api.example.com", "*.wide.example", "http://plain.example:8080/v2/"]
ONE = Credential("https://api.example.com", "authorization", "Bearer ", "token")


async def egress(client: Client, told: list[str] | None, tenant: str = "a", install: str = NAME, **more: int) -> Any:
    listed = None if told is None else trust_pb2.EgressList(destinations=told)
    request = installs.SetEgressRequest(tenant_id=tenant, install=install, egress=listed, **more)
    return (await client.call("installs", "SetEgress", request)).install


async def credentials(client: Client, *told: Credential, tenant: str = "a", install: str = NAME, **more: int) -> Any:
    request = installs.SetCredentialsRequest(tenant_id=tenant, install=install, credentials=map(credential_to_proto, told), **more)
    return (await client.call("installs", "SetCredentials", request)).install


async def installed(stack: Stack) -> install_pb2.Install:
    for version in ("1.0.0", "1.1.0"):
        await stack.clients["acme"].publish(bundle(stack.publisher_key, version=version, egress=NAMED))
    return await stack.clients["admin-a"].install("a", NAME, "1.0.0")


async def granted(stack: Stack) -> ExecutionGrant:
    resolved = await stack.clients["gateway"].resolve("a", NAME)
    keys = TrustedKeys.of([stack.grant_key.public])
    return ExecutionGrant.verify(signed_from_proto(resolved.grant), keys, datetime.now(UTC))


async def test_a_list_is_read_granted_and_told(stack: Stack) -> None:
    install = await installed(stack)
    admin = stack.clients["admin-a"]
    assert (install.HasField("tenant_egress"), (await granted(stack)).tenant_egress) == (False, None)
    stream = stack.clients["runner"].stream("installs", "WatchInstalls", installs.WatchInstallsRequest())
    await anext(stream)
    for revision, told in enumerate(([], ["API.example.com", "https://*.wide.example:444/a/"], None), start=2):
        changed = await egress(admin, told)
        kept = None if told is None else [text.replace("API", "api") for text in told]
        assert (list(changed.tenant_egress.destinations) if changed.HasField("tenant_egress") else None) == kept
        assert changed.revision == revision
        assert await get(stack.operator) == changed == await egress(stack.operator, told)
        found = (await granted(stack)).tenant_egress
        assert found == (None if kept is None else tuple(kept))
        change = (await anext(stream)).change
        assert (change.kind, change.install_id) == (install_pb2.CHANGE_KIND_EGRESS_CHANGED, install.id)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (["ok.example", "ftp://x.example"], "egress.destinations[1]"),
        ([""], "egress.destinations[0]"),
        (["*"], "egress.destinations[0]"),
        (["a.example", "A.example"], "egress.destinations[1]"),
        ([f"h{number}.example" for number in range(MAX_DESTINATIONS + 1)], "egress.destinations"),
    ],
)
async def test_a_wrong_destination_is_named(stack: Stack, told: list[str], field: str) -> None:
    install = await installed(stack)
    fault = await refused(egress(stack.clients["admin-a"], told))
    assert (fault.reason, [one.field for one in fault.violations]) == (Reason.INVALID_ARGUMENT, [field])
    assert await get(stack.operator) == install


async def test_credentials_are_read_granted_and_told(stack: Stack) -> None:
    install = await installed(stack)
    admin = stack.clients["admin-a"]
    stream = stack.clients["runner"].stream("installs", "WatchInstalls", installs.WatchInstallsRequest())
    await anext(stream)
    wide = Credential("https://a.b.WIDE.example:443", "X-Api-Key", "", "other")
    plain = Credential("http://plain.example:8080", "x-plain", "a b", "other")
    kept = (ONE, Credential("https://a.b.wide.example", "x-api-key", "", "other"), plain)
    changed = await credentials(admin, ONE, wide, plain)
    assert tuple(Credential(one.origin, one.header, one.prefix, one.secret) for one in changed.credentials) == kept
    assert (await granted(stack)).credentials == kept
    assert await credentials(admin, *kept) == changed
    change = (await anext(stream)).change
    assert (change.kind, change.install_id) == (install_pb2.CHANGE_KIND_EGRESS_CHANGED, install.id)
    assert (await credentials(admin)).credentials == []
    assert (await granted(stack)).credentials == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"origin": "https://other.example"}, "origin"),
        ({"origin": "https://wide.example"}, "origin"),
        ({"origin": "http://api.example.com"}, "origin"),
        ({"origin": "https://api.example.com:8443"}, "origin"),
        ({"origin": "https://api.example.com/"}, "origin"),
        ({"origin": "api.example.com"}, "origin"),
        ({"origin": "https://*.wide.example"}, "origin"),
        ({"origin": ""}, "origin"),
        ({"header": ""}, "header"),
        ({"header": "a b"}, "header"),
        ({"header": "x\r\ny"}, "header"),
        ({"header": "Host"}, "header"),
        ({"header": "content-length"}, "header"),
        ({"header": "Connection"}, "header"),
        ({"header": "transfer-encoding"}, "header"),
        ({"header": "proxy-authorization"}, "header"),
        ({"header": "x" * 257}, "header"),
        ({"prefix": "a\nb"}, "prefix"),
        ({"prefix": "\u00e9"}, "prefix"),
        ({"prefix": "x" * 65}, "prefix"),
        ({"secret": ""}, "secret"),
        ({"secret": "a b"}, "secret"),
        ({"secret": "x" * 65}, "secret"),
    ],
)
async def test_a_wrong_credential_is_named(stack: Stack, changes: dict[str, str], field: str) -> None:
    install = await installed(stack)
    fault = await refused(credentials(stack.clients["admin-a"], ONE, replace(ONE, **({"header": "x-a"} | changes))))
    assert (fault.reason, [one.field for one in fault.violations]) == (Reason.INVALID_ARGUMENT, [f"credentials[1].{field}"])
    assert await get(stack.operator) == install


async def test_one_more_credential_is_refused(stack: Stack) -> None:
    await installed(stack)
    admin = stack.clients["admin-a"]
    most = [replace(ONE, header=f"x-{number}") for number in range(MAX_CREDENTIALS)]
    assert len((await credentials(admin, *most)).credentials) == MAX_CREDENTIALS
    fault = await refused(credentials(admin, *most, ONE))
    assert fault.violations[0].field == "credentials"
    fault = await refused(credentials(admin, ONE, replace(ONE, header="Authorization", secret="other")))
    assert fault.violations[0].field == "credentials[1]"


async def test_only_what_was_read_is_replaced_and_updates_keep_it(stack: Stack) -> None:
    install = await installed(stack)
    admin = stack.clients["admin-a"]
    first = await egress(admin, [], if_revision=install.revision)
    for call in (egress(admin, None, if_revision=1), credentials(admin, ONE, if_revision=1)):
        fault = await refused(call)
        assert (fault.reason, fault.facts) == (Reason.REVISION_CONFLICT, {"revision": "2"})
    second = await credentials(admin, ONE, if_revision=first.revision)
    moved = await update(admin, "1.1.0")
    assert (moved.version, moved.tenant_egress, moved.credentials) == ("1.1.0", second.tenant_egress, second.credentials)
    await uninstall(admin)
    again = await admin.install("a", NAME)
    assert (again.HasField("tenant_egress"), len(again.credentials)) == (False, 0)


async def test_only_the_tenants_admins_and_operators(stack: Stack) -> None:
    install = await installed(stack)
    for call in (lambda one, *what: egress(one, [], *what), lambda one, *what: credentials(one, tenant=what[0], install=what[1])):
        for name in ("acme", "caller-a", "gateway", "runner"):
            assert await reason_of(call(stack.clients[name], "a", NAME)) is Reason.PERMISSION_DENIED
        for tenant, ref in (("a", install.id), ("a", NAME), ("b", install.id), ("b", NAME)):
            assert await reason_of(call(stack.clients["admin-b"], tenant, ref)) is Reason.NOT_FOUND
    assert await get(stack.clients["admin-a"]) == install
