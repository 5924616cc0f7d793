"""Manifests that were valid and then changed in their structure, packed and rightly signed anew: 500 of them are published.

Only our own documented errors come out, and nothing is left; what is accepted is recorded as the manifest says.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import strategies as st

from kernel.archive import pack_tar
from kernel.digest import Digest
from kernel.dsse import Statement
from kernel.manifest import Manifest
from tests.fuzz.documents import Change, changed, changes, dumped
from tests.fuzz.signed import Registry, explore, serving
from tests.registry.bundles import PUBLISHER, Signed
from tests.registry.components import HANDLER, component
from tests.unit.kernel.tars import zst
from tests.unit.kernel.test_manifest import FULL

WASM = component(HANDLER)
# Without what needs the component; looking into it takes most of the time of a publish.
PAGES: dict[str, Any] = {key: value for key, value in FULL.items() if key not in {"api", "events", "entry"}}


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with serving() as found:
        yield found


def said(document: Any, key: str, default: str) -> str:
    """What a statement that agrees with the manifest says, as far as a statement can."""
    found = document.get(key) if isinstance(document, dict) else None
    return found if isinstance(found, str) and 0 < len(found) <= 128 and "\ud800" not in found else default


def bundled(registry: Registry, document: Any, version: str, ground: dict[str, Any]) -> Signed:
    files = {"ui/dist/index.html": b"", "precompiled/x86_64.cwasm": b"", "sbom.spdx.json": b"{}"}
    files |= {"dist/app.wasm": WASM} if "entry" in ground else {}
    tar = pack_tar({"manifest.json": dumped(document), **files})
    archive = zst(tar)
    statement = Statement(
        said(document, "name", "com.acme.reports"),
        said(document, "version", version),
        said(document, "publisher", PUBLISHER),
        Digest.of(archive),
        Digest.of(tar),
        datetime.now(UTC).replace(microsecond=0),
    )
    return Signed(archive, statement, statement.sign(registry.stack.publisher_key))


def test_manifests_changed_in_their_structure(registry: Registry) -> None:
    def check(ground: dict[str, Any], edits: list[Change]) -> None:
        version = registry.version
        document = changed(ground | {"version": version}, edits)
        published = registry.publish(bundled(registry, document, version, ground))
        if published is not None:
            manifest = Manifest.parse(dumped(document))
            assert (published.name, published.version) == (manifest.name, manifest.version)
            assert list(published.capabilities) == sorted(manifest.capabilities)
            assert [(one.method, one.path) for one in published.endpoints] == [(one.method, one.path) for one in manifest.endpoints]
            assert sorted(published.egress) == sorted(manifest.egress)

    explore("manifests", check, st.sampled_from([PAGES, PAGES, FULL]), changes)
    registry.reached("published", "MANIFEST_INVALID")


def test_the_ground_is_accepted(registry: Registry) -> None:
    for ground in (PAGES, FULL):
        version = registry.version
        assert registry.publish(bundled(registry, ground | {"version": version}, version, ground)).version == version
