"""The counters in this process. Their memory is bounded: what nobody used for the longest time goes first."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

from gateway.limits.model import NOTHING, Level, Place, Spent, Want

MAX_KEYS: Final = 50_000  # of one kind of bucket, so that a flood of one kind forgets no other's


class MemoryBuckets:
    """`Buckets`. A bucket that is forgotten is full again: one that nobody used for its window is full anyway."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = MAX_KEYS) -> None:
        self._clock = clock
        self._most = most
        # Tokens and when that was, of each key, by the kind of bucket.
        self._kinds: dict[str, OrderedDict[str, tuple[float, float]]] = {}

    async def take(self, wants: Sequence[Want]) -> tuple[Level, ...]:
        """See the port."""
        return self.take_now(wants)

    def take_now(self, wants: Sequence[Want]) -> tuple[Level, ...]:
        """The same without waiting."""
        now = self._clock()
        levels = tuple(self._level(want, now) for want in wants)
        if any(level.wait for level in levels):
            return levels
        return tuple(self._charge(level, now) for level in levels)

    def peek_now(self, want: Want) -> Level:
        """The level without taking anything."""
        return self._level(want, self._clock())

    def owe_now(self, want: Want) -> None:
        """Take tokens whether they are there or not; a bucket owes at most as much as it holds."""
        now = self._clock()
        level = self._level(want, now)
        self._put(want, max(-want.rate.burst, level.remaining - want.cost), now)

    def __len__(self) -> int:
        return sum(map(len, self._kinds.values()))

    def _level(self, want: Want, now: float) -> Level:
        rate = want.rate
        kind = self._kinds.get(want.name)
        kept = kind.get(want.key) if kind is not None else None
        tokens = rate.burst if kept is None else min(rate.burst, kept[0] + max(0.0, now - kept[1]) * rate.per_second)
        missing = want.cost - tokens
        return Level(want, tokens, missing / rate.per_second if missing > 1e-9 else 0.0)

    def _charge(self, level: Level, now: float) -> Level:
        remaining = max(0.0, level.remaining - level.want.cost)
        self._put(level.want, remaining, now)
        return Level(level.want, remaining)

    def _put(self, want: Want, tokens: float, now: float) -> None:
        kind = self._kinds.setdefault(want.name, OrderedDict())
        kind[want.key] = tokens, now
        kind.move_to_end(want.key)
        if len(kind) > self._most:
            kind.popitem(last=False)


class MemoryPlaces:
    """`Places`: there are as many keys as there are calls."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], int] = {}

    async def enter(self, places: Sequence[Place]) -> Place | None:
        """See the port."""
        for place in places:
            if self._taken.get((place.name, place.key), 0) >= place.most:
                return place
        for place in places:
            key = place.name, place.key
            self._taken[key] = self._taken.get(key, 0) + 1
        return None

    async def leave(self, places: Sequence[Place]) -> None:
        """See the port."""
        for place in places:
            key = place.name, place.key
            left = self._taken.get(key, 0) - 1
            if left > 0:
                self._taken[key] = left
            else:
                self._taken.pop(key, None)

    def __len__(self) -> int:
        return len(self._taken)


class MemoryDays:
    """`Days`: of each key the newest day alone."""

    def __init__(self, most: int = MAX_KEYS) -> None:
        self._most = most
        self._days: OrderedDict[str, tuple[str, Spent]] = OrderedDict()

    async def add(self, key: str, day: str, spent: Spent) -> Spent:
        """See the port."""
        old = self._of(key, day)
        new = Spent(old.calls + spent.calls, old.cpu_us + spent.cpu_us, old.egress_bytes + spent.egress_bytes)
        return self._put(key, day, new)

    async def at_least(self, key: str, day: str, spent: Spent) -> Spent:
        """See the port."""
        old = self._of(key, day)
        new = Spent(max(old.calls, spent.calls), max(old.cpu_us, spent.cpu_us), max(old.egress_bytes, spent.egress_bytes))
        return self._put(key, day, new)

    def __len__(self) -> int:
        return len(self._days)

    def _of(self, key: str, day: str) -> Spent:
        kept = self._days.get(key)
        return kept[1] if kept is not None and kept[0] == day else NOTHING

    def _put(self, key: str, day: str, spent: Spent) -> Spent:
        kept = self._days.get(key)
        if kept is not None and kept[0] > day:  # counted after midnight what began before it
            return spent
        self._days[key] = day, spent
        self._days.move_to_end(key)
        if len(self._days) > self._most:
            self._days.popitem(last=False)
        return spent
