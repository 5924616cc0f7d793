"""Bundles that turned out bad, remembered for seconds: each call would download and verify a hundred megabytes to say so again."""

import asyncio
from typing import Final

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from runner.bundles.model import Bundle
from runner.ports import Bundles

REFUSE_SECONDS: Final = 5.0  # also how long a bundle that was mended, or trusted again, goes on being refused
MAX_REFUSED: Final = 1_000
# These say nothing about the bundle, or are cheap to find out again.
_PASSING: Final = frozenset(
    {Reason.NOT_FOUND, Reason.VERSION_REVOKED, Reason.UNAVAILABLE, Reason.OVERLOADED, Reason.DEADLINE_EXCEEDED}
)


class Refusing:
    """Bundles without those that were found bad a moment ago. All methods belong to one event loop."""

    def __init__(self, bundles: Bundles) -> None:
        self._bundles = bundles
        self._refused: dict[Digest, tuple[float, Fault]] = {}

    async def take(self, content_hash: Digest) -> Bundle:
        """As the port says; a bundle that failed verification fails again in the same way, without being fetched."""
        self._check(content_hash)
        try:
            return await self._bundles.take(content_hash)
        except Fault as fault:
            if fault.reason not in _PASSING:
                self._remember(content_hash, fault)
            raise

    def let_go(self, content_hash: Digest) -> None:
        """See the port."""
        self._bundles.let_go(content_hash)

    def _check(self, content_hash: Digest) -> None:
        found = self._refused.get(content_hash)
        if found is None:
            return
        since, fault = found
        if _now() - since < REFUSE_SECONDS:
            raise _copy(fault)
        del self._refused[content_hash]

    def _remember(self, content_hash: Digest, fault: Fault) -> None:
        while len(self._refused) >= MAX_REFUSED:
            del self._refused[next(iter(self._refused))]
        self._refused[content_hash] = (_now(), _copy(fault))


def _copy(fault: Fault) -> Fault:
    # One that is raised holds the frames of its call, and is raised by many calls.
    return Fault(fault.reason, log=fault.log, violations=fault.violations, facts=fault.facts)


def _now() -> float:
    return asyncio.get_running_loop().time()
