"""What use-cases of the runner take and give: frozen values without any wire format."""

from dataclasses import dataclass

from kernel.errors import Reason
from kernel.signing import Signed

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What a guest is asked. `url` is the path below the extension with its query; `body` None = no body."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it arrived: nothing in it is believed yet.

    `timeout_ms` 0 = the grant's; `remaining` = seconds that the caller waits, None = for ever.
    """

    grant: Signed
    request_id: str
    http: HttpRequest
    timeout_ms: int = 0
    remaining: float | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call used: microseconds in the handler, microseconds in the queue, host calls that reached the runner."""

    handler_us: int = 0
    queued_us: int = 0
    host_calls: int = 0


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


@dataclass(frozen=True, slots=True)
class Budget:
    """What one call may spend: milliseconds of wall clock, bytes of each linear memory, bytes of the bodies."""

    timeout_ms: int
    memory_bytes: int
    request_bytes: int
    response_bytes: int
