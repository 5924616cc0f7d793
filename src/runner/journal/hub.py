"""Events on their way to those who follow them: a bounded queue for each, so that a slow one costs itself alone."""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from kernel.errors import Fault, Reason
from runner.journal.event import LEVELS, Event
from runner.journal.ring import Numbered, Ring, weight

MAX_QUEUE: Final = 512  # events that wait for one reader
MAX_QUEUE_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events are wanted; an empty text stands for all."""

    tenant_id: str = ""
    extension_id: str = ""
    install_id: str = ""
    request_id: str = ""
    level: str = ""

    def takes(self, event: Event) -> bool:
        """Whether an event is wanted."""
        subject = event.subject
        return (
            self.tenant_id in ("", subject.tenant_id)
            and self.extension_id in ("", subject.extension_id)
            and self.install_id in ("", subject.install_id)
            and self.request_id in ("", subject.request_id)
            and (not self.level or LEVELS.index(event.level) >= LEVELS.index(self.level))
        )


@dataclass(frozen=True, slots=True)
class Begun:
    """The reader has its place."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """So many events are missing here; 0 = nobody knows how many."""

    count: int


class Follower:
    """One who follows: what waits for it, and how much it missed."""

    def __init__(self, wanted: Filter) -> None:
        self.wanted = wanted
        self._waiting: deque[Numbered] = deque()
        self._bytes = 0
        self._dropped = 0
        self._wake = asyncio.Event()
        self._closed = False

    def offer(self, numbered: Numbered) -> None:
        """Take one more event; of too many the oldest go."""
        self._waiting.append(numbered)
        self._bytes += weight(numbered.event)
        while len(self._waiting) > MAX_QUEUE or self._bytes > MAX_QUEUE_BYTES:
            self._bytes -= weight(self._waiting.popleft().event)
            self._dropped += 1
        self._wake.set()

    def close(self) -> None:
        """Nothing more comes."""
        self._closed = True
        self._wake.set()

    async def events(self) -> AsyncGenerator[Numbered | Dropped]:
        """What comes, in order and for ever, until `close`."""
        while not self._closed:
            await self._wake.wait()
            self._wake.clear()
            while (self._dropped or self._waiting) and not self._closed:
                if self._dropped:
                    told, self._dropped = Dropped(self._dropped), 0
                    yield told
                    continue
                numbered = self._waiting.popleft()
                self._bytes -= weight(numbered.event)
                yield numbered


class Hub:
    """Keeps the latest `most` events of each tenant; at most `places` followers, `tenant_places` of one tenant."""

    def __init__(self, most: int, *, places: int, tenant_places: int) -> None:
        self.ring = Ring(most)
        self.epoch = secrets.token_hex(4)  # tells this runner's numbers from those of its predecessor
        self._places = places
        self._tenant_places = tenant_places
        self._followers: set[Follower] = set()
        self._closed = False

    def publish(self, event: Event) -> None:
        """Keep an event and offer it to all who want it."""
        numbered = self.ring.append(event)
        for follower in self._followers:
            if follower.wanted.takes(event):
                follower.offer(numbered)

    @contextmanager
    def follow(self, wanted: Filter) -> Iterator[Follower]:
        """A follower while the block runs. Raises OVERLOADED when too many are, UNAVAILABLE when the runner stops."""
        if self._closed:
            raise Fault(Reason.UNAVAILABLE, log="the runner stops")
        if len(self._followers) >= self._places:
            raise Fault(Reason.OVERLOADED, facts={"limit_tails": self._places})
        same = sum(follower.wanted.tenant_id == wanted.tenant_id for follower in self._followers)
        if wanted.tenant_id and same >= self._tenant_places:
            raise Fault(Reason.OVERLOADED, facts={"limit_tails_per_tenant": self._tenant_places})
        follower = Follower(wanted)
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)

    def close(self) -> None:
        """End all who follow: a runner that drains does not wait for them."""
        self._closed = True
        for follower in self._followers:
            follower.close()
