"""`/api/v1/extensions/install`, `…/uninstall`: how the reference's command line installs.

1 find the key and the tenant, 2 read what is asked, 3 ask the registry with the caller's own key, 4 answer as the reference does.
"""

from typing import Any, Final

from aiohttp import web

from gateway import target
from gateway.bodies import Bodies
from gateway.compat.extensions import ExtensionsClient
from gateway.compat.key_door import KeyDoor
from gateway.handlers.compat.reading import json_reply, read_object, text_of
from gateway.query import parameters
from gateway.reply import Reply
from gateway.target import Target
from kernel.errors import Fault, Reason

MAX_BODY_BYTES: Final = 16 << 10
MAX_VERSION: Final = 128


class Extensions:
    """The two handlers."""

    def __init__(self, door: KeyDoor, bodies: Bodies, extensions: ExtensionsClient) -> None:
        self._door, self._bodies, self._extensions = door, bodies, extensions

    async def install(self, request: web.BaseRequest, at: Target) -> Reply:
        """Install a version, or move the install to it."""
        # 1 find the key and the tenant, 2 read what is asked
        key, tenant, told = await self._read(request, at)
        extension = _reference(told)
        version = text_of(told, "version", most=MAX_VERSION)
        # 3 ask the registry with the caller's own key
        made = await self._extensions.install(key, tenant, extension, version)
        if made.waiting:
            rule = (
                f"{made.waiting} asks for more than the installed {made.version}; an admin of the tenant looks at it and agrees: "
                f"alga-ext consent {extension} --tenant {tenant}"
            )
            raise Fault.invalid("version", rule, Reason.CONSENT_NEEDED)
        # 4 answer as the reference does
        message = f"Extension {made.version} installed"
        data = {"registryId": made.extension_id, "version": made.version, "installId": made.id, "success": True, "message": message}
        return json_reply(202, {"data": data}, tenant=tenant, extension=made.extension_id)

    async def uninstall(self, request: web.BaseRequest, at: Target) -> Reply:
        """Remove an install with all that it stored."""
        # 1 find the key and the tenant, 2 read what is asked
        key, tenant, told = await self._read(request, at)
        # 3 ask the registry with the caller's own key
        gone = await self._extensions.uninstall(key, tenant, _reference(told))
        # 4 answer as the reference does
        data = {"registryId": gone, "success": True, "message": "Extension uninstalled successfully"}
        return json_reply(200, {"data": data}, tenant=tenant, extension=gone)

    async def _read(self, request: web.BaseRequest, at: Target) -> tuple[str, str, dict[str, Any]]:
        caller = await self._door.holder(request)
        if not caller.tenant_id:
            raise Fault.invalid("x-tenant-id", "must name the tenant")
        parameters(at.query, ())
        async with self._bodies.read(request, MAX_BODY_BYTES) as body:
            return caller.key, caller.tenant_id, read_object(body, MAX_BODY_BYTES)


def _reference(told: dict[str, Any]) -> str:
    return target.reference(text_of(told, "registryId", most=target.MAX_REFERENCE), Reason.NOT_FOUND)
