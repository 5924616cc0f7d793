"""`/api/v1/installs/{install}/executions`, `…/executions/{execution}`, `…/usage`: what an install did and used, for its tenant.

1 find out who asks about which install, 2 read the query, 3 ask the registry, 4 answer JSON.
"""

from typing import Final

from aiohttp import web

from gateway.authorize.gate import Gate
from gateway.handlers.admin import answered, asked
from gateway.ports import ExecutionLog
from gateway.query import number, parameters
from gateway.reply import Reply
from gateway.target import Target

MAX_PAGE: Final = 200
MAX_DAYS: Final = 400
_PAGE: Final = ("page_size", "page_token")


class Installs:
    """The handlers; each raises what becomes a problem."""

    def __init__(self, gate: Gate, log: ExecutionLog) -> None:
        self._gate = gate
        self._log = log

    async def executions(self, request: web.BaseRequest, at: Target) -> Reply:
        """One page of them, the newest first."""
        of = await asked(self._gate, request, at)
        given = parameters(at.query, _PAGE)
        size = number(given, "page_size", most=MAX_PAGE)
        return answered(200, await self._log.page(*of.key, size, given.get("page_token", "")), of)

    async def execution(self, request: web.BaseRequest, at: Target) -> Reply:
        """One, by its id or its request's, with what it logged."""
        of = await asked(self._gate, request, at)
        parameters(at.query, ())
        return answered(200, await self._log.one(*of.key, of.others[0]), of)

    async def usage(self, request: web.BaseRequest, at: Target) -> Reply:
        """What it used, by day."""
        of = await asked(self._gate, request, at)
        days = number(parameters(at.query, ("days",)), "days", most=MAX_DAYS)
        return answered(200, await self._log.usage(*of.key, days), of)
