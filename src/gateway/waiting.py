"""Requests that wait for their clients: bodies that come, answers that are taken.

They hold no place among the requests at work. They are bounded in number and in bytes, and when there are too many the one that has
waited the longest is cut off: whoever sends and reads as fast as it can is hardly ever that one, so slow clients cost each other.
"""

import asyncio
from types import TracebackType


class Room:
    """Places for requests at work. Below zero there are none: whoever took the last ones has to say so and leave."""

    __slots__ = ("free",)

    def __init__(self, most: int) -> None:
        self.free = most


class Waiting:
    """One kind of them: at most `most`, of `most_bytes` together, each for `seconds`."""

    def __init__(self, most: int, most_bytes: int, seconds: float) -> None:
        self.seconds = seconds
        self._most, self._most_bytes = most, most_bytes
        self._stays: dict[Stay, None] = {}  # oldest first
        self._bytes = 0

    def stay(self, size: int = 0) -> "Stay":
        """Wait in a block, holding `size` bytes of memory. Raises TimeoutError when the time is over or it is cut off."""
        return Stay(self, size)

    def cut_holder(self, but: "Stay") -> bool:
        """Cut off the oldest other one that holds memory; whether there was one."""
        for stay in self._stays:
            if stay.size and stay is not but:
                self._cut(stay)
                return True
        return False

    def add(self, stay: "Stay") -> None:
        """One more; for `Stay`."""
        self._stays[stay] = None
        self._bytes += stay.size
        if len(self._stays) > self._most:
            self._cut(next(iter(self._stays)))
        while self._bytes > self._most_bytes and self.cut_holder(stay):
            pass

    def remove(self, stay: "Stay") -> None:
        """One less; legal more than once; for `Stay`."""
        if stay in self._stays:
            del self._stays[stay]
            self._bytes -= stay.size

    def grew(self, stay: "Stay", size: int) -> None:
        """It holds more; for `Stay`."""
        if stay in self._stays:
            self._bytes += size

    def __len__(self) -> int:
        return len(self._stays)

    def _cut(self, stay: "Stay") -> None:
        self.remove(stay)
        stay.cut()


class Stay:
    """For each request, so a class and not a generator."""

    __slots__ = ("_limit", "_waiting", "size")

    def __init__(self, waiting: Waiting, size: int) -> None:
        self.size = size
        self._waiting = waiting
        self._limit = asyncio.timeout(waiting.seconds)

    def grow(self, size: int) -> None:
        """It holds so many bytes more."""
        self.size += size
        self._waiting.grew(self, size)

    def cut(self) -> None:
        """Its time is over."""
        self._limit.reschedule(asyncio.get_running_loop().time())

    async def __aenter__(self) -> "Stay":
        await self._limit.__aenter__()
        self._waiting.add(self)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._waiting.remove(self)
        await self._limit.__aexit__(kind, error, trace)
