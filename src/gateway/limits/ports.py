"""Where the counters live. The ones in memory hold for this gateway; others may be shared by several."""

from collections.abc import Sequence
from typing import Protocol

from gateway.limits.model import Level, Place, Spent, Want


class Buckets(Protocol):
    """Token buckets by key."""

    async def take(self, wants: Sequence[Want]) -> tuple[Level, ...]:
        """The wanted tokens of all buckets, or of none when one lacks them; a level for each want. Raises nothing."""


class Places(Protocol):
    """Calls at once by key."""

    async def enter(self, places: Sequence[Place]) -> Place | None:
        """Take a place of each key, or none at all: then the answer is the full one. Raises nothing."""

    async def leave(self, places: Sequence[Place]) -> None:
        """Give back what `enter` took. Raises nothing."""


class Days(Protocol):
    """What was used on a day (`2026-03-01`, UTC), by key. An older day than the newest that was told may be forgotten."""

    async def add(self, key: str, day: str, spent: Spent) -> Spent:
        """Count it; answers the sum."""

    async def at_least(self, key: str, day: str, spent: Spent) -> Spent:
        """Raise each sum to what somebody else counted, if that is more; answers the sum."""


class Metered(Protocol):
    """Knows what was used in all, whichever gateway it came through."""

    async def today(self, tenant_id: str, extension_id: str) -> tuple[str, Spent]:
        """The day (UTC) and what was used on it. Raises UNAVAILABLE, INTERNAL."""
