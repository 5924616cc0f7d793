"""Things that are costly to make and are kept for the next user: a bounded number by key, closed when others were used since."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True)
class _Entry(Generic[V]):
    value: V
    users: int = 0


class Kept(Generic[K, V]):
    """Values by key, the latest used last. At most `most` are kept that nobody uses together with those in use."""

    def __init__(self, make: Callable[[], V], close: Callable[[V], Awaitable[None]], most: int) -> None:
        self._make = make
        self._close = close
        self._most = most
        self._entries: OrderedDict[K, _Entry[V]] = OrderedDict()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._entries)

    @asynccontextmanager
    async def use(self, key: K) -> AsyncIterator[V]:
        """The value of a key, made if there is none; it stays until the block ends."""
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = _Entry(self._make())
        self._entries.move_to_end(key)
        entry.users += 1
        try:
            await self._shrink()
            yield entry.value
        finally:
            entry.users -= 1
            await self._shrink()

    async def close(self) -> None:
        """Close all of them."""
        entries, self._entries = self._entries, OrderedDict()
        for entry in entries.values():
            await self._close(entry.value)

    async def _shrink(self) -> None:
        # Looked for anew each time: others come and go while one is closed.
        while len(self._entries) > self._most:
            key = next((key for key, entry in self._entries.items() if not entry.users), None)
            if key is None:
                return
            await self._close(self._entries.pop(key).value)
