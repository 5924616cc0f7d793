"""Bundles of test extensions, packed and signed as a publisher's tool would."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from kernel.archive import pack, tar_digest
from kernel.digest import Digest
from kernel.dsse import Statement
from kernel.signing import SigningKey

NAME, PUBLISHER = "com.acme.reports", "acme"


def manifest(**changes: Any) -> dict[str, Any]:
    """A UI-only extension, with changes."""
    base = {
        "name": NAME,
        "publisher": PUBLISHER,
        "version": "1.0.0",
        "runtime": "wasm-component@1",
        "capabilities": ["cap:storage.kv"],
        "ui": {"type": "iframe", "entry": "ui/index.html"},
    }
    return base | changes


@dataclass(frozen=True)
class Signed:
    """An archive with its statement and envelope."""

    archive: bytes
    statement: Statement
    envelope: bytes

    @property
    def digest(self) -> Digest:
        return Digest.of(self.archive)

    def resigned(self, key: SigningKey, **changes: Any) -> "Signed":
        statement = replace(self.statement, **changes)
        return Signed(self.archive, statement, statement.sign(key))


def bundle(key: SigningKey, files: dict[str, bytes] | None = None, **changes: Any) -> Signed:
    """A signed bundle; `changes` go into its manifest, `files` beside it."""
    document = manifest(**changes)
    content = {"manifest.json": json.dumps(document).encode(), "ui/index.html": b"<h1>reports</h1>"} | (files or {})
    archive = pack(content)
    statement = Statement(
        document["name"],
        document["version"],
        document["publisher"],
        Digest.of(archive),
        tar_digest(content),
        datetime.now(UTC).replace(microsecond=0),
    )
    return Signed(archive, statement, statement.sign(key))
