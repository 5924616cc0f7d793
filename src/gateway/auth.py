"""Who calls: an API key becomes a principal of one tenant.

1 find the one key in the headers, 2 ask whose it is, 3 only tenants' roles may call, 4 compare the tenant headers.

Good keys are kept for at most 30 s and never beyond their own end. The registry's watch tells nothing of keys: one that was revoked
works here for up to 30 s more, whether or not the registry can be heard.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from multidict import CIMultiDictProxy

from gateway.flights import Flights
from gateway.kept import Kept
from gateway.model import Verified
from gateway.ports import Identity
from kernel.auth import Principal, Role
from kernel.errors import Fault, Reason

KEPT_SECONDS: Final = 30.0  # so long a revoked key still works
REFUSED_SECONDS: Final = 5.0
MAX_REFUSED: Final = 1_000  # made-up keys must not push out real ones
MAX_SECRET: Final = 512
TENANT_HEADERS: Final = ("x-alga-tenant", "x-tenant-id")
_TENANT_ROLES: Final = frozenset({Role.TENANT_ADMIN, Role.TENANT_CALLER})


class Authentication:
    """API keys, and the development tenant for calls without one when a setting names it."""

    def __init__(self, identity: Identity, development_tenant: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self._identity = identity
        self._stranger = Principal(Role.TENANT_CALLER, development_tenant) if development_tenant else None
        self._clock = clock
        # By hash: secrets stay out of memory dumps as far as we can help it.
        self._kept = Kept()
        self._refused: OrderedDict[bytes, float] = OrderedDict()
        self._flights: Flights[bytes, Verified] = Flights()

    async def authenticate(self, headers: "CIMultiDictProxy[str]") -> Principal:
        """The caller. Raises UNAUTHENTICATED, PERMISSION_DENIED (no tenant's key), TENANT_MISMATCH, UNAVAILABLE, OVERLOADED."""
        # 1 find the one key in the headers
        secret = secret_of(headers)
        # 2 ask whose it is
        if secret:
            principal = await self._principal(secret)
        elif self._stranger is not None:
            principal = self._stranger
        else:
            raise Fault(Reason.UNAUTHENTICATED)
        # 3 only tenants' roles may call
        if principal.role not in _TENANT_ROLES or not principal.tenant_id:
            raise Fault(Reason.PERMISSION_DENIED, log=f"a key of role {principal.role} called an extension")
        # 4 compare the tenant headers
        for name in TENANT_HEADERS:
            if any(value != principal.tenant_id for value in headers.getall(name, ())):
                raise Fault(Reason.TENANT_MISMATCH)
        return principal

    async def authenticate_admin(self, headers: "CIMultiDictProxy[str]") -> Principal:
        """The caller, an admin of its tenant. Raises as `authenticate` does, PERMISSION_DENIED for other roles."""
        principal = await self.authenticate(headers)
        if principal.role is not Role.TENANT_ADMIN:
            raise Fault(Reason.PERMISSION_DENIED, log=f"a key of role {principal.role} asked for what admins may see")
        return principal

    async def _principal(self, secret: str) -> Principal:
        digest, now = hashlib.sha256(secret.encode()).digest(), self._clock()
        kept = self._kept.get(digest, now)
        if kept is not None:
            return kept
        if now < self._refused.get(digest, 0):
            raise Fault(Reason.UNAUTHENTICATED, log="key was refused a moment ago")
        try:
            verified = await self._flights.share(digest, lambda: self._ask(secret))
        except Fault as fault:
            if fault.reason is Reason.UNAUTHENTICATED:
                self._kept.drop(digest)
                self._refused[digest] = now + REFUSED_SECONDS
                self._refused.move_to_end(digest)
                if len(self._refused) > MAX_REFUSED:
                    self._refused.popitem(last=False)
            raise
        # Counted from before the question: the answer may be as old as that.
        until = now + min(KEPT_SECONDS, KEPT_SECONDS if verified.seconds is None else verified.seconds)
        self._kept.put(digest, until, verified.principal)
        return verified.principal

    async def _ask(self, secret: str) -> Verified:
        return await self._identity.verify(secret)


def secret_of(headers: "CIMultiDictProxy[str]") -> str:
    """The one secret that the headers show, or none. Raises UNAUTHENTICATED for several, or for what cannot be one."""
    shown = set(headers.getall("x-api-key", ()))
    for value in headers.getall("authorization", ()):
        scheme, _, secret = value.partition(" ")
        if scheme.lower() != "bearer":
            raise Fault(Reason.UNAUTHENTICATED, log="authorization is not Bearer")
        shown.add(secret.strip(" "))
    if not shown:
        return ""
    secret = shown.pop()
    if shown or not 0 < len(secret) <= MAX_SECRET or not (secret.isascii() and secret.isprintable()):
        raise Fault(Reason.UNAUTHENTICATED, log="several keys, or none that can be one")
    return secret
