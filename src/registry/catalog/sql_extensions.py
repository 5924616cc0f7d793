"""Extensions in SQL."""

from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, or_, select, update

from kernel.errors import Fault, Reason
from kernel.fields import Page
from registry.catalog.rows import SqlTable, to_micros, to_time, unique
from registry.catalog.tables import extension_registry, extension_visibility, publisher
from registry.model import Extension, Viewer, Visibility

_EXTENSIONS = select(extension_registry, publisher.c.name.label("publisher")).join(publisher)


class SqlExtensions(SqlTable):
    """The tables `extension_registry` and `extension_visibility`."""

    async def add(self, extension: Extension) -> None:
        """Record an extension."""
        owner = await self._one(select(publisher.c.id).where(publisher.c.name == extension.publisher))
        if owner is None:
            raise Fault(Reason.NOT_FOUND, log=f"no publisher {extension.publisher}")
        with unique(Reason.ALREADY_EXISTS):
            row = {
                "id": extension.id,
                "publisher_id": owner.id,
                "name": extension.name,
                "visibility": extension.visibility.value,
                "deprecation": extension.deprecation,
                "created_at": to_micros(extension.created_at),
            }
            await self._connection.execute(insert(extension_registry).values(row))
        await self._allow(extension)

    async def find(self, ref: str) -> Extension | None:
        """By id or name."""
        wanted = ref.lower()
        matches = or_(extension_registry.c.id == wanted, extension_registry.c.name == wanted)
        row = await self._one(_EXTENSIONS.where(matches))
        return (await self._extensions([row]))[0] if row else None

    async def save(self, extension: Extension) -> None:
        """Write visibility, allowed tenants and deprecation."""
        values = {"visibility": extension.visibility.value, "deprecation": extension.deprecation}
        mine = extension_registry.c.id == extension.id
        await self._connection.execute(update(extension_registry).where(mine).values(values))
        await self._connection.execute(delete(extension_visibility).where(extension_visibility.c.extension_id == extension.id))
        await self._allow(extension)

    async def page(self, viewer: Viewer, page: Page) -> list[Extension]:
        """Those that the viewer sees, ordered by name."""
        query = _EXTENSIONS.where(*_seen_by(viewer)).order_by(extension_registry.c.name).limit(page.size + 1)
        if page.after:
            query = query.where(extension_registry.c.name > page.after[0])
        return await self._extensions(await self._all(query))

    async def _allow(self, extension: Extension) -> None:
        rows = [{"extension_id": extension.id, "tenant_id": tenant} for tenant in sorted(extension.allowed_tenants)]
        if rows:
            await self._connection.execute(insert(extension_visibility), rows)

    async def _extensions(self, rows: Any) -> list[Extension]:
        allowed: dict[str, set[str]] = {row.id: set() for row in rows}
        query = select(extension_visibility).where(extension_visibility.c.extension_id.in_(allowed))
        for permit in await self._all(query) if allowed else ():
            allowed[permit.extension_id].add(permit.tenant_id)
        return [
            Extension(
                row.id,
                row.name,
                row.publisher,
                Visibility(row.visibility),
                to_time(row.created_at),
                frozenset(allowed[row.id]),
                row.deprecation,
            )
            for row in rows
        ]


def _seen_by(viewer: Viewer) -> list[ColumnElement[bool]]:
    if viewer.publisher:
        return [publisher.c.name == viewer.publisher]
    if not viewer.tenant_id:
        return []
    permit = exists().where(
        extension_visibility.c.extension_id == extension_registry.c.id, extension_visibility.c.tenant_id == viewer.tenant_id
    )
    return [or_(extension_registry.c.visibility == Visibility.PUBLIC.value, permit)]
