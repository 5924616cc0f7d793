"""`/ext-ui/{extension}/{hash}/{path}`: the files of an extension's UI, for frames that carry no credentials.

1 answer OPTIONS, 2 read the URL, 3 find out whether an enabled install serves that hash, which at an install's own origin is that
one, 4 open the file, 5 answer with the rules for pages or for files.
"""

from functools import lru_cache
from typing import Final

from aiohttp import web
from multidict import CIMultiDict

from gateway import headers, negotiation, target
from gateway.asset_cache import AssetCache, Opened
from gateway.model import AssetHeader
from gateway.negotiation import Terms
from gateway.page_policy import PagePolicy
from gateway.reply import Reply, problem
from gateway.resolver import AssetKey, Resolver
from gateway.routes import SANDBOX, UI_PREFIX
from gateway.sites import Sites
from gateway.target import Target
from kernel.digest import Digest
from kernel.errors import Fault, Reason

METHODS: Final = ("GET", "HEAD", "OPTIONS")
ALLOW: Final = ", ".join(METHODS)
MAX_TARGETS: Final = 512  # that are read once: each may have 16 KiB
FILES: Final = "public, max-age=31536000, immutable"
PAGES: Final = "no-cache"  # so that a revoked or switched off version stops
OWN_SANDBOX: Final = f"{SANDBOX} allow-same-origin"  # at an origin that is one install's alone
DRAWING: Final = "image/svg+xml"
SCRIPT: Final = "text/javascript; charset=utf-8"
_RENEW: Final = frozenset({Reason.GRANT_EXPIRED, Reason.GRANT_STALE})


@lru_cache(MAX_TARGETS)
def wanted(path: str, query: str | None) -> tuple[AssetKey, str | None, bool]:
    """What a URL names, the path in there, None without the slash behind the hash, and whether that may be text.

    Raises what becomes a problem.
    """
    name, _, rest = path.removeprefix(f"{UI_PREFIX}/").partition("/")
    hash_text, slash, rest = rest.partition("/")
    content_hash = Digest.parse(target.decode(hash_text, "content_hash"))
    file = target.asset_path(rest)
    key = (target.reference(name, Reason.ASSET_NOT_FOUND), content_hash, target.tenant_of(query))
    return key, file if slash else None, target.is_text(file)


class Assets:
    """The handler."""

    def __init__(self, resolver: Resolver, files: AssetCache, sites: Sites, policy: PagePolicy) -> None:
        self._resolver = resolver
        self._files = files
        self._sites = sites
        self._policy = policy

    async def __call__(self, request: web.BaseRequest, at: Target) -> Reply:
        """Answer one request. Raises what becomes a problem."""
        # 1 answer OPTIONS
        if request.method == "OPTIONS":
            return Reply(204, CIMultiDict({"allow": ALLOW}))
        headers.check_size(request.headers.items())
        # 2 read the URL
        key, path, text = wanted(at.path, at.query)
        if path is None:
            # Without the slash the page's relative links would lead out of its bundle.
            query = "" if at.query is None else f"?{at.query}"
            return Reply(308, CIMultiDict({"location": f"{at.path}/{query}", "cache-control": PAGES}))
        if "service-worker" in request.headers:
            # It would go on answering for its origin after the version is revoked.
            raise Fault(Reason.ASSET_NOT_FOUND, log="no file is a service worker")
        # 3 find out whether an enabled install serves that hash, 4 open the file
        own = self._sites.install(request)
        if own:
            key = await self._of_install(own, key)
        opened = await self._open(key, path, negotiation.terms(request, text=text))
        # 5 answer with the rules for pages or for files
        header = opened.header
        fields = CIMultiDict({"etag": header.etag, "cache-control": PAGES if header.is_html else FILES})
        if text:
            fields["vary"] = "accept-encoding"
        if (sandbox := _sandbox(header, own=bool(own))) is not None:
            fields["content-security-policy"] = f"{sandbox}; {self._policy.of(header.page_sources)}"
        notes = {"extension": key[0], "hash": key[1].hex}
        if header.not_modified:
            if opened.stream is not None:
                opened.stream.close()
            return Reply(304, fields, notes=notes)
        fields["accept-ranges"] = "bytes"
        part = opened.part
        if part is not None and not part.size:
            reply = problem(Fault.invalid("range", f"must begin before byte {header.size}", Reason.RANGE_NOT_SATISFIABLE))
            reply.headers["content-range"] = f"bytes */{header.size}"
            return reply
        if part is not None:
            fields["content-range"] = f"bytes {part.first}-{part.first + part.size - 1}/{header.size}"
        if header.coding:
            fields["content-encoding"] = header.coding
        fields["content-type"] = header.media_type
        fields["content-length"] = str(header.size if part is None else part.size)
        return Reply(200 if part is None else 206, fields, opened.body, opened.stream, notes=notes)

    async def _of_install(self, install_id: str, key: AssetKey) -> AssetKey:
        """The same, of that install's tenant. Raises ASSET_NOT_FOUND for a bundle that the install does not run."""
        reference, content_hash, tenant_id = key
        try:
            site = await self._resolver.site(install_id)
        except Fault as fault:
            if fault.reason is not Reason.NOT_FOUND:
                raise
            raise Fault(Reason.ASSET_NOT_FOUND, log=str(fault)) from fault
        if content_hash != site.content_hash or tenant_id not in {"", site.tenant_id}:
            raise Fault(Reason.ASSET_NOT_FOUND, log="another install's origin")
        return reference, content_hash, site.tenant_id

    async def _open(self, key: AssetKey, path: str, terms: Terms) -> Opened:
        route = await self._resolver.assets(key)
        try:
            return await self._files.open(key[1], path, terms, route.grant)
        except Fault as fault:
            self._resolver.forget_assets(key, route)
            if fault.reason is Reason.VERSION_REVOKED:
                raise Fault(Reason.ASSET_NOT_FOUND, log=str(fault)) from fault
            if fault.reason not in _RENEW and fault.reason is not Reason.UNAVAILABLE:
                raise
        route = await self._resolver.assets(key)
        try:
            return await self._files.open(key[1], path, terms, route.grant)
        except Fault as fault:
            if fault.reason in _RENEW:
                raise Fault(Reason.UNAVAILABLE, log=f"the runner refuses new grants: {fault}") from fault
            raise


def _sandbox(header: AssetHeader, *, own: bool) -> str | None:
    """What stands before the policy of a file that runs scripts by itself; None for all others.

    For a drawing that is opened, and for a worker, its own policy holds and not that of the page before it. Workers need an origin.
    """
    if header.is_html or (own and header.media_type == SCRIPT):
        return OWN_SANDBOX if own else SANDBOX
    return SANDBOX if header.media_type == DRAWING else None
