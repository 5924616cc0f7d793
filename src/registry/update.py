"""Moves an install to another version and keeps its storage and configuration.

1 find the install, 2 choose the version and verify its bundle, 3 settle the capabilities, 4 wait for consent when the version asks
for more, 5 otherwise apply.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from kernel.capabilities import DEFAULTS
from kernel.errors import Fault, Reason
from kernel.watch import ChangeKind
from registry.access import own_install, visible_extension
from registry.changed import record
from registry.difference import difference
from registry.install import Grant, choose_version
from registry.model import Install, PendingUpdate, Version, Viewer
from registry.ports import Catalog, Tables
from registry.schedules.arm import rearm
from registry.verify import BundleVerifier


class Updater:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, verifier: BundleVerifier, now: Callable[[], datetime]) -> None:
        self._catalog, self._verifier, self._now = catalog, verifier, now

    async def update(self, tenant_id: str, ref: str, wanted: str, grant: Grant | None, pattern: bool = False) -> Install:
        """The install as it is now: moved, unchanged when it has that version and those grants, or with a pending update.

        Without a grant, capabilities that the tenant had not granted stay denied. What waits replaces what waited before and keeps
        no grant: the tenant names it when it consents. An update to the installed version leaves alone what waits.
        Raises what `Update` documents.
        """
        async with self._catalog.write() as tables:
            # 1 find the install
            install = await own_install(tables, tenant_id, ref)
            # 2 choose the version and verify its bundle
            version = await verified_version(tables, self._verifier, install, wanted, pattern=pattern)
            # 3 settle the capabilities
            granted = settle(install, version, grant)
            # 4 wait for consent when the version asks for more
            widening = difference(await installed_version(tables, install), version)
            if widening.widens:
                moment = self._now()
                pending = PendingUpdate(version.id, version.version, version.content_hash, widening, moment)
                # Nothing that runs changes, so neither does the revision.
                waiting = replace(install, pending_update=pending, updated_at=moment)
                await tables.installs.save(waiting)
                return waiting
            # 5 otherwise apply
            return await apply(tables, install, version, granted, self._now())


async def verified_version(
    tables: Tables, verifier: BundleVerifier, install: Install, wanted: str, *, pattern: bool = False
) -> Version:
    """The version of this semver (empty = the newest; with `pattern` also `X.Y.*`) that the install may move to now.

    Raises NOT_FOUND, VERSION_YANKED, VERSION_REVOKED, and what the verifier raises.
    """
    extension = await visible_extension(tables, install.extension_id, Viewer(tenant_id=install.tenant_id))
    version = await choose_version(tables, extension, wanted, pattern=pattern)
    await verifier.verify(tables, version)
    return version


async def installed_version(tables: Tables, install: Install) -> Version:
    """The version that the install has now."""
    version = await tables.versions.by_hash(install.content_hash)
    if version is None:
        raise Fault(Reason.INTERNAL, log=f"install {install.id} names {install.content_hash}, which is no version")
    return version


def settle(install: Install, version: Version, grant: Grant | None) -> frozenset[str]:
    """What the install may use in this version; without a grant what it may now, as far as the version asks for it.

    Raises INVALID_ARGUMENT.
    """
    if grant is None:
        return (install.capabilities & frozenset(version.capabilities)) | DEFAULTS
    return grant.of(version.capabilities)


async def apply(tables: Tables, install: Install, version: Version, granted: frozenset[str], moment: datetime) -> Install:
    """Move the install and tell; unchanged when it has that version and those grants.

    A pending update goes with the version that it was compared with.
    """
    moves = version.id != install.version_id
    if not moves and granted == install.capabilities:
        return install
    changed = await record(
        tables,
        install,
        ChangeKind.UPDATED if moves else ChangeKind.GRANTS_CHANGED,
        moment,
        version_id=version.id,
        version=version.version,
        content_hash=version.content_hash,
        version_state=version.state,
        hooks=version.hooks,
        limits=version.limits,
        capabilities=granted,
        pending_update=None if moves else install.pending_update,
    )
    if moves:
        await rearm(tables, changed, moment, version)
    return changed
