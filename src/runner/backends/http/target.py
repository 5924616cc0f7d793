"""The URL of an outgoing request, read in one way only: what is checked is, byte for byte, what is sent.

Parsers disagree about backslashes, user names, encoded dots and the like, and an allow-list is as good as the agreement of its
parser with the one that connects. So what is ambiguous is refused, and the rest is put in one canonical form.
"""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import Final, Self

from kernel import egress
from kernel.egress import PORTS, Origin
from kernel.errors import Fault, Reason

MAX_URL_BYTES: Final = 16 << 10
_URL = re.compile(r"(https?)://([^/?#\\@]*?)(?::([1-9][0-9]{0,4}))?(/[^?#]*)?(?:\?([^#]*))?", re.IGNORECASE)
_PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")
_QUERY = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\[\]{}|^`-]|%[0-9A-Fa-f]{2})*")
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_TWICE = re.compile(r"%25[0-9A-Fa-f]{2}")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~")


@dataclass(frozen=True, slots=True)
class Target:
    """Where one request goes. `path` begins with `/`; both parts are percent-encoded; `query` None = none."""

    origin: Origin
    path: str
    query: str | None = None

    @property
    def url(self) -> str:
        """The one text of it."""
        return f"{self.origin}{self.path}" + ("" if self.query is None else f"?{self.query}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an absolute http or https URL. Raises EGRESS_INVALID that names the rule, not the URL."""
        if len(text) > MAX_URL_BYTES:
            raise _invalid(f"must have at most {MAX_URL_BYTES} bytes")
        if not text.isascii() or not text.isprintable():
            raise _invalid("must be printable ASCII; write other characters percent-encoded, names of hosts as xn--…")
        if not (match := _URL.fullmatch(text)):
            raise _invalid("must be http[s]://host[:port][/path][?query], without user name, backslash or fragment")
        scheme, host, port, path, query = match.groups()
        try:
            scheme = scheme.lower()
            origin = Origin(scheme, _host(host), egress.port_number(port, "url") if port else PORTS[scheme])
        except Fault as fault:
            raise _invalid(fault.violations[0].rule) from None
        if query is not None and not _QUERY.fullmatch(query):
            raise _invalid("the query must be of what RFC 3986 has, []{}|^` and %XX")
        return cls(origin, _path(path or "/"), query or None)


def _host(text: str) -> str:
    if not (text.startswith("[") and text.endswith("]")):
        return egress.host_name(text, "url")
    try:
        if "%" in text:
            raise AddressValueError("zone")
        return f"[{IPv6Address(text[1:-1])}]"
    except AddressValueError:
        raise Fault.invalid("url", "the host must be a DNS name or an address") from None


def _path(text: str) -> str:
    if not _PATH.fullmatch(text):
        raise _invalid("the path must be of what RFC 3986 has for paths, and %XX")
    path = _ENCODED.sub(_decoded, text)
    if _TWICE.search(path):
        raise _invalid("the path must not be percent-encoded twice")
    # Some servers cut what follows a semicolon before they resolve dots.
    if any(segment.partition(";")[0] in (".", "..") for segment in path.split("/")):
        raise _invalid("the path must not have the segments '.' or '..'")
    return path


def _decoded(match: re.Match[str]) -> str:
    """A percent-encoded byte in its canonical form: itself where that is all it can mean, upper-case otherwise."""
    char = chr(int(match[1], 16))
    if char in "./\\" or ord(char) < 0x20 or char == "\x7f":
        raise _invalid("the path must not have encoded dots, slashes, backslashes or control characters")
    return char if char in _UNRESERVED else match[0].upper()


def _invalid(rule: str) -> Fault:
    return Fault.invalid("url", rule, Reason.EGRESS_INVALID)
