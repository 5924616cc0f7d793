import hashlib
import io
import itertools
import os
import stat
import subprocess
import tarfile
from pathlib import Path

import pytest
import zstandard

from kernel.archive import ArchiveLimits, extract, load, pack, pack_tar, read_archive, tar_digest
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from tests.unit.kernel.tars import END, GNU, file, folder, zst

FILES = {
    "manifest.json": b'{"name":"com.example.a"}',
    "dist/main.wasm": bytes(range(256)) * 1000,
    "ui/index.html": b"<p>",
    "ui/empty": b"",
    "ui/block": b"x" * 512,
    "ui/" + "long" * 30 + "/" + "name" * 24: b"long",
    "ui/\N{LATIN SMALL LETTER U WITH DIAERESIS}.txt": b"text",
}


def rule(error: pytest.ExceptionInfo[Fault]) -> str:
    assert error.value.reason is Reason.ARCHIVE_INVALID
    assert error.value.violations
    return error.value.facts["rule"]


def test_what_is_packed_is_read_back() -> None:
    assert load(pack(FILES)) == FILES


def test_the_order_of_files_does_not_matter() -> None:
    assert len({pack(dict(order)) for order in itertools.islice(itertools.permutations(FILES.items()), 24)}) == 1


def test_the_index_tells_paths_sizes_and_digests() -> None:
    index = read_archive(pack(FILES))
    assert index.paths == set(FILES)
    assert [entry.path for entry in index.entries] == sorted(FILES, key=str.encode)
    assert all(entry.size == len(FILES[entry.path]) and entry.digest == Digest.of(FILES[entry.path]) for entry in index.entries)
    assert index.tar_digest == tar_digest(FILES) == Digest.of(pack_tar(FILES))
    assert index.tar_size == len(pack_tar(FILES))


def test_the_tar_is_what_the_standard_library_reads() -> None:
    with tarfile.open(fileobj=io.BytesIO(pack_tar(FILES))) as tar:
        members = tar.getmembers()
        assert {m.name: tar.extractfile(m).read() for m in members} == FILES  # type: ignore[union-attr]
    assert {(m.mode, m.uid, m.gid, m.mtime, m.uname, m.gname) for m in members} == {(0o644, 0, 0, 0, "", "")}


def test_the_frame_says_its_size_and_carries_no_checksum() -> None:
    frame = zstandard.get_frame_parameters(pack(FILES))
    assert frame.content_size == len(pack_tar(FILES))
    assert not frame.has_checksum


def test_packing_needs_the_pinned_compressor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zstandard, "ZSTD_VERSION", (1, 5, 6))
    with pytest.raises(Fault, match=r"1\.5\.7.*1\.5\.6") as error:
        pack(FILES)
    assert error.value.reason is Reason.INTERNAL


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"../a": b""}, "path-dots"),
        ({"/a": b""}, "path-absolute"),
        ({".env": b""}, "path-hidden"),
        ({"a\udc80": b""}, "path-control"),
        ({"n" * 101: b""}, "path-ustar"),
        ({"p" * 156 + "/n": b""}, "path-ustar"),
        ({"a": b"", "A": b""}, "duplicate-case"),
        ({"a": b"", "a/b": b""}, "file-and-directory"),
        ({f"f{n}": b"" for n in range(9)}, "entries"),
        ({"a": b"x" * 1025}, "file-size"),
        ({f"f{n}": b"x" * 1024 for n in range(8)}, "total-size"),
        ({"a": os.urandom(1000)}, "archive-size"),
    ],
)
def test_what_a_reader_would_refuse_is_not_packed(files: dict[str, bytes], expected: str) -> None:
    limits = ArchiveLimits(entries=8, file_bytes=1024, total_bytes=8 * 1024, archive_bytes=900)
    with pytest.raises(Fault) as error:
        pack(files, limits)
    assert rule(error) == expected


@pytest.mark.parametrize("form", ["gnu", "ustar"])
@pytest.mark.parametrize("root", ["ui", "."])
def test_ordinary_archives_of_others_are_read(tmp_path: Path, form: str, root: str) -> None:
    (tmp_path / "ui" / "sub").mkdir(parents=True)
    (tmp_path / "ui" / "sub" / "a").write_bytes(b"a" * 700)
    (tmp_path / "ui" / "b").write_bytes(b"b")
    tar = subprocess.run(["tar", "-C", tmp_path, f"--format={form}", "-cf", "-", root], capture_output=True, check=True).stdout
    for archive in (zst(tar, level=19), zst(tar, write_checksum=True), zst(tar, write_content_size=False)):
        assert load(archive) == {"ui/sub/a": b"a" * 700, "ui/b": b"b"}


