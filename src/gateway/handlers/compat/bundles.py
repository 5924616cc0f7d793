"""`/api/ext-bundles/upload-proxy`, `…/finalize`, `…/abort`: how the reference's command line publishes.

1 find the key and the tenant, 2 read what is asked, 3 ask the registry with the caller's own key, 4 answer as the reference does.
"""

import re
from typing import Final

from aiohttp import web

from gateway.bodies import Bodies
from gateway.compat.key_door import KeyDoor
from gateway.compat.staging import StagingClient
from gateway.compat.uploads import pieces
from gateway.handlers.compat.reading import json_reply, read_object, text_of
from gateway.query import number, parameters
from gateway.reply import Reply
from gateway.target import Target
from kernel.digest import Digest
from kernel.errors import Fault, Reason

MAX_ARCHIVE_BYTES: Final = 100 << 20  # the registry's limit; the reference has 200 MiB
MAX_FINALIZE_BYTES: Final = 1 << 20  # a manifest of 256 KiB, escaped
MAX_NAME: Final = 255
_KEY: Final = re.compile(r"sha256/_staging/([0-9a-f-]{36})/bundle\.tar\.zst")


class Bundles:
    """The three handlers."""

    def __init__(self, door: KeyDoor, bodies: Bodies, staging: StagingClient) -> None:
        self._door, self._bodies, self._staging = door, bodies, staging

    async def upload(self, request: web.BaseRequest, at: Target) -> Reply:
        """Stage an archive."""
        # 1 find the key and the tenant
        caller = await self._door.holder(request)
        # 2 read what is asked
        given = parameters(at.query, ("filename", "size", "declaredHash"))
        size = number(given, "size", most=MAX_ARCHIVE_BYTES)
        declared = given.get("declaredHash", "")
        content_hash = Digest.parse(declared, "declaredHash") if declared else None
        if size == 0 or request.content_length not in (None, size):
            raise Fault.invalid("size", "must be the length of the body, at least 1")
        # 3 ask the registry with the caller's own key
        upload = await self._staging.stage(caller.key, caller.tenant_id, content_hash, size, pieces(request))
        # 4 answer as the reference does
        answer = {
            "upload": {"key": f"sha256/_staging/{upload}/bundle.tar.zst", "strategy": "staging"},
            "filename": given.get("filename", "bundle.tar.zst")[:MAX_NAME],
            "size": size,
        }
        return json_reply(200, answer | ({"declaredHash": declared} if declared else {}), upload=upload)

    async def finalize(self, request: web.BaseRequest, at: Target) -> Reply:
        """Publish a staged archive."""
        # 1 find the key and the tenant
        caller = await self._door.holder(request)
        parameters(at.query, ())
        async with self._bodies.read(request, MAX_FINALIZE_BYTES) as body:
            # 2 read what is asked
            told = read_object(body, MAX_FINALIZE_BYTES)
            if told.get("signature") is not None:
                raise Fault.invalid("signature", "is not read here: publish what you signed with alga-ext publish")
            upload, manifest = _upload(told), told.get("manifestJson")
            if not isinstance(manifest, str | None):
                raise Fault.invalid("manifestJson", "must be the text of manifest.json")
            declared, size = text_of(told, "declaredHash", most=80, needed=False), told.get("size") or 0
            if not isinstance(size, int) or not 0 <= size <= MAX_ARCHIVE_BYTES:
                raise Fault.invalid("size", f"must be a number of at most {MAX_ARCHIVE_BYTES}")
            content_hash = Digest.parse(declared, "declaredHash") if declared else None
            # 3 ask the registry with the caller's own key
            made = await self._staging.finalize(
                caller.key, caller.tenant_id, upload, content_hash, int(size), (manifest or "").encode()
            )
        # 4 answer as the reference does
        answer = {
            "extension": {"id": made.extension_id, "name": made.name, "publisher": made.publisher},
            "version": {"id": made.version_id, "version": made.version},
            "contentHash": made.content_hash.hex,
            "canonicalKey": f"sha256/{made.content_hash.hex}/bundle.tar.zst",
        }
        return json_reply(200, answer, extension=made.extension_id)

    async def abort(self, request: web.BaseRequest, at: Target) -> Reply:
        """Forget a staged archive."""
        # 1 find the key and the tenant
        caller = await self._door.holder(request)
        parameters(at.query, ())
        async with self._bodies.read(request, MAX_FINALIZE_BYTES) as body:
            # 2 read what is asked
            told = read_object(body, MAX_FINALIZE_BYTES)
        try:
            # 3 ask the registry with the caller's own key
            deleted = await self._staging.abort(caller.key, caller.tenant_id, _upload(told))
        except Fault as fault:
            if fault.reason is not Reason.NOT_FOUND:
                raise
            deleted = False
        # 4 answer as the reference does
        return json_reply(200, {"status": "deleted" if deleted else "noop", "key": told["key"], "area": "staging"})


def _upload(told: dict[str, object]) -> str:
    """The id in a key of ours. Raises NOT_FOUND for every other text, as for a key that is over."""
    match = _KEY.fullmatch(text_of(told, "key", most=MAX_NAME))
    if match is None:
        raise Fault(Reason.NOT_FOUND, log="no key of a staged upload")
    return match[1]
