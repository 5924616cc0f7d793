"""What this application asks the gateway, in the name of who is signed in."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp
from aiohttp import web
from yarl import URL

from host_app.refusal import Refusal
from host_app.web.people import Person
from host_app.web.settings import WebSettings

SECONDS = 40  # a call of an extension may take 30
MAX_ITEMS = 1_000  # of a menu
Item = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Gateway:
    """One connection pool, while the application runs."""

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        self._session: aiohttp.ClientSession

    async def running(self, app: web.Application) -> AsyncIterator[None]:
        """For `cleanup_ctx`. No cookies, no proxies of the environment, no decoding: what comes is passed on."""
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(cookie_jar=jar, timeout=timeout, auto_decompress=False, trust_env=False) as self._session:
            yield

    async def ask(self, person: Person, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Send one request, to a path and query that go as they are. Raises Refusal 502."""
        # Nothing that a browser sent says who calls: these fields are this application's alone.
        sent = {**headers, **person.headers(), "x-runner-auth": self._settings.service_token, "accept-encoding": "identity"}
        url = URL(f"{self._settings.gateway}{target}", encoded=True)
        try:
            async with self._session.request(method, url, headers=sent, data=body, allow_redirects=False) as found:
                return Answer(found.status, found.headers, await found.read())
        except (TimeoutError, aiohttp.ClientError) as error:
            raise Refusal(502, "GATEWAY_UNREACHABLE", "The extension service cannot be reached") from error

    async def menu(self, person: Person) -> list[Item]:
        """What the person can open. Raises Refusal 502."""
        items: list[Item] = []
        token = ""
        while len(items) < MAX_ITEMS:
            target = f"/api/v1/menu?page_size=200&page_token={quote(token, safe='')}"
            answer = await self.ask(person, "GET", target, {"accept": "application/json"}, None)
            if answer.status != 200:
                raise Refusal(502, "GATEWAY_REFUSED", f"The extension service answered {answer.status}")
            page = json.loads(answer.body)
            items += page["items"]
            token = page["next_page_token"]
            if not token:
                break
        return items

    def source(self, item: Item) -> str:
        """The path of an extension's own files, as the pages' policy names it."""
        name, content_hash = quote(item["extension"], safe=""), quote(item["content_hash"], safe="")
        return f"{self._settings.gateway}/ext-ui/{name}/{content_hash}/"
