"""`/livez` and `/readyz`: whether the process runs, and whether it and what it needs serve."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import web
from multidict import CIMultiDict

from gateway.flights import Flights
from gateway.ports import Dependencies
from gateway.reply import Reply
from gateway.target import Target

KEPT_SECONDS: Final = 1.0  # anybody may ask; the services are not asked more often than this


class Health:
    """The two handlers. After `drain` the gateway is not ready any more."""

    def __init__(self, dependencies: Dependencies, clock: Callable[[], float] = time.monotonic) -> None:
        self._dependencies = dependencies
        self._clock = clock
        self._draining = False
        self._until = 0.0
        self._states: Mapping[str, bool] = {}
        self._flights: Flights[None, Mapping[str, bool]] = Flights()

    def drain(self) -> None:
        """Say that no more requests are wanted."""
        self._draining = True

    async def live(self, request: web.BaseRequest, at: Target) -> Reply:
        """200 as long as the process can answer at all."""
        return Reply(200, _fields("text/plain; charset=utf-8"), b"ok\n")

    async def ready(self, request: web.BaseRequest, at: Target) -> Reply:
        """200 when registry and runner serve and the gateway does not stop, otherwise 503; the body says which."""
        states = await self.states()
        ready = all(states.values())
        body = json.dumps({"ready": ready, **states}).encode()
        return Reply(200 if ready else 503, _fields("application/json"), body)

    async def states(self) -> Mapping[str, bool]:
        """What serves, the gateway itself among it; as old as a second."""
        if self._clock() >= self._until:
            self._states = await self._flights.share(None, self._ask)
            self._until = self._clock() + KEPT_SECONDS
        return {"gateway": not self._draining, **self._states}

    async def _ask(self) -> Mapping[str, bool]:
        return await self._dependencies.serving()


def _fields(media_type: str) -> "CIMultiDict[str]":
    return CIMultiDict({"content-type": media_type, "cache-control": "no-store"})
