"""Reads a bundle: what proves it, then its bytes.

1 find the version, 2 what proves it, 3 the bytes, hashed on the way.
"""

import hashlib
from collections.abc import AsyncIterator

from kernel.auth import Principal, Role
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from registry.model import Bundle, VersionState
from registry.ports import Blobs, Catalog


class Download:
    """The use-cases; one for the process."""

    def __init__(self, catalog: Catalog, blobs: Blobs) -> None:
        self._catalog, self._blobs = catalog, blobs

    async def read(self, principal: Principal, content_hash: Digest) -> AsyncIterator[Bundle | bytes]:
        """The bundle's record, then chunks of at most 256 KiB. Publishers read their own.

        Raises NOT_FOUND, VERSION_REVOKED; BUNDLE_INTEGRITY at the end of bytes that are not those that were published.
        """
        # 1 find the version, 2 what proves it
        yield await self._find(principal, content_hash)
        # 3 the bytes, hashed on the way
        found = hashlib.sha256()
        async for chunk in self._blobs.read(content_hash):
            found.update(chunk)
            yield chunk
        if found.hexdigest() != content_hash.hex:
            raise Fault(Reason.BUNDLE_INTEGRITY, log=f"blob {content_hash} has other bytes: {found.hexdigest()}")

    async def variants(self, principal: Principal, content_hash: Digest) -> AsyncIterator[bytes]:
        """The compressed forms of its UI's text, chunks of at most 256 KiB or none at all. Raises NOT_FOUND, VERSION_REVOKED."""
        await self._find(principal, content_hash)
        async for chunk in self._blobs.read_variants(content_hash):
            yield chunk

    async def _find(self, principal: Principal, content_hash: Digest) -> Bundle:
        async with self._catalog.read() as tables:
            version = await tables.versions.by_hash(content_hash)
            bundle = await tables.bundles.get(content_hash)
        foreign = version and principal.role is Role.PUBLISHER and principal.publisher != version.publisher
        if version is None or bundle is None or foreign:
            raise Fault(Reason.NOT_FOUND, log=f"bundle {content_hash} for {principal}")
        if version.state is VersionState.REVOKED:
            raise Fault(Reason.VERSION_REVOKED)
        return bundle
