"""`/livez` and `/readyz`: whether the process runs, and whether it and what it needs serve.

Anybody may ask, so neither asks anybody else: what is answered is what the gateway follows all the time anyway.
"""

import json
from collections.abc import Callable, Mapping

from aiohttp import web
from multidict import CIMultiDict

from gateway.reply import Reply
from gateway.target import Target


class Health:
    """The two handlers. `services` tell whether what is behind the gateway serves; after `drain` the gateway itself does not."""

    def __init__(self, services: Mapping[str, Callable[[], bool]]) -> None:
        self._services = services
        self._draining = False

    def drain(self) -> None:
        """Say that no more requests are wanted."""
        self._draining = True

    async def live(self, request: web.BaseRequest, at: Target) -> Reply:
        """200 as long as the process can answer at all."""
        return Reply(200, _fields("text/plain; charset=utf-8"), b"ok\n")

    async def ready(self, request: web.BaseRequest, at: Target) -> Reply:
        """200 when registry and runner serve and the gateway does not stop, otherwise 503; the body says which."""
        states = self.states()
        ready = all(states.values())
        body = json.dumps({"ready": ready, **states}).encode()
        return Reply(200 if ready else 503, _fields("application/json"), body)

    def states(self) -> Mapping[str, bool]:
        """What serves, the gateway itself among it."""
        return {"gateway": not self._draining, **{name: serves() for name, serves in self._services.items()}}


def _fields(media_type: str) -> "CIMultiDict[str]":
    return CIMultiDict({"content-type": media_type, "cache-control": "no-store"})
