"""The documents: one page for everything, with what it needs to know inside, or the form to sign in at the same address."""

import hmac
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from host_app.refusal import Refusal
from host_app.web.gateway import Gateway, Item
from host_app.web.people import Person
from host_app.web.sessions import Session, Sessions
from host_app.web.settings import WebSettings

FOLDER = Path(__file__).resolve().parents[1] / "page"
STATE = "<!-- state -->"
# No inline script or style, nobody frames us, and a frame of ours stays where `frame-src` says: at one extension's own files.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' {gateway}; "
    "frame-src {frame}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


class Pages:
    """The handlers. A document answers for one extension: opening another is a new document, with a policy of its own."""

    def __init__(self, settings: WebSettings, sessions: Sessions, gateway: Gateway, people: list[Person]) -> None:
        self._settings, self._sessions, self._gateway, self._people = settings, sessions, gateway, people
        self._page, self._form = ((FOLDER / name).read_text(encoding="utf-8") for name in ("index.html", "signin.html"))

    async def show(self, request: web.Request) -> web.Response:
        """`/` and `/apps/{extension}/…`."""
        session = self._sessions.find(request)
        if session is None:
            return self._document(self._form, "'none'")
        menu, error = await self._menu(session.person)
        opened = next((item for item in menu if item["extension"] == request.match_info.get("extension")), None)
        told = json.dumps(self._state(session, menu, error)).replace("<", "\\u003c")  # `</script>` in a label ends nothing
        state = f'<script id="state" type="application/json">{told}</script>'
        return self._document(self._page.replace(STATE, state), self._gateway.source(opened) if opened else "'none'")

    async def sign_in(self, request: web.Request) -> web.Response:
        """The form, sent to the address that was asked for. Raises Refusal 403."""
        # Other sites may not sign somebody in either: what is entered afterwards would be theirs to read.
        if urlsplit(request.headers.get("origin", "")).netloc != request.host:
            raise Refusal(403, "FORGED", "the form must be sent by this application's own page")
        password = (await request.post()).get("password")
        if not isinstance(password, str) or not hmac.compare_digest(password.strip().encode(), self._settings.password.encode()):
            return self._document(self._form.replace("<!-- wrong -->", '<p role="alert">That is not the password.</p>'), "'none'")
        self._sessions.end(request)
        response = web.Response(status=303, headers={"location": request.raw_path})
        self._sessions.begin(response, secure=request.secure)
        return response

    async def sign_out(self, request: web.Request) -> web.Response:
        self._sessions.caller(request)
        self._sessions.end(request)
        return web.Response(status=204)

    async def become(self, request: web.Request) -> web.Response:
        """Go on as another person, of the other tenant. Raises Refusal."""
        session = self._sessions.caller(request)
        try:
            said = await request.json()
        except (ValueError, RecursionError) as error:
            raise Refusal(400, "INVALID_INPUT", "the body must be JSON") from error
        self._sessions.turn(session, said.get("person") if isinstance(said, dict) else None)
        return web.Response(status=204)

    async def _menu(self, person: Person) -> tuple[list[Item], str | None]:
        try:
            return await self._gateway.menu(person), None
        except Refusal as refusal:
            return [], refusal.error

    def _state(self, session: Session, menu: list[Item], error: str | None) -> dict[str, Any]:
        shown = [{"id": one.id, "name": one.name, "tenant": one.tenant, "tenantName": one.tenant_name} for one in self._people]
        return {
            "person": next(one for one in shown if one["id"] == session.person.id),
            "people": shown,
            "token": session.token,
            "gateway": self._settings.gateway,
            "menu": menu,
            "error": error,
        }

    def _document(self, html: str, frame: str) -> web.Response:
        policy = POLICY.format(gateway=self._settings.gateway, frame=frame)
        headers = {"content-security-policy": policy, "cache-control": "no-store"}
        return web.Response(text=html, content_type="text/html", charset="utf-8", headers=headers)
