"""Runs one occurrence as a normal call runs, but that nobody waits for its answer.

1 find the install, 2 find the endpoint, 3 choose the header fields for the guest, 4 run, 5 say how it ended.
"""

from gateway import headers
from gateway.attempts import Attempts
from gateway.endpoints import segments
from gateway.model import Call, InstallRoute, least
from gateway.ports import Runner
from gateway.resolver import Resolver
from gateway.schedules.model import Occurrence, Outcome
from kernel import telemetry
from kernel.errors import Fault, Reason


class RunOccurrence:
    """The use-case. `timeout_ms` holds where an install does not set a lower one."""

    def __init__(self, resolver: Resolver, runner: Runner, timeout_ms: int) -> None:
        self._resolver, self._timeout_ms = resolver, timeout_ms
        self._attempts = Attempts(resolver, runner, timeout_ms)

    async def run(self, one: Occurrence) -> Outcome:
        """How it ended; raises nothing but for cancellation and for what is a mistake of ours."""
        try:
            # 1 find the install
            key = (one.tenant_id, one.install_id)
            route = await self._resolver.install(key, self._timeout_ms / 1e3)
            # 4 run
            answer = await self._attempts.run(key, route, self._call(route, one), lambda route: self._call(route, one))
        except Fault as fault:
            return Outcome(error=_told(fault))
        # 5 say how it ended
        if not 200 <= answer.status <= 599:
            return Outcome(error=_told(Fault(Reason.GUEST_RESPONSE_INVALID, log=f"status {answer.status}")))
        return Outcome(status=answer.status)

    def _call(self, route: InstallRoute, one: Occurrence) -> Call:
        # 2 find the endpoint
        endpoint = route.endpoints.match(one.method, segments(one.path))
        if endpoint is None:
            raise Fault(Reason.ENDPOINT_NOT_FOUND)
        # 3 choose the header fields for the guest
        fields = [(headers.IDEMPOTENCY, one.id)]
        if one.payload is not None:
            fields.append(("content-type", "application/json"))
        request_id = telemetry.request_id.get()
        origin = headers.Origin(request_id, one.tenant_id, route.extension_id)
        told = headers.for_guest(fields, origin, label=False).fields
        lease_ms = int(one.lease_seconds * 1000)
        timeout_ms = least(self._timeout_ms, route.timeout_ms, endpoint.timeout_ms, one.timeout_ms, lease_ms)
        return Call(route.grant, request_id, one.method, one.path, told, one.payload, timeout_ms, scheduled=True)


def _told(fault: Fault) -> str:
    """What a tenant may read: the reason's code and sentence, nothing from inside."""
    return f"{fault.code}: {fault.public}"
