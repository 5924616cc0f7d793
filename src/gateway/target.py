"""Request targets as strangers send them: split raw, decoded once, refused when two readers could read them differently.

aiohttp's own URL is normalised; these functions work on the bytes that were sent, because the guest gets them.
"""

import re
from typing import Final, NamedTuple
from urllib.parse import unquote

from gateway.endpoints import segments
from kernel import codings, fields
from kernel.errors import Fault, Reason

MAX_TARGET_BYTES: Final = 16 << 10  # the runner's limit for a URL
MAX_ASSET_PATH: Final = 1_024
MAX_REFERENCE: Final = 200
_ABSOLUTE: Final = re.compile(r"https?://[^/?]*", re.IGNORECASE)
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_REFERENCE: Final = re.compile(rf"[A-Za-z0-9._-]{{1,{MAX_REFERENCE}}}")
_PAGE_TYPES: Final = frozenset({"html", "js", "mjs", "css", "json", "map", "wasm", "txt"})
_MEDIA_TYPES: Final = frozenset({"svg", "png", "jpg", "jpeg", "webp", "avif", "gif", "ico", "woff", "woff2"})
ASSET_TYPES: Final = _PAGE_TYPES | _MEDIA_TYPES


class Target(NamedTuple):
    """Path and query (without `?`; None = no `?` was sent), and the segments that the route's pattern names, all as sent."""

    path: str
    query: str | None
    values: tuple[str, ...] = ()


def origin_form(raw: str) -> str:
    """A target without the scheme and authority that absolute-form has."""
    if (absolute := _ABSOLUTE.match(raw)) is None:
        return raw
    raw = raw[absolute.end() :]
    return raw if raw.startswith("/") else f"/{raw}"


def split(raw: str, values: tuple[str, ...] = ()) -> Target:
    """Take an origin-form target apart; `values` are what its route found in it.

    Raises HEADERS_TOO_LARGE for one beyond 16 KiB, INVALID_ARGUMENT for one that is not of the form.
    """
    if len(raw) > MAX_TARGET_BYTES:
        raise Fault.invalid("url", f"must be at most {MAX_TARGET_BYTES} bytes", Reason.HEADERS_TOO_LARGE)
    # `#` begins a fragment, which is never sent.
    if not (raw.isascii() and raw.isprintable()) or " " in raw or "#" in raw:
        raise Fault.invalid("url", "must be visible ASCII characters without a fragment")
    if not raw.startswith("/"):
        raise Fault.invalid("url", "must begin with '/'")
    path, mark, query = raw.partition("?")
    return Target(path, query if mark else None, values)


def decode(text: str, field: str, reason: Reason = Reason.INVALID_ARGUMENT) -> str:
    """Undo percent-encoding, once. Raises `reason` for a broken escape and for bytes that are no UTF-8."""
    if "%" not in text:
        return text
    if _BAD_ESCAPE.search(text):
        raise Fault.invalid(field, "has a '%' that two hex digits do not follow", reason)
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise Fault.invalid(field, "must be UTF-8 once it is decoded", reason) from error


def reference(segment: str, missing: Reason) -> str:
    """How a URL names an extension or install. Raises `missing` for what cannot be one: it exists as little as an unknown one."""
    try:
        text = decode(segment, "extension")
    except Fault as fault:
        raise Fault(missing, log="reference is not decodable") from fault
    if not _REFERENCE.fullmatch(text):
        raise Fault(missing, log="reference is not of the form of one")
    return text


def api_segments(rest: str) -> tuple[str, ...]:
    """The decoded segments of a path below an extension.

    Raises INVALID_ARGUMENT for what guests' URL parsers resolve away (`.`, `..`, backslash), so that the endpoint that was
    matched is the one that runs, and for control characters.
    """
    if "\\" in rest:
        raise Fault.invalid("path", "must not contain a backslash")
    parts = segments(rest)
    if "%" in rest:
        parts = tuple(decode(part, "path") for part in parts)
        if any(_CONTROL.search(part) for part in parts):
            raise Fault.invalid("path", "must not contain control characters")
    if "." in parts or ".." in parts:
        raise Fault.invalid("path", "must not contain '.' or '..' segments")
    return parts


def asset_path(rest: str) -> str:
    """The decoded path of a UI file below `ui/`; empty = the entry page. Raises ASSET_PATH_INVALID."""
    path = decode(rest, "path", Reason.ASSET_PATH_INVALID)
    if not path:
        return path
    if len(path) > MAX_ASSET_PATH:
        raise _bad_asset(f"must be at most {MAX_ASSET_PATH} characters")
    if "\\" in path or _CONTROL.search(path):
        raise _bad_asset("must not contain backslashes or control characters")
    parts = path.split("/")
    if "" in parts[:-1]:
        raise _bad_asset("must be relative, without empty segments")
    if any(part.startswith(".") for part in parts):
        raise _bad_asset("must not contain '.', '..' or hidden segments")
    _, dot, extension = parts[-1].rpartition(".")
    if dot and extension.lower() not in ASSET_TYPES:
        raise _bad_asset(f"must end in one of {' '.join(sorted(ASSET_TYPES))}, or in no extension")
    return path


def is_text(path: str) -> bool:
    """Whether a checked path of a UI file may mean one that has compressed forms; without an extension it means a page."""
    _, dot, extension = path.rpartition("/")[2].rpartition(".")
    return not dot or extension.lower() in codings.TEXT


def tenant_of(query: str | None) -> str:
    """The value of `tenant=` in a query; empty = none. Raises INVALID_ARGUMENT for a bad tenant and for two of them."""
    found = [part[7:] for part in (query or "").split("&") if part.startswith("tenant=")]
    if len(found) > 1:
        raise Fault.invalid("tenant", "must be given once")
    return fields.tenant_id(decode(found[0], "tenant"), "tenant") if found and found[0] else ""


def _bad_asset(rule: str) -> Fault:
    return Fault.invalid("path", rule, Reason.ASSET_PATH_INVALID)
