"""`/healthz` and `/warmup`, as the reference's runner has them."""

from typing import Final, Protocol

from aiohttp import web

from gateway import headers
from gateway.bodies import Bodies
from gateway.compat.service_door import ServiceDoor
from gateway.handlers.compat.reading import json_reply, read_object, text_of
from gateway.handlers.health import Health
from gateway.reply import Reply
from gateway.target import Target
from kernel.digest import Digest

MAX_BODY_BYTES: Final = 4 << 10


class Warmer(Protocol):
    """Makes runners ready for a bundle."""

    async def warm(self, content_hash: Digest) -> bool:
        """Whether it had to be compiled. Raises NOT_FOUND, VERSION_REVOKED, GUEST_NOT_RUNNABLE and those of the bundle."""


class Process:
    """The two handlers."""

    def __init__(self, door: ServiceDoor, bodies: Bodies, health: Health, warmer: Warmer) -> None:
        self._door, self._bodies, self._health, self._warmer = door, bodies, health, warmer

    async def healthz(self, request: web.BaseRequest, at: Target) -> Reply:
        """Whether the process runs, as a prober of the reference's runner asks; what others do is told and changes no status."""
        states = self._health.states()
        bundles = "ok" if states["registry"] else "bundle_store_unreachable"
        return json_reply(200, {"cache_writable": states["runner"], "bundle_store": bundles, "ext_cache_max_bytes": None})

    async def warmup(self, request: web.BaseRequest, at: Target) -> Reply:
        """Compile a bundle before it is called; the reference's runner refuses this always."""
        # 1 check the service token
        headers.check_size(request.headers.items())
        self._door.check(request)
        # 2 read what is asked
        async with self._bodies.read(request, MAX_BODY_BYTES) as body:
            told = read_object(body, MAX_BODY_BYTES)
        content_hash = Digest.parse(text_of(told, "content_hash", most=80), "content_hash")
        # 3 ask the runner, 4 answer
        compiled = await self._warmer.warm(content_hash)
        return json_reply(200, {"content_hash": str(content_hash), "compiled": compiled})
