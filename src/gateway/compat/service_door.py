"""The door for the reference's own processes: host application and runner, which show a service token and name a tenant."""

import hmac
from typing import Final

from aiohttp import web

from gateway.identity.shown import Headers
from kernel.errors import Fault, Reason

# Under which names the reference's processes show theirs.
TOKEN_HEADERS: Final = ("x-runner-service-token", "x-runner-auth", "x-api-key")


class ServiceDoor:
    """`token` is the one that opens; empty = nothing does."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    def check(self, request: web.BaseRequest) -> None:
        """Raises UNAUTHENTICATED for no token, a wrong one, and several that differ."""
        shown = _shown(request.headers)
        right = [hmac.compare_digest(value.encode("utf-8", "surrogateescape"), self._token) for value in shown]
        if not self._token or not right or not all(right):
            raise Fault(Reason.UNAUTHENTICATED, log="no service token, or a wrong one")


def _shown(headers: Headers) -> list[str]:
    found = [value for name in TOKEN_HEADERS for value in headers.getall(name, ())]
    bearers = (value.partition(" ") for value in headers.getall("authorization", ()))
    return found + [secret if scheme.lower() == "bearer" else "" for scheme, _, secret in bearers]
