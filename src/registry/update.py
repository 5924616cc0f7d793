"""Moves an install to another version and keeps its storage.

1 find the install, 2 choose the version, 3 verify its bundle, 4 settle the capabilities, 5 record and tell.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from kernel.capabilities import DEFAULTS
from kernel.watch import ChangeKind
from registry.access import own_install, visible_extension
from registry.install import Grant, choose_version
from registry.model import Install, Viewer
from registry.ports import Catalog
from registry.verify import BundleVerifier


class Updater:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, verifier: BundleVerifier, now: Callable[[], datetime]) -> None:
        self._catalog, self._verifier, self._now = catalog, verifier, now

    async def update(self, tenant_id: str, ref: str, wanted: str, grant: Grant | None) -> Install:
        """The install as it is now; unchanged when it has that version and those grants.

        Without a grant, capabilities that the tenant had not granted stay denied. Raises what `Update` documents.
        """
        async with self._catalog.write() as tables:
            # 1 find the install
            install = await own_install(tables, tenant_id, ref)
            extension = await visible_extension(tables, install.extension_id, Viewer(tenant_id=tenant_id))
            # 2 choose the version
            version = await choose_version(tables, extension, wanted)
            # 3 verify its bundle
            await self._verifier.verify(tables, version)
            # 4 settle the capabilities
            kept = (install.capabilities & frozenset(version.capabilities)) | DEFAULTS
            granted = kept if grant is None else grant.of(version.capabilities)
            if version.id == install.version_id and granted == install.capabilities:
                return install
            # 5 record and tell
            changed = replace(
                install,
                version_id=version.id,
                version=version.version,
                content_hash=version.content_hash,
                version_state=version.state,
                limits=version.limits,
                capabilities=granted,
                revision=install.revision + 1,
                updated_at=self._now(),
            )
            await tables.installs.save(changed)
            await tables.changes.append(ChangeKind.UPDATED, extension.id, version.content_hash, tenant_id, install.id)
            return changed
