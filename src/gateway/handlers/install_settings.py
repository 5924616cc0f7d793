"""`/api/v1/installs/{install}/`: `config`, `access`, `egress`, `credentials`, `secrets/{name}`; `/api/v1/secret-recipients`.

For admins of the tenant. 1 find out who asks about which install, 2 read the body, 3 ask the registry with the caller's own key,
4 answer JSON.
"""

from typing import Final

from aiohttp import web

from gateway.authorize.gate import Gate
from gateway.bodies import Bodies
from gateway.handlers import admin
from gateway.handlers.admin import Asked, answered
from gateway.identity.shown import secret_of
from gateway.install_settings import InstallSettings
from gateway.query import parameters
from gateway.reply import Reply
from gateway.target import Target

MAX_BODY_BYTES: Final = 256 << 10  # eight boxes of 8 KiB in base64; a whole configuration, escaped
MAX_DEPTH: Final = 8


class Settings:
    """The handlers; each raises what becomes a problem."""

    def __init__(self, gate: Gate, bodies: Bodies, settings: InstallSettings) -> None:
        self._gate, self._bodies, self._settings = gate, bodies, settings

    async def get(self, request: web.BaseRequest, at: Target) -> Reply:
        """What the path's last segment names."""
        of, key = await self._asked(request, at)
        return answered(200, await self._settings.get(key, *of.key, _last(at)), of)

    async def set(self, request: web.BaseRequest, at: Target) -> Reply:
        """Replace it."""
        of, key = await self._asked(request, at)
        async with self._bodies.read(request, MAX_BODY_BYTES) as body:
            told = admin.told(body, MAX_BODY_BYTES, MAX_DEPTH)
            return answered(200, await self._settings.set(key, *of.key, _last(at), told), of)

    async def put_secret(self, request: web.BaseRequest, at: Target) -> Reply:
        """Store one sealed secret."""
        of, key = await self._asked(request, at)
        async with self._bodies.read(request, MAX_BODY_BYTES) as body:
            told = admin.told(body, MAX_BODY_BYTES, MAX_DEPTH)
            return answered(200, await self._settings.put_secret(key, *of.key, of.others[0], told), of)

    async def remove_secret(self, request: web.BaseRequest, at: Target) -> Reply:
        """Remove one."""
        of, key = await self._asked(request, at)
        return answered(200, await self._settings.remove_secret(key, *of.key, of.others[0]), of)

    async def recipients(self, request: web.BaseRequest, at: Target) -> Reply:
        """The keys to seal to."""
        of, key = await self._asked(request, at)
        return answered(200, await self._settings.recipients(key), of)

    async def _asked(self, request: web.BaseRequest, at: Target) -> tuple[Asked, str]:
        of = await admin.asked(self._gate, request, at, own_key=True)
        parameters(at.query, ())
        return of, secret_of(request.headers)


def _last(at: Target) -> str:
    return at.path.rpartition("/")[2]
