"""The use-case "read a UI file".

1. verify the grant
2. refuse revoked bundles
3. check the path
4. get the verified bundle and find the file in its index
5. choose its coding, tell what it is, and whether the client has it
6. send its bytes, or the part that is wanted
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from kernel.admission import Admission
from kernel.archive import ArchiveLimits, Entry, check_path
from kernel.errors import Fault, Reason, Violation
from kernel.rpc import MAX_CHUNK_BYTES
from kernel.signing import Signed
from runner.bundles.granted import granted
from runner.bundles.model import Bundle, Variant
from runner.ports import Bundles, Standing

MAX_ETAGS: Final = 128  # of one request
MAX_CODINGS: Final = 8
# Closed: what is not here is neither served nor guessed at.
MEDIA_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "json": "application/json",
    "map": "application/json",
    "txt": "text/plain; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "avif": "image/avif",
    "gif": "image/gif",
    "ico": "image/x-icon",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "wasm": "application/wasm",
}
INDEX: Final = "index.html"
_LIMITS: Final = ArchiveLimits()


@dataclass(frozen=True, slots=True)
class AssetQuery:
    """Which file is asked for: a grant that is not yet believed, a decoded path, the client's ETags and the codings that it takes.

    `offset` and `length` are bytes of the file in its coding; a length of 0 means all from there.
    """

    grant: Signed
    path: str
    if_none_match: tuple[str, ...] = ()
    header_only: bool = False
    codings: tuple[str, ...] = ()
    offset: int = 0
    length: int = 0


@dataclass(frozen=True, slots=True)
class AssetHeader:
    """What a file is, in its coding. `etag` is strong and has its quotes; when `not_modified`, no bytes follow."""

    size_bytes: int
    media_type: str
    etag: str
    not_modified: bool
    is_html: bool
    coding: str
    page_sources: Mapping[str, tuple[str, ...]]


class ReadAsset:
    """Reads UI files of verified bundles."""

    def __init__(self, admission: Admission, standing: Standing, bundles: Bundles, *, max_bytes: int) -> None:
        self._admission = admission
        self._standing = standing
        self._bundles = bundles
        self._max_bytes = max_bytes

    async def run(self, query: AssetQuery) -> AsyncGenerator[AssetHeader | bytes, None]:
        """The header, then the file's bytes in chunks of at most 256 KiB. Raises what the rpc `GetAsset` names."""
        # 1. verify the grant
        grant = self._admission.asset(query.grant)
        # 2. refuse revoked bundles
        self._standing.check_bundle(grant.content_hash)
        # 3. check the path
        path = checked_path(query.path)
        if len(query.if_none_match) > MAX_ETAGS:
            raise Fault.invalid("if_none_match", f"must have at most {MAX_ETAGS} items")
        if len(query.codings) > MAX_CODINGS:
            raise Fault.invalid("codings", f"must have at most {MAX_CODINGS} items")
        # 4. get the verified bundle and find the file in its index
        async with granted(self._bundles, grant.content_hash) as bundle:
            entry = find(bundle, path)
            if entry.size > self._max_bytes:
                raise Fault(Reason.ASSET_TOO_LARGE, facts={"limit_bytes": self._max_bytes})
            # 5. choose its coding, tell what it is, and whether the client has it
            coding, form = choose(bundle, entry, query.codings)
            if query.offset > form.size:
                raise Fault.invalid("offset", f"must be at most {form.size}")
            etag = f'"sha256-{form.digest.hex}"'
            media_type = MEDIA_TYPES[extension(entry.path) or ""]  # find answers with files of the table only
            is_html = media_type.startswith("text/html")
            unchanged = matches(query.if_none_match, etag)
            yield AssetHeader(form.size, media_type, etag, unchanged, is_html, coding, bundle.page_sources)
            if unchanged or query.header_only or not form.size:
                return
            # 6. send its bytes, or the part that is wanted
            left = min(query.length or form.size, form.size - query.offset)
            file = await asyncio.to_thread(form.path.open, "rb")
            try:
                file.seek(query.offset)
                while left and (chunk := await asyncio.to_thread(file.read, min(left, MAX_CHUNK_BYTES))):
                    left -= len(chunk)
                    yield chunk
            finally:
                file.close()


def checked_path(path: str) -> str:
    """The path below `ui/`; empty = the first page. Raises ASSET_PATH_INVALID.

    A slash at the end is dropped: single-page applications have such routes.
    """
    path = path.removesuffix("/") if path != "/" else path
    if not path:
        return ""
    try:
        check_path(path, _LIMITS)
    except Fault as fault:
        raise Fault(Reason.ASSET_PATH_INVALID, violations=tuple(Violation("path", v.rule) for v in fault.violations)) from fault
    if (kind := extension(path)) is not None and kind not in MEDIA_TYPES:
        raise Fault.invalid("path", f"the file's extension must be one of {' '.join(MEDIA_TYPES)}", Reason.ASSET_PATH_INVALID)
    return path


def extension(path: str) -> str | None:
    """The extension of a path's last segment in lower case; None without a dot; empty after a dot at the end."""
    _, dot, kind = path.rpartition("/")[2].rpartition(".")
    return kind.lower() if dot else None


def find(bundle: Bundle, path: str) -> Entry:
    """The file that a checked path means: below the first page's directory, then below `ui/`, then the first page for routes.

    Raises ASSET_NOT_FOUND.
    """
    if bundle.ui_entry is None:
        raise Fault(Reason.ASSET_NOT_FOUND, log="the bundle has no UI")
    for folder in (str(PurePosixPath(bundle.ui_entry).parent), "ui"):
        entry = bundle.ui_files.get(f"{folder}/{path}")
        if entry is not None and extension(path) is not None:
            return entry
    # Frames begin at `index.html` whatever the manifest calls the first page.
    if extension(path) is None or path == INDEX:
        entry = bundle.ui_files.get(bundle.ui_entry)
        if entry is not None and extension(entry.path) in MEDIA_TYPES:
            return entry
    raise Fault(Reason.ASSET_NOT_FOUND)


def choose(bundle: Bundle, entry: Entry, codings: tuple[str, ...]) -> tuple[str, Variant]:
    """The first of the codings in which a file is there, with that form; the file as it is, with an empty coding, without one."""
    for coding in codings:
        variant = bundle.variants.get((entry.digest, coding))
        if variant is not None:
            return coding, variant
    return "", Variant(bundle.tree / entry.path, entry.size, entry.digest)


def matches(if_none_match: tuple[str, ...], etag: str) -> bool:
    """Whether the client has the file. Items may be whole header values; compared weakly (RFC 9110, section 13.1.2)."""
    tags = [tag.strip() for item in if_none_match for tag in item.split(",")]
    return any(tag == "*" or tag.removeprefix("W/") == etag for tag in tags)
