"""Sealed secrets of installs in SQL."""

import base64
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.sqlite import insert

from kernel.sealing import Box
from registry.catalog.rows import SqlTable, to_micros, to_micros_or_none, to_time, to_time_or_none
from registry.catalog.tables import tenant_extension_install_secrets
from registry.model import SealedSecret

_S = tenant_extension_install_secrets.c


class SqlSecrets(SqlTable):
    """The table `tenant_extension_install_secrets`."""

    async def of(self, tenant_id: str, install_id: str) -> tuple[SealedSecret, ...]:
        """All of an install, by name."""
        query = select(tenant_extension_install_secrets).where(*_mine(tenant_id, install_id)).order_by(_S.name)
        return tuple(_secret(row) for row in await self._all(query))

    async def put(self, tenant_id: str, install_id: str, secret: SealedSecret) -> None:
        """Write one, new or not."""
        key = {"tenant_id": tenant_id, "install_id": install_id, "name": secret.name}
        boxes = [[box.key_id, box.algorithm, base64.b64encode(box.ciphertext).decode()] for box in secret.boxes]
        values = {
            "revision": secret.revision,
            "boxes": boxes,
            "expires_at": to_micros_or_none(secret.expires_at),
            "updated_at": to_micros(secret.updated_at),
        }
        upsert = insert(tenant_extension_install_secrets).values(**key, **values)
        await self._connection.execute(upsert.on_conflict_do_update(index_elements=[*key], set_=values))

    async def remove(self, tenant_id: str, install_id: str, name: str) -> None:
        """Remove one, if it is there."""
        mine = (*_mine(tenant_id, install_id), _S.name == name)
        await self._connection.execute(delete(tenant_extension_install_secrets).where(*mine))

    async def clear(self, tenant_id: str, install_id: str) -> None:
        """Remove all of an install."""
        await self._connection.execute(delete(tenant_extension_install_secrets).where(*_mine(tenant_id, install_id)))


def _mine(tenant_id: str, install_id: str) -> tuple[ColumnElement[bool], ...]:
    return _S.tenant_id == tenant_id, _S.install_id == install_id


def _secret(row: Any) -> SealedSecret:
    boxes = tuple(Box(key_id, algorithm, base64.b64decode(ciphertext)) for key_id, algorithm, ciphertext in row.boxes)
    return SealedSecret(row.name, row.revision, boxes, to_time(row.updated_at), to_time_or_none(row.expires_at))
