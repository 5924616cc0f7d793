"""What one install may store, and the check of one write."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kernel.errors import Fault, Reason
from registry.model import NamespaceUsage

MAX_KEYS: Final = 5_120
MAX_NAMESPACES: Final = 32
MAX_TOTAL_BYTES: Final = 256 << 20


@dataclass(frozen=True, slots=True)
class Quota:
    """Keys of one namespace, namespaces of an install, bytes of all its keys and values."""

    keys: int = MAX_KEYS
    namespaces: int = MAX_NAMESPACES
    total_bytes: int = MAX_TOTAL_BYTES

    def check(self, used: Sequence[NamespaceUsage], namespace: str, grown: int, *, new: bool) -> None:
        """One write to a namespace that takes `grown` bytes more than before. Raises QUOTA_EXCEEDED, which names the quota."""
        keys = next((one.keys for one in used if one.namespace == namespace), 0)
        if new and keys >= self.keys:
            raise _exceeded("keys", self.keys)
        if keys == 0 and len(used) >= self.namespaces:
            raise _exceeded("namespaces", self.namespaces)
        if grown > 0 and sum(one.total_bytes for one in used) + grown > self.total_bytes:
            raise _exceeded("bytes", self.total_bytes)


def _exceeded(quota: str, limit: int) -> Fault:
    return Fault(Reason.QUOTA_EXCEEDED, facts={"quota": quota, "limit": limit})
