"""The use-case "follow what happens".

1 check what is wanted, 2 take a place and say so, 3 tell what the ring has, 4 tell what comes.
"""

import re
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from kernel import fields
from kernel.auth import Principal, Role
from kernel.errors import Fault
from runner.journal.event import LEVELS
from runner.journal.hub import Begun, Dropped, Filter, Hub
from runner.journal.ring import Numbered

MAX_LAST: Final = 2_000
MAX_ID: Final = 128
MAX_AFTER: Final = 2_048  # ids of several runners
_CURSOR: Final = re.compile(r"([0-9a-f]{8})-([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to follow: `last` events of those that were, or those `after` an id that was told."""

    filter: Filter
    last: int = 0
    after: str = ""


class Tail:
    """The use-case; one for the process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def events(self, principal: Principal, wanted: Wanted) -> AsyncGenerator[Numbered | Dropped | Begun]:
        """Events until the runner stops. Raises INVALID_ARGUMENT, OVERLOADED, UNAVAILABLE."""
        # 1 check what is wanted
        _check(principal, wanted)
        tenant_id, ring = wanted.filter.tenant_id, self._hub.ring
        # 2 take a place and say so; nothing is awaited before the ring is read, so nothing is told twice or not at all
        with self._hub.follow(wanted.filter) as follower:
            after = self._number(wanted.after)
            numbers = ring.events(tenant_id, after or 0)
            found = deque((one for one in numbers if wanted.filter.takes(one.event)), None if after is not None else wanted.last)
            whole = after is None or ring.complete(tenant_id, after)
            yield Begun()
            # 3 tell what the ring has
            if not whole:
                yield Dropped(0)
            for numbered in found:
                yield numbered
            found.clear()
            # 4 tell what comes
            async with aclosing(follower.events()) as events:
                async for told in events:
                    yield told

    def cursor(self, told: Numbered | Dropped | Begun) -> str:
        """The id of an event; the other messages have none."""
        return f"{self._hub.epoch}-{told.number}" if isinstance(told, Numbered) else ""

    def _number(self, cursors: str) -> int | None:
        """Which of this runner's events a place names that may be one of several runners."""
        for cursor in cursors.split("."):
            found = _CURSOR.fullmatch(cursor)
            if found is not None and found[1] == self._hub.epoch and int(found[2]) <= self._hub.ring.last:
                return int(found[2])
        return None


def _check(principal: Principal, wanted: Wanted) -> None:
    if wanted.filter.tenant_id:
        fields.tenant_id(wanted.filter.tenant_id)
    elif principal.role is not Role.OPERATOR:
        raise Fault.invalid("tenant_id", "must name the tenant on whose behalf a gateway asks")
    for name in ("extension_id", "install_id", "request_id"):
        fields.text(getattr(wanted.filter, name), name, most=MAX_ID)
    fields.text(wanted.after, "after", most=MAX_AFTER)
    if wanted.filter.level and wanted.filter.level not in LEVELS:
        raise Fault.invalid("level", f"must be one of {', '.join(LEVELS)}")
    if wanted.last > MAX_LAST:
        raise Fault.invalid("last", f"must be at most {MAX_LAST}")
