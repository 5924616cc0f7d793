"""Principals by the hash of their key, for a time: bounded in number, and in bytes because persons have fields of their own."""

from collections import OrderedDict
from typing import Final

from kernel.auth import Principal

MAX_KEPT: Final = 10_000
MAX_KEPT_BYTES: Final = 16 << 20  # of what is said of persons: a tenant's admin can make keys with 8 KiB each


class Kept:
    """Least recently used principals go first. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._entries: OrderedDict[bytes, tuple[float, Principal, int]] = OrderedDict()
        self._bytes = 0

    def get(self, digest: bytes, now: float) -> Principal | None:
        """The principal, while its time lasts."""
        entry = self._entries.get(digest)
        if entry is None or now >= entry[0]:
            return None
        self._entries.move_to_end(digest)
        return entry[1]

    def put(self, digest: bytes, until: float, principal: Principal) -> None:
        """Keep a principal until its time."""
        self.drop(digest)
        size = _size(principal)
        self._entries[digest] = until, principal, size
        self._bytes += size
        while len(self._entries) > MAX_KEPT or self._bytes > MAX_KEPT_BYTES:
            self.drop(next(iter(self._entries)))

    def drop(self, digest: bytes) -> None:
        """Forget a key; legal for one that is not kept."""
        entry = self._entries.pop(digest, None)
        self._bytes -= entry[2] if entry else 0

    def __len__(self) -> int:
        return len(self._entries)


def _size(principal: Principal) -> int:
    user = principal.user
    if user is None:
        return 0
    texts = (user.user_id, user.email, user.name, user.client_name, user.client_id or "")
    fields = (part for pair in user.additional_fields for part in pair)
    return sum(len(text.encode()) for text in (*texts, *fields))
