"""Finds what answers for a tenant, and signs the grant to run or read it.

1 find the install, 2 is it switched on and its version not revoked, 3 sign.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kernel.capabilities import DEFAULTS
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.grants import MAX_GRANT_AGE, AssetGrant, ExecutionGrant
from kernel.signing import Signed, SigningKey
from registry.model import Install, Version, VersionState
from registry.ports import Catalog


@dataclass(frozen=True, slots=True)
class Resolved:
    """An install that answers; `revision` is the change log's when it was read."""

    grant: Signed
    install: Install
    version: Version
    revision: int


@dataclass(frozen=True, slots=True)
class Located:
    """An enabled install; `revision` is the change log's when it was read."""

    install: Install
    revision: int


@dataclass(frozen=True, slots=True)
class ResolvedAssets:
    """A bundle whose UI may be read; `revision` is the change log's when it was read."""

    grant: Signed
    extension_id: str
    ui_entry: str
    revision: int


class Resolver:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, key: SigningKey, now: Callable[[], datetime]) -> None:
        self._catalog, self._key, self._now = catalog, key, now

    async def resolve(self, tenant_id: str, ref: str) -> Resolved:
        """Raises EXTENSION_NOT_AVAILABLE (unknown, not installed and foreign alike), EXTENSION_DISABLED, EXTENSION_REVOKED."""
        # 1 find the install
        async with self._catalog.read() as tables:
            install = await tables.installs.find(tenant_id, ref)
            version = await tables.versions.by_hash(install.content_hash) if install else None
            revision = await tables.changes.head()
        if install is None or version is None:
            raise Fault(Reason.EXTENSION_NOT_AVAILABLE, log=f"{ref[:80]!r} for {tenant_id}")
        # 2 is it switched on and its version not revoked
        if not install.enabled:
            raise Fault(Reason.EXTENSION_DISABLED)
        if version.state is VersionState.REVOKED:
            raise Fault(Reason.EXTENSION_REVOKED)
        # 3 sign
        issued = self._now()
        grant = ExecutionGrant(
            tenant_id=tenant_id,
            install_id=install.id,
            extension_id=install.extension_id,
            version_id=version.id,
            content_hash=version.content_hash,
            capabilities=install.capabilities | DEFAULTS,  # also for installs from before one became a default
            limits=install.limits,
            install_revision=install.revision,
            issued_at=issued,
            expires_at=issued + MAX_GRANT_AGE,
            configuration=install.configuration,
            registry_revision=revision,
            tenant_limits=install.tenant_limits,
            egress=version.egress,
            tenant_egress=install.tenant_egress,
            credentials=install.credentials,
            secrets_revision=install.secrets_revision,
        )
        return Resolved(grant.sign(self._key), install, version, revision)

    async def locate(self, install_id: str) -> Located:
        """An enabled install whose version is not revoked. Raises NOT_FOUND."""
        async with self._catalog.read() as tables:
            install = await tables.installs.located(install_id)
            revision = await tables.changes.head()
        if install is None or not install.enabled or install.version_state is VersionState.REVOKED:
            raise Fault(Reason.NOT_FOUND, log=f"no enabled install {install_id[:80]!r}")
        return Located(install, revision)

    async def resolve_assets(self, tenant_id: str, ref: str, content_hash: Digest) -> ResolvedAssets:
        """For any tenant's install when `tenant_id` is empty. Raises ASSET_NOT_FOUND."""
        # 1 find the install
        async with self._catalog.read() as tables:
            if tenant_id:
                install = await tables.installs.find(tenant_id, ref)
            else:
                install = await tables.installs.serving(ref, content_hash)
            version = await tables.versions.by_hash(content_hash) if install else None
            revision = await tables.changes.head()
        # 2 is it switched on and its version not revoked
        if install is None or version is None or install.content_hash != content_hash or not install.enabled:
            raise Fault(Reason.ASSET_NOT_FOUND, log=f"no enabled install of {content_hash} as {ref[:80]!r}")
        if version.state is VersionState.REVOKED or version.ui_entry is None:
            raise Fault(Reason.ASSET_NOT_FOUND, log=f"{content_hash} is revoked or has no UI")
        # 3 sign
        issued = self._now()
        grant = AssetGrant(content_hash, issued, issued + MAX_GRANT_AGE).sign(self._key)
        return ResolvedAssets(grant, install.extension_id, version.ui_entry, revision)
