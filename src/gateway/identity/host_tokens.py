"""The service tokens by which the host application is known, whichever route it comes by."""

import hashlib
import hmac
from collections.abc import Iterable


class HostTokens:
    """Several while one takes another's place; without any, nobody is known by one."""

    def __init__(self, tokens: Iterable[str] = ()) -> None:
        self._digests = tuple(hashlib.sha256(token.encode()).digest() for token in tokens)

    def known(self, shown: str) -> bool:
        """Whether it is one of them; how long that takes tells nothing about any."""
        digest = hashlib.sha256(shown.encode("utf-8", "surrogateescape")).digest()
        found = [hmac.compare_digest(digest, one) for one in self._digests]  # all are compared
        return any(found)
