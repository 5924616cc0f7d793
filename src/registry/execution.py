"""Calls of installs as the registry keeps them, and what they used. Times are aware and in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from kernel.digest import Digest
from kernel.errors import Blame, Reason


class Trigger(StrEnum):
    """What asked for a call."""

    UNKNOWN = ""
    HTTP = "http"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class HostFailures:
    """Host calls of one call that failed in the same way."""

    interface: str
    reason: Reason
    blame: Blame
    count: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What one call used: microseconds, bytes and numbers as `alga.registry.v1.ExecutionUsage` has them."""

    handler_us: int = 0
    queued_us: int = 0
    host_wait_us: int = 0
    host_calls: Mapping[str, int] = field(default_factory=dict)
    host_failures: tuple[HostFailures, ...] = ()
    egress_bytes: int = 0
    storage_bytes: int = 0
    log_lines: int = 0
    log_bytes: int = 0
    request_bytes: int = 0
    response_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line that a guest logged or printed."""

    at: datetime
    level: str
    stream: str
    message: str
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Execution:
    """One call. `status` 0 = without an answer, for `reason`; `lines` are left out of lists."""

    id: str
    request_id: str
    tenant_id: str
    install_id: str
    extension_id: str
    version_id: str
    content_hash: Digest
    trigger: Trigger
    method: str
    path: str
    status: int
    reason: Reason | None
    blame: Blame | None
    started_at: datetime
    duration_us: int
    spent: Spent
    lines: tuple[Line, ...] = ()
    lines_truncated: bool = False


@dataclass(frozen=True, slots=True)
class DayUsage:
    """What the calls of one install used that began on one day in UTC."""

    day: date
    executions: int = 0
    failures: int = 0
    failures_by_blame: Mapping[str, int] = field(default_factory=dict)
    host_calls: Mapping[str, int] = field(default_factory=dict)
    egress_bytes: int = 0
    storage_bytes: int = 0
    host_wait_us: int = 0
    handler_us: int = 0
    log_bytes: int = 0

    def plus(self, execution: Execution) -> Self:
        """With one more call."""
        spent, failed = execution.spent, execution.reason is not None
        return type(self)(
            day=self.day,
            executions=self.executions + 1,
            failures=self.failures + failed,
            failures_by_blame=_sum(self.failures_by_blame, {execution.blame.value: 1} if execution.blame else {}),
            host_calls=_sum(self.host_calls, spent.host_calls),
            egress_bytes=self.egress_bytes + spent.egress_bytes,
            storage_bytes=self.storage_bytes + spent.storage_bytes,
            host_wait_us=self.host_wait_us + spent.host_wait_us,
            handler_us=self.handler_us + spent.handler_us,
            log_bytes=self.log_bytes + spent.log_bytes,
        )


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in sorted({*one, *other})}
