"""Which install answers, and which UI may be read: asked of the registry, kept while the watch says that nothing changed.

While the registry was not heard for `STALE_SECONDS`, every call asks it.
"""

import time
from collections.abc import Callable
from typing import Final

from gateway.cache import GrantCache
from gateway.model import AssetRoute, InstallRoute, Site
from gateway.ports import Directory
from kernel.digest import Digest
from kernel.watch import Change, ChangeKind, Freshness

SPARE_SECONDS: Final = 1.0  # between the end of a call and the end of its grant

InstallKey = tuple[str, str]
AssetKey = tuple[str, Digest, str]


class Resolver:
    """The registry's answers, and a `kernel.watch.Watcher` of its changes."""

    def __init__(self, directory: Directory, freshness: Freshness, clock: Callable[[], float] = time.monotonic) -> None:
        self._installs: GrantCache[InstallKey, InstallRoute] = GrantCache(lambda key: directory.resolve(*key), freshness, clock)
        self._assets: GrantCache[AssetKey, AssetRoute] = GrantCache(lambda key: directory.resolve_assets(*key), freshness, clock)
        self._sites: GrantCache[str, Site] = GrantCache(directory.locate, freshness, clock)

    async def install(self, key: InstallKey, seconds: float) -> InstallRoute:
        """The install for (tenant, reference), with a grant for a call of that many seconds. Raises as `Directory.resolve` does."""
        return await self._installs.get(key, seconds + SPARE_SECONDS)

    async def assets(self, key: AssetKey) -> AssetRoute:
        """The right to read the UI for (reference, hash, tenant or empty). Raises as `Directory.resolve_assets` does."""
        return await self._assets.get(key, SPARE_SECONDS)

    async def site(self, install_id: str) -> Site:
        """Where an enabled install belongs. Raises as `Directory.locate` does."""
        return await self._sites.get(install_id, 0)

    def forget_install(self, key: InstallKey, route: InstallRoute) -> None:
        """The runner did not accept this grant."""
        self._installs.forget(key, route)

    def forget_assets(self, key: AssetKey, route: AssetRoute) -> None:
        """The runner did not accept this grant."""
        self._assets.forget(key, route)

    def on_snapshot(self, revision: int, revoked: frozenset[Digest]) -> None:
        """See `Watcher`."""
        self._installs.restart(revision)
        self._assets.restart(revision)
        self._sites.restart(revision)

    def on_change(self, change: Change) -> None:
        """See `Watcher`."""
        if change.kind is ChangeKind.VERSION_REVOKED:
            for revoked in (self._installs, self._assets, self._sites):
                revoked.change([("hash", change.content_hash)], change.revision)
        else:
            for changed in (self._installs, self._sites):
                changed.change([("install", change.tenant_id, change.extension_id)], change.revision)
            self._assets.change([("extension", change.extension_id)], change.revision)

    def on_lost(self) -> None:
        """See `Watcher`."""
        self._installs.clear()
        self._assets.clear()
        self._sites.clear()
