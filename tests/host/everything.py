"""Two extensions that use every function of the world, in JavaScript and in Python, with the examples of docs/host-api.md."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.author.build import build
from cli.author.files import write_whole
from cli.author.toolchain import WIT
from cli.client.registry import RegistryClient
from gen.alga.common.v1 import context_pb2
from gen.alga.registry.v1 import (
    extension_pb2,
    identity_service_pb2,
    identity_service_pb2_grpc,
    install_service_pb2,
    install_service_pb2_grpc,
    trust_pb2,
)
from tests.host import examples
from tests.platform import HttpAnswer, Platform

FOLDER = Path(__file__).resolve().parents[1] / "guests"
SOURCES = {"js": ("everything-js", examples.javascript), "python": ("everything-python", examples.python)}
SECONDS = 120  # to compile a component on a busy machine


def bundle(language: str, egress: Sequence[str]) -> dict[str, bytes]:
    """The files of its bundle, which wants to reach these. Builds what is not built from these very sources and examples."""
    name, generated = SOURCES[language]
    folder = FOLDER / name
    for path, text in {**generated(), "wit/extension.wit": WIT.read_text()}.items():
        target = folder / path
        target.parent.mkdir(exist_ok=True)
        if not target.is_file() or target.read_text() != text:
            write_whole(target, text.encode())
    built = build(folder).component
    assert built is not None
    manifest = json.loads((folder / "manifest.json").read_bytes()) | {"egress": list(egress)}
    return {"manifest.json": json.dumps(manifest).encode(), "dist/main.wasm": built.read_bytes()}


@dataclass(frozen=True)
class Everything:
    """One of the two, as installed for one tenant."""

    platform: Platform
    name: str
    key: str

    def ask(self, interface: str, function: str, *arguments: Any, times: int = 1, key: str | None = None) -> Any:
        """Its answer to a call of a function of the world, after so many of them: {"ok": …}, {"err": …}, {"thrown": …}."""
        return self.run(interface, function, *arguments, times=times, key=key).json()

    def run(self, interface: str, function: str, *arguments: Any, times: int = 1, key: str | None = None) -> HttpAnswer:
        """The gateway's answer to it."""
        path = f"/api/ext/{self.name}/run/{interface}/{function}" + (f"?times={times}" if times > 1 else "")
        return self.platform.call(path, "POST", json.dumps(arguments).encode(), key=key or self.key)

    def example(self, name: str, key: str) -> Any:
        """The answer of an example of docs/host-api.md to the caller with that key."""
        return self.platform.call(f"/api/ext/{self.name}/examples/{name}", key=key).json()


def person(platform: Platform, tenant: str, user_id: str, **more: Any) -> str:
    """The secret of a key of a person of a tenant."""
    user = context_pb2.User(user_id=user_id, type="internal", client_name=tenant, **more)
    request = identity_service_pb2.CreateApiKeyRequest(
        role=identity_service_pb2.ROLE_TENANT_CALLER, tenant_id=tenant, label=user_id, user=user
    )
    with platform.channel("registry") as channel:
        stub = identity_service_pb2_grpc.IdentityServiceStub(channel)
        return str(stub.CreateApiKey(request, metadata=platform.metadata()).secret)


async def _store(platform: Platform, tenant: str, install: str, name: str, value: str) -> None:
    async with RegistryClient.connect(platform.told["registry"], platform.key("operator.key")) as client:
        await client.secrets.set(tenant, install, name, value, None)


def installed(
    platform: Platform,
    version: extension_pb2.Version,
    tenant: str,
    *,
    capabilities: Sequence[str] | None = None,
    configuration: Mapping[str, str] | None = None,
    limits: Mapping[str, int] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Everything:
    """Install for a tenant with these capabilities (None = all that it asks for), and wait until it is compiled."""
    grant = install_service_pb2.CapabilityGrant(all_requested=capabilities is None, names=capabilities or ())
    which = {"tenant_id": tenant, "extension": version.name, "version": version.version}
    with platform.channel("registry") as channel:
        stub, metadata = install_service_pb2_grpc.InstallServiceStub(channel), platform.metadata()
        install = stub.Install(install_service_pb2.InstallRequest(**which, capabilities=grant), metadata=metadata).install
        mine = {"tenant_id": tenant, "install": install.id}
        if configuration:
            request = install_service_pb2.SetConfigurationRequest(**mine, configuration=configuration)
            stub.SetConfiguration(request, metadata=metadata)
        if limits:
            stub.SetLimits(install_service_pb2.SetLimitsRequest(**mine, limits=trust_pb2.Limits(**limits)), metadata=metadata)
    for name, value in (secrets or {}).items():
        asyncio.run(_store(platform, tenant, install.id, name, value))
    made = Everything(platform, version.name, platform.caller(tenant))
    deadline = time.monotonic() + SECONDS
    while (answer := made.run("config", "list-keys")).status != 200:  # it is compiled meanwhile
        assert answer.status in (503, 504), answer
        assert time.monotonic() < deadline, "not compiled in time"
    return made
