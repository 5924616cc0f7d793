"""Lets an install answer again, or stops it."""

from collections.abc import Callable
from datetime import datetime

from kernel.errors import Fault, Reason
from kernel.watch import ChangeKind
from registry.access import own_install
from registry.changed import record
from registry.model import Install, VersionState
from registry.ports import Catalog
from registry.schedules.arm import rearm


class Switch:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, now: Callable[[], datetime]) -> None:
        self._catalog, self._now = catalog, now

    async def turn(self, tenant_id: str, ref: str, *, on: bool) -> Install:
        """The install as it is now. Raises NOT_FOUND, and VERSION_REVOKED for one that cannot answer any more."""
        async with self._catalog.write() as tables:
            install = await own_install(tables, tenant_id, ref)
            if on and install.version_state is VersionState.REVOKED:
                raise Fault(Reason.VERSION_REVOKED)
            if install.enabled == on:
                return install
            kind = ChangeKind.ENABLED if on else ChangeKind.DISABLED
            changed = await record(tables, install, kind, self._now(), enabled=on)
            await rearm(tables, changed, self._now())
            return changed
