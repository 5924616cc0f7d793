"""The durable side of `storage.kv`.

1 verify the grant, 2 compare it with the install as it is now, 3 check the request, 4 read or write. 2 and 4 are one transaction:
what was switched off does not write any more.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from kernel import fields
from kernel.errors import Fault, Reason
from kernel.grants import ExecutionGrant
from kernel.signing import PublicKey, Signed
from registry.model import Entry, Install, VersionState
from registry.ports import Catalog, Tables

CAPABILITY: Final = "cap:storage.kv"
MAX_NAMESPACE: Final = 128
MAX_KEY: Final = 256
MAX_VALUE_BYTES: Final = 64 << 10
MAX_KEYS: Final = 5_120  # in one namespace
MAX_NAMESPACES: Final = 32
MAX_TOTAL_BYTES: Final = 256 << 20  # keys and values of one install
MAX_PAGE: Final = 100
DEFAULT_PAGE: Final = 25
MAX_PAGE_BYTES: Final = 4 << 20  # of values: an rpc's message has at most 12 MiB


class InstallStorage:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, keys: Callable[[], Mapping[str, PublicKey]], now: Callable[[], datetime]) -> None:
        self._catalog, self._keys, self._now = catalog, keys, now

    async def get(self, grant: Signed, namespace: str, key: str) -> Entry:
        """One entry. Raises STORAGE_KEY_MISSING, and as all methods what storage_service.proto documents for grants."""
        async with self._open(grant, write=False) as (tables, install):
            _check(namespace, key)
            entry = await tables.storage.get(install.tenant_id, install.id, namespace, key)
        if entry is None:
            raise Fault(Reason.STORAGE_KEY_MISSING)
        return entry

    async def put(self, grant: Signed, namespace: str, key: str, value: bytes, if_revision: int | None) -> int:
        """The revision after the write; with `if_revision`, 0 stands for an entry that is not there.

        Raises STORAGE_CONFLICT, QUOTA_EXCEEDED.
        """
        async with self._open(grant, write=True) as (tables, install):
            _check(namespace, key)
            if len(value) > MAX_VALUE_BYTES:
                raise Fault.invalid("value", f"must have at most {MAX_VALUE_BYTES} bytes")
            old = await tables.storage.get(install.tenant_id, install.id, namespace, key)
            revision = old.revision if old else 0
            if if_revision is not None and if_revision != revision:
                raise Fault(Reason.STORAGE_CONFLICT, facts={"revision": revision})
            await _check_quota(tables, install, namespace, key, old, value)
            await tables.storage.put(install.tenant_id, install.id, Entry(namespace, key, value, revision + 1))
            return revision + 1

    async def delete(self, grant: Signed, namespace: str, key: str) -> None:
        """Raises STORAGE_KEY_MISSING."""
        async with self._open(grant, write=True) as (tables, install):
            _check(namespace, key)
            if not await tables.storage.delete(install.tenant_id, install.id, namespace, key):
                raise Fault(Reason.STORAGE_KEY_MISSING)

    async def page(self, grant: Signed, namespace: str, after_key: str, page_size: int) -> tuple[list[Entry], bool]:
        """One page in key order, at most 4 MiB of values, and whether greater keys exist."""
        async with self._open(grant, write=False) as (tables, install):
            _check_namespace(namespace)
            if after_key:
                _check_key(after_key, "after_key")
            if page_size > MAX_PAGE:
                raise Fault.invalid("page_size", f"must be at most {MAX_PAGE}")
            page = fields.Page(page_size or DEFAULT_PAGE, (after_key,) if after_key else ())
            found = await tables.storage.page(install.tenant_id, install.id, namespace, page)
        entries: list[Entry] = []
        total = 0
        for entry in found[: page.size]:
            total += len(entry.value)
            if total > MAX_PAGE_BYTES:
                break
            entries.append(entry)
        return entries, len(entries) < len(found)

    @asynccontextmanager
    async def _open(self, grant: Signed, *, write: bool) -> AsyncIterator[tuple[Tables, Install]]:
        # 1 verify the grant
        said = ExecutionGrant.verify(grant, self._keys(), self._now())
        async with self._catalog.write() if write else self._catalog.read() as tables:
            # 2 compare it with the install as it is now
            install = await tables.installs.find(said.tenant_id, said.install_id)
            if install is not None and install.version_state is VersionState.REVOKED:
                raise Fault(Reason.EXTENSION_REVOKED)
            # What it may do now counts, not whether anything changed: a new configuration takes nothing from running calls.
            if install is None or install.id != said.install_id or not install.enabled or install.version_id != said.version_id:
                raise Fault(Reason.GRANT_STALE, log=f"grant for version {said.version_id} of {said.install_id}")
            if CAPABILITY not in said.capabilities & install.capabilities:
                raise Fault(Reason.CAPABILITY_DENIED, facts={"capability": CAPABILITY})
            # 3 check the request, 4 read or write
            yield tables, install


def _check(namespace: str, key: str) -> None:
    _check_namespace(namespace)
    _check_key(key, "key")


def _check_namespace(namespace: str) -> None:
    fields.text(namespace, "namespace", least=1, most=MAX_NAMESPACE)


def _check_key(key: str, field: str) -> None:
    fields.text(key, field, least=1, most=MAX_KEY)
    if "/" in key:
        raise Fault.invalid(field, "must not contain '/'")


async def _check_quota(tables: Tables, install: Install, namespace: str, key: str, old: Entry | None, value: bytes) -> None:
    used = await tables.storage.usage(install.tenant_id, install.id, namespace)
    if old is None and used.keys >= MAX_KEYS:
        raise Fault(Reason.QUOTA_EXCEEDED, facts={"quota": "keys", "limit": MAX_KEYS})
    if used.keys == 0 and used.namespaces >= MAX_NAMESPACES:
        raise Fault(Reason.QUOTA_EXCEEDED, facts={"quota": "namespaces", "limit": MAX_NAMESPACES})
    grown = len(value) - len(old.value) if old else len(key.encode()) + len(value)
    if grown > 0 and used.total_bytes + grown > MAX_TOTAL_BYTES:
        raise Fault(Reason.QUOTA_EXCEEDED, facts={"quota": "bytes", "limit": MAX_TOTAL_BYTES})
