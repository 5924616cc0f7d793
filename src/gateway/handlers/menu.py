"""`/api/v1/menu`: which extensions the host application offers to whoever asks, and what it needs to open them.

1 find out who asks, 2 read the query, 3 ask the registry, 4 leave out what the caller may not open, 5 answer JSON.
"""

from typing import Final

from aiohttp import web

from gateway import headers
from gateway.authorize.gate import Gate
from gateway.handlers.admin import Asked, answered
from gateway.handlers.installs import MAX_PAGE
from gateway.ports import Menus
from gateway.query import number, parameters
from gateway.reply import Reply
from gateway.target import Target
from kernel.user import INTERNAL

FOR_INTERNAL: Final = "appMenu"
FOR_CLIENTS: Final = "clientPortalMenu"  # of which there are only versions that are meant for them


class Menu:
    """The handler."""

    def __init__(self, gate: Gate, menus: Menus) -> None:
        self._gate, self._menus = gate, menus

    async def __call__(self, request: web.BaseRequest, at: Target) -> Reply:
        """Answer one request. Raises what becomes a problem."""
        # 1 find out who asks
        headers.check_size(request.headers.items())
        caller = await self._gate.of_tenant(request)
        # 2 read the query
        given = parameters(at.query, ("page_size", "page_token"))
        size = number(given, "page_size", most=MAX_PAGE)
        # 3 ask the registry
        hook = FOR_INTERNAL if caller.user is None or caller.user.type == INTERNAL else FOR_CLIENTS
        found, token = await self._menus.page(caller.tenant_id, hook, size, given.get("page_token", ""))
        # 4 leave out what the caller may not open
        shown = [
            {
                "install_id": item.install_id,
                "extension_id": item.extension_id,
                "extension": item.extension,
                "version": item.version,
                "content_hash": str(item.content_hash),
                "label": item.label,
            }
            for item in found
            if self._gate.reads(caller, item.access, client_portal=hook == FOR_CLIENTS)
        ]
        # 5 answer JSON
        return answered(200, {"items": shown, "next_page_token": token}, Asked(caller.tenant_id))
