"""The parts of the pages, and their routes."""

from importlib.resources import files
from pathlib import Path

from aiohttp import web

from host_app.web.gateway import Gateway
from host_app.web.pages import FOLDER, Pages
from host_app.web.people import demo_people
from host_app.web.relay import PREFIX, Relay
from host_app.web.sessions import Sessions
from host_app.web.settings import WebSettings

# It comes with the platform's Python package. A copy of our own: this page runs no code of another origin.
BRIDGE = Path(str(files("gateway"))) / "browser" / "host-bridge.js"
STATIC = "/static/"
FIELDS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def add_pages(app: web.Application, settings: WebSettings) -> None:
    """Add them to the application."""
    people = demo_people()
    sessions, gateway = Sessions(people), Gateway(settings)
    pages, relay = Pages(settings, sessions, gateway, list(people.values())), Relay(sessions, gateway)

    async def bridge(request: web.Request) -> web.FileResponse:
        return web.FileResponse(BRIDGE)

    async def fields(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(FIELDS)
        if request.path.startswith(STATIC):
            response.headers["cache-control"] = "no-cache"

    app.cleanup_ctx.append(gateway.running)
    app.on_response_prepare.append(fields)
    app.add_routes(
        [
            web.get("/", pages.show),
            web.post("/", pages.sign_in),
            web.get("/apps/{extension}/{path:.*}", pages.show),
            web.post("/apps/{extension}/{path:.*}", pages.sign_in),
            web.post("/api/session/person", pages.become),
            web.post("/api/session/end", pages.sign_out),
            web.get(f"{STATIC}host-bridge.js", bridge),
            web.static(STATIC.rstrip("/"), FOLDER / "static"),
            web.route("*", f"{PREFIX}{{extension}}/{{path:.*}}", relay.call),
        ]
    )
