"""Sets what a tenant lets one call of an install spend.

1 check it, 2 find the install, as it was read, 3 record and tell.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from kernel.errors import Fault, Reason, Violation
from kernel.grants import MOST, Limits
from kernel.watch import ChangeKind
from registry.access import own_install
from registry.changed import record
from registry.model import Install
from registry.ports import Catalog


class Limiting:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, now: Callable[[], datetime]) -> None:
        self._catalog, self._now = catalog, now

    async def set(self, tenant_id: str, ref: str, limits: Limits, if_revision: int | None) -> Install:
        """The install as it is now; unchanged when it has those limits.

        With `if_revision` only when it has that revision. Raises NOT_FOUND, INVALID_ARGUMENT, REVISION_CONFLICT.
        """
        # 1 check it
        check(limits)
        async with self._catalog.write() as tables:
            # 2 find the install, as it was read
            install = await own_install(tables, tenant_id, ref, if_revision)
            if limits == install.tenant_limits:
                return install
            # 3 record and tell
            return await record(tables, install, ChangeKind.LIMITS_CHANGED, self._now(), tenant_limits=limits)


def check(limits: Limits) -> None:
    """Raises INVALID_ARGUMENT that names each limit which is more than a manifest may say."""
    most = asdict(MOST)
    over = [name for name, value in asdict(limits).items() if value > most[name]]
    violations = tuple(Violation(f"limits.{name}", f"must be at most {most[name]}") for name in over)
    if violations:
        raise Fault(Reason.INVALID_ARGUMENT, violations=violations)
