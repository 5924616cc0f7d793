"""What a diagnosis reads, in memory: rows that keep their rules by themselves."""

from collections import Counter
from dataclasses import astuple

from kernel.digest import Digest
from registry.catalog import access_json, limits_json
from registry.catalog.memory_state import State
from registry.catalog.pending import to_json
from registry.model import Install, Version
from registry.records import BundleRow, ChangeLog, DatabaseFault, InstallRow, UsageRow, VersionRow


class MemoryRecords:
    """The `Records` port."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def faults(self) -> list[DatabaseFault]:
        """None: there is no database."""
        return []

    async def bundles(self, after: str, most: int) -> list[BundleRow]:
        """By content hash."""
        versions = {version.content_hash: version for version in self._state.versions.values()}
        hashes = sorted(digest for digest in self._state.bundles if digest.hex > after)[:most]
        return [self._bundle(digest, versions.get(digest)) for digest in hashes]

    async def installs(self, after: tuple[str, str], most: int) -> list[InstallRow]:
        """By tenant and id."""
        return [self._install(self._state.installs[key]) for key in sorted(self._state.installs) if key > after][:most]

    async def usage(self, tenant_id: str, install_id: str) -> list[UsageRow]:
        """Told and counted are one."""
        keys: Counter[str] = Counter()
        size: Counter[str] = Counter()
        for (tenant, install, namespace, key), entry in self._state.entries.items():
            if (tenant, install) == (tenant_id, install_id):
                keys[namespace] += 1
                size[namespace] += len(key.encode()) + len(entry.value)
        return [UsageRow(name, (keys[name], size[name]), (keys[name], size[name])) for name in sorted(keys)]

    async def stored(self, after: str, most: int) -> list[tuple[str, int]]:
        """Publishers and their bytes."""
        size: Counter[str] = Counter()
        for version in self._state.versions.values():
            size[version.publisher] += self._state.bundles[version.content_hash].size_bytes
        return [(name, size[name]) for name in sorted(self._state.publishers) if name > after][:most]

    async def log(self) -> ChangeLog:
        """What the change log holds."""
        changes = self._state.changes
        first, last = (changes[0].revision, changes[-1].revision) if changes else (0, 0)
        return ChangeLog(len(changes), first, last, self._state.revision, Counter(change.kind.value for change in changes))

    def _bundle(self, digest: Digest, version: Version | None) -> BundleRow:
        bundle = self._state.bundles[digest]
        of = VersionRow(version.id, version.name, version.version, version.publisher, version.state) if version else None
        return BundleRow(digest, bundle.size_bytes, bundle.envelope, bundle.attestation, of, bundle.signers)

    def _install(self, install: Install) -> InstallRow:
        version = self._state.versions.get(install.version_id)
        waits = install.pending_update
        pending = self._state.versions.get(waits.version_id) if waits else None
        return InstallRow(
            tenant_id=install.tenant_id,
            id=install.id,
            extension_id=install.extension_id,
            version_extension_id=version.extension_id if version else None,
            version_state=version.state if version else None,
            enabled=install.enabled,
            granted=sorted(install.capabilities),
            asked=list(version.capabilities) if version else None,
            pending=to_json(waits) if waits else None,
            pending_extension_id=pending.extension_id if pending else None,
            configuration=dict(install.configuration) or None,
            limits=limits_json.to_json(install.tenant_limits, install.caller_limits),
            credentials=[list(astuple(one)) for one in install.credentials] or None,
            access=access_json.to_json(install.access) if install.access else None,
        )
