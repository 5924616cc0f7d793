"""Clients in Go and Node.js, generated from our proto, on a real platform: they do what docs/clients.md says."""

import hashlib
import json
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kernel import dsse
from kernel.archive import pack, read_archive
from kernel.digest import Digest
from kernel.signing import SigningKey
from tests import guests
from tests.clients.generating import go_client, node_client, run
from tests.guests.bundles import bundle_files
from tests.platform import ROOT, Platform

PAGE = b"<!doctype html>" + b"<p>a page of several chunks</p>" * 20_000


def arguments(platform: Platform, folder: Path) -> list[str]:
    """What both clients are given: services, a key, and a signed bundle that nobody has published."""
    name = f"com.example.client-{secrets.token_hex(4)}"
    files = bundle_files(name, guests.component("echo")) | {"ui/index.html": PAGE}
    archive = pack(files)
    told = json.loads(files["manifest.json"])
    statement = dsse.Statement(
        name, told["version"], told["publisher"], Digest.of(archive), read_archive(archive).tar_digest, datetime.now(UTC)
    )
    key = SigningKey.parse((Path(platform.told["keys"]) / "publisher-example.pem").read_bytes())
    (folder / "bundle").write_bytes(archive)
    (folder / "envelope").write_bytes(statement.sign(key))
    operator = Path(platform.told["keys"]) / "operator.key"
    given = (operator, folder / "bundle", folder / "envelope", name, told["version"], "demo")
    return [platform.told["registry_tcp"], platform.told["runner_tcp"], *map(str, given)]


def expected(given: list[str]) -> dict[str, Any]:
    return {
        "published": f"{given[5]} {given[6]}",
        "installed": True,
        "status": 200,
        "echoed": True,
        "too_large": "ERROR_REASON_PAYLOAD_TOO_LARGE",
        "media_type": "text/html; charset=utf-8",
        "page": hashlib.sha256(PAGE).hexdigest(),
        "unknown": "ERROR_REASON_EXTENSION_NOT_AVAILABLE",
        "anonymous": "ERROR_REASON_UNAUTHENTICATED",
        "executors": True,
    }


@pytest.mark.needs("go")
def test_go(platform: Platform, tmp_path: Path) -> None:
    client, given = go_client(tmp_path), arguments(platform, tmp_path)
    assert json.loads(run(client, *given, cwd=tmp_path)) == expected(given) | {"deadline": "DeadlineExceeded"}


@pytest.mark.needs("npm")
def test_node(platform: Platform, tmp_path: Path) -> None:
    client, given = node_client(tmp_path), arguments(platform, tmp_path)
    told = json.loads(run("node", client, ROOT / "proto", *given, cwd=tmp_path))
    assert told == expected(given) | {"deadline": "DEADLINE_EXCEEDED"}
