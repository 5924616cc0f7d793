"""Who calls, and may it: the one door that all handlers but those for everybody ask."""

from typing import Final

from aiohttp import web

from gateway.authorize.decide import decide, needed
from gateway.authorize.denied import Denied
from gateway.authorize.model import DEFAULT_ROLES, Denial, Roles, Subject
from gateway.identity.authentication import Authentication
from gateway.identity.caller import Caller, Kind
from gateway.model import InstallRoute
from kernel.permissions import AccessRules, Permission

_OWN_KEY: Final = Denial(
    "own_key", "The registry takes this from API keys alone, which it judges itself.", ("an API key of the role tenant_admin",)
)

_NO_TENANT: Final = Denial("tenant", "The caller is of no tenant.", ("credentials of a tenant",))


class Gate:
    """`roles` say what each role may do."""

    def __init__(self, authentication: Authentication, roles: Roles = DEFAULT_ROLES) -> None:
        self._authentication, self._roles = authentication, roles

    async def caller(self, request: web.BaseRequest) -> Caller:
        """Who calls. Raises as `Authentication.authenticate` does."""
        return await self._authentication.authenticate(request)

    async def admin(self, request: web.BaseRequest, *, own_key: bool = False) -> Caller:
        """Who calls, if it may use its tenant's control plane; with `own_key` only by an API key, which the registry judges itself.

        Raises as `caller` does, and PERMISSION_DENIED.
        """
        caller = await self.caller(request)
        self._must(caller, self._of_admin(caller))
        self._must(caller, _OWN_KEY if own_key and caller.kind is not Kind.KEY else None)
        return caller

    async def of_tenant(self, request: web.BaseRequest) -> Caller:
        """Who calls, if it is anybody of a tenant. Raises as `caller` does, and PERMISSION_DENIED."""
        caller = await self.caller(request)
        self._must(caller, None if caller.tenant_id else _NO_TENANT)
        return caller

    def reads(self, caller: Caller, access: AccessRules | None, *, client_portal: bool) -> bool:
        """Whether the caller may read an install of its own tenant which has these rules."""
        return decide(self._roles, caller, Permission.READ, Subject(caller.tenant_id, access, client_portal)) is None

    def call(self, caller: Caller, method: str, route: InstallRoute) -> None:
        """Raises PERMISSION_DENIED unless the caller may call that install with that method."""
        subject = Subject(route.tenant_id, route.access, route.client_portal)
        self._must(caller, decide(self._roles, caller, needed(method), subject))

    def _must(self, caller: Caller, denial: Denial | None) -> None:
        if denial is not None:
            raise Denied(denial, caller, shown=self._of_admin(caller) is None)

    def _of_admin(self, caller: Caller) -> Denial | None:
        return decide(self._roles, caller, Permission.ADMIN, Subject(caller.tenant_id))
