"""Where extensions may send requests: origins, and the destinations that manifests, tenants and operators name.

A destination is `[http[s]://]host[:port][/prefix]`, with `host` a DNS name, `*.name` for all names below one, or an IPv4 address.
Without a scheme it means https; without a port the scheme's own; without a prefix all paths. IPv6 addresses cannot be named.
"""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import Final

from kernel.errors import Fault

MAX_DESTINATION: Final = 512  # characters
MAX_DESTINATIONS: Final = 64  # of one list
MAX_HOST: Final = 253  # characters of a DNS name
PORTS: Final = {"https": 443, "http": 80}

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # a last label that makes clients read the host as an address
_DESTINATION = re.compile(r"(?:(https?)://)?(\*\.)?([A-Za-z0-9.-]+)(?::([1-9][0-9]{0,4}))?(/.*)?", re.DOTALL)
_ORIGIN = re.compile(r"(https?)://([A-Za-z0-9.-]+)(?::([1-9][0-9]{0,4}))?")
_FORM: Final = "must be [http[s]://]host[:port][/prefix], with host as in api.example.com or *.example.com"


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host in lower case, port. Two are the same when all three are."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}" + ("" if self.port == PORTS[self.scheme] else f":{self.port}")


@dataclass(frozen=True, slots=True)
class Destination:
    """One entry of a list; `below`: all names below `host`, not itself. None = as the entry does not say."""

    host: str
    below: bool = False
    scheme: str | None = None
    port: int | None = None
    path: str | None = None

    @property
    def protocol(self) -> str:
        """The scheme of what it admits."""
        return self.scheme or "https"

    def admits(self, origin: Origin, path: str) -> bool:
        """Whether a request may go there; `path` is the whole path, percent-encoded in the one canonical way."""
        if origin.scheme != self.protocol or origin.port != (self.port or PORTS[self.protocol]):
            return False
        if not (origin.host.endswith("." + self.host) if self.below else origin.host == self.host):
            return False
        prefix = self.path or "/"
        return path.startswith(prefix) and (prefix.endswith("/") or path[len(prefix) :][:1] in ("", "/"))

    def touches(self, origin: Origin) -> bool:
        """Whether any request to that origin may go there."""
        return self.admits(origin, self.path or "/")

    def contains(self, other: "Destination") -> bool:
        """Whether it admits all requests to the other one's host; with a prefix it does not."""
        if (self.protocol, self.port or PORTS[self.protocol]) != (other.protocol, other.port or PORTS[other.protocol]):
            return False
        if self.path not in (None, "/"):
            return False
        same = other.host == self.host and other.below == self.below
        return same or (self.below and other.host.endswith("." + self.host))

    def __str__(self) -> str:
        scheme = f"{self.scheme}://" if self.scheme else ""
        port = f":{self.port}" if self.port else ""
        return f"{scheme}{'*.' if self.below else ''}{self.host}{port}{self.path or ''}"


def parse(text: str, field: str) -> Destination:
    """Read one entry. `str` of the answer is its canonical text. Raises INVALID_ARGUMENT that names the field and the rule."""
    if len(text) > MAX_DESTINATION:
        raise Fault.invalid(field, f"must have at most {MAX_DESTINATION} characters")
    if not (match := _DESTINATION.fullmatch(text)):
        raise Fault.invalid(field, _FORM)
    scheme, star, host, port, path = match.groups()
    host = host_name(host, field)
    if star and is_address(host):
        raise Fault.invalid(field, "'*.' must be followed by a name, not an address")
    if star and "." not in host:
        raise Fault.invalid(field, "'*.' must be followed by at least two labels")
    if path is not None:
        _check_prefix(path, field)
    return Destination(host, bool(star), scheme, port_number(port, field) if port else None, path)


def parse_origin(text: str, field: str) -> Origin:
    """Read `http[s]://host[:port]`, and nothing behind it. Raises INVALID_ARGUMENT that names the field and the rule."""
    if len(text) > MAX_DESTINATION or not (match := _ORIGIN.fullmatch(text)):
        raise Fault.invalid(field, "must be an origin: http[s]://host[:port]")
    scheme, host, port = match.groups()
    return Origin(scheme, host_name(host, field), port_number(port, field) if port else PORTS[scheme])


def host_name(text: str, field: str) -> str:
    """A DNS name in lower case, or an IPv4 address of four decimal numbers. Raises INVALID_ARGUMENT."""
    host = text.lower()
    labels = host.split(".")
    if not text.isascii() or len(host) > MAX_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise Fault.invalid(field, f"the host must be a DNS name of at most {MAX_HOST} characters")
    # Clients read 127.1, 0177.0.0.1, 2130706433 or 0x7f000001 as addresses, each in its own way.
    if _NUMBER.fullmatch(labels[-1]) and not is_address(host):
        raise Fault.invalid(field, "the host must be a DNS name or four decimal numbers")
    return host


def is_address(host: str) -> bool:
    """Whether a host is an IPv4 address in the one form that is accepted."""
    try:
        IPv4Address(host)
    except AddressValueError:
        return False
    return True


def port_number(text: str, field: str) -> int:
    """A port in decimal digits. Raises INVALID_ARGUMENT."""
    port = int(text)
    if not 1 <= port <= 65535:
        raise Fault.invalid(field, "the port must be 1 to 65535")
    return port


def _check_prefix(path: str, field: str) -> None:
    # Requests are compared in their percent-encoded form, so a prefix is of what needs no encoding.
    if not path.isascii() or not path.isprintable() or any(char in ' "?#%\\*<>[]^`{|}' for char in path):
        raise Fault.invalid(field, "the prefix must be of letters, digits and the characters -._~!$&'()+,;=:@/")
    if any(segment in (".", "..") for segment in path.split("/")):
        raise Fault.invalid(field, "the prefix must not have the segments '.' or '..'")
