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

    def budget(self, granted: Limits, timeout_ms: int) -> Budget:
        """What a call may spend; `timeout_ms` is what its caller asks for, 0 = nothing."""
        default, most = self.default, self.maximum
        allowed = min(granted.timeout_ms or default.timeout_ms, most.timeout_ms)
        return Budget(
            timeout_ms=min(timeout_ms or allowed, allowed),
            memory_bytes=min(granted.memory_bytes or default.memory_bytes, most.memory_bytes),
            request_bytes=min(granted.request_bytes or default.request_bytes, most.request_bytes),
            response_bytes=min(granted.response_bytes or default.response_bytes, most.response_bytes),
            host_calls=min(default.host_calls, most.host_calls),
            host_bytes=min(default.host_bytes, most.host_bytes),
            log_lines=min(default.log_lines, most.log_lines),
            log_bytes=min(default.log_bytes, most.log_bytes),
        )


def time_left(grant_seconds: float, caller_ends: float | None, now: float) -> float:
    """Seconds until the grant or the caller's deadline ends, whichever is first.

    `caller_ends` and `now` are times of the event loop; None = the caller waits for ever. Raises DEADLINE_EXCEEDED.
    """
    left = grant_seconds if caller_ends is None else min(grant_seconds, caller_ends - REPLY_SECONDS - now)
    if left <= 0:
        raise Fault(Reason.DEADLINE_EXCEEDED, log="the caller's time is over before the guest runs")
    return left
