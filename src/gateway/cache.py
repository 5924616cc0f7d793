"""Answers of the registry with a grant in them, kept while nothing that they depend on changed."""

from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable, Iterable
from typing import Any, Final, Generic, Protocol, TypeVar

from gateway.flights import Flights
from kernel.watch import Freshness

MAX_ENTRIES: Final = 10_000  # one tenant can ask by many names; memory must not grow with them
MAX_WEIGHT: Final = 64 << 20  # bytes: endpoints and configuration make some answers a hundred times as large as others
MAX_REVISIONS: Final = 10_000


class Granted(Protocol):
    """An answer that can be kept."""

    @property
    def ends(self) -> float:
        """When its grant ends, in monotonic seconds."""

    @property
    def revision(self) -> int:
        """The change log's revision when it was read."""

    @property
    def tags(self) -> tuple[Hashable, ...]:
        """What it depends on."""

    @property
    def weight(self) -> int:
        """About how many bytes of memory it takes."""


_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value", bound=Granted)


class GrantCache(Generic[_Key, _Value]):
    """Least recently used answers by key, used and kept only while the watch is fresh: that is judged on each use."""

    def __init__(
        self, ask: Callable[[_Key], Coroutine[Any, Any, _Value]], freshness: Freshness, clock: Callable[[], float]
    ) -> None:
        self._ask = ask
        self._freshness = freshness
        self._clock = clock
        self._entries: OrderedDict[_Key, _Value] = OrderedDict()
        self._keys: dict[Hashable, set[_Key]] = {}
        self._flights: Flights[_Key, _Value] = Flights()
        # The newest change seen of each tag; what was forgotten here counts as `_floor`.
        self._revisions: OrderedDict[Hashable, int] = OrderedDict()
        self._floor = 0
        self._weight = 0

    async def get(self, key: _Key, seconds: float) -> _Value:
        """The kept answer when its grant lasts at least `seconds` more, otherwise a new one. Raises as asking does."""
        entry = self._entries.get(key)
        if entry is not None and self._freshness.fresh() and entry.ends - self._clock() >= seconds:
            self._entries.move_to_end(key)
            return entry
        value = await self._flights.share(key, lambda: self._ask(key))
        if self._is_outdated(value):  # it was read before a change that is known here by now
            value = await self._flights.share(key, lambda: self._ask(key))
        self._keep(key, value)
        return value

    def forget(self, key: _Key, value: _Value) -> None:
        """Drop an answer that proved wrong, unless a newer one has taken its place."""
        if self._entries.get(key) is value:
            self._drop(key)

    def change(self, tags: Iterable[Hashable], revision: int) -> None:
        """Something changed: drop older answers that depend on it, and keep none that is still on its way."""
        for tag in tags:
            self._revisions[tag] = revision
            self._revisions.move_to_end(tag)
            for key in tuple(self._keys.get(tag, ())):
                if self._entries[key].revision < revision:
                    self._drop(key)
        while len(self._revisions) > MAX_REVISIONS:
            _, forgotten = self._revisions.popitem(last=False)
            self._floor = max(self._floor, forgotten)

    def restart(self, revision: int) -> None:
        """Changes are heard from `revision` on; some before it may have been missed."""
        self.clear()
        self._floor = revision

    def clear(self) -> None:
        """Changes are heard no more."""
        self._entries.clear()
        self._weight = 0
        self._keys.clear()
        self._revisions.clear()

    def __len__(self) -> int:
        return len(self._entries)

    def _is_outdated(self, value: _Value) -> bool:
        return value.revision < max(self._floor, *(self._revisions.get(tag, 0) for tag in value.tags))

    def _keep(self, key: _Key, value: _Value) -> None:
        if not self._freshness.fresh() or self._is_outdated(value):
            return
        self._drop(key)
        self._entries[key] = value
        self._weight += value.weight
        for tag in value.tags:
            self._keys.setdefault(tag, set()).add(key)
        while len(self._entries) > MAX_ENTRIES or self._weight > MAX_WEIGHT:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: _Key) -> None:
        value = self._entries.pop(key, None)
        self._weight -= value.weight if value is not None else 0
        for tag in value.tags if value is not None else ():
            keys = self._keys[tag]
            keys.discard(key)
            if not keys:
                del self._keys[tag]
