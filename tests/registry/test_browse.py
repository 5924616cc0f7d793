"""Reading extensions and versions, what becomes of them, and who sees them."""

from typing import Any

import pytest

from gen.alga.registry.v1 import extension_pb2 as extensions
from gen.alga.registry.v1 import identity_service_pb2 as identity
from gen.alga.registry.v1 import registry_service_pb2 as registry
from kernel.errors import Fault, Reason
from registry import browse
from registry.model import is_prerelease, precedence
from tests.registry.bundles import NAME, bundle
from tests.registry.stack import Client, Stack

PRIVATE, PUBLIC = extensions.VISIBILITY_PRIVATE, extensions.VISIBILITY_PUBLIC


async def refused(call: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        await call
    return caught.value


async def ask(client: Client, method: str, **values: Any) -> Any:
    return await client.call("registry", method, getattr(registry, f"{method}Request")(**values))


async def publish(stack: Stack, visibility: int = PUBLIC, **changes: Any) -> str:
    signed = bundle(stack.publisher_key, **changes)
    await stack.clients["acme"].publish(signed, visibility=visibility)
    return str(signed.digest)


async def test_a_private_extension_exists_for_its_owner_and_its_tenants_alone(stack: Stack) -> None:
    other = await stack.publisher("other", stack.trusted_key)
    content_hash = await publish(stack, PRIVATE)
    acme, allowed, foreign = stack.clients["acme"], stack.clients["admin-a"], stack.clients["admin-b"]
    await ask(acme, "SetVisibility", extension=NAME, visibility=PRIVATE, allowed_tenants=["a", "c", "a"])
    for client, tenants in ((acme, ["a", "c"]), (stack.operator, ["a", "c"]), (allowed, [])):
        found = (await ask(client, "GetExtension", extension=NAME)).extension
        assert (found.name, list(found.allowed_tenants)) == (NAME, tenants)
        assert (await ask(client, "GetVersion", extension=found.id, version="1.0.0")).version.content_hash == content_hash
        assert [one.name for one in (await ask(client, "ListExtensions")).extensions] == [NAME]
    for client in (foreign, other):
        unknown = await refused(ask(client, "GetExtension", extension="com.acme.nothing"))
        calls = [
            ask(client, "GetExtension", extension=NAME),
            ask(client, "GetVersion", extension=NAME, version="1.0.0"),
            ask(client, "ListVersions", extension=NAME),
        ]
        for call in calls:
            fault = await refused(call)
            assert (fault.reason, fault.facts, fault.violations) == (unknown.reason, unknown.facts, unknown.violations)
        assert (await ask(client, "ListExtensions")).extensions == []
    assert (await refused(foreign.install("b", NAME))).reason is Reason.NOT_FOUND
    assert (await refused(other.read_bundle(content_hash))).reason is Reason.NOT_FOUND
    assert (await allowed.install("a", NAME)).extension_name == NAME
    assert (await acme.read_bundle(content_hash))[0].size_bytes > 0


async def test_hiding_an_extension_leaves_installs_alone(stack: Stack) -> None:
    await publish(stack)
    await stack.clients["admin-b"].install("b", NAME)
    await ask(stack.clients["acme"], "SetVisibility", extension=NAME, visibility=PRIVATE)
    assert (await stack.clients["gateway"].resolve("b", NAME)).install.extension_name == NAME
    assert (await refused(stack.clients["admin-a"].install("a", NAME))).reason is Reason.NOT_FOUND
    await ask(stack.clients["acme"], "SetVisibility", extension=NAME, visibility=PUBLIC)
    await stack.clients["admin-a"].install("a", NAME)


async def test_only_the_owner_and_operators_change_an_extension(stack: Stack) -> None:
    other = await stack.publisher("other", stack.trusted_key)
    await publish(stack)
    calls = {
        "SetVisibility": {"visibility": PUBLIC},
        "DeprecateExtension": {"message": "use another"},
        "YankVersion": {"version": "1.0.0"},
        "RevokeVersion": {"version": "1.0.0"},
    }
    for method, values in calls.items():
        assert (await refused(ask(other, method, extension=NAME, **values))).reason is Reason.NOT_FOUND
    for method, values in calls.items():
        await ask(stack.operator, method, extension=NAME, **values)
    found = (await ask(stack.clients["acme"], "GetExtension", extension=NAME)).extension
    assert found.deprecation == "use another"
    version = (await ask(stack.clients["acme"], "GetVersion", extension=NAME, version="1.0.0")).version
    assert version.state == extensions.VERSION_STATE_REVOKED


@pytest.mark.parametrize(
    ("method", "values", "field"),
    [
        ("DeprecateExtension", {"message": ""}, "message"),
        ("DeprecateExtension", {"message": "x" * 1001}, "message"),
        ("SetVisibility", {}, "visibility"),
        ("SetVisibility", {"visibility": PRIVATE, "allowed_tenants": ["a b"]}, "allowed_tenants"),
        ("SetVisibility", {"visibility": PRIVATE, "allowed_tenants": [f"t{n}" for n in range(1001)]}, "allowed_tenants"),
        ("ListVersions", {"page_size": 201}, "page_size"),
        ("ListVersions", {"page_token": "x"}, "page_token"),
    ],
)
async def test_requests_have_limits(stack: Stack, method: str, values: dict[str, Any], field: str) -> None:
    await publish(stack)
    fault = await refused(ask(stack.clients["acme"], method, extension=NAME, **values))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, field)


