"""Who calls: what a request shows becomes a caller of one tenant.

1 find the one credential in the headers, 2 find out whose it is, 3 compare the tenant headers.
"""

from aiohttp import web

from gateway.identity.caller import Caller, Kind
from gateway.identity.keys import ApiKeys
from gateway.identity.shown import check_tenant, secret_of
from kernel.auth import Role
from kernel.errors import Fault, Reason


class Authentication:
    """API keys, and the development tenant for calls without one when a setting names it."""

    def __init__(self, keys: ApiKeys, development_tenant: str = "") -> None:
        self._keys = keys
        self._stranger = None
        if development_tenant:
            roles = frozenset({str(Role.TENANT_CALLER)})
            self._stranger = Caller(development_tenant, Kind.DEVELOPMENT, str(Kind.DEVELOPMENT), roles)

    async def authenticate(self, request: web.BaseRequest) -> Caller:
        """The caller. Raises UNAUTHENTICATED, PERMISSION_DENIED (no tenant's key), TENANT_MISMATCH, UNAVAILABLE, OVERLOADED."""
        headers = request.headers
        # 1 find the one credential in the headers
        secret = secret_of(headers)
        # 2 find out whose it is
        if secret:
            caller = await self._keys.caller(secret)
        elif self._stranger is not None:
            caller = self._stranger
        else:
            raise Fault(Reason.UNAUTHENTICATED)
        # 3 compare the tenant headers
        check_tenant(headers, caller.tenant_id)
        return caller
