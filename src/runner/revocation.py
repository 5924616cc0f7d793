"""What the registry's change log means here: revoked bundles stop, and bundles that somebody will call are made ready.

While the watch is lost, nothing new is learned: the registry signs no grants for revoked versions, and grants last 30 s at most.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.watch import Change, ChangeKind

MAX_PENDING: Final = 256  # bundles to make ready; a tenant that installs a thousand waits for the first calls instead
_WARMING: Final = frozenset({ChangeKind.INSTALLED, ChangeKind.UPDATED, ChangeKind.ENABLED})
_log = logging.getLogger(__name__)


class Revoked:
    """The bundles that may not run. The set comes whole with each snapshot and grows with each change."""

    def __init__(self) -> None:
        self._hashes: frozenset[Digest] = frozenset()

    def check(self, content_hash: Digest) -> None:
        """Raises VERSION_REVOKED."""
        if content_hash in self._hashes:
            raise Fault(Reason.VERSION_REVOKED)

    def replace(self, hashes: frozenset[Digest]) -> None:
        """These and no others. A revocation is for ever, so what is missing was revoked in a registry that is no more."""
        self._hashes = hashes

    def add(self, content_hash: Digest) -> None:
        """One more."""
        self._hashes |= {content_hash}


class ChangeFollower:
    """Follows the change log: keeps `revoked`, warms what was installed, sets `heard` once the registry was heard."""

    def __init__(self, revoked: Revoked, warm: Callable[[Digest], Awaitable[object]]) -> None:
        self._revoked = revoked
        self._warm = warm
        self._pending: dict[Digest, None] = {}  # a set in order
        self._work = asyncio.Event()
        self.heard = asyncio.Event()

    def on_snapshot(self, revision: int, revoked: frozenset[Digest]) -> None:
        """Start from what the registry says is revoked."""
        self._revoked.replace(revoked)
        self.heard.set()
        _log.info("following the registry", extra={"revision": revision, "revoked": len(revoked)})

    def on_change(self, change: Change) -> None:
        """Stop a revoked bundle, or queue one that will be called."""
        if change.kind is ChangeKind.VERSION_REVOKED:
            self._revoked.add(change.content_hash)
            self._pending.pop(change.content_hash, None)
        elif change.kind in _WARMING and len(self._pending) < MAX_PENDING:
            self._pending[change.content_hash] = None
            self._work.set()

    def on_lost(self) -> None:
        """Nothing to forget: revocations stay, and grants end by themselves."""

    async def warm_pending(self) -> None:
        """Warm queued bundles one at a time until cancelled: compiling takes a whole processor."""
        while True:
            await self._work.wait()
            while self._pending:
                content_hash = next(iter(self._pending))
                del self._pending[content_hash]
                try:
                    await self._warm(content_hash)
                except Fault as fault:
                    _log.warning("cannot make a bundle ready", extra={"content_hash": str(content_hash), "why": str(fault)})
                except Exception:  # noqa: BLE001 - the top of this task: one bad bundle must not end the warming of others
                    _log.exception("cannot make a bundle ready", extra={"content_hash": str(content_hash)})
            self._work.clear()
