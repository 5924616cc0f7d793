"""Tokens that settings name: kept as hashes, compared so that the time tells nothing about any."""

import hashlib
import hmac
from collections.abc import Sequence


def digest_of(token: str) -> bytes:
    """What is kept of a token: 32 bytes."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def matches(shown: str, known: Sequence[bytes]) -> list[bool]:
    """For each of the known digests, whether the token that is shown has it; all are compared, whichever it is."""
    digest = digest_of(shown)
    return [hmac.compare_digest(digest, one) for one in known]
