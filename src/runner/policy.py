"""How much one call may spend: the smallest of what grant, request, runner and caller allow."""

from dataclasses import dataclass
from typing import Final

from kernel.errors import Fault, Reason
from kernel.grants import Limits
from runner.values import Budget

MIB: Final = 1 << 20
REPLY_SECONDS: Final = 0.05  # kept back of the caller's deadline, so that it still hears why its call ended


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The runner's own limits: what a call gets whose grant says nothing, and what no call gets more of."""

    default: Budget
    maximum: Budget

    def budget(self, version: Limits, tenant: Limits, timeout_ms: int) -> Budget:
        """What a call may spend: the least of what the four say, and where a version says nothing, the default in its place.

        `timeout_ms` is what the caller asks for; 0 says nothing, here as in the limits.
        """
        default, most = self.default, self.maximum
        allowed = _least(version.timeout_ms or default.timeout_ms, tenant.timeout_ms, most.timeout_ms)
        return Budget(
            timeout_ms=min(timeout_ms or allowed, allowed),
            memory_bytes=_least(version.memory_bytes or default.memory_bytes, tenant.memory_bytes, most.memory_bytes),
            request_bytes=_least(version.request_bytes or default.request_bytes, tenant.request_bytes, most.request_bytes),
            response_bytes=_least(version.response_bytes or default.response_bytes, tenant.response_bytes, most.response_bytes),
            host_calls=_least(version.host_calls or default.host_calls, tenant.host_calls, most.host_calls),
            host_bytes=_least(version.host_bytes or default.host_bytes, tenant.host_bytes, most.host_bytes),
            log_lines=_least(version.log_lines or default.log_lines, tenant.log_lines, most.log_lines),
            log_bytes=_least(version.log_bytes or default.log_bytes, tenant.log_bytes, most.log_bytes),
        )


def _least(said: int, tenant: int, most: int) -> int:
    if 0 < tenant < said:
        said = tenant
    return said if said < most else most


def time_left(grant_seconds: float, caller_ends: float | None, now: float) -> float:
    """Seconds until the grant or the caller's deadline ends, whichever is first.

    `caller_ends` and `now` are times of the event loop; None = the caller waits for ever. Raises DEADLINE_EXCEEDED.
    """
    left = grant_seconds if caller_ends is None else min(grant_seconds, caller_ends - REPLY_SECONDS - now)
    if left <= 0:
        raise Fault(Reason.DEADLINE_EXCEEDED, log="the caller's time is over before the guest runs")
    return left
