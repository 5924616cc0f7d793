"""Removes an install, all that it stored, and what is known of its calls."""

from kernel.watch import ChangeKind
from registry.access import own_install
from registry.model import Install
from registry.ports import Catalog


class Uninstaller:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def uninstall(self, tenant_id: str, ref: str) -> Install:
        """The install as it was. Raises NOT_FOUND."""
        async with self._catalog.write() as tables:
            install = await own_install(tables, tenant_id, ref)
            await tables.storage.clear(tenant_id, install.id)
            await tables.schedules.clear(tenant_id, install.id)
            await tables.executions.clear(tenant_id, install.id)
            await tables.secrets.clear(tenant_id, install.id)
            await tables.idempotency.clear(tenant_id, install.id)
            await tables.installs.remove(tenant_id, install.id)
            await tables.changes.append(ChangeKind.UNINSTALLED, install.extension_id, install.content_hash, tenant_id, install.id)
            return install
