"""Proof that an artifact is this runner's own: an HMAC-SHA256 beside it, under a key that never leaves this runner.

A serialized artifact is machine code, and a flipped byte in it loads without complaint.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

_KEY_BYTES: Final = 32


class Seal:
    """Makes and checks the seals of artifacts below one directory."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of_directory(cls, directory: Path) -> "Seal":
        """The seal with the directory's key, which is made when there is none or it is not one. Raises OSError."""
        path = directory / "key"
        try:
            key = path.read_bytes()
        except FileNotFoundError:
            key = b""
        if len(key) == _KEY_BYTES:
            return cls(key)
        fresh = directory / f"key.{secrets.token_hex(8)}.tmp"
        descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        fresh.replace(path)
        return cls(path.read_bytes())

    def sign(self, artifact: Path, name: str) -> None:
        """Write the seal of an artifact, which is to be known by `name`. Raises OSError."""
        seal_path(artifact).write_text(self._seal(artifact, name), "ascii")

    def holds(self, artifact: Path, name: str) -> bool:
        """Whether the artifact and its seal are there and belong together under this name."""
        try:
            seal = seal_path(artifact).read_bytes()
            return hmac.compare_digest(seal, self._seal(artifact, name).encode())
        except FileNotFoundError:
            return False

    def _seal(self, artifact: Path, name: str) -> str:
        with artifact.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return hmac.new(self._key, f"alga artifact v1\n{name}\n{digest}".encode(), hashlib.sha256).hexdigest()


def seal_path(artifact: Path) -> Path:
    """Where an artifact's seal is."""
    return artifact.with_suffix(".mac")
