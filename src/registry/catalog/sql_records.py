"""What a diagnosis reads, in SQL: outer joins, and JSON as it is stored."""

import json
from typing import Any, Final

from sqlalchemy import Executable, LargeBinary, String, cast, func, select, text, tuple_, type_coerce

from kernel.digest import Digest
from kernel.signing import Signed
from kernel.trust import Signer
from registry.catalog.migrate import HEAD
from registry.catalog.rows import SqlTable
from registry.catalog.sql_signers import SIGNERS, by_bundle
from registry.catalog.tables import (
    extension_bundle,
    extension_bundle_signer,
    extension_registry,
    extension_storage,
    extension_storage_usage,
    extension_version,
    install_change,
    publisher,
    tenant_extension_install,
    tenant_extension_install_config,
)
from registry.records import BundleRow, ChangeLog, DatabaseFault, FaultKind, InstallRow, UsageRow, VersionRow

MAX_FAULTS: Final = 100  # one broken page is enough to look for a backup
_B, _V, _I = extension_bundle.c, extension_version.c, tenant_extension_install.c
_S, _U = extension_storage.c, extension_storage_usage.c
_BUNDLES = (
    select(
        extension_bundle,
        _V.id.label("version_id"),
        _V.version,
        _V.state,
        func.coalesce(extension_registry.c.name, "").label("name"),
        func.coalesce(publisher.c.name, "").label("owner"),
    )
    .outerjoin(extension_version, _V.content_hash == _B.content_hash)
    .outerjoin(extension_registry, extension_registry.c.id == _V.extension_id)
    .outerjoin(publisher, publisher.c.id == extension_registry.c.publisher_id)
)
_INSTALLS = (
    select(
        _I.tenant_id,
        _I.id,
        _I.extension_id,
        _I.enabled,
        type_coerce(_I.granted_capabilities, String).label("granted"),
        type_coerce(_I.pending_update, String).label("pending"),
        type_coerce(_I.limits, String).label("limits"),
        type_coerce(_I.credentials, String).label("credentials"),
        type_coerce(_I.access, String).label("access"),
        _V.extension_id.label("version_extension_id"),
        _V.state,
        type_coerce(_V.capabilities, String).label("asked"),
        type_coerce(tenant_extension_install_config.c.configuration, String).label("configuration"),
    )
    .outerjoin(extension_version, _V.id == _I.version_id)
    .outerjoin(
        tenant_extension_install_config,
        (tenant_extension_install_config.c.tenant_id == _I.tenant_id) & (tenant_extension_install_config.c.install_id == _I.id),
    )
)


