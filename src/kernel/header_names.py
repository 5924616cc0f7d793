"""Which header fields an outgoing request may have from others than the host: guests, and tenants' credentials."""

import re
from typing import Final

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]{1,256}")
# Frames of HTTP, the way to a server, and what servers believe of proxies.
_RESERVED: Final = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect", "via",
     "forwarded", "x-real-ip", "http2-settings"}
)  # fmt: skip
_RESERVED_PREFIXES: Final = ("proxy-", "x-forwarded-", "x-alga-", ":")


def is_name(name: str) -> bool:
    """Whether it is a field's name, in lower case."""
    return _NAME.fullmatch(name) is not None


def is_reserved(name: str) -> bool:
    """Whether the host alone sets the field of that name, in lower case."""
    return name in _RESERVED or name.startswith(_RESERVED_PREFIXES)
