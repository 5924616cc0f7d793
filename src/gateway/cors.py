"""Which pages of other origins may call, by the browsers that they are in: a list of exact origins, or all without credentials.

Nothing here lets anybody do more than without a browser: it only says which pages may read answers.
"""

from collections.abc import Sequence
from typing import Final

from aiohttp import web
from multidict import CIMultiDict

from gateway.headers import KEY_FIELDS
from gateway.reply import Reply

ANY: Final = "*"
METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
HEADERS: Final = ", ".join(
    (*("accept", "authorization", "content-type", "x-api-key", "x-alga-tenant", "x-tenant-id"), *KEY_FIELDS, "x-request-id")
)
MAX_AGE: Final = "600"
_ASKS: Final = "access-control-request-method"
_ALLOW: Final = "access-control-allow-origin"
# Browsers show these in any case, or they are no business of pages.
_PLAIN: Final = frozenset(
    {
        *("cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"),
        *("vary", "server", "x-content-type-options", "content-security-policy"),
    }
)


class Cors:
    """`origins` as browsers write them, or `*` alone."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._any = ANY in origins
        self._origins = frozenset(origins)

    def preflight(self, request: web.BaseRequest) -> Reply | None:
        """The answer to a browser that asks before it sends; None for any other request, or without a list."""
        if not self._origins or request.method != "OPTIONS" or _ASKS not in request.headers or "origin" not in request.headers:
            return None
        reply = Reply(204, CIMultiDict({"vary": f"{_ASKS}, access-control-request-headers"}))
        if self._allowed(request):
            reply.headers.update(
                {
                    "access-control-allow-methods": METHODS,
                    "access-control-allow-headers": HEADERS,
                    "access-control-max-age": MAX_AGE,
                }
            )
        return reply

    def add(self, request: web.BaseRequest, reply: Reply) -> None:
        """Let an allowed page read the answer; caches keep the answers for different origins apart."""
        if not self._origins or _ALLOW in reply.headers:
            return
        if not self._any:
            vary = reply.headers.get("vary")
            reply.headers["vary"] = f"{vary}, origin" if vary else "origin"
        if not self._allowed(request):
            return
        if self._any:
            reply.headers[_ALLOW] = ANY
        else:
            reply.headers[_ALLOW] = request.headers["origin"]
            reply.headers["access-control-allow-credentials"] = "true"
        shown = [name.lower() for name in reply.headers if name.lower() not in _PLAIN and not name.lower().startswith("access-")]
        if shown:
            reply.headers["access-control-expose-headers"] = ", ".join(dict.fromkeys(shown))

    def _allowed(self, request: web.BaseRequest) -> bool:
        sent = request.headers.getall("origin", ())
        return len(sent) == 1 and (self._any or sent[0] in self._origins)
