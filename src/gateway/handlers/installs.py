"""`/api/v1/installs/{install}/executions`, `…/executions/{execution}`, `…/usage`: what an install did and used, for its tenant.

1 check the method, 2 find out who calls, 3 read the URL, 4 ask the registry, 5 answer JSON.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web
from multidict import CIMultiDict

from gateway import headers, target
from gateway.authorize.gate import Gate
from gateway.ports import ExecutionLog
from gateway.query import number, parameters
from gateway.reply import Reply, problem
from gateway.routes import INSTALLS_PREFIX
from gateway.target import Target
from kernel.errors import Fault, Reason

ALLOW: Final = "GET, HEAD"
MAX_PAGE: Final = 200
MAX_DAYS: Final = 400
_PAGE: Final = ("page_size", "page_token")


class Installs:
    """The handler."""

    def __init__(self, gate: Gate, log: ExecutionLog) -> None:
        self._gate = gate
        self._log = log

    async def __call__(self, request: web.BaseRequest, at: Target) -> Reply:
        """Answer one request. Raises what becomes a problem."""
        # 1 check the method
        if request.method not in {"GET", "HEAD"}:
            reply = problem(Fault(Reason.METHOD_NOT_ALLOWED))
            reply.headers["allow"] = ALLOW
            return reply
        headers.check_size(request.headers.items())
        # 2 find out who calls
        caller = await self._gate.admin(request)
        # 3 read the URL
        parts = at.path.removeprefix(INSTALLS_PREFIX).split("/")
        install = target.reference(parts[0], Reason.NOT_FOUND)
        # 4 ask the registry
        found = await self._ask(caller.tenant_id, install, tuple(parts[1:]), at.query)
        # 5 answer JSON
        fields = CIMultiDict({"content-type": "application/json", "cache-control": "no-store"})
        return Reply(200, fields, json.dumps(found).encode(), notes={"tenant": caller.tenant_id, "install": install})

    async def _ask(self, tenant_id: str, install: str, rest: tuple[str, ...], query: str | None) -> Mapping[str, Any]:
        match rest:
            case ("executions",):
                given = parameters(query, _PAGE)
                size = number(given, "page_size", most=MAX_PAGE)
                return await self._log.page(tenant_id, install, size, given.get("page_token", ""))
            case ("executions", reference):
                parameters(query, ())
                return await self._log.one(tenant_id, install, target.reference(reference, Reason.NOT_FOUND))
            case ("usage",):
                return await self._log.usage(tenant_id, install, number(parameters(query, ("days",)), "days", most=MAX_DAYS))
        raise Fault(Reason.NOT_FOUND)
