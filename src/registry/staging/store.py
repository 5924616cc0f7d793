"""Archives that wait to be published: few, each for a while, each its owner's alone. A registry that starts has none."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Final

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from registry.model import new_id
from registry.receive import Received
from registry.staging.owner import Owner

STAGED_SECONDS: Final = 15 * 60.0
MAX_STAGED_EACH: Final = 4  # of one owner: a tool that breaks off after each upload fills no disk
MAX_STAGED: Final = 32
MAX_STAGED_BYTES: Final = 1 << 30  # of all
SWEEP_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Staged:
    """One archive that waits until `ends` (monotonic seconds)."""

    id: str
    owner: Owner
    content_hash: Digest
    size: int
    ends: float
    received: Received


class StagedUploads:
    """The archives, in `folder`."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._clock = folder, clock
        self._staged: dict[str, Staged] = {}
        self._coming: Counter[Owner] = Counter()
        self._bytes = 0

    @contextmanager
    def room(self, owner: Owner, size: int) -> Iterator[None]:
        """Room for one more of `size` bytes, held until it is there or not. Raises QUOTA_EXCEEDED, OVERLOADED."""
        self.sweep()
        mine = sum(one.owner == owner for one in self._staged.values()) + self._coming[owner]
        if mine >= MAX_STAGED_EACH:
            facts: dict[str, str | int] = {"quota": "staged_uploads", "limit": MAX_STAGED_EACH, "used": mine}
            raise Fault(Reason.QUOTA_EXCEEDED, log=f"{owner} has {mine} staged uploads", facts=facts)
        if len(self._staged) + self._coming.total() >= MAX_STAGED or self._bytes + size > MAX_STAGED_BYTES:
            raise Fault(Reason.OVERLOADED, log=f"{len(self._staged)} staged uploads of {self._bytes} bytes")
        self._coming[owner] += 1
        self._bytes += size
        try:
            yield
        finally:
            self._coming[owner] -= 1
            self._coming += Counter()
            self._bytes -= size

    def put(self, owner: Owner, content_hash: Digest, size: int, received: Received) -> Staged:
        """Keep what was received: its folder moves here."""
        found = new_id()
        folder = self._folder / found
        received.folder.rename(folder)
        kept = Received(folder / received.archive.name, folder, content_hash)
        staged = Staged(found, owner, content_hash, size, self._clock() + STAGED_SECONDS, kept)
        self._add(staged)
        return staged

    def take(self, upload: str, owner: Owner) -> Staged:
        """Take one away; its files are the taker's now. Raises NOT_FOUND, alike for one that is over and another's."""
        self.sweep()
        staged = self._staged.get(upload)
        if staged is None or staged.owner != owner:
            raise Fault(Reason.NOT_FOUND, log=f"no staged upload {upload[:80]!r} of {owner}")
        self._forget(staged)
        return staged

    def give_back(self, staged: Staged) -> None:
        """Keep one again that was taken, until its time is over."""
        self._add(staged)

    def sweep(self) -> None:
        """Remove what is over."""
        now = self._clock()
        for staged in [one for one in self._staged.values() if one.ends <= now]:
            self._forget(staged)
            remove(staged)

    async def forever(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.sweep()

    def _add(self, staged: Staged) -> None:
        self._staged[staged.id] = staged
        self._bytes += staged.size

    def _forget(self, staged: Staged) -> None:
        del self._staged[staged.id]
        self._bytes -= staged.size


def remove(staged: Staged) -> None:
    """Remove the files of one that was taken."""
    rmtree(staged.received.folder, ignore_errors=True)
