"""Who calls, and may it: the one door that all handlers but those for everybody ask."""

from aiohttp import web

from gateway.authorize.decide import decide, needed
from gateway.authorize.denied import Denied
from gateway.authorize.model import DEFAULT_ROLES, Denial, Permission, Roles
from gateway.identity.authentication import Authentication
from gateway.identity.caller import Caller


class Gate:
    """`roles` say what each role may do."""

    def __init__(self, authentication: Authentication, roles: Roles = DEFAULT_ROLES) -> None:
        self._authentication, self._roles = authentication, roles

    async def caller(self, request: web.BaseRequest) -> Caller:
        """Who calls. Raises as `Authentication.authenticate` does."""
        return await self._authentication.authenticate(request)

    async def admin(self, request: web.BaseRequest) -> Caller:
        """Who calls, if it may use its tenant's control plane. Raises as `caller` does, and PERMISSION_DENIED."""
        caller = await self.caller(request)
        self._must(caller, decide(self._roles, caller, Permission.ADMIN))
        return caller

    def call(self, caller: Caller, method: str) -> None:
        """Raises PERMISSION_DENIED unless the caller may call an extension with that method."""
        self._must(caller, decide(self._roles, caller, needed(method)))

    def _must(self, caller: Caller, denial: Denial | None) -> None:
        if denial is not None:
            raise Denied(denial, caller, shown=decide(self._roles, caller, Permission.ADMIN) is None)
