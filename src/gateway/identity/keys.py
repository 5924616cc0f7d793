"""API keys: the registry says whose a key is.

Good keys are kept for at most 30 s and never beyond their own end. The registry's watch tells nothing of keys: one that was revoked
works here for up to 30 s more, whether or not the registry can be heard.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from gateway.flights import Flights
from gateway.identity.caller import Caller, Kind
from gateway.identity.kept import Kept
from gateway.model import Verified
from gateway.ports import Identity
from kernel.auth import Principal, Role
from kernel.errors import Fault, Reason

KEPT_SECONDS: Final = 30.0  # so long a revoked key still works
REFUSED_SECONDS: Final = 5.0
MAX_REFUSED: Final = 1_000  # made-up keys must not push out real ones
_TENANT_ROLES: Final = frozenset({Role.TENANT_ADMIN, Role.TENANT_CALLER})


class ApiKeys:
    """Callers by their API keys."""

    def __init__(self, identity: Identity, clock: Callable[[], float] = time.monotonic) -> None:
        self._identity = identity
        self._clock = clock
        # By hash: secrets stay out of memory dumps as far as we can help it.
        self._kept = Kept()
        self._refused: OrderedDict[bytes, tuple[float, Reason]] = OrderedDict()
        self._flights: Flights[bytes, Verified] = Flights()

    async def caller(self, secret: str) -> Caller:
        """Whose key it is. Raises UNAUTHENTICATED, PERMISSION_DENIED (no tenant's key), UNAVAILABLE, OVERLOADED."""
        digest, now = hashlib.sha256(secret.encode()).digest(), self._clock()
        kept = self._kept.get(digest, now)
        if kept is not None:
            return kept
        until, reason = self._refused.get(digest, (0.0, None))
        if reason is not None and now < until:
            raise Fault(reason, log="key was refused a moment ago")
        try:
            verified = await self._flights.share(digest, lambda: self._ask(secret))
            caller = _of_tenant(verified.principal)
        except Fault as fault:
            if fault.reason in {Reason.UNAUTHENTICATED, Reason.PERMISSION_DENIED}:
                self._refuse(digest, now + REFUSED_SECONDS, fault.reason)
            raise
        # Counted from before the question: the answer may be as old as that.
        until = now + min(KEPT_SECONDS, KEPT_SECONDS if verified.seconds is None else verified.seconds)
        self._kept.put(digest, until, caller)
        return caller

    def _refuse(self, digest: bytes, until: float, reason: Reason) -> None:
        self._kept.drop(digest)
        self._refused[digest] = until, reason
        self._refused.move_to_end(digest)
        if len(self._refused) > MAX_REFUSED:
            self._refused.popitem(last=False)

    async def _ask(self, secret: str) -> Verified:
        return await self._identity.verify(secret)


def _of_tenant(principal: Principal) -> Caller:
    if principal.role not in _TENANT_ROLES or not principal.tenant_id:
        raise Fault(Reason.PERMISSION_DENIED, log=f"a key of role {principal.role} called for a tenant")
    roles = frozenset({str(principal.role)})
    return Caller(principal.tenant_id, Kind.KEY, f"{Kind.KEY}:{principal.key_id}", roles, principal.user)
