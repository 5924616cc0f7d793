"""`/api/ext-proxy/{extension}/{path}`: calls that a host page relays for the frames on it."""

from aiohttp import web

from gateway.handlers.execute import PROXY, Execute
from gateway.reply import Reply
from gateway.target import Target


class Proxy:
    """The handler: `Execute` with `__method`."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute

    async def __call__(self, request: web.BaseRequest, at: Target) -> Reply:
        """Answer one request. Raises what becomes a problem."""
        return await self._execute.serve(request, at, PROXY)
