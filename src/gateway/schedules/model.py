"""What a gateway knows of an occurrence of a schedule."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence that this gateway took. Its id is its idempotency key; `timeout_ms` 0 = the version's limit."""

    id: str
    schedule_id: str
    tenant_id: str
    install_id: str
    method: str
    path: str
    payload: bytes | None
    timeout_ms: int
    lease_seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an occurrence ended: what the extension answered, 0 = nothing, and then why."""

    status: int = 0
    error: str = ""
