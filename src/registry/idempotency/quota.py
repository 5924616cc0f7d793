"""How many idempotency keys, and how many bytes of answers, a tenant and one principal of it may have."""

from dataclasses import dataclass
from typing import Final

from kernel.errors import Fault, Reason
from registry.idempotency.model import KeyUsage

MAX_KEYS: Final = 100_000
MAX_BYTES: Final = 256 << 20
KEY_SECONDS: Final = 86_400
_SHARE: Final = 2  # a principal has one half, so that it cannot take the keys of all others of its tenant


@dataclass(frozen=True, slots=True)
class KeyQuota:
    """Of one tenant."""

    keys: int = MAX_KEYS
    total_bytes: int = MAX_BYTES

    def check(self, tenant: KeyUsage, principal: KeyUsage) -> None:
        """One key more. Raises QUOTA_EXCEEDED, which names the quota: a key that is not kept would promise what nobody holds."""
        for name, used, limit in (
            ("idempotency_keys", tenant.keys, self.keys),
            ("idempotency_keys_of_principal", principal.keys, self._half(self.keys)),
        ):
            if used >= limit:
                raise Fault(Reason.QUOTA_EXCEEDED, log=name, facts={"quota": name, "limit": limit})

    def holds(self, tenant: KeyUsage, principal: KeyUsage, grown: int) -> bool:
        """Whether an answer may be kept whole."""
        mine = self._half(self.total_bytes)
        return tenant.total_bytes + grown <= self.total_bytes and principal.total_bytes + grown <= mine

    def _half(self, limit: int) -> int:
        return (limit + _SHARE - 1) // _SHARE