class SqlRecords(SqlTable):
    """The `Records` port."""

    async def faults(self) -> list[DatabaseFault]:
        """The database's own checks."""
        pages = [str(row[0]) for row in await self._rows(text(f"PRAGMA integrity_check({MAX_FAULTS})"))]
        found = [DatabaseFault(FaultKind.PAGES, line) for line in pages if line != "ok"]
        for table, row_id, parent, _ in (await self._rows(text("PRAGMA foreign_key_check")))[:MAX_FAULTS]:
            told = f"names a row of {parent} that does not exist"
            found.append(DatabaseFault(FaultKind.REFERENCES, told, f"{table} row {row_id}"))
        schema = (await self._rows(text("SELECT version_num FROM alembic_version")))[0][0]
        if schema != HEAD:
            found.append(DatabaseFault(FaultKind.SCHEMA, f"the schema is {schema}, this program knows {HEAD}"))
        return found

    async def bundles(self, after: str, most: int) -> list[BundleRow]:
        """By content hash."""
        rows = await self._rows(_BUNDLES.where(_B.content_hash > after).order_by(_B.content_hash).limit(most))
        mine = extension_bundle_signer.c.content_hash.in_([row.content_hash for row in rows])
        signers = by_bundle(await self._rows(SIGNERS.where(mine)))
        return [_bundle(row, signers.get(row.content_hash, ())) for row in rows]

    async def installs(self, after: tuple[str, str], most: int) -> list[InstallRow]:
        """By tenant and id."""
        query = _INSTALLS.where(tuple_(_I.tenant_id, _I.id) > after).order_by(_I.tenant_id, _I.id).limit(most)
        rows = [(row, _json(row.pending)) for row in await self._rows(query)]
        named = {str(pending.get("version_id")) for _, pending in rows if isinstance(pending, dict)}
        owners = await self._rows(select(_V.id, _V.extension_id).where(_V.id.in_(named))) if named else ()
        extension = {row.id: row.extension_id for row in owners}
        return [_install(row, pending, extension) for row, pending in rows]

    async def usage(self, tenant_id: str, install_id: str) -> list[UsageRow]:
        """Told and counted."""
        mine = (_U.tenant_id == tenant_id, _U.install_id == install_id)
        told = {row[0]: (row[1], row[2]) for row in await self._rows(select(_U.namespace, _U["keys"], _U.total_bytes).where(*mine))}
        size = func.length(_S.value) + func.length(cast(_S.key, LargeBinary))
        query = select(_S.namespace, func.count(), func.sum(size)).group_by(_S.namespace)
        rows = await self._rows(query.where(_S.tenant_id == tenant_id, _S.install_id == install_id))
        counted = {row[0]: (row[1], row[2]) for row in rows}
        return [UsageRow(name, told.get(name, (0, 0)), counted.get(name, (0, 0))) for name in sorted(told | counted)]

    async def stored(self, after: str, most: int) -> list[tuple[str, int]]:
        """Publishers and their bytes."""
        query = (
            select(publisher.c.name, func.coalesce(func.sum(_B.size_bytes), 0))
            .outerjoin(extension_registry, extension_registry.c.publisher_id == publisher.c.id)
            .outerjoin(extension_version, _V.extension_id == extension_registry.c.id)
            .outerjoin(extension_bundle, _B.content_hash == _V.content_hash)
            .where(publisher.c.name > after)
        )
        rows = await self._rows(query.group_by(publisher.c.name).order_by(publisher.c.name).limit(most))
        return [(name, size) for name, size in rows]

    async def log(self) -> ChangeLog:
        """What the change log holds."""
        revision = install_change.c.revision
        count, first, last = (await self._rows(select(func.count(), func.min(revision), func.max(revision))))[0]
        issued = await self._rows(text("SELECT seq FROM sqlite_sequence WHERE name = 'install_change'"))
        kinds = await self._rows(select(install_change.c.kind, func.count()).group_by(install_change.c.kind))
        return ChangeLog(count, first or 0, last or 0, issued[0][0] if issued else 0, dict(kinds))

    async def _rows(self, query: Executable) -> Any:
        return (await self._connection.execute(query)).all()


def _bundle(row: Any, signers: tuple[Signer, ...]) -> BundleRow:
    version = None if row.version_id is None else VersionRow(row.version_id, row.name, row.version, row.owner, row.state)
    signed = Signed(row.attestation, row.attestation_signature, row.attestation_key_id)
    return BundleRow(Digest(row.content_hash), row.size_bytes, row.envelope, signed, version, signers)


def _install(row: Any, pending: Any, extension: dict[str, str]) -> InstallRow:
    return InstallRow(
        tenant_id=row.tenant_id,
        id=row.id,
        extension_id=row.extension_id,
        version_extension_id=row.version_extension_id,
        version_state=row.state,
        enabled=bool(row.enabled),
        granted=_json(row.granted),
        asked=_json(row.asked),
        pending=pending,
        pending_extension_id=extension.get(str(pending.get("version_id"))) if isinstance(pending, dict) else None,
        configuration=_json(row.configuration),
        limits=_json(row.limits),
        credentials=_json(row.credentials),
        access=_json(row.access),
    )


def _json(column: str | None) -> Any:
    """The value of a JSON column; the text itself when it is not JSON, which no rule accepts."""
    try:
        return None if column is None else json.loads(column)
    except (ValueError, RecursionError):
        return column
