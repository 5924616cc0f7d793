"""What is known of the first call with an idempotency key."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

MAX_KEPT_BYTES: Final = 256 << 10  # of one answer, header fields included
Headers = tuple[tuple[str, str], ...]


class KeyState(StrEnum):
    """How far the first call is. A running one whose lease is over is lost."""

    RUNNING = "running"
    ANSWERED = "answered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """What a key belongs to. `scope` and `principal` are hashes in hex: what clients and their users are called is not kept."""

    tenant_id: str
    install_id: str
    scope: str
    principal: str

    @classmethod
    def of(cls, tenant_id: str, install_id: str, endpoint: str, principal: str, key: str) -> Self:
        """The place of a key of one endpoint and principal."""
        parts = (endpoint, principal, key)
        scope = "".join(f"{len(part)}:{part}" for part in parts)  # lengths, so that no two lists of parts are the same text
        return cls(
            tenant_id, install_id, hashlib.sha256(scope.encode()).hexdigest(), hashlib.sha256(principal.encode()).hexdigest()
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the first call was answered. Not `whole`: it was too large, and the status is all that is kept."""

    status: int
    headers: Headers = ()
    body: bytes | None = None
    whole: bool = True

    @property
    def size(self) -> int:
        """Bytes that it counts."""
        return sum(len(name.encode()) + len(value.encode()) for name, value in self.headers) + len(self.body or b"")

    def cut(self) -> "Answer":
        """What is kept of one that is too large."""
        return Answer(self.status, whole=False)


@dataclass(frozen=True, slots=True)
class Record:
    """One key."""

    place: Place
    request_hash: bytes
    claim_id: str
    lease_ends: datetime
    expires_at: datetime
    state: KeyState = KeyState.RUNNING
    answer: Answer | None = None

    @property
    def size(self) -> int:
        """Bytes that it counts beside being a key."""
        return self.answer.size if self.answer else 0


@dataclass(frozen=True, slots=True)
class KeyUsage:
    """How many keys, and bytes of kept answers."""

    keys: int = 0
    total_bytes: int = 0
