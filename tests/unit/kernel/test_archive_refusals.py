"""One archive for each rule of the reader, handmade so that it breaks that rule and no other."""

import io
from hashlib import shake_256

import pytest
import zstandard

from kernel.archive import ArchiveLimits, load, pack
from kernel.errors import Fault, Reason
from tests.unit.kernel.tars import END, GNU, block, file, folder, padded, zst

OK = file(b"a.txt", b"1")
LIMITS = ArchiveLimits(archive_bytes=64 * 1024, total_bytes=512 * 1024, file_bytes=64 * 1024, entries=8, ratio_floor=128 * 1024)

TARS: dict[str, list[bytes]] = {
    "header-magic": [block(magic=b"\0" * 8) + END, block(magic=b"ustar\x0001") + END, b"\xff" * 512 + END],
    "header-checksum": [
        block(checksum=b"000001\0 ") + END,
        block(checksum=b"+00001\0 ") + END,
        block(checksum=b"\x80\0\0\0\0\0\0\0") + END,
        block(checksum=b" " * 8) + END,
        block()[:300] + b"!" + block()[301:] + END,
    ],
    "hard-link": [block(kind=b"1", link=b"other") + END],
    "symbolic-link": [block(kind=b"2", link=b"/etc/passwd") + END, block(kind=b"2", magic=GNU, link=b"..") + END],
    "device": [block(kind=b"3") + END, block(kind=b"4") + END],
    "fifo": [block(kind=b"6") + END],
    "sparse": [block(kind=b"S", magic=GNU) + END],
    "pax-header": [file(b"x", b"12 path=b.c\n", kind=b"x") + OK + END, file(b"g", b"", kind=b"g") + OK + END],
    "gnu-extension": [
        file(b"././@LongLink", b"b.c\0", kind=b"L", magic=GNU) + OK + END,
        file(b"././@LongLink", b"b.c\0", kind=b"K", magic=GNU) + OK + END,
    ],
    "entry-type": [block(kind=kind) + END for kind in (b"7", b"V", b"M", b"D", b"A", b"9", b"\xff")],
    "link-name": [block(link=b"x") + END],
    "directory-size": [block(b"d/", 5, b"5") + padded(b"12345") + END],
    "size-form": [
        block(size=b"-0000000001\0") + END,
        block(size=b"0x1") + END,
        block(size=b"00000000_1\0") + END,
        block(size=b"8") + END,
        block(size=b"\x80" + b"\0" * 10 + b"\1") + padded(b"1") + END,
        block(size=b"\xff" * 12) + END,
        block(size=b"\0") + END,
        block(size=b"1\x001") + padded(b"1") + END,
    ],
    "path-empty": [block(b"") + END, folder(b"/") + END, block(b"./") + END],
    "path-absolute": [block(b"/etc/passwd") + END, folder(b"//") + END, block(b".//a") + END, block(b"a", prefix=b"/x") + END],
    "path-dots": [
        block(b"../a") + END,
        block(b"a/../b") + END,
        block(b"a/./b") + END,
        block(b"a/..") + END,
        block(b"././a") + END,
        block(b".") + END,
        folder(b"..") + END,
        folder(b"./../") + END,
        block(b"b", prefix=b"a/..") + END,
    ],
    "path-hidden": [block(b".git/config") + END, block(b"ui/.htaccess") + END, block(b"...") + END, folder(b".ssh/") + END],
    "path-backslash": [block(b"a\\b") + END, block(b"..\\..\\a") + END],
    "path-control": [
        block(b"a\nb") + END,
        block(b"a\x1b[2Jb") + END,
        block(b"a\x7f") + END,
        block("a\u202eb".encode()) + END,
        block("a\u200bb".encode()) + END,
        block("a\u2028b".encode()) + END,
        block("a\x85b".encode()) + END,
    ],
    "path-nul": [block(b"a\0b") + END, block(b"a.txt\0/../x") + END, block(b"a", prefix=b"p\0q") + END],
    "path-utf8": [block(b"\xff\xfe") + END, block(b"\xed\xa0\x80") + END, block(b"\xc0\xae\xc0\xae/a") + END],
    "path-segment-empty": [block(b"a//b") + END, block(b"a", prefix=b"b/") + END, folder(b"a//") + END],
    "file-slash": [block(b"a/") + END, block(b"a/", kind=b"\0", magic=GNU) + END],
    "path-length": [block(b"n" * 100, prefix=b"p" * 155) + END],
    "path-depth": [block(b"a/" * 32 + b"b") + END],
    "duplicate": [OK + OK + END, folder(b"d/") + folder(b"d") + END, file(b"./a.txt") + OK + END],
    "duplicate-case": [
        file(b"a") + file(b"A") + END,
        file(b"d/a") + file(b"D/b") + END,
        folder(b"d") + folder(b"D") + END,
        file("stra\u00dfe".encode()) + file(b"STRASSE") + END,
        file("\u00fc".encode()) + file("u\u0308".encode()) + END,
    ],
    "file-and-directory": [
        file(b"a") + file(b"a/b") + END,
        file(b"a/b") + file(b"a") + END,
        file(b"a") + folder(b"a") + END,
        folder(b"a") + file(b"a") + END,
        file(b"A") + file(b"a/b") + END,
    ],
    "entries": [b"".join(file(b"f%d" % n) for n in range(9)) + END, folder(b"./") * 9 + END],
    "file-size": [block(size=64 * 1024 + 1) + END, block(size=b"77777777777\0") + END],
    "padding": [block(size=1) + b"1" + b"\0" * 510 + b"!" + END],
    "truncated": [b"", OK[:100], OK[:512], OK[:600], OK, OK + END[:512], block(size=600) + padded(b"1")],
    "end-blocks": [OK + END[:512] + OK + END, OK + END[:512] + b"\0" * 511 + b"!" + END],
    "end-padding": [OK + END + OK + END, OK + END + b"\0" * 9000 + b"!", OK + END + b"\0" * 100],
    "total-size": [b"".join(file(b"f%d" % n, shake_256(b"%d" % n).digest(4096) * 16) for n in range(8)) + END],
    "ratio": [file(b"a", bytes(64 * 1024)) + file(b"b", bytes(64 * 1024)) + END],
}


