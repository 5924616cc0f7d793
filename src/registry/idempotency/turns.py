"""Wakes those who wait for the end of one call. One registry serves a catalog at a time, so this needs no other process."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from registry.idempotency.model import Place


class Turns:
    """Events by place, while anybody waits."""

    def __init__(self) -> None:
        self._waiting: dict[Place, tuple[asyncio.Event, int]] = {}

    @contextmanager
    def hear(self, place: Place) -> Iterator[asyncio.Event]:
        """An event that the end of the place's call sets. Ask before looking at the catalog, or an end in between is missed."""
        event, count = self._waiting.get(place) or (asyncio.Event(), 0)
        self._waiting[place] = event, count + 1
        try:
            yield event
        finally:
            now, left = self._waiting.get(place, (event, 0))
            if now is event:
                if left > 1:
                    self._waiting[place] = event, left - 1
                else:
                    self._waiting.pop(place, None)

    def over(self, place: Place) -> None:
        """The call ended: everybody looks again."""
        if (found := self._waiting.pop(place, None)) is not None:
            found[0].set()

    def waiting(self, place: Place) -> tuple[int, int]:
        """How many wait: for this place, and for any."""
        _, here = self._waiting.get(place) or (None, 0)
        return here, sum(count for _, count in self._waiting.values())

    def __len__(self) -> int:
        return len(self._waiting)
