"""What is known of calls while they run and when they end: values without any wire format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from kernel.errors import TABLE, Blame, Reason
from runner.values import Trigger, Usage

LEVELS: Final = ("debug", "info", "warn", "error")


class Stream(StrEnum):
    """Where an event comes from."""

    LOG = "log"
    STDOUT = "stdout"
    STDERR = "stderr"
    EXECUTION = "execution"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose call it is: all of it from a verified grant, but for the request id."""

    tenant_id: str
    extension_id: str
    install_id: str
    version_id: str
    content_hash: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call ended: `status` 0 = without an answer, for `reason`."""

    execution_id: str
    status: int
    reason: Reason | None
    duration_us: int
    usage: Usage

    @property
    def blame(self) -> Blame | None:
        """Whose fault it is that there is no answer."""
        return None if self.reason is None else TABLE[self.reason].blame


@dataclass(frozen=True, slots=True)
class Event:
    """A line, or the end of a call. `at` is in seconds since 1970, `level` one of LEVELS."""

    at: float
    level: str
    stream: Stream
    subject: Subject
    message: str
    truncated: bool = False
    ended: Ended | None = None


@dataclass(frozen=True, slots=True)
class Execution:
    """The record of a call that is over; `size` is about how many bytes it takes."""

    subject: Subject
    trigger: Trigger
    method: str
    path: str
    started_at: float
    ended: Ended
    host_failures: Mapping[tuple[str, Reason], int] = field(default_factory=dict)
    lines: tuple[Event, ...] = ()
    lines_truncated: bool = False
    size: int = 0