def refused(archive: bytes, limits: ArchiveLimits = LIMITS) -> str:
    with pytest.raises(Fault) as error:
        load(archive, limits)
    assert error.value.reason is Reason.ARCHIVE_INVALID
    (violation,) = error.value.violations
    assert violation.field.isprintable()
    assert violation.rule.isprintable()
    assert all(value.isprintable() for value in error.value.facts.values())
    return error.value.facts["rule"]


@pytest.mark.parametrize(("rule", "tar"), [(rule, tar) for rule, tars in TARS.items() for tar in tars])
def test_tar(rule: str, tar: bytes) -> None:
    assert refused(zst(tar, write_content_size=False)) == rule


def test_the_plain_entry_of_the_table_is_fine() -> None:
    assert load(zst(OK + END), LIMITS) == {"a.txt": b"1"}


GOOD = zst(OK + END)
MAGIC = b"\x28\xb5\x2f\xfd"


def raw_block(content: bytes, last: bool = False) -> bytes:
    return (len(content) << 3 | last).to_bytes(3, "little") + content


def rle_block(size: int, last: bool = False) -> bytes:
    return (size << 3 | 2 | last).to_bytes(3, "little") + b"\0"


# A frame header with a window of 1 MiB and no content size.
HEADER = MAGIC + b"\x00" + b"\x50"

