"""`/api/v1/installs/{install}/config`, `…/egress`, `…/credentials`, `…/secrets`, `…/secrets/{name}`, `/api/v1/secret-recipients`.

For admins of the tenant. 1 find out who calls, 2 read the URL, 3 check the method, 4 read the body, 5 ask the registry with the
caller's own key, 6 answer JSON.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web
from multidict import CIMultiDict

from gateway import headers, target
from gateway.authorize.gate import Gate
from gateway.bodies import Bodies
from gateway.identity.shown import secret_of
from gateway.install_settings import InstallSettings
from gateway.query import parameters
from gateway.reply import Reply, problem
from gateway.routes import INSTALLS_PREFIX, RECIPIENTS
from gateway.target import Target
from kernel import strict_json
from kernel.errors import Fault, Reason

MAX_BODY_BYTES: Final = 256 << 10  # eight boxes of 8 KiB in base64; a whole configuration, escaped
MAX_DEPTH: Final = 8
_ALLOWED: Final[Mapping[tuple[str, ...], tuple[str, ...]]] = {
    (): ("GET",),
    ("config",): ("GET", "PUT"),
    ("egress",): ("GET", "PUT"),
    ("credentials",): ("GET", "PUT"),
    ("secrets",): ("GET",),
}


class Settings:
    """The handler."""

    def __init__(self, gate: Gate, bodies: Bodies, settings: InstallSettings) -> None:
        self._gate, self._bodies, self._settings = gate, bodies, settings

    async def __call__(self, request: web.BaseRequest, at: Target) -> Reply:
        """Answer one request. Raises what becomes a problem."""
        headers.check_size(request.headers.items())
        # 1 find out who calls
        caller = await self._gate.admin(request)
        key = secret_of(request.headers)
        if not key:  # the development tenant's: the registry knows no such caller
            raise Fault(Reason.UNAUTHENTICATED)
        # 2 read the URL
        parameters(at.query, ())
        install, what = _place(at.path)
        allowed = ("PUT", "DELETE") if len(what) == 2 and what[0] == "secrets" else _ALLOWED.get(what, ())
        # 3 check the method
        if not allowed:
            raise Fault(Reason.NOT_FOUND)
        method = "GET" if request.method == "HEAD" else request.method
        if method not in allowed:
            reply = problem(Fault(Reason.METHOD_NOT_ALLOWED))
            reply.headers["allow"] = ", ".join((*allowed, "HEAD") if "GET" in allowed else allowed)
            return reply
        # 4 read the body
        async with self._bodies.read(request, MAX_BODY_BYTES) as body:
            told = _object(body or b"") if method == "PUT" else {}
            # 5 ask the registry with the caller's own key
            found = await self._ask(method, key, caller.tenant_id, install, what, told)
        # 6 answer JSON
        fields = CIMultiDict({"content-type": "application/json", "cache-control": "no-store"})
        return Reply(200, fields, json.dumps(found).encode(), notes={"tenant": caller.tenant_id, "install": install})

    async def _ask(
        self, method: str, key: str, tenant_id: str, install: str, what: tuple[str, ...], told: dict[str, Any]
    ) -> dict[str, Any]:
        match method, what:
            case _, ():
                return await self._settings.recipients(key)
            case "PUT", (_, name):
                return await self._settings.put_secret(key, tenant_id, install, name, told)
            case "DELETE", (_, name):
                return await self._settings.remove_secret(key, tenant_id, install, name)
            case "PUT", _:
                return await self._settings.set(key, tenant_id, install, what[0], told)
        return await self._settings.get(key, tenant_id, install, what[0])


def _place(path: str) -> tuple[str, tuple[str, ...]]:
    """The install and what of it; both empty for the recipients. Raises NOT_FOUND."""
    if path == RECIPIENTS:
        return "", ()
    install, *rest = path.removeprefix(INSTALLS_PREFIX).split("/")
    return target.reference(install, Reason.NOT_FOUND), tuple(target.reference(part, Reason.NOT_FOUND) for part in rest)


def _object(body: bytes) -> dict[str, Any]:
    return strict_json.read_object(body, name="body", reason=Reason.INVALID_ARGUMENT, max_bytes=MAX_BODY_BYTES, max_depth=MAX_DEPTH)
