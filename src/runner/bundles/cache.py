"""The verified bundles of this runner: fetched, verified and unpacked once, kept while they are used, evicted by bytes.

What the disk keeps over restarts is verified again by the first use in each process; a copy that fails is replaced from the
source, once. When it changes who is trusted, the next use checks envelope and attestation again before anything else is done.
All methods belong to one event loop.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from runner.bundles.model import ARCHIVE_NAME, VARIANTS_NAME, Bundle, StoredBundle, Trust
from runner.bundles.source import BundleSource
from runner.bundles.store import BundleStore
from runner.bundles.verify import check_proof, load
from runner.ops.model import Cached

CONCURRENT_LOADS: Final = 2  # each one holds a decompression window of 8 MiB and a thread
# Another copy from the source may be better; whatever else is wrong with a proof is in what the registry attested.
_CURABLE: Final = frozenset({Reason.BUNDLE_INTEGRITY, Reason.ATTESTATION_INVALID})
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Item:
    stored_bytes: int = 0
    bundle: Bundle | None = None
    trust: Trust | None = None  # under which the bundle was verified
    loading: asyncio.Task[tuple[Bundle, Trust]] | None = None
    users: int = 0
    stale: list[Path] = field(default_factory=list)  # trees that nobody gets any more, and some may still read

    @property
    def bytes_used(self) -> int:
        return self.stored_bytes + (self.bundle.tree_bytes if self.bundle else 0)

    @property
    def idle(self) -> bool:
        return not self.users and self.loading is None


class BundleCache:
    """Verified bundles by content hash. Call `open` first and `close` last.

    `trust` answers whom to believe now, with the same parts until it changes.
    """

    def __init__(self, source: BundleSource, store: BundleStore, trust: Callable[[], Trust], *, max_bytes: int) -> None:
        self._source = source
        self._store = store
        self._trust = trust
        self._max_bytes = max_bytes
        self._items: OrderedDict[Digest, _Item] = OrderedDict()  # the least recently used first
        self._bytes = 0
        self._loads = asyncio.Semaphore(CONCURRENT_LOADS)
        self._chores: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Find what an earlier process stored."""
        for content_hash, size in await asyncio.to_thread(self._store.open):
            self._items[content_hash] = _Item(stored_bytes=size)
            self._bytes += size
        self._evict()

    async def close(self) -> None:
        """Stop loading; legal more than once."""
        tasks = [item.loading for item in self._items.values() if item.loading is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._chores, return_exceptions=True)

    @property
    def bytes_used(self) -> int:
        """Bytes of all archives and unpacked files."""
        return self._bytes

    @property
    def max_bytes(self) -> int:
        """How much they may be together; what is in use may exceed it."""
        return self._max_bytes

    def cached(self) -> list[Cached]:
        """What is on the disk now, without what is just being fetched."""
        return [
            Cached(
                content_hash,
                item.bundle.name if item.bundle else "",
                item.bundle.version if item.bundle else "",
                item.bytes_used,
                item.users,
            )
            for content_hash, item in self._items.items()
            if item.bytes_used
        ]

    async def take(self, content_hash: Digest) -> Bundle:
        """A verified bundle, which stays on the disk until it is let go.

        Calls for one hash share one load, which goes on when they are cancelled. Raises as `BundleSource.fetch` and
        `verify.load` do; then there is nothing to let go.
        """
        item = self._items.setdefault(content_hash, _Item())
        self._items.move_to_end(content_hash)
        item.users += 1
        try:
            return await self._trusted(content_hash, item)
        except BaseException:
            self.let_go(content_hash)
            raise

    def let_go(self, content_hash: Digest) -> None:
        """The end of one `take`."""
        item = self._items[content_hash]  # nobody drops one in use
        item.users -= 1
        self._settle(content_hash, item)

    async def _trusted(self, content_hash: Digest, item: _Item) -> Bundle:
        # Again when trust changed while it was loaded.
        while item.bundle is None or item.trust is None or not item.trust.same(self._trust()):
            await self._loaded(content_hash, item)
        return item.bundle

    async def _loaded(self, content_hash: Digest, item: _Item) -> None:
        if item.loading is None:
            item.loading = asyncio.create_task(self._load(content_hash, item))
            item.loading.add_done_callback(lambda task: self._finish(content_hash, item, task))
        await asyncio.shield(item.loading)
        # To wait for a task that is done takes no time; its end is noted in the next round of the loop, and `_trusted` asks again.
        await asyncio.sleep(0)

    async def _load(self, content_hash: Digest, item: _Item) -> tuple[Bundle, Trust]:
        async with self._loads:
            try:
                stored = await asyncio.to_thread(self._store.read, content_hash)
                if stored is not None:
                    return await self._verified(stored, content_hash, item.bundle)
            except Fault as fault:
                self._forget(item)
                if fault.reason not in _CURABLE:
                    raise
                _log.warning("a stored bundle does not verify; fetching it again", extra={"why": str(fault)})
                await asyncio.to_thread(self._store.remove, content_hash)
                self._resize(item, 0)
            self._forget(item)
            stored = await self._fetch(content_hash, item)
            try:
                return await self._verified(stored, content_hash)
            except Fault:
                await asyncio.to_thread(self._store.remove, content_hash)
                self._resize(item, 0)
                raise

    async def _fetch(self, content_hash: Digest, item: _Item) -> StoredBundle:
        place = await asyncio.to_thread(self._store.incoming)
        try:
            proof = await self._source.fetch(content_hash, place / ARCHIVE_NAME)
            await self._fetch_variants(content_hash, place / VARIANTS_NAME)
            self._resize(item, await asyncio.to_thread(self._store.keep, content_hash, place, proof))
        except BaseException:
            await asyncio.shield(asyncio.to_thread(self._store.discard, [place]))
            raise
        stored = await asyncio.to_thread(self._store.read, content_hash)
        assert stored is not None
        return stored

    async def _fetch_variants(self, content_hash: Digest, target: Path) -> None:
        """Without them the files are served as they are, for as long as the archive stays on this disk."""
        try:
            await self._source.fetch_variants(content_hash, target)
        except Fault as fault:
            _log.warning("no compressed UI files", extra={"content_hash": str(content_hash), "why": str(fault)})
            await asyncio.to_thread(target.unlink, missing_ok=True)

    async def _verified(self, stored: StoredBundle, content_hash: Digest, unpacked: Bundle | None = None) -> tuple[Bundle, Trust]:
        trust = self._trust()
        if unpacked is not None:
            await asyncio.to_thread(check_proof, stored.proof, content_hash, trust)
            return unpacked, trust
        tree = self._store.new_tree(content_hash)
        return await asyncio.to_thread(load, stored, content_hash, trust, tree), trust

    def _finish(self, content_hash: Digest, item: _Item, task: asyncio.Task[tuple[Bundle, Trust]]) -> None:
        item.loading = None
        if not task.cancelled() and task.exception() is None:
            bundle, item.trust = task.result()
            if bundle is not item.bundle:
                self._bytes += bundle.tree_bytes
            item.bundle = bundle
            _log.info("bundle verified", extra={"content_hash": str(content_hash), "extension": bundle.name})
        self._settle(content_hash, item)

    def _forget(self, item: _Item) -> None:
        """Give the unpacked files to nobody any more."""
        if item.bundle is not None:
            self._bytes -= item.bundle.tree_bytes
            item.stale.append(item.bundle.tree)
            item.bundle = None

    def _resize(self, item: _Item, stored_bytes: int) -> None:
        self._bytes += stored_bytes - item.stored_bytes
        item.stored_bytes = stored_bytes

    def _settle(self, content_hash: Digest, item: _Item) -> None:
        if item.idle and item.stale:
            self._remove_later(item.stale)
            item.stale = []
        if item.idle and not item.bytes_used:  # it could not be loaded
            self._items.pop(content_hash, None)
        self._evict()

    def _evict(self) -> None:
        """Drop the least recently used bundles until the rest fits; never one in use."""
        if self._bytes <= self._max_bytes:
            return
        for content_hash, item in list(self._items.items()):
            if not item.idle:
                continue
            self._bytes -= item.bytes_used
            del self._items[content_hash]
            self._remove_later(self._store.retire(content_hash, item.bundle.tree if item.bundle else None))
            if self._bytes <= self._max_bytes:
                return

    def _remove_later(self, retired: list[Path]) -> None:
        chore = asyncio.create_task(asyncio.to_thread(self._store.discard, retired))
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)
