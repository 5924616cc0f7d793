"""The values of idempotency keys."""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

Headers = tuple[tuple[str, str], ...]
MAX_KEPT_BYTES: Final = 256 << 10  # of one answer, header fields included


@dataclass(frozen=True, slots=True)
class Scope:
    """What a key belongs to: the same one means something else for another tenant, install, endpoint or principal."""

    tenant_id: str
    install_id: str
    endpoint: str
    principal: str
    key: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One call that wants a key. `lease_ms`: after so long nobody waits for its end any more."""

    scope: Scope
    request_hash: bytes
    lease_ms: int
    wait_ms: int
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as the client gets it."""

    status: int
    headers: Headers
    body: bytes | None

    @property
    def size(self) -> int:
        """Bytes that it counts."""
        return sum(len(name.encode()) + len(value.encode()) for name, value in self.headers) + len(self.body or b"")


def request_hash(method: str, url: str, content_type: Iterable[str], body: bytes | None) -> bytes:
    """What two requests with one key must have in common. No body is another request than an empty one."""
    digest = hashlib.sha256()
    for part in (method, url, *content_type):
        text = part.encode("utf-8", "surrogatepass")
        digest.update(f"{len(text)}:".encode())  # lengths, so that no two requests are the same bytes
        digest.update(text)
    digest.update(b"-" if body is None else b"+")
    digest.update(body or b"")
    return digest.digest()
