"""The routes: `/api/internal/` is for runners, `/vendor/` another company's, `web/` for browsers, the others are for installs."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from host_app import callers, invoices, proxied, reads, vendor
from host_app.records import Record, Tenant, Tenants
from host_app.refusal import Refusal
from host_app.settings import Settings
from host_app.web.app import add_pages
from host_app.web.settings import WebSettings

MAX_BODY = 1 << 20
_log = logging.getLogger(__name__)
Answer = Callable[[Tenant, Mapping[str, Any]], Record]


def application(settings: Settings, tenants: Tenants, pages: WebSettings | None = None) -> web.Application:
    """With its pages, where it has settings for them."""

    def internal(answer: Answer, status: int = 200) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.Response:
            callers.runner(settings, request.headers)  # before anything else is read
            asked = await _object(request)
            tenant = callers.tenant_of_install(tenants, request.headers)
            return web.json_response(answer(tenant, asked), status=status)

        return handle

    def by_key(request: web.Request) -> Tenant:
        return callers.tenant_of_key(settings, tenants, request.headers)

    async def tickets(request: web.Request) -> web.Response:
        return web.json_response(proxied.tickets(by_key(request)))

    async def open_ticket(request: web.Request) -> web.Response:
        tenant = by_key(request)
        return web.json_response(proxied.open_ticket(tenant, await request.read(), request.headers), status=201)

    async def greeting(request: web.Request) -> web.Response:
        tenant = by_key(request)
        if request.match_info["extension"] != request.headers.get("x-alga-extension"):
            raise Refusal(404, "NOT_FOUND", "Not found")
        return web.json_response(proxied.greeting(tenant, request.headers))

    supplied = vendor.demo()

    async def agreements(request: web.Request) -> web.Response:
        return web.json_response(vendor.agreements(settings.vendor_token, request.headers, request.query, supplied))

    app = web.Application(client_max_size=MAX_BODY, middlewares=[_refusals])
    app.add_routes(
        [
            web.post("/api/internal/ext-clients/install/{install}", internal(reads.clients)),
            web.post("/api/internal/ext-services/install/{install}", internal(reads.services)),
            web.post("/api/internal/ext-invoicing/install/{install}", internal(invoices.create, 201)),
            web.get("/api/v1/tickets", tickets),
            web.post("/api/v1/tickets", open_ticket),
            web.get("/{extension}/greeting", greeting),
            web.get("/vendor/agreements", agreements),
        ]
    )
    if pages is not None:
        add_pages(app, pages)
    return app


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        asked = json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "INVALID_INPUT", "the body must be JSON") from error
    if not isinstance(asked, dict):
        raise Refusal(400, "INVALID_INPUT", "the body must be a JSON object")
    return asked


@web.middleware
async def _refusals(request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
    try:
        response: web.StreamResponse = await handler(request)
        return response
    except Refusal as refusal:
        told: Record = {"success": False, "error": refusal.error, "code": refusal.code}
        if refusal.fields:
            told["fieldErrors"] = refusal.fields
        return web.json_response(told, status=refusal.status, headers={"x-host-refusal": refusal.code})
    except web.HTTPException:
        raise
    except Exception:  # noqa: BLE001 - the top boundary: nothing internal leaves
        _log.exception("unexpected error")
        return web.json_response({"error": "Internal error", "code": "INTERNAL_ERROR"}, status=500)
