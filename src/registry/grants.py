"""Sets what a running install may use. Grants of earlier revisions are void from the change on."""

from collections.abc import Callable
from datetime import datetime

from registry.access import own_install
from registry.install import Grant
from registry.model import Install
from registry.ports import Catalog
from registry.update import apply, installed_version, settle


class Granting:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, now: Callable[[], datetime]) -> None:
        self._catalog, self._now = catalog, now

    async def set(self, tenant_id: str, ref: str, grant: Grant) -> Install:
        """The install as it is now; unchanged when it has those grants. Raises NOT_FOUND, INVALID_ARGUMENT."""
        async with self._catalog.write() as tables:
            install = await own_install(tables, tenant_id, ref)
            version = await installed_version(tables, install)
            return await apply(tables, install, version, settle(install, version, grant), self._now())