FRAMES: dict[str, list[bytes]] = {
    "not-zstd": [b"", b"\x28", b"PK\x03\x04....", b"\x1f\x8b....", OK + END, b"\x25\xb5\x2f\xfd...."],
    "skippable-frame": [bytes([0x50 + n]) + b"\x2a\x4d\x18" + b"\x01\0\0\0!" + GOOD for n in (0, 15)],
    "truncated": [GOOD[:n] for n in (4, 5, 6, 8, len(GOOD) // 2, len(GOOD) - 1)]
    + [zst(OK + END, write_checksum=True)[:-1], HEADER, HEADER + raw_block(OK)],
    "trailing-bytes": [GOOD + b"\0", GOOD + GOOD, GOOD + b"\x50\x2a\x4d\x18\0\0\0\0", zst(OK) + zst(END)],
    "zstd-data": [
        HEADER + b"\x07\0\0" + END,  # the reserved block type
        HEADER + (130 * 1024 << 3 | 1).to_bytes(3, "little") + bytes(130 * 1024),  # a block over 128 KiB
        HEADER + (5 << 3 | 5).to_bytes(3, "little") + b"\xff" * 5,
        zst(OK + END, write_checksum=True)[:-4] + b"\0\0\0\0",
    ],
    "zstd-header": [
        MAGIC + b"\x08\x50" + raw_block(OK + END, last=True),  # the reserved bit
        MAGIC + b"\x00\xff" + raw_block(OK + END, last=True),  # a window of terabytes
    ],
    "zstd-dictionary": [MAGIC + b"\x01\x50\x07" + raw_block(OK + END, last=True)],
    "window": [
        MAGIC + b"\x00" + bytes([(24 - 10) << 3]) + raw_block(OK + END, last=True),
        MAGIC + b"\xe0" + (1 << 62).to_bytes(8, "little") + raw_block(OK + END, last=True),
    ],
    "total-size": [MAGIC + b"\xc0\x50" + (1 << 40).to_bytes(8, "little") + raw_block(OK + END, last=True)],
    "archive-size": [HEADER + raw_block(block(size=63 * 1024)) + raw_block(b"x" * 40_000) * 2],
    "ratio": [HEADER + raw_block(block(size=60 * 1024)) + rle_block(128 * 1024) * 2],
    "frame-blocks": [HEADER + raw_block(OK) + raw_block(b"") * 2000 + raw_block(END, last=True)],
}


@pytest.mark.parametrize(("rule", "frame"), [(rule, frame) for rule, frames in FRAMES.items() for frame in frames])
def test_frame(rule: str, frame: bytes) -> None:
    assert refused(frame, ArchiveLimits(archive_bytes=64 * 1024, ratio_floor=128 * 1024, frame_blocks=1000)) == rule


def test_the_handmade_frame_is_fine() -> None:
    assert load(HEADER + raw_block(OK) + raw_block(b"") + raw_block(END, last=True)) == {"a.txt": b"1"}


def test_a_wrong_content_size_is_damage() -> None:
    frame = bytearray(zstandard.ZstdCompressor(level=1).compress(OK + END))
    assert zstandard.get_frame_parameters(bytes(frame)).content_size == len(OK + END)
    frame[5:7] = (int.from_bytes(frame[5:7], "little") + 512).to_bytes(2, "little")
    assert refused(bytes(frame)) == "zstd-data"


@pytest.mark.parametrize("level", [*range(1, 20), -5])
def test_every_usual_level_fits_the_window(level: int) -> None:
    archive = zst(padded(b"x"), level=level, write_content_size=False)
    assert refused(archive) != "window"


def test_long_windows_do_not() -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(19, window_log=27, write_content_size=0)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    assert refused(compressor.compress(OK + END) + compressor.flush()) == "window"


def test_a_bomb_stops_early() -> None:
    """64 MiB of zeros in few bytes: no more than the floor of the ratio is ever unpacked."""
    bomb = HEADER + raw_block(block(size=60 << 20)) + rle_block(128 * 1024) * 480 + raw_block(END, last=True)
    source = io.BytesIO(bomb)
    with pytest.raises(Fault) as error:
        load(source)
    assert error.value.facts["rule"] == "ratio"
    assert source.tell() < 6 + 3 + 512 + 40 * 4


def test_names_of_strangers_are_shown_printable_and_cut() -> None:
    with pytest.raises(Fault) as error:
        load(zst(block(b"\x1b]0;x\x07" + b"y" * 90, prefix=b"z" * 100) + END))
    assert "\x1b" not in error.value.public
    assert len(error.value.facts["entry"]) <= 123


def test_limits_are_inclusive() -> None:
    files = {f"f{n}": bytes([n]) for n in range(8)}
    assert load(pack(files), LIMITS) == files
    assert load(zst(file(b"a/" * 31 + b"b") + END)) == {"a/" * 31 + "b": b""}
    longest = b"p" * 150 + b"/" + b"n" * 100
    assert load(zst(file(b"n" * 100, prefix=b"p" * 150) + END)) == {longest.decode(): b""}
