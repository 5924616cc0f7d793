"""Where UIs want to appear: what manifests say, for the installs of one tenant that answer."""

from typing import Any

import pytest

from gen.alga.registry.v1 import install_service_pb2 as installs
from gen.alga.registry.v1 import registry_service_pb2 as registry
from kernel.errors import Reason
from tests.registry.bundles import NAME, bundle
from tests.registry.calls import disable, refused, update
from tests.registry.stack import Client, Stack


def ui(**hooks: str) -> dict[str, Any]:
    return {"type": "iframe", "entry": "ui/index.html", "hooks": {name: {"label": label} for name, label in hooks.items()}}


async def menu(client: Client, tenant: str = "a", hook: str = "appMenu", **page: Any) -> Any:
    return await client.call("installs", "ListMenu", installs.ListMenuRequest(tenant_id=tenant, hook=hook, **page))


async def labels(stack: Stack, tenant: str = "a", hook: str = "appMenu") -> list[str]:
    return [item.label for item in (await menu(stack.clients["gateway"], tenant, hook)).items]


async def test_the_hooks_of_the_installed_version(stack: Stack) -> None:
    acme, admin = stack.clients["acme"], stack.clients["admin-a"]
    await acme.publish(bundle(stack.publisher_key, ui=ui(appMenu="Reports", drawer="More")))
    signed = bundle(stack.publisher_key, version="1.1.0", ui=ui(appMenu="Reports of today"))
    await acme.publish(signed)
    assert await labels(stack) == []
    install = await admin.install("a", NAME, "1.0.0")
    (item,) = (await menu(stack.clients["gateway"])).items
    assert (item.install_id, item.extension_id, item.extension_name) == (install.id, install.extension_id, NAME)
    assert (item.version, item.content_hash, item.label) == ("1.0.0", install.content_hash, "Reports")
    assert not item.HasField("access")
    assert (await labels(stack, hook="drawer"), await labels(stack, hook="other"), await labels(stack, "b")) == (["More"], [], [])
    await update(admin, "1.1.0")
    assert (await labels(stack), await labels(stack, hook="drawer")) == (["Reports of today"], [])
    await disable(admin)
    assert await labels(stack) == []
    await admin.call("installs", "Enable", installs.EnableRequest(tenant_id="a", install=NAME))
    assert await labels(stack) == ["Reports of today"]
    await acme.call("registry", "RevokeVersion", registry.RevokeVersionRequest(extension=NAME, version="1.1.0"))
    assert await labels(stack) == []


async def test_pages_are_of_installs(stack: Stack) -> None:
    acme, admin = stack.clients["acme"], stack.clients["admin-a"]
    for name, hooks in (("a", {"appMenu": "A"}), ("b", {}), ("c", {"appMenu": "C"})):
        await acme.publish(bundle(stack.publisher_key, name=f"com.acme.{name}", ui=ui(**hooks)))
        await admin.install("a", f"com.acme.{name}")
    found, token = [], ""
    for _ in range(3):
        page = await menu(stack.operator, page_size=1, page_token=token)
        found.append([item.label for item in page.items])
        token = page.next_page_token
    assert (found, token) == ([["A"], [], ["C"]], "")
    assert (await refused(menu(stack.operator, page_token="x"))).reason is Reason.INVALID_ARGUMENT


@pytest.mark.parametrize("hook", ["", "a b", "AppMenu", "app-menu", "1st", "a" * 65])
async def test_what_is_no_hook_is_named(stack: Stack, hook: str) -> None:
    fault = await refused(menu(stack.operator, hook=hook))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, "hook")
