"""`/api/installs/validate`, `…/lookup-by-host` and `/`: how the reference's runner finds out what a UI's address means.

1 check the service token (not for `/`: browsers come there), 2 read what is asked, 3 ask the registry, 4 answer.
"""

import re
from typing import Final
from urllib.parse import quote

from aiohttp import web
from multidict import CIMultiDict

from gateway import headers, target
from gateway.compat.extensions import ExtensionsClient, Located
from gateway.compat.service_door import ServiceDoor
from gateway.handlers.compat.reading import json_reply
from gateway.query import parameters
from gateway.reply import Reply
from gateway.resolver import Resolver
from gateway.target import Target
from kernel import fields
from kernel.digest import Digest
from kernel.errors import Fault, Reason

_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GONE: Final = frozenset({Reason.EXTENSION_NOT_AVAILABLE, Reason.EXTENSION_DISABLED, Reason.EXTENSION_REVOKED})
_OURS: Final = frozenset({"tenant", "extensionId"})  # of the query that a redirect carries


class Lookups:
    """The three handlers. Host names of UIs are `<install id>.<root>`; an empty root has none."""

    def __init__(self, door: ServiceDoor, resolver: Resolver, extensions: ExtensionsClient, root: str) -> None:
        self._door, self._resolver, self._extensions = door, resolver, extensions
        self._root = root.lower()

    async def validate(self, request: web.BaseRequest, at: Target) -> Reply:
        """Whether an enabled install of that tenant runs that bundle."""
        # 1 check the service token
        headers.check_size(request.headers.items())
        self._door.check(request)
        # 2 read what is asked
        given = parameters(at.query, ("tenant", "extension", "hash", "ts"))
        tenant = fields.tenant_id(given.get("tenant", ""), "tenant")
        content_hash = Digest.parse(given.get("hash", ""), "hash")
        extension = given.get("extension", "")
        # 3 ask the registry
        try:
            key = (tenant, target.reference(quote(extension, safe=""), Reason.EXTENSION_NOT_AVAILABLE))
            valid = (await self._resolver.install(key, 0)).content_hash == content_hash
        except Fault as fault:
            if fault.reason not in _GONE:
                raise
            valid = False
        # 4 answer
        return json_reply(200, {"valid": valid})

    async def by_host(self, request: web.BaseRequest, at: Target) -> Reply:
        """Which install a host name means."""
        # 1 check the service token
        headers.check_size(request.headers.items())
        self._door.check(request)
        # 2 read what is asked, 3 ask the registry
        found = await self._locate(parameters(at.query, ("host", "ts")).get("host", ""))
        # 4 answer
        return json_reply(
            200,
            {"tenant_id": found.tenant_id, "extension_id": found.extension_id, "content_hash": str(found.content_hash)},
        )

    async def root(self, request: web.BaseRequest, at: Target) -> Reply:
        """Lead a browser from a host name to the first page of its UI; the query comes along."""
        headers.check_size(request.headers.items())
        # 2 read what is asked
        hosts = request.headers.getall("host", ())
        if len(hosts) != 1:
            raise Fault.invalid("host", "must be given once")
        # 3 ask the registry
        found = await self._locate(hosts[0])
        # 4 answer
        kept = [part for part in (at.query or "").split("&") if part and part.partition("=")[0] not in _OURS]
        query = "&".join([f"tenant={quote(found.tenant_id)}", f"extensionId={found.extension_id}", *kept])
        location = f"/ext-ui/{found.extension_id}/{found.content_hash}/index.html?{query}"
        return Reply(307, CIMultiDict({"location": location, "cache-control": "no-store"}))

    async def _locate(self, host: str) -> Located:
        """Raises NOT_FOUND, alike for a host name of another form and for an install that is not there."""
        name = re.sub(r":[0-9]{1,5}\Z", "", host.lower())
        label, _, root = name.partition(".")
        if not self._root or root != self._root or not _ID.fullmatch(label):
            raise Fault(Reason.NOT_FOUND, log="host name of no UI")
        return await self._extensions.locate(label)
