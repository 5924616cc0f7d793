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
        self._stays: dict[Stay, float] = {}  # when the time of each is over: the oldest, and so the soonest, first
        # One for all: a timer for each would cost its request more than all else here.
        self._alarm: asyncio.TimerHandle | None = None
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
        loop = asyncio.get_running_loop()
        self._stays[stay] = loop.time() + self.seconds
        if self._alarm is None:
            self._alarm = loop.call_later(self.seconds, self._late)
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

    def _late(self) -> None:
        self._alarm = None
        loop = asyncio.get_running_loop()
        while self._stays:
            stay, ends = next(iter(self._stays.items()))
            if ends > loop.time():
                self._alarm = loop.call_at(ends, self._late)
                return
            self._cut(stay)

    def _cut(self, stay: "Stay") -> None:
        self.remove(stay)
        stay.cut()


class Stay:
    """For each request, so a class and not a generator. It ends as `asyncio.timeout` does, without a timer of its own."""

    __slots__ = ("_cancelling", "_is_cut", "_task", "_waiting", "size")

    def __init__(self, waiting: Waiting, size: int) -> None:
        self.size = size
        self._waiting = waiting
        self._task: asyncio.Task[object] | None = None  # in the block
        self._cancelling = 0  # how often others asked the task to stop before
        self._is_cut = False

    def grow(self, size: int) -> None:
        """It holds so many bytes more."""
        self.size += size
        self._waiting.grew(self, size)

    def cut(self) -> None:
        """Its time is over."""
        # In a turn of its own, when the task waits in the block: cancelled here it might cut itself, and notice after the block.
        asyncio.get_running_loop().call_soon(self._stop)

    def _stop(self) -> None:
        if self._task is not None:
            self._is_cut = True
            self._task.cancel()

    async def __aenter__(self) -> "Stay":
        self._task = task = asyncio.current_task()
        assert task is not None
        self._cancelling = task.cancelling()
        self._waiting.add(self)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._waiting.remove(self)
        task, self._task = self._task, None
        if self._is_cut and task is not None and task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error
