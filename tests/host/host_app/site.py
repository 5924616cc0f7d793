"""A host application that does what a test says, and remembers what it was asked."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "host-app-token-of-a-length-for-tests"


@dataclass(frozen=True)
class Seen:
    """One request; names of headers in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass
class Site:
    """Answers with `answer`; `says` sets a plain one."""

    seen: list[Seen] = field(default_factory=list)
    answer: Answer | None = None
    port: int = 0
    _runner: web.ServerRunner | None = None

    async def start(self) -> None:
        self._runner = web.ServerRunner(web.Server(self._handle), shutdown_timeout=0.01)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = None

    def says(self, status: int = 200, body: Any = None, headers: Mapping[str, str] | None = None) -> None:
        """`body` bytes or what becomes JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()

        async def answer(_request: web.BaseRequest) -> web.StreamResponse:
            return web.Response(status=status, body=data, headers=headers)

        self.answer = answer

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append(Seen(request.method, request.raw_path, _lower(request), await request.read()))
        assert self.answer is not None, "the test says what the host answers"
        return await self.answer(request)


def _lower(request: web.BaseRequest) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


async def breaks_off(request: web.BaseRequest) -> web.StreamResponse:
    """Closes the connection instead of an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
