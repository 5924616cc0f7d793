"""Clients for fetches: each of one install and one origin, so that no connection is ever another install's or another server's."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from kernel.egress import Origin
from kernel.errors import Fault
from runner.backends.http.addresses import Addresses
from runner.backends.http.connecting import Resolver, connector
from runner.backends.http.kept import Kept
from runner.egress_settings import EgressSettings

MAX_ORIGINS: Final = 8  # of one install, whose connections are kept: a guest that visits many hosts must not hold many sockets
Owner = tuple[str, str]
"""Tenant and install."""


@dataclass(frozen=True, slots=True)
class _Install:
    turns: asyncio.Semaphore
    sessions: Kept[Origin, aiohttp.ClientSession]


class Sessions:
    """Sessions by install and origin; at most so many fetches of an install run at once."""

    def __init__(self, settings: EgressSettings, addresses: Addresses) -> None:
        self._settings = settings
        self._addresses = addresses
        self._resolver = Resolver(addresses, settings.egress_nameservers, settings.egress_connect_ms / 1000)
        self._tls = tls_context(settings.egress_ca_file)
        self._installs: Kept[Owner, _Install] = Kept(self._install, _close_install, settings.egress_pools)

    @asynccontextmanager
    async def turn(self, owner: Owner) -> AsyncIterator[Kept[Origin, aiohttp.ClientSession]]:
        """Wait for one of the install's turns; the block may use its sessions."""
        async with self._installs.use(owner) as install, install.turns:
            yield install.sessions

    async def close(self) -> None:
        """Close all connections."""
        await self._installs.close()
        await self._resolver.close()

    def _install(self) -> _Install:
        turns = asyncio.Semaphore(self._settings.egress_fetches_per_install)
        return _Install(turns, Kept(self._session, aiohttp.ClientSession.close, MAX_ORIGINS))

    def _session(self) -> aiohttp.ClientSession:
        settings = self._settings
        connect = settings.egress_connect_ms / 1000
        most, idle = settings.egress_fetches_per_install, settings.egress_idle_seconds
        return aiohttp.ClientSession(
            connector=connector(self._addresses, self._resolver, self._tls, idle_seconds=idle, most=most),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # no proxies, no .netrc
            auto_decompress=False,  # it has no limit for the whole; ours has
            timeout=aiohttp.ClientTimeout(total=None, connect=connect, ceil_threshold=60),
        )


async def _close_install(install: _Install) -> None:
    await install.sessions.close()


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Verification against the machine's roots and those of a file. Raises INVALID_ARGUMENT that names the setting."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError):
            raise Fault.invalid("egress_ca_file", "must be a readable file of PEM certificates") from None
    return context
