"""An issuer's keys, as it has them now: read again from time to time, and when a token names a key that is not there."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final

from gateway.flights import Flights
from gateway.identity.fetch import Source
from gateway.identity.jwks import Key, parse
from kernel.errors import Fault, Reason

REFRESH_SECONDS: Final = 300.0  # a key that the issuer took away verifies for so long
UNKNOWN_SECONDS: Final = 10.0  # between reads for keys that are not there: strangers name as many as they like
RETRY_SECONDS: Final = 5.0
_log = logging.getLogger(__name__)


class KeySet:
    """Keys by id. Those that were read last are kept for `stale_seconds` while the source does not answer, and no longer."""

    def __init__(self, source: Source, stale_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._source, self._stale_seconds, self._clock = source, stale_seconds, clock
        self._keys: Mapping[str, Key] = {}
        self._read_at = self._tried_at = float("-inf")
        self._flights: Flights[str, None] = Flights()
        self.generation = 0  # grows when keys change

    async def follow(self) -> None:
        """Read now, and again for ever; until cancelled."""
        while True:
            await self.refresh()
            held = self._clock() - self._read_at < REFRESH_SECONDS
            await asyncio.sleep(REFRESH_SECONDS if held else RETRY_SECONDS)

    async def refresh(self) -> None:
        """Read the source; what it says now holds, unless it says nothing good. Raises nothing."""
        await self._flights.share("", self._refresh)

    async def _refresh(self) -> None:
        now = self._tried_at = self._clock()
        try:
            keys = parse(await self._source.read())
        except Fault as fault:
            _log.warning("the issuer's keys cannot be read; those read before go on for a while", extra={"why": str(fault)})
            return
        if {name: key.public for name, key in keys.items()} != {name: key.public for name, key in self._keys.items()}:
            self.generation += 1
        self._keys, self._read_at = keys, now

    def check_fresh(self) -> None:
        """Raises ACCESS_POLICY_UNAVAILABLE when no keys are known that may be relied on."""
        if self._clock() - self._read_at >= self._stale_seconds:
            raise Fault(Reason.ACCESS_POLICY_UNAVAILABLE, log="no keys of the issuer are known")

    async def key(self, kid: str, algorithm: str) -> Key:
        """The key of that id, for that algorithm. Raises UNAUTHENTICATED, ACCESS_POLICY_UNAVAILABLE."""
        if kid not in self._keys and self._clock() - self._tried_at >= UNKNOWN_SECONDS:
            await self.refresh()
        self.check_fresh()
        found = self._keys.get(kid)
        if found is None or algorithm not in found.algorithms:
            raise Fault(Reason.UNAUTHENTICATED, log="the token is signed with no key of the issuer for its algorithm")
        return found
