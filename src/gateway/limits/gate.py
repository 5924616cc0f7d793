"""The limits of one call: rates and quotas before its body is read, places while it runs, and what it used afterwards."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Final

from gateway.limits import fields
from gateway.limits.model import Limited, Place, Rate, Spent, Want
from gateway.limits.ports import Buckets, Places
from gateway.limits.quotas import Quotas
from gateway.model import Answer
from kernel.errors import Blame, Fault, Reason

_WHOSE: Final = {"tenant": "tenant", "extension": "extension of a tenant", "principal": "key or person"}
BUSY_SECONDS: Final = 1.0


class Limits:
    """`rates` and `places` by `tenant`, `extension` and `principal`; those that are left out, or zero, do not limit."""

    def __init__(
        self, rates: Mapping[str, Rate | None], most: Mapping[str, int], buckets: Buckets, places: Places, quotas: Quotas
    ) -> None:
        self._rates = {name: rate for name, rate in rates.items() if rate is not None}
        self._most = {name: most for name, most in most.items() if most}
        self._buckets, self._places, self._quotas = buckets, places, quotas
        self._policy = ""

    async def charge(self, tenant_id: str, extension_id: str, principal: str) -> Mapping[str, str]:
        """Count a call that wants to run; the header fields that tell its caller what is left.

        Raises RATE_LIMITED, QUOTA_EXCEEDED: then it is no call of the day's.
        """
        told: dict[str, str] = {}
        if self._rates:
            keys = _keys(tenant_id, extension_id, principal)
            wants = [Want(name, keys[name], rate) for name, rate in self._rates.items()]
            self._policy = self._policy or fields.policy(wants)
            levels = await self._buckets.take(wants)
            lacking = max(levels, key=lambda level: level.wait)
            told = {fields.POLICY: self._policy, fields.STATE: fields.state(lacking if lacking.wait else fields.emptiest(levels))}
            if lacking.wait:
                name, rate = lacking.want.name, lacking.want.rate
                rule = f"must be at most {rate.per_second:g} calls a second of one {_WHOSE[name]}, {rate.burst:g} after a pause"
                raise Limited(Reason.RATE_LIMITED, name, rule, lacking.wait, told)
        await self._quotas.begin(tenant_id, extension_id)
        return told

    def running(self, tenant_id: str, extension_id: str) -> "_Running":
        """A place for a call that runs, for the time of a block. Raises RATE_LIMITED."""
        keys = _keys(tenant_id, extension_id, "")
        return _Running(self._places, [Place(name, keys[name], most) for name, most in self._most.items()])

    async def run(self, tenant_id: str, extension_id: str, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do the work of a call in its place and count what it used. Raises as the work does, RATE_LIMITED before it."""
        async with self.running(tenant_id, extension_id):
            began = time.monotonic()
            try:
                answer = await work()
            except Fault as fault:
                if fault.row.blame is Blame.GUEST:  # what it used is told in the meter later; the time is known now
                    await self._quotas.spent(tenant_id, extension_id, Spent(cpu_us=int((time.monotonic() - began) * 1e6)))
                raise
        await self._quotas.spent(tenant_id, extension_id, Spent(cpu_us=answer.cpu_us, egress_bytes=answer.egress_bytes))
        return answer


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


def _keys(tenant_id: str, extension_id: str, principal: str) -> dict[str, str]:
    # Tenants choose no part of these: ids come from the registry, and no id has a line end.
    return {
        "tenant": tenant_id,
        "extension": f"{tenant_id}\n{extension_id}",
        "principal": f"{tenant_id}\n{principal}",
    }
