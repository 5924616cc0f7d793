"""Who calls: what a request shows becomes a caller of one tenant.

1 find the one credential, 2 find out whose it is, 3 compare the tenant headers.
"""

from aiohttp import web

from gateway.identity.caller import Caller, Kind
from gateway.identity.host import Host
from gateway.identity.host_tokens import HostTokens
from gateway.identity.keys import ApiKeys
from gateway.identity.shown import check_tenant, credentials_of
from gateway.identity.tokens import Tokens
from kernel.auth import Role
from kernel.errors import Fault, Reason


class Authentication:
    """API keys, tokens, the host application, and the development tenant for calls without any when a setting names it."""

    def __init__(
        self, keys: ApiKeys, development_tenant: str = "", *, tokens: Tokens | None = None, host: Host | None = None
    ) -> None:
        self._keys, self._tokens, self._host = keys, tokens, host or Host(HostTokens())
        self._stranger = None
        if development_tenant:
            roles = frozenset({str(Role.TENANT_CALLER)})
            self._stranger = Caller(development_tenant, Kind.DEVELOPMENT, str(Kind.DEVELOPMENT), roles)

    async def authenticate(self, request: web.BaseRequest) -> Caller:
        """The caller.

        Raises UNAUTHENTICATED, MIXED_AUTH, INVALID_SERVICE_AUTH, MISSING_TENANT, PERMISSION_DENIED (no tenant's key),
        TENANT_MISMATCH, INVALID_ARGUMENT (what the host application says), ACCESS_POLICY_UNAVAILABLE, UNAVAILABLE, OVERLOADED.
        """
        headers = request.headers
        # 1 find the one credential
        key, token = credentials_of(headers, tokens=self._tokens is not None)
        certificate = request.transport.get_extra_info("peercert") if request.transport is not None else None
        # 2 find out whose it is
        if self._host.shown(headers, certificate):
            if key or token:
                raise Fault(Reason.MIXED_AUTH)
            caller = self._host.caller(headers, certificate)
        elif token and self._tokens is not None:
            caller = await self._tokens.caller(token)
        elif key:
            caller = await self._keys.caller(key)
        elif self._stranger is not None:
            caller = self._stranger
        else:
            raise Fault(Reason.UNAUTHENTICATED)
        # 3 compare the tenant headers
        check_tenant(headers, caller.tenant_id)
        return caller
