"""Makes or forgets an update that waits for its tenant's consent.

1 find the install and what waits, 2 verify that version again, 3 settle the capabilities, 4 apply.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from registry.access import own_install
from registry.install import Grant
from registry.model import Install
from registry.ports import Catalog
from registry.update import apply, settle, verified_version
from registry.verify import BundleVerifier


class Consent:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, verifier: BundleVerifier, now: Callable[[], datetime]) -> None:
        self._catalog, self._verifier, self._now = catalog, verifier, now

    async def consent(self, tenant_id: str, ref: str, content_hash: Digest, grant: Grant | None) -> Install:
        """The install, moved to the version that waited. Raises what `ConsentToUpdate` documents."""
        async with self._catalog.write() as tables:
            # 1 find the install and what waits
            install = await own_install(tables, tenant_id, ref)
            pending = install.pending_update
            if pending is None or pending.content_hash != content_hash:
                raise Fault(Reason.UPDATE_NOT_PENDING, log=f"{install.id} has {pending}, consent is to {content_hash}")
            # 2 verify that version again: it may have been withdrawn while it waited
            version = await verified_version(tables, self._verifier, install, pending.version)
            # 3 settle the capabilities
            granted = settle(install, version, grant)
            # 4 apply
            return await apply(tables, install, version, granted, self._now())

    async def decline(self, tenant_id: str, ref: str) -> Install:
        """The install without a pending update. Raises NOT_FOUND."""
        async with self._catalog.write() as tables:
            install = await own_install(tables, tenant_id, ref)
            if install.pending_update is None:
                return install
            # Nothing that runs changes, so neither does the revision.
            changed = replace(install, pending_update=None, updated_at=self._now())
            await tables.installs.save(changed)
            return changed
