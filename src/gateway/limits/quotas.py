"""Quotas of a day (UTC) for each install: calls, time in guests, bytes of outgoing requests.

What this gateway saw is counted at once; what came through others, or before this one started, is learned from the registry's meter
when an install is first called and once a minute after. While the registry does not tell, what was seen here counts.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.flights import Flights
from gateway.limits import fields
from gateway.limits.memory import MAX_KEYS
from gateway.limits.model import NOTHING, Limited, Spent
from gateway.limits.ports import Days, Metered
from gateway.model import InstallRoute, smaller
from kernel.caller_limits import CallerLimits
from kernel.errors import Fault, Reason

LEARN_SECONDS: Final = 60.0
_log = logging.getLogger(__name__)
_ONE: Final = Spent(calls=1)


@dataclass(frozen=True, slots=True)
class DayLimits:
    """Zero = no limit."""

    calls: int = 0
    cpu_seconds: int = 0
    egress_bytes: int = 0

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return bool(self.calls or self.cpu_seconds or self.egress_bytes)

    def lowered(self, own: CallerLimits) -> "DayLimits":
        """With what a tenant says of an install's callers."""
        return DayLimits(
            smaller(self.calls, own.calls_per_day),
            smaller(self.cpu_seconds, own.cpu_seconds_per_day),
            smaller(self.egress_bytes, own.egress_bytes_per_day),
        )


class Quotas:
    """Counts and refuses."""

    def __init__(
        self,
        limits: DayLimits,
        days: Days,
        metered: Metered,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits, self._days, self._metered, self._now, self._clock = limits, days, metered, now, clock
        self._learned: OrderedDict[str, float] = OrderedDict()
        self._flights: Flights[str, None] = Flights()

    async def begin(self, route: InstallRoute) -> None:
        """Count one call. Raises QUOTA_EXCEEDED, and counts nothing then."""
        limits = self._limits.lowered(route.caller_limits)
        if not limits.any:
            return
        key, now = _key(route), self._now()
        day = now.date().isoformat()
        if self._clock() >= self._learned.get(key, float("-inf")):
            await self._flights.share(key, lambda: self._learn(key, day, route))
        used = await self._days.add(key, day, _ONE)
        for name, what, most, amount in (
            ("calls", "calls", limits.calls, used.calls - 1),
            ("cpu-time", "seconds of running", limits.cpu_seconds, used.cpu_us // 1_000_000),
            ("egress", "bytes of outgoing requests", limits.egress_bytes, used.egress_bytes),
        ):
            if most and amount >= most:
                await self._days.add(key, day, Spent(calls=-1))
                midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
                left = (midnight - now).total_seconds()
                rule = f"must be at most {most} {what} a day for one install; the next day begins at 00:00 UTC"
                raise Limited(Reason.QUOTA_EXCEEDED, name, rule, left, fields.quota(name, most, left))

    async def spent(self, route: InstallRoute, spent: Spent) -> None:
        """Count what a call used besides being one."""
        if spent != NOTHING and self._limits.lowered(route.caller_limits).any:
            await self._days.add(_key(route), self._now().date().isoformat(), spent)

    async def _learn(self, key: str, day: str, route: InstallRoute) -> None:
        self._learned[key] = self._clock() + LEARN_SECONDS
        self._learned.move_to_end(key)
        if len(self._learned) > MAX_KEYS:
            self._learned.popitem(last=False)
        try:
            of_day, used = await self._metered.today(route.tenant_id, route.extension_id)
        except Fault as fault:
            _log.warning("usage is not known; counting what this gateway sees", extra={"why": str(fault)})
            return
        if of_day == day:
            await self._days.at_least(key, day, used)


def _key(route: InstallRoute) -> str:
    return f"{route.tenant_id}\n{route.extension_id}"
