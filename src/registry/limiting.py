"""Sets what a tenant lets one call of an install spend, and what it lets all its callers ask together.

1 check it, 2 find the install, as it was read, 3 record and tell.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from kernel.caller_limits import CallerLimits, too_large
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

    async def set(
        self, tenant_id: str, ref: str, limits: Limits, of_callers: CallerLimits | None, if_revision: int | None
    ) -> Install:
        """The install as it is now; unchanged when it has those limits. `of_callers` None = they stay.

        With `if_revision` only when it has that revision. Raises NOT_FOUND, INVALID_ARGUMENT, REVISION_CONFLICT.
        """
        # 1 check it
        check(limits, of_callers)
        async with self._catalog.write() as tables:
            # 2 find the install, as it was read
            install = await own_install(tables, tenant_id, ref, if_revision)
            callers = install.caller_limits if of_callers is None else of_callers
            if (limits, callers) == (install.tenant_limits, install.caller_limits):
                return install
            # 3 record and tell
            changes = {"tenant_limits": limits, "caller_limits": callers}
            return await record(tables, install, ChangeKind.LIMITS_CHANGED, self._now(), **changes)


def check(limits: Limits, of_callers: CallerLimits | None) -> None:
    """Raises INVALID_ARGUMENT that names each limit which is more than a manifest may say, or than can be told to callers."""
    most = asdict(MOST)
    violations = [
        Violation(f"limits.{name}", f"must be at most {most[name]}") for name, value in asdict(limits).items() if value > most[name]
    ]
    if of_callers is not None:
        violations += too_large(of_callers)
    if violations:
        raise Fault(Reason.INVALID_ARGUMENT, violations=tuple(violations))
