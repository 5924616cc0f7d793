"""Follows the registry's change log: what it says holds here, bundles that somebody will call are made ready.

Those are what is installed, and what was called before this process began: its first call would have to verify it again.

Health says whether the registry is heard.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from kernel.digest import Digest
from kernel.errors import Fault
from kernel.watch import Change, ChangeKind
from runner.standing import LiveStanding

MAX_PENDING: Final = 256  # bundles to make ready; a tenant that installs a thousand waits for the first calls instead
_WARMING: Final = frozenset({ChangeKind.INSTALLED, ChangeKind.UPDATED, ChangeKind.ENABLED})
_log = logging.getLogger(__name__)


class ChangeFollower:
    """A `kernel.watch.Watcher`: feeds `standing`, and warms what was installed, and `earlier` ones once the registry is heard."""

    def __init__(self, standing: LiveStanding, warm: Callable[[Digest], Awaitable[object]], earlier: Iterable[Digest] = ()) -> None:
        self._standing = standing
        self._warm = warm
        self._earlier = tuple(earlier)
        self._pending: dict[Digest, None] = {}  # a set in order
        self._work = asyncio.Event()
        self._heard, self._lost = asyncio.Event(), asyncio.Event()
        self._lost.set()

    def on_snapshot(self, revision: int, revoked: frozenset[Digest]) -> None:
        """See `Watcher`."""
        self._standing.restart(revision, revoked)
        self._lost.clear()
        self._heard.set()
        for content_hash in self._earlier:
            if content_hash not in revoked:
                self._make_ready(content_hash)
        self._earlier = ()
        _log.info("following the registry", extra={"revision": revision, "revoked": len(revoked)})

    def on_change(self, change: Change) -> None:
        """See `Watcher`."""
        self._standing.change(change)
        if change.kind is ChangeKind.VERSION_REVOKED:
            self._pending.pop(change.content_hash, None)
        elif change.kind in _WARMING:
            self._make_ready(change.content_hash)

    def on_lost(self) -> None:
        """See `Watcher`. Nothing runs until the next snapshot."""
        self._heard.clear()
        self._lost.set()
        _log.error("the registry cannot be heard: nothing runs until it is")

    async def tell(self, serving: Callable[[bool], Awaitable[None]]) -> None:
        """Tell whether the registry is heard, now and after every turn, until cancelled."""
        while True:
            await serving(self._heard.is_set())
            await (self._lost if self._heard.is_set() else self._heard).wait()

    def _make_ready(self, content_hash: Digest) -> None:
        if len(self._pending) < MAX_PENDING:
            self._pending[content_hash] = None
            self._work.set()

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
