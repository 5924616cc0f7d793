"""Bundles that were valid and rightly signed, and then changed: 500 archives byte by byte, 400 tars entry by entry, signed anew.

Only our own documented errors come out of publishing, and nothing is left; what is accepted is what was promised.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import zstandard
from hypothesis import strategies as st

from kernel.archive import load
from tests.fuzz.signed import Registry, explore, serving
from tests.hostile.publishing import framed, signed
from tests.registry.bundles import bundle, manifest
from tests.unit.kernel.tars import END, GNU, USTAR, block, padded, zst


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with serving() as found:
        yield found


def files(version: str) -> dict[str, bytes]:
    """A bundle with something of everything, its component aside: that is for test_components."""
    return {
        "manifest.json": json.dumps(manifest(version=version)).encode(),
        "ui/index.html": b"<h1>reports</h1>" * 40,
        "ui/app.js": bytes(range(256)) * 8,
    }


def frames(version: str, kind: str) -> bytes:
    """The bundle as different tools write it."""
    tar = b"".join(block(name.encode(), len(content)) + padded(content) for name, content in files(version).items()) + END
    if kind == "stored":
        return zst(tar, level=-100)
    if kind == "streamed":
        compressor = zstandard.ZstdCompressor(level=3, write_checksum=True).compressobj()
        pieces = [tar[at : at + 700] for at in range(0, len(tar), 700)]
        parts = [compressor.compress(piece) + compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) for piece in pieces]
        return b"".join(parts) + compressor.flush()
    return zst(tar, write_checksum=kind == "checked")


positions = st.integers(0, 1 << 20)
Edit = tuple[str, int, int, bytes]
kinds_of_edits = st.sampled_from(["flip", "cut", "insert", "repeat", "end", "set"])
edits: st.SearchStrategy[list[Edit]] = st.lists(
    st.tuples(kinds_of_edits, positions, st.integers(0, 255), st.binary(max_size=6)), min_size=1, max_size=4
)


def edited(data: bytes, changes: list[Edit]) -> bytes:
    for kind, at, number, new in changes:
        at %= len(data) + 1
        match kind:
            case "flip" if at < len(data):
                data = data[:at] + bytes([data[at] ^ 1 << number % 8]) + data[at + 1 :]
            case "cut":
                data = data[:at] + data[at + number :]
            case "insert":
                data = data[:at] + new + data[at:]
            case "repeat":
                data = data[:at] + data[at : at + number] * 2 + data[at + number :]
            case "end":
                data = data[:at]
            case "set":
                data = data[:at] + new + data[at + len(new) :]
    return data


def test_archives_changed_byte_by_byte(registry: Registry) -> None:
    def check(kind: str, changes: list[Edit], told: str) -> None:
        version = registry.version
        right = frames(version, kind)
        archive = edited(right, changes)
        made = framed(registry.stack, archive).resigned(registry.stack.publisher_key, version=version)
        if told == "anew":
            published = registry.publish(made)
        else:  # the envelope of what was there before, with the new hash or with the old one
            old = framed(registry.stack, right).resigned(registry.stack.publisher_key, version=version)
            promise = {"content_hash": str(old.digest)} if told == "the old hash" else {}
            published = registry.publish(made, envelope=old.envelope, **promise)
            assert published is None or archive == right
        if published is not None:
            assert json.loads(load(archive)["manifest.json"])["version"] == published.version == version

    kinds = st.sampled_from(["packed", "checked", "stored", "streamed"])
    explore("archives", check, kinds, edits, st.sampled_from(["anew", "anew", "anew", "the old hash", "the old envelope"]))
    registry.reached("published", "ARCHIVE_INVALID", "STATEMENT_MISMATCH", "BUNDLE_DIGEST_MISMATCH")


names = st.sampled_from(
    [b"ui/index.html", b"manifest.json", b"ui", b"UI/index.html", b"dist/main.wasm", b"SIGNATURE", b"x", b"ui/a"]
)
odd_names = st.text("./\\aU\0\n\u00fc\u202e~", max_size=30).map(lambda text: text.encode()[:100]) | st.binary(max_size=100)
numbers = st.integers(0, 1 << 33).map(lambda number: b"%011o\0" % number) | st.binary(max_size=12)
one_thing = st.fixed_dictionaries({"name": names}) | st.fixed_dictionaries({"content": st.binary(max_size=700)})
headers = one_thing | st.fixed_dictionaries(
    {},
    optional={
        "name": names | odd_names,
        "kind": st.sampled_from([b"0", b"\0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"S", b"x", b"g", b"L", b"K", b"V"]),
        "magic": st.sampled_from([USTAR, GNU, b"ustar\x0001", b"\0" * 8]),
        "prefix": names | odd_names,
        "link": names,
        "size": numbers,
        "checksum": st.binary(min_size=8, max_size=8),
        "content": st.binary(max_size=700),
    },
)
Change = tuple[str, int, int, dict[str, Any]]
changes_of_entries: st.SearchStrategy[list[Change]] = st.lists(
    st.tuples(
        st.sampled_from(["change", "drop", "double", "swap", "add", "component"]), st.integers(0, 5), st.integers(0, 5), headers
    ),
    min_size=1,
    max_size=3,
)
ends = st.sampled_from([END, END, END, END + bytes(512), bytes(512), b"", END + b"x", END + bytes(700)])


def entries(version: str, changes: list[Change]) -> bytes:
    """The tar of the bundle after changes to its list of entries."""
    listed: list[dict[str, Any]] = [{"name": name.encode(), "content": content} for name, content in files(version).items()]
    for kind, first, second, header in changes:
        at, to = (index % len(listed) if listed else 0 for index in (first, second))
        if kind == "add" or not listed:
            listed.insert(at, {"name": b"ui/new", "content": b""} | header)
        elif kind == "component":
            listed.append({"name": b"dist/main.wasm", "content": header.get("content", b"")})
        elif kind == "change":
            listed[at] = listed[at] | header
        elif kind == "drop":
            del listed[at]
        elif kind == "double":
            listed.insert(to, dict(listed[at]))
        else:
            listed[at], listed[to] = listed[to], listed[at]
    return b"".join(entry(**item) for item in listed)


def entry(content: bytes, **header: Any) -> bytes:
    return block(**({"size": len(content)} | header)) + padded(content)


def test_tars_changed_entry_by_entry(registry: Registry) -> None:
    def check(changes: list[Change], end: bytes) -> None:
        version = registry.version
        tar = entries(version, changes) + end
        made = signed(registry.stack, zst(tar), tar, version=version)
        if registry.publish(made) is not None:
            held = load(made.archive)  # what is published reads as one tree
            assert json.loads(held["manifest.json"])["version"] == version
            assert "ui/index.html" in held

    explore("tars", check, changes_of_entries, ends)
    registry.reached("published", "ARCHIVE_INVALID", "MANIFEST_INVALID", "COMPONENT_INVALID")


def test_the_ground_is_accepted(registry: Registry) -> None:
    for kind in ("packed", "checked", "stored", "streamed"):
        version = registry.version
        made = framed(registry.stack, frames(version, kind)).resigned(registry.stack.publisher_key, version=version)
        assert registry.publish(made) is not None
    assert registry.publish(bundle(registry.stack.publisher_key, version=registry.version)) is not None
