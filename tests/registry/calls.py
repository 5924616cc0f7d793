"""Calls of an install's rpcs, as one caller for one tenant; each answers the install."""

from typing import Any

import pytest

from gen.alga.registry.v1 import install_service_pb2 as installs
from kernel.errors import Fault, Reason
from tests.registry.bundles import NAME
from tests.registry.stack import Client


async def refused(call: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        await call
    return caught.value


async def reason_of(call: Any) -> Reason:
    return (await refused(call)).reason


def granting(*names: str) -> Any:
    return installs.CapabilityGrant(names=names)


ALL = installs.CapabilityGrant(all_requested=True)


async def _call(client: Client, method: str, tenant: str, install: str, **fields: Any) -> Any:
    request = getattr(installs, f"{method}Request")(tenant_id=tenant, install=install, **fields)
    return (await client.call("installs", method, request)).install


async def get(client: Client, tenant: str = "a", install: str = NAME) -> Any:
    return await _call(client, "GetInstall", tenant, install)


async def update(client: Client, version: str = "", grant: Any = None, tenant: str = "a", install: str = NAME) -> Any:
    return await _call(client, "Update", tenant, install, version=version, capabilities=grant)


async def consent(client: Client, content_hash: str, grant: Any = None, tenant: str = "a", install: str = NAME) -> Any:
    return await _call(client, "ConsentToUpdate", tenant, install, content_hash=content_hash, capabilities=grant)


async def decline(client: Client, tenant: str = "a", install: str = NAME) -> Any:
    return await _call(client, "DeclineUpdate", tenant, install)


async def set_grants(client: Client, grant: Any, tenant: str = "a", install: str = NAME) -> Any:
    return await _call(client, "SetGrants", tenant, install, capabilities=grant)


async def configure(client: Client, values: dict[str, str], tenant: str = "a", install: str = NAME, **more: int) -> Any:
    return await _call(client, "SetConfiguration", tenant, install, configuration=values, **more)


async def limit(client: Client, limits: dict[str, int], tenant: str = "a", install: str = NAME, **more: Any) -> Any:
    return await _call(client, "SetLimits", tenant, install, limits=limits, **more)


async def disable(client: Client, tenant: str = "a") -> Any:
    return await _call(client, "Disable", tenant, NAME)


async def uninstall(client: Client, tenant: str = "a") -> Any:
    return await _call(client, "Uninstall", tenant, NAME)
