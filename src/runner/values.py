"""What use-cases of the runner take and give: frozen values without any wire format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kernel.errors import Reason
from kernel.signing import Signed
from kernel.user import User

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What a guest is asked. `url` is the path below the extension with its query; `body` None = no body."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes | None = None


class Trigger(StrEnum):
    """What asked for a call."""

    UNKNOWN = ""
    HTTP = "http"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it arrived: nothing in it is believed yet, but `user` and `trigger`, which gateways establish.

    `timeout_ms` 0 = the grant's; `remaining` = seconds that the caller waits, None = for ever.
    """

    grant: Signed
    request_id: str
    http: HttpRequest
    timeout_ms: int = 0
    remaining: float | None = None
    user: User | None = None
    trigger: Trigger = Trigger.UNKNOWN


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call used: microseconds, numbers and bytes as `alga.runner.v1.Usage` has them."""

    handler_us: int = 0
    queued_us: int = 0
    host_calls: int = 0
    host_bytes: int = 0
    host_wait_us: int = 0
    log_lines: int = 0
    log_bytes: int = 0
    request_bytes: int = 0
    response_bytes: int = 0
    host_calls_by_interface: Mapping[str, int] = field(default_factory=dict)
    egress_bytes: int = 0
    storage_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a guest answered; `body` None = no body."""

    status: int
    headers: Headers
    body: bytes | None
    usage: Usage


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a guest did not answer: one of the GUEST reasons, and internal text."""

    reason: Reason
    log: str
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Budget:
    """What one call may spend.

    Milliseconds of wall clock; bytes of each linear memory and of the two bodies; host calls that are served, and bytes of them and
    of their answers; lines that are logged and printed, and their bytes.
    """

    timeout_ms: int
    memory_bytes: int
    request_bytes: int
    response_bytes: int
    host_calls: int
    host_bytes: int
    log_lines: int
    log_bytes: int
