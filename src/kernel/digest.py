"""SHA-256 digests as values that print as they are written on the wire: `sha256:<64 hex>`."""

import hashlib
import re
from dataclasses import dataclass
from typing import Self

from kernel.errors import Fault, Reason

_FORM = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """A SHA-256 digest: 64 lower-case hex digits."""

    hex: str

    @classmethod
    def parse(cls, text: str, field: str = "content_hash") -> Self:
        """Read a digest from outside; the prefix may be missing and letters may be upper-case.

        Raises INVALID_ARGUMENT that names `field`.
        """
        match = _FORM.fullmatch(text)
        if match is None:
            raise Fault.invalid(field, "must be sha256:<64 hex digits>", Reason.INVALID_ARGUMENT)
        return cls(match[1].lower())

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Digest of bytes in memory."""
        return cls(hashlib.sha256(data).hexdigest())

    def __str__(self) -> str:
        return f"sha256:{self.hex}"
