"""What a new platform holds: publisher `example`, keys of tenant `demo`, and the samples, published and installed.

Run as a program of its own; its standard output is the JSON list of what is installed. For each sample: 1 compare its sources with
what was published from them, 2 build, 3 pack and sign, 4 publish, 5 install or update for each tenant, 6 warm. What is there stays.
"""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cli.author import build, layout, signature
from cli.author.files import PRIVATE, write_whole
from cli.client.registry import RegistryClient
from cli.client.runner import warm
from cli.output import Record, choose_json, failure, note
from cli.problem import Problem, from_fault
from cli.session import read_key_file
from cli.up import demo
from cli.up.layout import PUBLISHER, SECOND_TENANT, TENANT, DataDir
from kernel.errors import Fault, Reason
from kernel.signing import SigningKey

# Tenant, role, and the publisher for which the key may publish as well: the reference's command line has one key for everything.
_TENANT_KEYS: Final = {
    "demo-admin.key": (TENANT, "tenant-admin", ""),
    "demo-caller.key": (TENANT, "tenant-caller", ""),
    "demo-developer.key": (TENANT, "tenant-admin", PUBLISHER),
    "demo-two-admin.key": (SECOND_TENANT, "tenant-admin", ""),
}
_ADMIN_KEYS: Final = {TENANT: "demo-admin.key", SECOND_TENANT: "demo-two-admin.key"}
Installs = Mapping[tuple[str, str], Record]
"""By tenant and extension."""
_QUIET_SECONDS: Final = 2.0  # so long a runner needs to start, without compiling anything


