"""Publishing what must be refused: envelopes that are right over any bytes, and all that a registry keeps, before and after."""

import hashlib
import json
import sqlite3
from collections.abc import Awaitable, Mapping
from typing import Any

import pytest
import zstandard

from kernel.digest import Digest
from kernel.errors import Fault
from tests.registry.bundles import Signed, bundle, manifest
from tests.registry.stack import Stack
from tests.unit.kernel.tars import END, file, zst

Kept = tuple[Mapping[str, int], frozenset[str]]


def kept(stack: Stack) -> Kept:
    """The number of rows of every table, and every path below the folders of blobs and uploads."""
    connection = sqlite3.connect(stack.data / "registry.db")
    try:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
    finally:
        connection.close()
    paths = (path for folder in ("blobs", "uploads") for path in (stack.data / folder).rglob("*"))
    return rows, frozenset(str(path.relative_to(stack.data)) for path in paths)


async def refused(stack: Stack, publishing: Awaitable[object]) -> Fault:
    """The refusal, after which everything is as it was: no row, no blob, no temporary file."""
    before = kept(stack)
    with pytest.raises(Fault) as caught:
        await publishing
    assert kept(stack) == before
    return caught.value


def signed(stack: Stack, archive: bytes, tar: bytes = b"", **said: Any) -> Signed:
    """An archive of any bytes whose envelope is right in everything: signer, hash, name, version, and the digest of its tar.

    `said` changes the statement.
    """
    digests = {"archive": Digest.of(archive), "tar": Digest(hashlib.sha256(tar).hexdigest())}
    return Signed(archive, bundle(stack.publisher_key).statement, b"").resigned(stack.publisher_key, **(digests | said))


def content(**changes: Any) -> bytes:
    """Tar entries of a bundle that can be published, without the tar's end."""
    return file(b"manifest.json", json.dumps(manifest(**changes)).encode()) + file(b"ui/index.html", b"<h1>reports</h1>")


def tarred(stack: Stack, tar: bytes) -> Signed:
    """A tar in one frame, signed as it is."""
    return signed(stack, zst(tar, write_content_size=False), tar)


def framed(stack: Stack, archive: bytes) -> Signed:
    """An archive, signed as it is; its tar is what a tool that does not mind makes of it."""
    try:
        tar = zstandard.ZstdDecompressor().decompressobj().decompress(archive[: 1 << 20])
    except zstandard.ZstdError:
        tar = b""
    return signed(stack, archive, tar)


__all__ = ["END", "content", "framed", "kept", "refused", "signed", "tarred"]
