"""Publishers, extensions and API keys in memory."""

from dataclasses import replace
from datetime import datetime

from kernel.errors import Fault, Reason
from kernel.fields import Page
from registry.catalog.memory_state import State
from registry.model import ApiKey, Extension, Publisher, PublisherKey, Viewer
from registry.ports import stamp


class MemoryPublishers:
    """The `Publishers` port."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, publisher: Publisher) -> None:
        """Record a publisher without keys."""
        if publisher.name in self._state.publishers:
            raise Fault(Reason.ALREADY_EXISTS)
        self._state.publishers[publisher.name] = replace(publisher, keys=())

    async def by_name(self, name: str) -> Publisher | None:
        """The publisher with its keys."""
        return self._state.publishers.get(name)

    async def by_key(self, key_id: str) -> Publisher | None:
        """The publisher that a key belongs to."""
        owners = (one for one in self._state.publishers.values() if (key := one.key(key_id)) and key.public_key_pem)
        return next(owners, None)

    async def add_key(self, publisher_id: str, key: PublisherKey) -> None:
        """Record a key."""
        owner = self._by_id(publisher_id)
        if owner.key(key.key_id) or (key.public_key_pem and await self.by_key(key.key_id)):
            raise Fault(Reason.ALREADY_EXISTS)
        keys = sorted((*owner.keys, key), key=lambda one: (one.created_at, one.key_id))
        self._state.publishers[owner.name] = replace(owner, keys=tuple(keys))

    async def save_key(self, publisher_id: str, key: PublisherKey) -> None:
        """Write what can change."""
        owner = self._by_id(publisher_id)
        self._state.publishers[owner.name] = replace(owner, keys=tuple(_ended(one, key) for one in owner.keys))

    async def stored_bytes(self, publisher_id: str) -> int:
        """The sum of its archives."""
        name = self._by_id(publisher_id).name
        return sum(one.size_bytes for one in self._state.versions.values() if one.publisher == name)

    def _by_id(self, publisher_id: str) -> Publisher:
        return next(one for one in self._state.publishers.values() if one.id == publisher_id)


def _ended(key: PublisherKey, new: PublisherKey) -> PublisherKey:
    if key.key_id != new.key_id:
        return key
    return replace(key, not_after=new.not_after, revoked_at=new.revoked_at, compromised_since=new.compromised_since)


class MemoryExtensions:
    """The `Extensions` port."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, extension: Extension) -> None:
        """Record an extension."""
        if extension.publisher not in self._state.publishers:
            raise Fault(Reason.NOT_FOUND)
        if await self.find(extension.name) is not None:
            raise Fault(Reason.ALREADY_EXISTS)
        self._state.extensions[extension.id] = extension

    async def find(self, ref: str) -> Extension | None:
        """By id or name."""
        matches = (one for one in self._state.extensions.values() if ref.lower() in (one.id, one.name))
        return next(matches, None)

    async def save(self, extension: Extension) -> None:
        """Write visibility, allowed tenants and deprecation."""
        self._state.extensions[extension.id] = replace(
            self._state.extensions[extension.id],
            visibility=extension.visibility,
            allowed_tenants=extension.allowed_tenants,
            deprecation=extension.deprecation,
        )

    async def page(self, viewer: Viewer, page: Page) -> list[Extension]:
        """Those that the viewer sees, ordered by name."""
        seen = sorted((one for one in self._state.extensions.values() if viewer.sees(one)), key=lambda one: one.name)
        return [one for one in seen if not page.after or one.name > page.after[0]][: page.size + 1]


class MemoryApiKeys:
    """The `ApiKeys` port."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, key: ApiKey, secret_hash: bytes) -> None:
        """Record a key."""
        if key.publisher and key.publisher not in self._state.publishers:
            raise Fault(Reason.NOT_FOUND)
        if secret_hash in self._state.api_keys:
            raise Fault(Reason.ALREADY_EXISTS)
        self._state.api_keys[secret_hash] = key

    async def by_hash(self, secret_hash: bytes) -> ApiKey | None:
        """The key, whether it holds or not."""
        return self._state.api_keys.get(secret_hash)

    async def find(self, key_id: str) -> ApiKey | None:
        """By id."""
        return next((key for key in self._state.api_keys.values() if key.id == key_id), None)

    async def revoke(self, key_id: str, moment: datetime) -> None:
        """End a key."""
        for secret_hash, key in self._state.api_keys.items():
            if key.id == key_id:
                self._state.api_keys[secret_hash] = replace(key, revoked_at=key.revoked_at or moment)

    async def page(self, tenant_id: str, page: Page) -> list[ApiKey]:
        """Of a tenant or all, newest first."""
        mine = [key for key in self._state.api_keys.values() if tenant_id in ("", key.tenant_id)]
        mine.sort(key=_newest, reverse=True)
        return [key for key in mine if not page.after or _newest(key) < page.after][: page.size + 1]


def _newest(key: ApiKey) -> tuple[str, str]:
    return stamp(key.created_at), key.id
