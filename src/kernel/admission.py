"""The door for grants, of runner and registry: signatures are verified once and remembered, times are judged on every use.

When the keys change, nothing is remembered any more.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Final

from kernel.errors import Fault, Reason
from kernel.grants import AssetGrant, ExecutionGrant, Keys
from kernel.signing import Signed

MAX_GRANT_BYTES: Final = 64 << 10  # a signature over megabytes costs processor time before it is refused
REMEMBERED: Final = 4_096  # grants; a gateway shows the same one for seconds
REMEMBERED_BYTES: Final = 16 << 20  # of their payloads: tenants can fill each with 16 KiB of configuration


class Admission:
    """Verifies what the registry signed, with its grant keys as they are now. `now` is the time of day."""

    def __init__(self, keys: Callable[[], Keys], now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._now = now
        self._used = keys()
        self._verified: OrderedDict[Signed, ExecutionGrant] = OrderedDict()
        self._bytes = 0

    def execution(self, signed: Signed) -> ExecutionGrant:
        """The grant. Raises GRANT_INVALID, GRANT_EXPIRED."""
        if (keys := self._keys()) is not self._used:
            self._used = keys
            self._verified.clear()
            self._bytes = 0
        if (grant := self._verified.get(signed)) is not None:
            self._verified.move_to_end(signed)
            self.remaining(grant)
            return grant
        grant = ExecutionGrant.verify(_bounded(signed), keys, self._now())
        self._verified[signed] = grant
        self._bytes += len(signed.payload)
        while len(self._verified) > REMEMBERED or self._bytes > REMEMBERED_BYTES:
            forgotten, _ = self._verified.popitem(last=False)
            self._bytes -= len(forgotten.payload)
        return grant

    def asset(self, signed: Signed) -> AssetGrant:
        """The grant. Raises GRANT_INVALID, GRANT_EXPIRED."""
        return AssetGrant.verify(_bounded(signed), self._keys(), self._now())

    def remaining(self, grant: ExecutionGrant) -> float:
        """Seconds that a grant still lasts, more than 0. Raises GRANT_EXPIRED."""
        left = (grant.expires_at - self._now()).total_seconds()
        if left <= 0:
            raise Fault(Reason.GRANT_EXPIRED)
        return left


def _bounded(signed: Signed) -> Signed:
    if len(signed.payload) > MAX_GRANT_BYTES or len(signed.signature) > MAX_GRANT_BYTES or len(signed.key_id) > MAX_GRANT_BYTES:
        raise Fault(Reason.GRANT_INVALID, log="the grant is too long")
    return signed
