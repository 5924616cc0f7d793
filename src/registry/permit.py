"""Sets who may call an install.

1 check it, 2 find the install, as it was read, 3 record and tell.
"""

from collections.abc import Callable
from datetime import datetime

from kernel.permissions import AccessRules, checked
from kernel.watch import ChangeKind
from registry.access import own_install
from registry.changed import record
from registry.model import Install
from registry.ports import Catalog


class Permitting:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, now: Callable[[], datetime]) -> None:
        self._catalog, self._now = catalog, now

    async def set(self, tenant_id: str, ref: str, told: AccessRules | None, if_revision: int | None) -> Install:
        """The install as it is now; unchanged when it says that already. None = the tenant says nothing.

        With `if_revision` only when it has that revision. Raises NOT_FOUND, INVALID_ARGUMENT, REVISION_CONFLICT.
        """
        # 1 check it
        access = None if told is None else checked(told)
        async with self._catalog.write() as tables:
            # 2 find the install, as it was read
            install = await own_install(tables, tenant_id, ref, if_revision)
            if access == install.access:
                return install
            # 3 record and tell
            return await record(tables, install, ChangeKind.ACCESS_CHANGED, self._now(), access=access)
