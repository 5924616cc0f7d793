"""Reads extensions, versions and installs, page by page."""

from kernel import fields
from kernel.auth import Principal
from registry.access import own_install, viewer_of, visible_extension, visible_version
from registry.keys import time_page
from registry.model import Extension, Install, Version
from registry.ports import Catalog, stamp


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
        last = found[page.size - 1] if len(found) > page.size else None
        return found[: page.size], fields.next_token(last.name) if last else ""

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
        last = found[page.size - 1] if len(found) > page.size else None
        return found[: page.size], fields.next_token(stamp(last.published_at), last.id) if last else ""

    async def install(self, tenant_id: str, ref: str) -> Install:
        """Raises NOT_FOUND."""
        async with self._catalog.read() as tables:
            return await own_install(tables, tenant_id, ref)

    async def installs(self, tenant_id: str, size: int, token: str) -> tuple[list[Install], str]:
        """One page by extension name, and the token of the next. Raises INVALID_ARGUMENT."""
        page = fields.page(size, token, keys=1)
        async with self._catalog.read() as tables:
            found = await tables.installs.page(tenant_id, page)
        last = found[page.size - 1] if len(found) > page.size else None
        return found[: page.size], fields.next_token(last.extension_name) if last else ""
