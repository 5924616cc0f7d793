"""Routes of `ui-proxy`: which ones are taken, and what address of the host application they become.

A route never leaves the base: however often it is percent-encoded, and whatever the servers behind make of it.
"""

import re
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from kernel.errors import Fault, Reason

MAX_ROUTE: Final = 8 << 10  # characters
MAX_DECODINGS: Final = 4  # more is nobody's honest route
_API: Final = "/api/"
_FOR_RUNNERS: Final = re.compile(rb"/api/internal(?:/|$)")  # they authenticate runners, and guests are none
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")
_PARAMETERS: Final = re.compile(rb";[^/]*")  # of a segment; some servers drop them
_SLASHES: Final = re.compile(rb"/+")
_KEPT: Final = "!$&'()*+,/:;=?@~%"  # with letters, digits and -._: what a path and a query may hold as they are


def address(base: str, extension_id: str, route: str) -> str:
    """The whole address, encoded. Raises HOST_REJECTED, and HOST_DENIED for the endpoints of runners."""
    if not 0 < len(route) <= MAX_ROUTE:
        raise _rejected(f"a route has 1 to {MAX_ROUTE} characters")
    if route.startswith("//") or _SCHEME.match(route) or "#" in route:
        raise _rejected("a route is a path with a query")
    full = route if route.startswith("/") else f"/{route}"
    path, mark, query = full.partition("?")
    if _CONTROL.search(query.encode(errors="surrogatepass")) or "\\" in query:
        raise _rejected("control characters or a backslash in the query")
    to_api = path.startswith(_API)
    for decoded in _decodings(path):
        _check(decoded)
        if to_api and _FOR_RUNNERS.match(_SLASHES.sub(b"/", _PARAMETERS.sub(b"", decoded)).lower()):
            raise Fault(Reason.HOST_DENIED, log="a route to the endpoints of runners")
    prefix = "" if to_api else f"/{quote(extension_id, safe='')}"
    return base + prefix + quote(path + mark + query, safe=_KEPT, errors="replace")


def _decodings(path: str) -> list[bytes]:
    """The path as it is, and as each server in a row could decode it."""
    found = [path.encode(errors="surrogatepass")]
    while (decoded := unquote_to_bytes(found[-1])) != found[-1]:
        if len(found) > MAX_DECODINGS:
            raise _rejected("encoded too often")
        found.append(decoded)
    return found


def _check(path: bytes) -> None:
    if _CONTROL.search(path) or b"\\" in path:
        raise _rejected("control characters or a backslash in the path")
    if any(segment in (b".", b"..") for segment in _PARAMETERS.sub(b"", path).split(b"/")):
        raise _rejected("dots as a segment")


def _rejected(why: str) -> Fault:
    return Fault(Reason.HOST_REJECTED, log=f"route: {why}")
