"""The door for the reference's own processes: host application and runner, which show the service token and name a tenant."""

from typing import Final

from aiohttp import web

from gateway.identity.host_tokens import HostTokens
from gateway.identity.shown import Headers
from kernel.errors import Fault, Reason

# Under which names the reference's processes show theirs.
TOKEN_HEADERS: Final = ("x-runner-service-token", "x-runner-auth", "x-api-key")


class ServiceDoor:
    """Opened by the host application's tokens; without any it stays closed."""

    def __init__(self, tokens: HostTokens) -> None:
        self._tokens = tokens

    def check(self, request: web.BaseRequest) -> None:
        """Raises UNAUTHENTICATED for no token, and where one of those that are shown is wrong."""
        shown = [self._tokens.known(value) for value in _shown(request.headers)]
        if not shown or not all(shown):
            raise Fault(Reason.UNAUTHENTICATED, log="no service token, or a wrong one")


def _shown(headers: Headers) -> list[str]:
    found = [value for name in TOKEN_HEADERS for value in headers.getall(name, ())]
    bearers = (value.partition(" ") for value in headers.getall("authorization", ()))
    return found + [secret if scheme.lower() == "bearer" else "" for scheme, _, secret in bearers]
