"""Whatever bytes come, the reader answers with a tree or with one fault, and extracts nothing outside its directory."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from kernel.archive import ArchiveLimits, extract, load, pack
from kernel.errors import Fault, Reason
from tests.unit.kernel.tars import END, GNU, USTAR, block, file, padded, zst

LIMITS = ArchiveLimits(archive_bytes=1 << 20, total_bytes=1 << 20, file_bytes=1 << 16, entries=16)
GOOD = pack({"manifest.json": b"{}", "dist/main.wasm": bytes(range(256)) * 20, "ui/index.html": b"<p>" * 99})
TAR = file(b"./manifest.json", b"{}", magic=GNU) + block(b"ui/", 0, b"5") + file(b"ui/a.js", b"x" * 600) + END


def check(archive: bytes) -> None:
    try:
        files = load(archive, LIMITS)
    except Fault as fault:
        assert fault.reason is Reason.ARCHIVE_INVALID
        assert fault.facts["rule"]
        return
    assert len(files) <= LIMITS.entries
    assert sum(map(len, files.values())) <= LIMITS.total_bytes
    with tempfile.TemporaryDirectory() as folder:
        extract(archive, Path(folder) / "out", LIMITS)
        found = {str(p.relative_to(Path(folder) / "out")): p for p in Path(folder).rglob("*") if not p.is_dir()}
        assert {name: path.read_bytes() for name, path in found.items()} == files
        assert not any(path.is_symlink() for path in found.values())


edits = st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=4), st.integers(0, 4)), max_size=6)


def edited(data: bytes, changes: list[tuple[int, bytes, int]]) -> bytes:
    for at, new, removed in changes:
        at %= len(data) + 1
        data = data[:at] + new + data[at + removed :]
    return data


@given(st.binary(max_size=2000))
def test_any_bytes(data: bytes) -> None:
    check(data)


@given(st.binary(max_size=2000))
def test_any_bytes_after_the_magic(data: bytes) -> None:
    check(b"\x28\xb5\x2f\xfd" + data)


@given(edits)
def test_edited_archives(changes: list[tuple[int, bytes, int]]) -> None:
    check(edited(GOOD, changes))


@given(edits)
def test_edited_tars(changes: list[tuple[int, bytes, int]]) -> None:
    check(zst(edited(TAR, changes)))


names = st.one_of(
    st.binary(max_size=100),
    st.text("./\\aAb\0\n\u00fc", max_size=40).map(lambda text: text.encode()[:100]),
)
entries = st.builds(
    lambda name, content, kind, magic, prefix: block(name, len(content), kind, magic, prefix) + padded(content),
    names,
    st.binary(max_size=600),
    st.sampled_from([b"0", b"\0", b"5", b"1", b"2", b"x", b"L"]),
    st.sampled_from([USTAR, GNU]),
    names,
)


@given(st.lists(entries, max_size=6))
def test_any_entries(parts: list[bytes]) -> None:
    check(zst(b"".join(parts) + END))


plain = st.text("abcXYZ09-_ \u00fc", min_size=1, max_size=20)


@given(st.dictionaries(st.lists(plain, min_size=1, max_size=4).map("/".join), st.binary(max_size=2000), max_size=8))
def test_what_packs_reads_back(files: dict[str, bytes]) -> None:
    try:
        archive = pack(files)
    except Fault as fault:
        assert fault.facts["rule"] in {"duplicate-case", "file-and-directory"}
        return
    assert load(archive) == files
    check(archive)
