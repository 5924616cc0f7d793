"""Callers by the hash of what they showed, for a time: bounded in number, and in bytes because persons have fields of their own."""

from collections import OrderedDict
from typing import Final

from gateway.identity.caller import Caller

MAX_KEPT: Final = 10_000
MAX_KEPT_BYTES: Final = 16 << 20  # of what is said of persons: a tenant's admin can make keys with 8 KiB each


class Kept:
    """Least recently used callers go first. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._entries: OrderedDict[bytes, tuple[float, Caller, int]] = OrderedDict()
        self._bytes = 0

    def get(self, digest: bytes, now: float) -> Caller | None:
        """The caller, while its time lasts."""
        entry = self._entries.get(digest)
        if entry is None or now >= entry[0]:
            return None
        self._entries.move_to_end(digest)
        return entry[1]

    def put(self, digest: bytes, until: float, caller: Caller) -> None:
        """Keep a caller until its time."""
        self.drop(digest)
        size = _size(caller)
        self._entries[digest] = until, caller, size
        self._bytes += size
        while len(self._entries) > MAX_KEPT or self._bytes > MAX_KEPT_BYTES:
            self.drop(next(iter(self._entries)))

    def drop(self, digest: bytes) -> None:
        """Forget one; legal for one that is not kept."""
        entry = self._entries.pop(digest, None)
        self._bytes -= entry[2] if entry else 0

    def clear(self) -> None:
        """Forget all."""
        self._entries.clear()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)


def _size(caller: Caller) -> int:
    size, user = sum(len(role.encode()) for role in caller.roles), caller.user
    if user is None:
        return size
    texts = (user.user_id, user.email, user.name, user.client_name, user.client_id or "")
    fields = (part for pair in user.additional_fields for part in pair)
    return size + sum(len(text.encode()) for text in (*texts, *fields))
