"""The limits of one call: rates and quotas before its body is read, places while it runs, and what it used afterwards."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from types import TracebackType
from typing import Final

from gateway.limits import fields
from gateway.limits.model import Limited, Place, Rate, Spent, Want
from gateway.limits.ports import Buckets, Places
from gateway.limits.quotas import Quotas
from gateway.model import Answer, InstallRoute, smaller
from kernel.errors import Blame, Fault, Reason

_EXTENSION: Final = "extension"
_WHOSE: Final = {"tenant": "tenant", _EXTENSION: "extension of a tenant", "principal": "key or person"}
BUSY_SECONDS: Final = 1.0


class Limits:
    """`rates` and `places` by `tenant`, `extension` and `principal`; those that are left out, or zero, do not limit.

    What a tenant says of an install's callers lowers those of its extension.
    """

    def __init__(
        self, rates: Mapping[str, Rate | None], most: Mapping[str, int], buckets: Buckets, places: Places, quotas: Quotas
    ) -> None:
        self._set = {name: rate for name, rate in rates.items() if rate is not None}
        self._most = most
        self._buckets, self._places, self._quotas = buckets, places, quotas
        self._rates = lru_cache(maxsize=1_024)(self._rates_of)

    async def charge(self, route: InstallRoute, principal: str) -> Mapping[str, str]:
        """Count a call that wants to run; the header fields that tell its caller what is left.

        Raises RATE_LIMITED, QUOTA_EXCEEDED: then it is no call of the day's.
        """
        told: dict[str, str] = {}
        rates, policy = self._rates(route.caller_limits.calls_per_minute)
        if rates:
            keys = _keys(route, principal)
            wants = [Want(name, keys[name], rate) for name, rate in rates.items()]
            levels = await self._buckets.take(wants)
            lacking = max(levels, key=lambda level: level.wait)
            told = {fields.POLICY: policy, fields.STATE: fields.state(lacking if lacking.wait else fields.emptiest(levels))}
            if lacking.wait:
                name, rate = lacking.want.name, lacking.want.rate
                rule = f"must be at most {rate.per_second:g} calls a second of one {_WHOSE[name]}, {rate.burst:g} after a pause"
                raise Limited(Reason.RATE_LIMITED, name, rule, lacking.wait, told)
        await self._quotas.begin(route)
        return told

    def running(self, route: InstallRoute) -> "_Running":
        """A place for a call that runs, for the time of a block. Raises RATE_LIMITED."""
        keys, most = _keys(route, ""), self._most
        if route.caller_limits.calls_at_once:
            most = {**most, _EXTENSION: smaller(most.get(_EXTENSION, 0), route.caller_limits.calls_at_once)}
        return _Running(self._places, [Place(name, keys[name], places) for name, places in most.items() if places])

    async def run(self, route: InstallRoute, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do the work of a call in its place and count what it used. Raises as the work does, RATE_LIMITED before it."""
        async with self.running(route):
            began = time.monotonic()
            try:
                answer = await work()
            except Fault as fault:
                if fault.row.blame is Blame.GUEST:  # what it used is told in the meter later; the time is known now
                    await self._quotas.spent(route, Spent(cpu_us=int((time.monotonic() - began) * 1e6)))
                raise
        await self._quotas.spent(route, Spent(cpu_us=answer.cpu_us, egress_bytes=answer.egress_bytes))
        return answer

    def _rates_of(self, calls_per_minute: int) -> tuple[Mapping[str, Rate], str]:
        """The rates where a tenant says so much of an install's callers, 0 = nothing; and how answers tell them."""
        rates = dict(self._set)
        if calls_per_minute:
            own, found = Rate(calls_per_minute, calls_per_minute / 60), rates.get(_EXTENSION)
            rates[_EXTENSION] = own if found is None else found.lowered(own)
        return rates, fields.policy(rates)


class _Running:
    """For each call, so a class and not a generator."""

    __slots__ = ("_places", "_wanted")

    def __init__(self, places: Places, wanted: Sequence[Place]) -> None:
        self._places, self._wanted = places, wanted

    async def __aenter__(self) -> None:
        full = await self._places.enter(self._wanted)
        if full is not None:
            rule = f"must be at most {full.most} calls at once of one {_WHOSE[full.name]}"
            raise Limited(Reason.RATE_LIMITED, full.name, rule, BUSY_SECONDS).before_anything_ran()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._places.leave(self._wanted)


def _keys(route: InstallRoute, principal: str) -> dict[str, str]:
    # Tenants choose no part of these: ids come from the registry, and no id has a line end.
    return {
        "tenant": route.tenant_id,
        _EXTENSION: f"{route.tenant_id}\n{route.extension_id}",
        "principal": f"{route.tenant_id}\n{principal}",
    }
