"""On whose behalf schedules are read and changed: a running guest's, or a tenant's."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kernel.grants import ExecutionGrant
from kernel.signing import PublicKey, Signed
from registry.access import own_install
from registry.granted import granted_install
from registry.model import Install
from registry.ports import Catalog, Tables

CAPABILITY: Final = "cap:scheduler.manage"


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest that runs under this grant, which nobody verified yet."""

    grant: Signed


@dataclass(frozen=True, slots=True)
class TenantInstall:
    """An install of a tenant, by any of its names; the caller may speak for the tenant."""

    tenant_id: str
    install: str


Owner = Guest | TenantInstall


class Door:
    """Opens transactions on what an owner has."""

    def __init__(self, catalog: Catalog, keys: Callable[[], Mapping[str, PublicKey]], now: Callable[[], datetime]) -> None:
        self._catalog, self._keys, self._now = catalog, keys, now

    @asynccontextmanager
    async def open(self, owner: Owner, *, write: bool) -> AsyncIterator[tuple[Tables, Install]]:
        """The tables and the install. Raises what the form of owner is documented to fail with in schedule_service.proto."""
        said = ExecutionGrant.verify(owner.grant, self._keys(), self._now()) if isinstance(owner, Guest) else None
        async with self._catalog.write() if write else self._catalog.read() as tables:
            if said is not None:
                yield tables, await granted_install(tables, said, CAPABILITY)
            elif isinstance(owner, TenantInstall):
                yield tables, await own_install(tables, owner.tenant_id, owner.install)
