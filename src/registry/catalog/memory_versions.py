"""Versions and bundles in memory."""

from collections.abc import Collection
from dataclasses import replace

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.fields import Page
from kernel.signing import Signed
from registry.catalog.memory_state import State
from registry.model import Bundle, SignedVersion, Version, VersionState
from registry.ports import stamp


class MemoryVersions:
    """The `Versions` port."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, version: Version) -> None:
        """Record a version whose bundle is recorded."""
        for one in self._state.versions.values():
            same = (one.extension_id, one.version) == (version.extension_id, version.version)
            if same or one.content_hash == version.content_hash:
                raise Fault(Reason.VERSION_CONFLICT)
        self._state.versions[version.id] = version

    async def find(self, extension_id: str, version: str) -> Version | None:
        """By extension and semver."""
        return next((one for one in self._of(extension_id) if one.version == version), None)

    async def by_hash(self, content_hash: Digest) -> Version | None:
        """The one version with these bytes."""
        return next((one for one in self._state.versions.values() if one.content_hash == content_hash), None)

    async def set_state(self, version_id: str, state: VersionState) -> None:
        """Write the state."""
        self._state.versions[version_id] = replace(self._state.versions[version_id], state=state)

    async def active(self, extension_id: str) -> list[str]:
        """The semvers of all active versions."""
        return [one.version for one in self._of(extension_id) if one.state is VersionState.ACTIVE]

    async def all(self, extension_id: str) -> list[str]:
        """The semvers of all versions."""
        return [one.version for one in self._of(extension_id)]

    async def page(self, extension_id: str, page: Page) -> list[Version]:
        """Newest first."""
        mine = sorted(self._of(extension_id), key=_newest, reverse=True)
        return [one for one in mine if not page.after or _newest(one) < page.after][: page.size + 1]

    def _of(self, extension_id: str) -> list[Version]:
        return [one for one in self._state.versions.values() if one.extension_id == extension_id]


class MemoryBundles:
    """The `Bundles` port."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, bundle: Bundle) -> None:
        """Record a bundle."""
        if bundle.content_hash in self._state.bundles:
            raise Fault(Reason.VERSION_CONFLICT)
        self._state.bundles[bundle.content_hash] = bundle

    async def get(self, content_hash: Digest) -> Bundle | None:
        """By hash."""
        return self._state.bundles.get(content_hash)

    async def revoked(self) -> frozenset[Digest]:
        """The bundles of all revoked versions."""
        found = (one for one in self._state.versions.values() if one.state is VersionState.REVOKED)
        return frozenset(one.content_hash for one in found)

    async def attest(self, content_hash: Digest, attestation: Signed) -> None:
        """Write the attestation."""
        self._state.bundles[content_hash] = replace(self._state.bundles[content_hash], attestation=attestation)

    async def recorded(self, hashes: Collection[Digest]) -> frozenset[Digest]:
        """Those that are recorded."""
        return frozenset(digest for digest in hashes if digest in self._state.bundles)

    async def signed_by(self, publisher_id: str, key_id: str) -> list[SignedVersion]:
        """The versions that a key signed."""
        owners = {one.name: one.id for one in self._state.publishers.values()}
        found = []
        for one in self._state.versions.values():
            signers = self._state.bundles[one.content_hash].signers
            signed = any(key_id in (signer.key_id, *signer.authorities) for signer in signers)
            if signed and owners[one.publisher] == publisher_id and one.state is not VersionState.REVOKED:
                found.append(SignedVersion(one.id, one.extension_id, one.content_hash, one.published_at, signers))
        return sorted(found, key=lambda one: one.content_hash)


def _newest(version: Version) -> tuple[str, str]:
    return stamp(version.published_at), version.id
