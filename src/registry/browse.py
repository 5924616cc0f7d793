"""Reads extensions, versions and installs, page by page."""

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from kernel import fields
from kernel.auth import Principal
from kernel.fields import Page
from registry.access import own_install, viewer_of, visible_extension, visible_version
from registry.keys import time_page
from registry.model import Endpoint, Extension, Install, Version, VersionState
from registry.ports import Catalog, stamp

MAX_PAGE_BYTES: Final = 8 << 20  # an rpc's message has at most 12 MiB: a publisher must not be able to break the lists of others
Item = TypeVar("Item")


class Browse:
    """The reading use-cases; what the caller may not see does not exist."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def extension(self, principal: Principal, ref: str) -> Extension:
        """Raises NOT_FOUND."""
        async with self._catalog.read() as tables:
            return await visible_extension(tables, ref, viewer_of(principal))

    async def extensions(self, principal: Principal, size: int, token: str) -> tuple[list[Extension], str]:
        """One page by name, and the token of the next. Raises INVALID_ARGUMENT."""
        page = fields.page(size, token, keys=1)
        async with self._catalog.read() as tables:
            found = await tables.extensions.page(viewer_of(principal), page)
        taken, last = _cut(found, page, _extension_bytes)
        return taken, fields.next_token(last.name) if last else ""

    async def version(self, principal: Principal, ref: str, version: str) -> Version:
        """Raises NOT_FOUND."""
        async with self._catalog.read() as tables:
            return await visible_version(tables, ref, version, viewer_of(principal))

    async def versions(self, principal: Principal, ref: str, size: int, token: str) -> tuple[list[Version], str]:
        """One page, newest first, and the token of the next. Raises NOT_FOUND, INVALID_ARGUMENT."""
        page = time_page(size, token)
        async with self._catalog.read() as tables:
            extension = await visible_extension(tables, ref, viewer_of(principal))
            found = await tables.versions.page(extension.id, page)
        taken, last = _cut(found, page, _version_bytes)
        return taken, fields.next_token(stamp(last.published_at), last.id) if last else ""

    async def install(self, tenant_id: str, ref: str) -> Install:
        """Raises NOT_FOUND."""
        async with self._catalog.read() as tables:
            return await own_install(tables, tenant_id, ref)

    async def installs(self, tenant_id: str, size: int, token: str) -> tuple[list[Install], str]:
        """One page by extension name, and the token of the next. Raises INVALID_ARGUMENT."""
        page = fields.page(size, token, keys=1)
        async with self._catalog.read() as tables:
            found = await tables.installs.page(tenant_id, page)
        taken, last = _cut(found, page, _install_bytes)
        return taken, fields.next_token(last.extension_name) if last else ""

    async def menu(self, tenant_id: str, hook: str, size: int, token: str) -> tuple[list[Install], str]:
        """Those of one page by extension name whose UI appears at that hook, and the token of the next. Raises INVALID_ARGUMENT."""
        found, after = await self.installs(tenant_id, size, token)
        return [one for one in found if one.enabled and one.version_state is not VersionState.REVOKED and hook in one.hooks], after


def _cut(found: list[Item], page: Page, weigh: Callable[[Item], int]) -> tuple[list[Item], Item | None]:
    """What fits on the page, and its last item if there are more."""
    taken: list[Item] = []
    total = 0
    for item in found[: page.size]:
        total += weigh(item)
        if taken and total > MAX_PAGE_BYTES:
            break
        taken.append(item)
    return taken, taken[-1] if len(taken) < len(found) else None


def _extension_bytes(extension: Extension) -> int:
    return 1024 + len((extension.deprecation or "").encode()) + sum(len(tenant) + 4 for tenant in extension.allowed_tenants)


def _version_bytes(version: Version) -> int:
    egress = sum(len(one.encode()) + 4 for one in version.egress)
    return 4096 + _endpoint_bytes(version.endpoints) + egress + sum(len(note.encode()) + 4 for note in version.notes)


def _install_bytes(install: Install) -> int:
    configured = sum(len(key) + len(value.encode()) + 8 for key, value in install.configuration.items())
    if install.pending_update is None:
        return 2048 + configured
    found = install.pending_update.difference
    egress = sum(len(one.encode()) + 4 for one in (*found.added_egress, *found.removed_egress))
    return 4096 + configured + egress + _endpoint_bytes((*found.added_endpoints, *found.removed_endpoints))


def _endpoint_bytes(endpoints: Iterable[Endpoint]) -> int:
    return sum(len(one.path.encode()) + len(one.handler.encode()) + 32 for one in endpoints)
