"""Publishers, their keys, and API keys in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, null, select, tuple_, update

from kernel.auth import Role
from kernel.errors import Fault, Reason
from kernel.fields import Page
from registry.catalog.persons import from_json, to_json
from registry.catalog.rows import SqlTable, to_micros, to_micros_or_none, to_time, to_time_or_none, unique
from registry.catalog.tables import (
    api_key,
    extension_bundle,
    extension_registry,
    extension_version,
    publisher,
    publisher_key,
)
from registry.model import ApiKey, Publisher, PublisherKey


class SqlPublishers(SqlTable):
    """The tables `publisher` and `publisher_key`."""

    async def add(self, new: Publisher) -> None:
        """Record a publisher without keys."""
        with unique(Reason.ALREADY_EXISTS):
            row = {"id": new.id, "name": new.name, "created_at": to_micros(new.created_at)}
            await self._connection.execute(insert(publisher).values(row))

    async def by_name(self, name: str) -> Publisher | None:
        """The publisher with its keys."""
        return await self._publisher(select(publisher).where(publisher.c.name == name))

    async def by_key(self, key_id: str) -> Publisher | None:
        """The publisher that a key belongs to."""
        added = (publisher_key.c.key_id == key_id, publisher_key.c.public_key_pem != "")
        return await self._publisher(select(publisher).join(publisher_key).where(*added))

    async def add_key(self, publisher_id: str, key: PublisherKey) -> None:
        """Record a key."""
        with unique(Reason.ALREADY_EXISTS):
            row = {
                "key_id": key.key_id,
                "publisher_id": publisher_id,
                "public_key_pem": key.public_key_pem,
                "created_at": to_micros(key.created_at),
                "authority": key.authority,
                "not_before": to_micros_or_none(key.not_before),
                **_changing(key),
            }
            await self._connection.execute(insert(publisher_key).values(row))

    async def save_key(self, publisher_id: str, key: PublisherKey) -> None:
        """Write what can change."""
        mine = (publisher_key.c.publisher_id == publisher_id, publisher_key.c.key_id == key.key_id)
        await self._connection.execute(update(publisher_key).where(*mine).values(_changing(key)))

    async def stored_bytes(self, publisher_id: str) -> int:
        """The sum of its archives."""
        query = (
            select(func.coalesce(func.sum(extension_bundle.c.size_bytes), 0))
            .join(extension_version, extension_version.c.content_hash == extension_bundle.c.content_hash)
            .join(extension_registry, extension_registry.c.id == extension_version.c.extension_id)
            .where(extension_registry.c.publisher_id == publisher_id)
        )
        return int((await self._one(query))[0])

    async def _publisher(self, query: Select[Any]) -> Publisher | None:
        if (row := await self._one(query)) is None:
            return None
        keys = select(publisher_key).where(publisher_key.c.publisher_id == row.id)
        found = await self._all(keys.order_by(publisher_key.c.created_at, publisher_key.c.key_id))
        return Publisher(
            row.id,
            row.name,
            to_time(row.created_at),
            tuple(map(_publisher_key, found)),
        )


def _changing(key: PublisherKey) -> dict[str, Any]:
    return {
        "not_after": to_micros_or_none(key.not_after),
        "revoked_at": to_micros_or_none(key.revoked_at),
        "compromised_since": to_micros_or_none(key.compromised_since),
    }


def _publisher_key(row: Any) -> PublisherKey:
    return PublisherKey(
        row.key_id,
        row.public_key_pem,
        to_time(row.created_at),
        revoked_at=to_time_or_none(row.revoked_at),
        authority=row.authority,
        not_before=to_time_or_none(row.not_before),
        not_after=to_time_or_none(row.not_after),
        compromised_since=to_time_or_none(row.compromised_since),
    )


class SqlApiKeys(SqlTable):
    """The table `api_key`."""

    async def add(self, key: ApiKey, secret_hash: bytes) -> None:
        """Record a key."""
        owner = None
        if key.publisher:
            owner = await self._one(select(publisher.c.id).where(publisher.c.name == key.publisher))
            if owner is None:
                raise Fault(Reason.NOT_FOUND, log=f"no publisher {key.publisher}")
        with unique(Reason.ALREADY_EXISTS):
            row = {
                "id": key.id,
                "secret_hash": secret_hash,
                "role": key.role.value,
                "tenant_id": key.tenant_id,
                "publisher_id": owner.id if owner else None,
                "label": key.label,
                "created_at": to_micros(key.created_at),
                "expires_at": to_micros_or_none(key.expires_at),
                "revoked_at": to_micros_or_none(key.revoked_at),
                # `None` would be stored as JSON's null.
                "person": to_json(key.user) if key.user else null(),
            }
            await self._connection.execute(insert(api_key).values(row))

    async def by_hash(self, secret_hash: bytes) -> ApiKey | None:
        """The key, whether it holds or not."""
        row = await self._one(_KEYS.where(api_key.c.secret_hash == secret_hash))
        return _api_key(row) if row else None

    async def find(self, key_id: str) -> ApiKey | None:
        """By id."""
        row = await self._one(_KEYS.where(api_key.c.id == key_id))
        return _api_key(row) if row else None

    async def revoke(self, key_id: str, moment: datetime) -> None:
        """End a key."""
        where = (api_key.c.id == key_id, api_key.c.revoked_at.is_(None))
        await self._connection.execute(update(api_key).where(*where).values(revoked_at=to_micros(moment)))

    async def page(self, tenant_id: str, page: Page) -> list[ApiKey]:
        """Of a tenant or all, newest first."""
        query = _KEYS.order_by(api_key.c.created_at.desc(), api_key.c.id.desc()).limit(page.size + 1)
        if tenant_id:
            query = query.where(api_key.c.tenant_id == tenant_id)
        if page.after:
            query = query.where(tuple_(api_key.c.created_at, api_key.c.id) < (int(page.after[0]), page.after[1]))
        return [_api_key(row) for row in await self._all(query)]


_KEYS = select(api_key, publisher.c.name.label("publisher")).outerjoin(publisher)


def _api_key(row: Any) -> ApiKey:
    return ApiKey(
        row.id,
        Role(row.role),
        row.tenant_id,
        row.publisher or "",
        row.label,
        to_time(row.created_at),
        to_time_or_none(row.expires_at),
        to_time_or_none(row.revoked_at),
        from_json(row.person) if row.person else None,
    )