@dataclass(frozen=True, slots=True)
class Seed:
    """Addresses, and what to seed."""

    data: DataDir
    registry: str
    runner: str
    samples: tuple[Path, ...]
    product: str = ""  # where the host application is

    async def run(self) -> list[Record]:
        """Seed; answers a record of each sample: its version's, with `extension_id` and `install`. Raises Fault and Problem."""
        operator = read_key_file(self.data.keys / "operator.key")
        async with RegistryClient.connect(self.registry, operator) as client:
            await self._publisher(client)
            await self._tenant_keys(client)
            tenants = (TENANT, SECOND_TENANT) if self.product else (TENANT,)
            found = {tenant: await client.installs.list_all(tenant) for tenant in tenants}
            installs = {(tenant, one["extension_name"]): one for tenant, listed in found.items() for one in listed}
            return [await self._sample(client, sample, installs, tenants, operator) for sample in self.samples]

    async def _publisher(self, client: RegistryClient) -> None:
        await client.publishers.create(PUBLISHER)
        await client.publishers.add_key(PUBLISHER, (self.data.keys / "publisher-example.pub").read_text())

    async def _tenant_keys(self, client: RegistryClient) -> None:
        """Make the tenant's keys, also when the registry's database is newer than their files."""
        token = read_key_file(self.data.keys / "gateway-at-registry.token")  # gateways may ask whose key one is
        async with RegistryClient.connect(self.registry, token) as as_gateway:
            for name, (tenant, role, publisher) in _TENANT_KEYS.items():
                path = self.data.keys / name
                if (tenant != TENANT and not self.product) or (path.exists() and await _known(as_gateway, read_key_file(path))):
                    continue
                _, secret = await client.identity.create(
                    role, tenant=tenant, publisher=publisher, label=f"made by alga-ext up: {name}"
                )
                write_whole(path, secret.encode() + b"\n", PRIVATE)

    async def _sample(
        self, client: RegistryClient, folder: Path, installs: Installs, tenants: Sequence[str], operator: str
    ) -> Record:
        manifest = layout.read_manifest(folder)
        # 1 compare its sources with what was published from them
        sources, before = await asyncio.to_thread(build.sources_digest, folder), self._remembered(manifest.name)
        version = await _version(client, manifest.name, manifest.version)
        if version is None or before != {"sources": sources, "content_hash": version["content_hash"]}:
            version = await self._publish(client, folder, sources, version)
        # 5 install or update for each tenant
        for tenant in tenants:
            await self._install(client, tenant, version, installs.get((tenant, manifest.name)))
            if self.product:
                await demo.set_up(client, tenant, version, self.product, self.data)
        # 6 warm
        if version["has_handler"]:
            warming = asyncio.create_task(warm(self.runner, operator, version["content_hash"]))
            if not (await asyncio.wait([warming], timeout=_QUIET_SECONDS))[0]:
                note(f"compiling {manifest.name} for this machine, about 10 s the first time")
            await warming
        return version

    async def _install(self, client: RegistryClient, tenant: str, version: Record, install: Record | None) -> None:
        name = version["name"]
        if install is None:
            note(f"installing {name} {version['version']} for tenant {tenant}")
            await client.installs.install(tenant, name, version["version"], None)
        elif install["version_id"] != version["id"]:
            note(f"updating {name} from {install['version']} to {version['version']} for tenant {tenant}")
            moved = await client.installs.update(tenant, name, version["version"], None, keep=False)
            if moved["pending_update"]:
                await self._consent(tenant, moved["id"], version["content_hash"])

    async def _consent(self, tenant: str, install: str, content_hash: str) -> None:
        """For what asks for more than the installed version. The tenant is whoever runs this platform, and so is its admin."""
        admin = read_key_file(self.data.keys / _ADMIN_KEYS[tenant])
        async with RegistryClient.connect(self.registry, admin) as as_admin:
            await as_admin.installs.consent(tenant, install, content_hash, None, keep=False)

    async def _publish(self, client: RegistryClient, folder: Path, sources: str, existing: Record | None) -> Record:
        # 2 build
        await asyncio.to_thread(build.build, folder)
        # 3 pack and sign
        packed = await asyncio.to_thread(layout.pack, folder)
        key = SigningKey.parse((self.data.keys / "publisher-example.pem").read_bytes(), "publisher-example.pem")
        envelope, _, _ = await asyncio.to_thread(signature.sign, packed.data, key, datetime.now(UTC).replace(microsecond=0), None)
        path = self.data.bundles / f"{packed.manifest.name}-{packed.manifest.version}.tar.zst"
        write_whole(path, packed.data)
        write_whole(layout.envelope_of(path), envelope)
        # 4 publish
        note(f"publishing {packed.manifest.name} {packed.manifest.version}, {len(packed.data) / 1e6:.1f} MB")
        try:
            version, _ = await client.extensions.publish(packed.data, envelope, "public", lambda _sent: None)
        except Fault as fault:
            if fault.reason is not Reason.VERSION_CONFLICT or existing is None:
                raise
            note(
                f"warning: {folder} changed since {existing['name']} {existing['version']} was published;\n"
                "         that one goes on answering. Raise `version` in its manifest.json to publish what it is now"
            )
            return existing
        self._remember(packed.manifest.name, {"sources": sources, "content_hash": str(packed.content_hash)})
        return version

    def _remembered(self, name: str) -> Any:
        return _read(self.data.seed).get(name)

    def _remember(self, name: str, entry: dict[str, str]) -> None:
        write_whole(self.data.seed, json.dumps(_read(self.data.seed) | {name: entry}, indent=2).encode(), PRIVATE)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        found = None
    return found if isinstance(found, dict) else {}


async def _known(client: RegistryClient, secret: str) -> bool:
    try:
        await client.identity.verify(secret)
    except Fault as fault:
        if fault.reason is not Reason.NOT_FOUND:
            raise
        return False
    return True


async def _version(client: RegistryClient, name: str, version: str) -> Record | None:
    try:
        return await client.extensions.version(name, version)
    except Fault as fault:
        if fault.reason is not Reason.NOT_FOUND:
            raise
        return None


def main(arguments: Sequence[str]) -> int:
    """`DATA_DIR REGISTRY RUNNER PRODUCT SAMPLE...`; on failure the output is the JSON of a Problem, and the exit code 1."""
    choose_json(True)
    data_dir, registry, runner, product, *samples = arguments
    try:
        found = asyncio.run(Seed(DataDir(Path(data_dir)), registry, runner, tuple(map(Path, samples)), product).run())
    except Problem as problem:
        failure(problem)
        return 1
    except Fault as fault:
        failure(from_fault(fault))
        return 1
    print(json.dumps(found, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
