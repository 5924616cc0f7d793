"""Where the host application is, and the rules for its address, judged when the settings are read."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

_SCHEMES: Final = ("https", "http")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a host application is. Addresses are empty where there is none; `seconds` = what one call takes at most."""

    base: str
    token: str
    proxy_base: str
    seconds: float
    ca_file: Path | None = None


def check_base(text: str, *, plain_http: bool) -> None:
    """Raises ValueError, whose text says which rule an address breaks; `plain_http` = unencrypted calls may leave the machine."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError("must be an absolute URL") from error
    if parts.scheme not in _SCHEMES or not host or not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        raise ValueError("must be an absolute https URL in visible ASCII")
    if "@" in parts.netloc or "?" in text or "#" in text:
        raise ValueError("must have neither a user nor a query nor a fragment")
    if any(segment in (".", "..") for segment in parts.path.split("/")):
        raise ValueError("must have no dots as segments of its path")
    if parts.scheme == "http" and not plain_http and not _is_loopback(parts):
        raise ValueError("must be https, or http on this machine: tokens and data would leave it in the clear")


def without_api(url: str) -> str:
    """Without `/api` at its end, which the routes begin with: some give it along."""
    return url.removesuffix("/api")


def _is_loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
