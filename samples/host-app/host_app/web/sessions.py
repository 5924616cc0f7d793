"""Sessions, in memory: a cookie that scripts cannot read says who calls, a token in each call that no other site made it.

The cookie alone is never enough: a browser adds it to requests that other pages cause.
"""

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from host_app.refusal import Refusal
from host_app.web.people import Person

COOKIE = "host_session"
TOKEN_HEADER = "x-csrf-token"
LIFETIME = 12 * 3600  # seconds
MOST = 1_000  # the oldest ends when one more begins


@dataclass
class Session:
    """Whose it is now, until `ends` (monotonic seconds)."""

    person: Person
    token: str
    ends: float


class Sessions:
    def __init__(self, people: Mapping[str, Person], clock: Callable[[], float] = time.monotonic) -> None:
        self._people, self._clock = people, clock
        self._sessions: dict[str, Session] = {}

    def begin(self, response: web.StreamResponse, *, secure: bool) -> None:
        """Begin one, as the first of the people, and give the browser its cookie."""
        if len(self._sessions) >= MOST:
            del self._sessions[next(iter(self._sessions))]
        key = secrets.token_urlsafe(32)
        self._sessions[key] = Session(next(iter(self._people.values())), secrets.token_urlsafe(32), self._clock() + LIFETIME)
        response.set_cookie(COOKIE, key, max_age=LIFETIME, path="/", httponly=True, samesite="Lax", secure=secure)

    def end(self, request: web.Request) -> None:
        """End the caller's session, if there is one."""
        self._sessions.pop(request.cookies.get(COOKIE, ""), None)

    def find(self, request: web.Request) -> Session | None:
        """Whose cookie it is; enough to show a page of ours, which no other site can read."""
        session = self._sessions.get(request.cookies.get(COOKIE, ""))
        return session if session is not None and self._clock() < session.ends else None

    def caller(self, request: web.Request) -> Session:
        """Who calls from a page of ours. Raises Refusal 401, 403."""
        session = self.find(request)
        if session is None:
            raise Refusal(401, "SESSION_ENDED", "Your session has ended")
        if not hmac.compare_digest(
            request.headers.get(TOKEN_HEADER, "").encode("utf-8", "surrogateescape"), session.token.encode()
        ):
            raise Refusal(403, "FORGED", f"the request needs this page's {TOKEN_HEADER}")
        return session

    def turn(self, session: Session, person_id: object) -> None:
        """Go on as another of the demo's people. Raises Refusal 400."""
        person = self._people.get(person_id) if isinstance(person_id, str) else None
        if person is None:
            raise Refusal(400, "INVALID_INPUT", "person must be one of the demo's")
        session.person = person
