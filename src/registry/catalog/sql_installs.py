"""Installs in SQL. Every statement but one names the tenant."""

from dataclasses import astuple, fields
from typing import Any, Final

from sqlalchemy import Delete, and_, case, delete, insert, null, or_, select, update

from kernel.digest import Digest
from kernel.errors import Reason
from kernel.fields import Page
from kernel.grants import Credential, Limits, limits_of
from registry.catalog import access_json, limits_json
from registry.catalog.pending import from_json, to_json
from registry.catalog.rows import SqlTable, to_micros, to_time, unique, written
from registry.catalog.standing import STANDING, standing_of
from registry.catalog.tables import (
    extension_registry,
    extension_version,
    publisher,
    tenant_extension_install,
    tenant_extension_install_config,
)
from registry.model import Install, Standing, VersionState

_T, _C = tenant_extension_install.c, tenant_extension_install_config.c
_INSTALLS = (
    select(
        tenant_extension_install,
        extension_registry.c.name.label("extension_name"),
        extension_version.c.version,
        extension_version.c.content_hash,
        extension_version.c.state,
        extension_version.c.hooks,
        *(extension_version.c[field.name] for field in fields(Limits)),
        _C.configuration,
    )
    .join(extension_registry, extension_registry.c.id == _T.extension_id)
    .join(extension_version, extension_version.c.id == _T.version_id)
    .outerjoin(tenant_extension_install_config, and_(_C.tenant_id == _T.tenant_id, _C.install_id == _T.id))
)

_STANDING: Final = written(STANDING)


class SqlInstalls(SqlTable):
    """The tables `tenant_extension_install` and `tenant_extension_install_config`."""

    async def add(self, install: Install) -> None:
        """Record an install."""
        with unique(Reason.ALREADY_EXISTS):
            row = {
                "tenant_id": install.tenant_id,
                "id": install.id,
                "extension_id": install.extension_id,
                "created_at": to_micros(install.created_at),
                **_changing(install),
            }
            await self._connection.execute(insert(tenant_extension_install).values(row))
        await self._configure(install)

    async def find(self, tenant_id: str, ref: str) -> Install | None:
        """Of this tenant, by any of its names."""
        wanted = ref.lower()
        ways = (
            _T.id == wanted,
            _T.extension_id == wanted,
            extension_registry.c.name == wanted,
            (publisher.c.name + "." + extension_registry.c.name) == wanted,
        )
        query = _INSTALLS.join(publisher, publisher.c.id == extension_registry.c.publisher_id)
        query = query.where(_T.tenant_id == tenant_id, or_(*ways))
        order = case(*((way, rank) for rank, way in enumerate(ways)))
        row = await self._one(query.order_by(order).limit(1))
        return _install(row) if row else None

    async def standing(self, tenant_id: str, install_id: str) -> Standing | None:
        """What an install may do now."""
        row = (await self._run(_STANDING, {"tenant_id": tenant_id, "install_id": install_id})).fetchone()
        return None if row is None else standing_of(row)

    async def save(self, install: Install) -> None:
        """Write what can change."""
        mine = (_T.tenant_id == install.tenant_id, _T.id == install.id)
        await self._connection.execute(update(tenant_extension_install).where(*mine).values(_changing(install)))
        await self._configure(install)

    async def remove(self, tenant_id: str, install_id: str) -> None:
        """Remove an install and its configuration."""
        await self._connection.execute(_without_configuration(tenant_id, install_id))
        mine = (_T.tenant_id == tenant_id, _T.id == install_id)
        await self._connection.execute(delete(tenant_extension_install).where(*mine))

    async def page(self, tenant_id: str, page: Page) -> list[Install]:
        """Of this tenant, ordered by extension name."""
        query = _INSTALLS.where(_T.tenant_id == tenant_id).order_by(extension_registry.c.name).limit(page.size + 1)
        if page.after:
            query = query.where(extension_registry.c.name > page.after[0])
        return [_install(row) for row in await self._all(query)]

    async def located(self, install_id: str) -> Install | None:
        """Any tenant's install by its id."""
        row = await self._one(_INSTALLS.where(_T.id == install_id))
        return _install(row) if row else None

    async def serving(self, ref: str, content_hash: Digest) -> Install | None:
        """Any tenant's enabled install of this bundle."""
        wanted = ref.lower()
        query = _INSTALLS.where(
            extension_version.c.content_hash == content_hash.hex,
            _T.enabled,
            or_(_T.id == wanted, _T.extension_id == wanted, extension_registry.c.name == wanted),
        )
        row = await self._one(query.limit(1))
        return _install(row) if row else None

    async def _configure(self, install: Install) -> None:
        await self._connection.execute(_without_configuration(install.tenant_id, install.id))
        if install.configuration:
            row = {"tenant_id": install.tenant_id, "install_id": install.id, "configuration": dict(install.configuration)}
            await self._connection.execute(insert(tenant_extension_install_config).values(row))


def _without_configuration(tenant_id: str, install_id: str) -> Delete:
    return delete(tenant_extension_install_config).where(_C.tenant_id == tenant_id, _C.install_id == install_id)


def _changing(install: Install) -> dict[str, Any]:
    return {
        "version_id": install.version_id,
        "enabled": install.enabled,
        "granted_capabilities": sorted(install.capabilities),
        # `None` would be stored as JSON's null.
        "pending_update": to_json(install.pending_update) if install.pending_update else null(),
        "limits": limits_json.to_json(install.tenant_limits, install.caller_limits) or null(),
        "egress": null() if install.tenant_egress is None else list(install.tenant_egress),
        "credentials": [list(astuple(one)) for one in install.credentials] or null(),
        "secrets_revision": install.secrets_revision,
        "access": null() if install.access is None else access_json.to_json(install.access),
        "revision": install.revision,
        "updated_at": to_micros(install.updated_at),
    }


def _install(row: Any) -> Install:
    tenant_limits, caller_limits = limits_json.from_json(row.limits) or limits_json.LEAST
    return Install(
        id=row.id,
        tenant_id=row.tenant_id,
        extension_id=row.extension_id,
        extension_name=row.extension_name,
        version_id=row.version_id,
        version=row.version,
        content_hash=Digest(row.content_hash),
        version_state=VersionState(row.state),
        enabled=row.enabled,
        capabilities=frozenset(row.granted_capabilities),
        limits=limits_of(row),
        revision=row.revision,
        created_at=to_time(row.created_at),
        updated_at=to_time(row.updated_at),
        configuration=row.configuration or {},
        pending_update=from_json(row.pending_update) if row.pending_update else None,
        tenant_limits=tenant_limits,
        tenant_egress=None if row.egress is None else tuple(row.egress),
        credentials=tuple(Credential(*one) for one in row.credentials or ()),
        secrets_revision=row.secrets_revision,
        access=None if row.access is None else access_json.from_json(row.access) or access_json.NOBODY,
        caller_limits=caller_limits,
        hooks=row.hooks,
    )