def test_old_type_flags_and_large_owner_numbers_are_read() -> None:
    assert load(zst(file(b"./a", b"1", kind=b"\0", magic=GNU, owner=b"\x80\0\0\0\0\x20\0\0") + END)) == {"a": b"1"}


def test_a_prefix_means_nothing_in_the_gnu_format() -> None:
    assert load(zst(file(b"a", b"1", magic=GNU, prefix=b"../..") + END)) == {"a": b"1"}
    assert load(zst(file(b"a", b"1", prefix=b"ui/x") + END)) == {"ui/x/a": b"1"}


def test_sources_may_read_short(tmp_path: Path) -> None:
    class Trickle(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self._inner = io.BytesIO(data)

        def read(self, size: int = -1) -> bytes:
            return self._inner.read(min(size, 7))

    assert read_archive(Trickle(pack(FILES))).paths == set(FILES)  # type: ignore[arg-type]


def test_only_wanted_files_are_given_away() -> None:
    asked: list[tuple[str, int]] = []
    wanted = io.BytesIO()

    class Keep:
        def __enter__(self) -> io.BytesIO:
            return wanted

        def __exit__(self, *_: object) -> None:
            asked.append(("closed", wanted.tell()))

    def sink(path: str, size: int) -> Keep | None:
        asked.append((path, size))
        return Keep() if path == "ui/index.html" else None

    index = read_archive(pack(FILES), sink)
    assert wanted.getvalue() == b"<p>"
    assert [step for step in asked if step[0] != "closed"] == [(entry.path, entry.size) for entry in index.entries]
    assert asked[asked.index(("ui/index.html", 3)) + 1] == ("closed", 3)


def test_a_large_archive_is_read_in_pieces() -> None:
    content = hashlib.shake_256(b"seed").digest(3 << 20)
    pieces: list[int] = []

    class Count:
        def __enter__(self) -> "Count":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def write(self, data: bytes) -> None:
            pieces.append(len(data))

    read_archive(pack({"a": content}), lambda _path, _size: Count())
    assert sum(pieces) == len(content)
    assert max(pieces) <= 128 * 1024


class TestExtract:
    def test_files_appear_read_only_and_complete(self, tmp_path: Path) -> None:
        index = extract(pack(FILES), tmp_path / "out")
        found = {str(p.relative_to(tmp_path / "out")): p for p in (tmp_path / "out").rglob("*") if p.is_file()}
        assert {name: path.read_bytes() for name, path in found.items()} == FILES
        assert {stat.S_IMODE(path.stat().st_mode) & ~0o444 for path in found.values()} == {0}
        assert index.paths == set(FILES)
        assert os.listdir(tmp_path) == ["out"]

    def test_nothing_is_left_of_a_refused_archive(self, tmp_path: Path) -> None:
        bad = zst(file(b"a", b"1") + folder(b"b") + file(b"../c", b"2") + END)
        with pytest.raises(Fault) as error:
            extract(bad, tmp_path / "out")
        assert rule(error) == "path-dots"
        assert os.listdir(tmp_path) == []

    @pytest.mark.parametrize("full", [True, False])
    def test_an_existing_directory_is_not_touched(self, tmp_path: Path, full: bool) -> None:
        (tmp_path / "out").mkdir()
        if full:
            (tmp_path / "out" / "mine").write_text("x")
        with pytest.raises(FileExistsError):
            extract(pack(FILES), tmp_path / "out")
        assert os.listdir(tmp_path / "out") == (["mine"] if full else [])

    def test_the_second_of_two_at_once_is_told(self, tmp_path: Path) -> None:
        class Race(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                if not (tmp_path / "out").exists():
                    extract(pack(FILES), tmp_path / "out")
                return super().read(size)

        with pytest.raises(FileExistsError):
            extract(Race(pack({"other": b""})), tmp_path / "out")
        assert os.listdir(tmp_path) == ["out"]
        assert (tmp_path / "out" / "manifest.json").exists()

    def test_errors_of_the_disk_are_told_as_they_are(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            extract(pack(FILES), tmp_path / "missing" / "out")


def test_the_usual_tool_reads_the_tar() -> None:
    listed = subprocess.run(["tar", "--quoting-style=literal", "-tf", "-"], input=pack_tar(FILES), capture_output=True, check=True)
    assert listed.stdout.decode().splitlines() == sorted(FILES, key=str.encode)
    assert listed.stderr == b""
