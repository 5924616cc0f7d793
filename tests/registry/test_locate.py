"""`LocateInstall`: where an enabled install belongs, by its id alone, for gateways alone."""

import pytest

from gen.alga.registry.v1 import install_service_pb2 as installs
from gen.alga.registry.v1 import registry_service_pb2 as registry
from kernel.errors import Reason
from tests.registry.bundles import NAME, bundle
from tests.registry.calls import reason_of, uninstall
from tests.registry.stack import Stack
from tests.registry.test_installs import turn


async def locate(stack: Stack, install_id: str, who: str = "gateway") -> installs.LocateInstallResponse:
    request = installs.LocateInstallRequest(install_id=install_id)
    found: installs.LocateInstallResponse = await stack.clients[who].call("installs", "LocateInstall", request)
    return found


async def test_each_tenants_install_is_found_while_it_is_switched_on(stack: Stack) -> None:
    await stack.clients["acme"].publish(signed := bundle(stack.publisher_key))
    made = {tenant: await stack.clients[f"admin-{tenant}"].install(tenant, NAME) for tenant in ("a", "b")}
    for tenant, install in made.items():
        found = await locate(stack, install.id)
        assert (found.tenant_id, found.extension_id) == (tenant, install.extension_id)
        assert found.content_hash == str(signed.digest)
    mine = made["a"].id
    await turn(stack.clients["admin-a"], "Disable")
    assert await reason_of(locate(stack, mine)) is Reason.NOT_FOUND
    assert (await locate(stack, made["b"].id)).tenant_id == "b"
    await turn(stack.clients["admin-a"], "Enable")
    assert (await locate(stack, mine)).tenant_id == "a"
    await uninstall(stack.clients["admin-a"])
    assert await reason_of(locate(stack, mine)) is Reason.NOT_FOUND
    revoked = registry.RevokeVersionRequest(extension=NAME, version="1.0.0")
    await stack.operator.call("registry", "RevokeVersion", revoked)
    assert await reason_of(locate(stack, made["b"].id)) is Reason.NOT_FOUND


@pytest.mark.parametrize("ref", ["", NAME, f"{'0' * 8}-0000-4000-8000-{'0' * 12}", "%", "x" * 5_000, "../.."])
async def test_other_names_find_nothing(stack: Stack, ref: str) -> None:
    await stack.clients["acme"].publish(bundle(stack.publisher_key))
    install = await stack.clients["admin-a"].install("a", NAME)
    for name in (ref, install.extension_id, install.id.upper()):
        assert await reason_of(locate(stack, name)) is Reason.NOT_FOUND


async def test_gateways_alone_may_ask(stack: Stack) -> None:
    await stack.clients["acme"].publish(bundle(stack.publisher_key))
    install = await stack.clients["admin-a"].install("a", NAME)
    for name in ("operator", "acme", "admin-a", "caller-a", "runner"):
        assert await reason_of(locate(stack, install.id, name)) is Reason.PERMISSION_DENIED
    assert await reason_of(locate(stack, install.id, "nobody")) is Reason.UNAUTHENTICATED
