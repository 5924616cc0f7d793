"""One call of a guest, as the engine knows it."""

from dataclasses import dataclass
from typing import Final

# Of one call, whatever the functions answer: each costs processor time in the host, where no deadline interrupts it.
MAX_HOST_CALLS: Final = 10_000
MAX_HOST_CALL_BYTES: Final = 64 * 1024 * 1024  # of strings and byte lists in their arguments, and of the runner's answers
# Of a body of a component that could not be wrapped: the engine traps answers of about 2.7 MiB, and each byte takes 32 there.
PACKED_BODY_BYTES: Final = 2 * 1024 * 1024

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What the guest is asked."""

    method: str
    url: str
    headers: Headers
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Response:
    """What the guest answered; checked."""

    status: int
    headers: Headers
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Context:
    """Record `context-data`: whose call it is, as far as the guest may know."""

    request_id: str | None
    tenant_id: str
    extension_id: str
    install_id: str | None
    version_id: str | None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a call may use."""

    seconds: float  # wall clock, host calls included
    memory_bytes: int  # of each linear memory
    response_bytes: int  # of the answer's body
