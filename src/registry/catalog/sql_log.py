"""The change log in SQL."""

from sqlalchemy import delete, func, insert, select

from kernel.digest import Digest
from kernel.watch import Change, ChangeKind
from registry import ports
from registry.catalog.rows import SqlTable
from registry.catalog.tables import install_change


class SqlChanges(SqlTable):
    """The table `install_change`."""

    appended = False  # whether this transaction wrote changes

    async def append(
        self, kind: ChangeKind, extension_id: str, content_hash: Digest, tenant_id: str = "", install_id: str = ""
    ) -> int:
        """Write one change, and forget those that nobody may still read."""
        row = {
            "kind": kind.value,
            "tenant_id": tenant_id,
            "install_id": install_id,
            "extension_id": extension_id,
            "content_hash": content_hash.hex,
        }
        statement = insert(install_change).values(row).returning(install_change.c.revision)
        revision: int = (await self._connection.execute(statement)).scalar_one()
        await self._connection.execute(delete(install_change).where(install_change.c.revision <= revision - ports.MAX_BEHIND))
        self.appended = True
        return revision

    async def after(self, revision: int, most: int) -> list[Change]:
        """The oldest changes with a greater revision."""
        query = select(install_change).where(install_change.c.revision > revision)
        return [
            Change(row.revision, ChangeKind(row.kind), row.tenant_id, row.install_id, row.extension_id, Digest(row.content_hash))
            for row in await self._all(query.order_by(install_change.c.revision).limit(most))
        ]

    async def head(self) -> int:
        """The last revision."""
        found: int = (await self._one(select(func.coalesce(func.max(install_change.c.revision), 0))))[0]
        return found
