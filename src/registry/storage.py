"""The durable side of `storage.kv`.

1 verify the grant, 2 compare it with the install as it is now, 3 check the request, 4 read or write. 2 and 4 are one transaction:
what was switched off does not write any more.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kernel import fields
from kernel.errors import Fault, Reason
from kernel.grants import ExecutionGrant
from kernel.signing import Signed
from registry import lifetime
from registry.granted import check_standing
from registry.model import Entry, Standing
from registry.ports import Catalog, Storage
from registry.storage_quota import Quota

CAPABILITY: Final = "cap:storage.kv"
MAX_NAMESPACE: Final = 128
MAX_KEY: Final = 256
MAX_VALUE_BYTES: Final = 64 << 10
MAX_PAGE: Final = 100
DEFAULT_PAGE: Final = 25
MAX_PAGE_BYTES: Final = 4 << 20  # of values: an rpc's message has at most 12 MiB
EXPIRE_AT_ONCE: Final = 1_000  # entries that are removed by one statement


@dataclass(frozen=True, slots=True)
class Put:
    """One write. `if_revision` 0 = only if there is no such entry, None = in any case; `ttl_seconds` 0 = as configured."""

    namespace: str
    key: str
    value: bytes
    if_revision: int | None = None
    ttl_seconds: int = 0


@dataclass(frozen=True, slots=True)
class _Opened:
    """The entries of the grant's install, in one transaction."""

    storage: Storage
    tenant_id: str
    install_id: str
    standing: Standing


class InstallStorage:
    """The use-case; one for the process. `admitted` verifies grants, as `kernel.admission` does."""

    def __init__(
        self, catalog: Catalog, admitted: Callable[[Signed], ExecutionGrant], quota: Quota, now: Callable[[], datetime]
    ) -> None:
        self._catalog, self._admitted, self._quota, self._now = catalog, admitted, quota, now

    async def get(self, grant: Signed, namespace: str, key: str) -> Entry:
        """One entry. Raises STORAGE_KEY_MISSING, and as all methods what storage_service.proto documents for grants."""
        # 1 verify the grant, 2 compare it, 4 read: guests ask for this most, so it is one step of the catalog
        said = self._admitted(grant)
        standing, entry = await self._catalog.entry(said.tenant_id, said.install_id, namespace, key, self._now())
        check_standing(said, standing, CAPABILITY)
        # 3 check the request, after all that concerns the grant
        check_namespace(namespace)
        check_key(key)
        if entry is None:
            raise Fault(Reason.STORAGE_KEY_MISSING)
        return entry

    async def put(self, grant: Signed, put: Put) -> int:
        """The revision after the write. Raises STORAGE_CONFLICT, QUOTA_EXCEEDED."""
        async with self._open(grant, write=True) as mine:
            now = self._now()
            check_namespace(put.namespace)
            check_key(put.key)
            if len(put.value) > MAX_VALUE_BYTES:
                raise Fault.invalid("value", f"must have at most {MAX_VALUE_BYTES} bytes")
            expires_at = lifetime.end(put.ttl_seconds, mine.standing.configuration, put.namespace, now)
            old = await mine.storage.get(mine.tenant_id, mine.install_id, put.namespace, put.key, now)
            revision = old.revision if old else 0
            if put.if_revision is not None and put.if_revision != revision:
                raise Fault(Reason.STORAGE_CONFLICT, facts={"revision": revision})
            entry = Entry(put.namespace, put.key, put.value, revision + 1, expires_at)
            await self._make_room(mine, entry, old, now)
            await mine.storage.put(mine.tenant_id, mine.install_id, entry)
            return entry.revision

    async def delete(self, grant: Signed, namespace: str, key: str) -> None:
        """Raises STORAGE_KEY_MISSING."""
        async with self._open(grant, write=True) as mine:
            check_namespace(namespace)
            check_key(key)
            if not await mine.storage.delete(mine.tenant_id, mine.install_id, namespace, key, self._now()):
                raise Fault(Reason.STORAGE_KEY_MISSING)

    async def page(self, grant: Signed, namespace: str, after_key: str, page_size: int) -> tuple[list[Entry], bool]:
        """One page in key order, at most 4 MiB of values, and whether greater keys exist."""
        async with self._open(grant, write=False) as mine:
            check_namespace(namespace)
            if after_key:
                check_key(after_key, "after_key")
            if page_size > MAX_PAGE:
                raise Fault.invalid("page_size", f"must be at most {MAX_PAGE}")
            page = fields.Page(page_size or DEFAULT_PAGE, (after_key,) if after_key else ())
            found = await mine.storage.page(mine.tenant_id, mine.install_id, namespace, page, self._now())
        return cut(found, page.size)

    @asynccontextmanager
    async def _open(self, grant: Signed, *, write: bool) -> AsyncIterator[_Opened]:
        # 1 verify the grant
        said = self._admitted(grant)
        async with self._catalog.write(brief=True) if write else self._catalog.read() as tables:
            # 2 compare it with the install as it is now
            standing = await tables.installs.standing(said.tenant_id, said.install_id)
            check_standing(said, standing, CAPABILITY)
            assert standing is not None
            # 3 check the request, 4 read or write
            yield _Opened(tables.storage, said.tenant_id, said.install_id, standing)

    async def _make_room(self, mine: _Opened, entry: Entry, old: Entry | None, now: datetime) -> None:
        """Raises QUOTA_EXCEEDED. Entries whose time is over use no quota: they make room where it is needed."""
        grown = entry.size - (old.size if old else 0)
        while True:
            used = await mine.storage.usage(mine.tenant_id, mine.install_id)
            try:
                self._quota.check(used, entry.namespace, grown, new=old is None)
            except Fault:
                if not await mine.storage.expire(mine.tenant_id, mine.install_id, now, EXPIRE_AT_ONCE):
                    raise
            else:
                return


def check_namespace(namespace: str) -> None:
    """Raises INVALID_ARGUMENT for what is no name of a namespace."""
    fields.text(namespace, "namespace", least=1, most=MAX_NAMESPACE)


def check_key(key: str, field: str = "key") -> None:
    """Raises INVALID_ARGUMENT for what is no key."""
    fields.text(key, field, least=1, most=MAX_KEY)
    if "/" in key:
        raise Fault.invalid(field, "must not contain '/'")


def cut(found: list[Entry], size: int) -> tuple[list[Entry], bool]:
    """What fits on a page, and whether there is more."""
    entries: list[Entry] = []
    total = 0
    for entry in found[:size]:
        total += len(entry.value)
        if total > MAX_PAGE_BYTES:
            break
        entries.append(entry)
    return entries, len(entries) < len(found)