async def test_a_thousand_tenants_are_allowed(stack: Stack) -> None:
    await publish(stack)
    tenants = sorted(f"t{number}" for number in range(1000))
    await ask(stack.clients["acme"], "SetVisibility", extension=NAME, visibility=PRIVATE, allowed_tenants=tenants)
    found = (await ask(stack.clients["acme"], "GetExtension", extension=NAME)).extension
    assert list(found.allowed_tenants) == tenants


async def test_pages_neither_skip_nor_repeat_while_others_publish(stack: Stack) -> None:
    names = [f"com.acme.x{number}" for number in range(5)]
    for name in names:
        await publish(stack, name=name)
    found, token = [], ""
    while True:
        page = await ask(stack.clients["admin-a"], "ListExtensions", page_size=2, page_token=token)
        found += [one.name for one in page.extensions]
        if not (token := page.next_page_token):
            break
        await publish(stack, name=f"com.acme.a{len(found)}")
    assert found == names


async def test_versions_are_listed_newest_first(stack: Stack) -> None:
    for version in ("1.0.0", "2.0.0", "1.0.1"):
        await publish(stack, version=version)
    first = await ask(stack.clients["admin-a"], "ListVersions", extension=NAME, page_size=2)
    await publish(stack, version="3.0.0")
    rest = await ask(stack.clients["admin-a"], "ListVersions", extension=NAME, page_token=first.next_page_token)
    assert [one.version for one in (*first.versions, *rest.versions)] == ["1.0.1", "2.0.0", "1.0.0"]
    assert rest.next_page_token == ""


async def test_a_page_ends_before_its_message_is_too_large(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browse, "MAX_PAGE_BYTES", 10_000)  # two versions
    for version in ("1.0.0", "2.0.0", "3.0.0"):
        await publish(stack, version=version)
    first = await ask(stack.clients["admin-a"], "ListVersions", extension=NAME)
    assert [one.version for one in first.versions] == ["3.0.0", "2.0.0"]
    rest = await ask(stack.clients["admin-a"], "ListVersions", extension=NAME, page_token=first.next_page_token)
    assert ([one.version for one in rest.versions], rest.next_page_token) == (["1.0.0"], "")


async def test_the_largest_page_of_extensions_can_be_sent(stack: Stack) -> None:
    tenants = [f"{number:064}" for number in range(1000)]
    names = [f"com.acme.x{number:03}" for number in range(130)]
    for name in names:
        await publish(stack, name=name)
        await ask(stack.operator, "SetVisibility", extension=name, visibility=PRIVATE, allowed_tenants=tenants)
    found, token = [], ""
    while not found or token:
        page = await ask(stack.operator, "ListExtensions", page_size=200, page_token=token)
        found, token = [*found, *(one.name for one in page.extensions)], page.next_page_token
    assert found == names


async def test_a_publisher_reads_its_own_bundles_alone(stack: Stack) -> None:
    other = await stack.publisher("other", stack.trusted_key)
    content_hash = await publish(stack)
    assert (await refused(other.read_bundle(content_hash))).reason is Reason.NOT_FOUND
    assert (await refused(stack.clients["runner"].read_bundle("sha256:" + "0" * 64))).reason is Reason.NOT_FOUND
    assert (await refused(stack.clients["runner"].read_bundle("x"))).reason is Reason.INVALID_ARGUMENT
    admin = await stack.key_of("second", identity.ROLE_OPERATOR)
    assert (await admin.read_bundle(content_hash.removeprefix("sha256:").upper()))[1]


def test_precedence_is_that_of_semver() -> None:
    ordered = "1.0.0-1 1.0.0-2 1.0.0-10 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1"
    versions = [*ordered.split(), "1.0.0", "1.0.1-x", "1.0.1", "1.2.0", "1.10.0", "2.0.0"]
    assert sorted({*versions}, key=precedence) == versions
    assert precedence("1.0.0+a") == precedence("1.0.0+b-c")
    assert [is_prerelease(text) for text in ("1.0.0-a", "1.0.0+a-b", "1.0.0")] == [True, False, False]
