"""The door for the reference's command line: an API key, which the registry judges again at each question, and a tenant header."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from gateway import headers
from gateway.identity.shown import TENANT_HEADERS, secret_of
from gateway.ports import Identity
from kernel import fields
from kernel.auth import Role
from kernel.errors import Fault, Reason

KEY_PREFIX: Final = "alga_"  # tokens of our own processes are never passed on
_ROLES: Final = frozenset({Role.OPERATOR, Role.PUBLISHER, Role.TENANT_ADMIN})


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a key, and the tenant that it works for; empty = none was named."""

    key: str
    tenant_id: str


class KeyDoor:
    """Keys of operators, publishers and tenants' admins open it."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    async def holder(self, request: web.BaseRequest) -> Holder:
        """Who calls.

        Raises UNAUTHENTICATED, PERMISSION_DENIED, TENANT_MISMATCH, INVALID_ARGUMENT, HEADERS_TOO_LARGE, UNAVAILABLE.
        """
        headers.check_size(request.headers.items())
        key = secret_of(request.headers)
        if not key.startswith(KEY_PREFIX):
            raise Fault(Reason.UNAUTHENTICATED)
        principal = (await self._identity.verify(key)).principal
        if principal.role not in _ROLES:
            raise Fault(Reason.PERMISSION_DENIED, log=f"a key of role {principal.role} publishes or installs")
        named = {value for name in TENANT_HEADERS for value in request.headers.getall(name, ())}
        if principal.tenant_id:
            named.add(principal.tenant_id)
        if len(named) > 1:
            raise Fault(Reason.TENANT_MISMATCH)
        return Holder(key, fields.tenant_id(named.pop(), TENANT_HEADERS[1]) if named else "")
