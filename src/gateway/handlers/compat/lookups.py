"""`/api/installs/validate`, `…/lookup-by-host` and `/`: how the reference's runner finds out what a UI's address means.

1 check the service token (not for `/`: browsers come there), 2 read what is asked, 3 ask the registry, 4 answer.
"""

from typing import Final
from urllib.parse import quote

from aiohttp import web
from multidict import CIMultiDict

from gateway import headers, target
from gateway.compat.service_door import ServiceDoor
from gateway.handlers.compat.reading import json_reply
from gateway.model import Site
from gateway.query import parameters
from gateway.reply import Reply
from gateway.resolver import Resolver
from gateway.sites import Sites
from gateway.target import Target
from kernel import fields
from kernel.digest import Digest
from kernel.errors import Fault, Reason

_GONE: Final = frozenset({Reason.EXTENSION_NOT_AVAILABLE, Reason.EXTENSION_DISABLED, Reason.EXTENSION_REVOKED})
_OURS: Final = frozenset({"tenant", "extensionId"})  # of the query that a redirect carries


class Lookups:
    """The three handlers."""

    def __init__(self, door: ServiceDoor, resolver: Resolver, sites: Sites) -> None:
        self._door, self._resolver, self._sites = door, resolver, sites

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
        if not extension:
            raise Fault.invalid("extension", "must be given")
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

    async def _locate(self, host: str) -> Site:
        """Raises NOT_FOUND, alike for a host name of another form and for an install that is not there."""
        install_id = self._sites.named(host)
        if not install_id:
            raise Fault(Reason.NOT_FOUND, log="host name of no UI")
        return await self._resolver.site(install_id)
