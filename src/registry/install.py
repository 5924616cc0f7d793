"""Installs a version for a tenant.

1 find an extension that the tenant may see, 2 answer with what is installed already, 3 choose the version, 4 verify its bundle,
5 settle the capabilities, 6 record and tell.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from kernel.capabilities import DEFAULTS, capability
from kernel.errors import Fault, Reason
from kernel.manifest_fields import NEXT
from kernel.watch import ChangeKind
from registry.access import visible_extension
from registry.model import Extension, Install, Version, VersionState, Viewer, is_prerelease, new_id, precedence
from registry.ports import Catalog, Tables
from registry.verify import BundleVerifier


@dataclass(frozen=True, slots=True)
class Grant:
    """Which of the capabilities that a manifest asks for are granted: all, or `names`; the defaults always are."""

    all_requested: bool
    names: tuple[str, ...] = ()

    def of(self, requested: Iterable[str]) -> frozenset[str]:
        """The capabilities of the install. Raises INVALID_ARGUMENT for one that is unknown or not asked for."""
        asked = frozenset(requested)
        if self.all_requested:
            return asked | DEFAULTS
        names = frozenset(capability(name, "capabilities.names") for name in self.names)
        if foreign := sorted(names - asked - DEFAULTS):
            raise Fault.invalid("capabilities.names", f"the manifest does not ask for {foreign[0]}")
        return names | DEFAULTS


class Installer:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, verifier: BundleVerifier, now: Callable[[], datetime]) -> None:
        self._catalog, self._verifier, self._now = catalog, verifier, now

    async def install(self, tenant_id: str, ref: str, wanted: str, grant: Grant, pattern: bool = False) -> Install:
        """The install, new or existing; with `pattern`, `wanted` may be `X.Y.*`.

        Raises what `Install` documents in install_service.proto.
        """
        async with self._catalog.write() as tables:
            # 1 find an extension that the tenant may see
            extension = await visible_extension(tables, ref, Viewer(tenant_id=tenant_id))
            # 2 answer with what is installed already
            existing = await tables.installs.find(tenant_id, extension.id)
            if existing is not None and wanted in ("", existing.version):
                return existing
            # 3 choose the version
            version = await choose_version(tables, extension, wanted, pattern=pattern)
            if existing is not None and existing.version_id == version.id:
                return existing
            if existing is not None:
                raise Fault(Reason.ALREADY_EXISTS, facts={"version": existing.version})
            # 4 verify its bundle
            await self._verifier.verify(tables, version)
            # 5 settle the capabilities
            granted = grant.of(version.capabilities)
            # 6 record and tell
            moment = self._now()
            install = Install(
                id=new_id(),
                tenant_id=tenant_id,
                extension_id=extension.id,
                extension_name=extension.name,
                version_id=version.id,
                version=version.version,
                content_hash=version.content_hash,
                version_state=version.state,
                hooks=version.hooks,
                enabled=True,
                capabilities=granted,
                limits=version.limits,
                revision=1,
                created_at=moment,
                updated_at=moment,
            )
            await tables.installs.add(install)
            await tables.changes.append(ChangeKind.INSTALLED, extension.id, version.content_hash, tenant_id, install.id)
            return install


async def choose_version(tables: Tables, extension: Extension, wanted: str, *, pattern: bool = False) -> Version:
    """The version of this semver; for empty text the highest active one that is no pre-release, with `pattern` for `X.Y.*` too.

    Raises NOT_FOUND, VERSION_YANKED, VERSION_REVOKED, and INVALID_ARGUMENT for a wildcard.
    """
    series = NEXT.fullmatch(wanted) if pattern else None
    if "*" in wanted and series is None:
        raise Fault.invalid("version", "must be one version; wildcards are for the compatibility route only")
    if not wanted or series is not None:
        begins = wanted.removesuffix("*")
        active = [text for text in await tables.versions.active(extension.id) if text.startswith(begins)]
        stable = [text for text in active if not is_prerelease(text)]
        wanted = max(stable, key=precedence, default="")
    version = await tables.versions.find(extension.id, wanted)
    if version is None:
        raise Fault(Reason.NOT_FOUND, log=f"{extension.name} has no version {wanted[:80]!r}")
    if version.state is VersionState.REVOKED:
        raise Fault(Reason.VERSION_REVOKED)
    if version.state is VersionState.YANKED:
        raise Fault(Reason.VERSION_YANKED)
    return version
