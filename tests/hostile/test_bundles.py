"""Bundles that break a rule of the format, rightly signed over their very bytes: publishing names the rule and keeps nothing.

Each one is otherwise a bundle that could be published, so that without its rule it would be.
"""

import io
import tarfile
from collections.abc import Callable, Iterator
from hashlib import shake_256

import pytest
import zstandard

from kernel.archive import pack
from kernel.archive.rules import MIB
from kernel.errors import Reason
from registry.receive import MAX_ARCHIVE_BYTES
from tests.hostile.publishing import END, content, framed, refused, signed, tarred
from tests.registry.bundles import bundle
from tests.registry.stack import Stack
from tests.unit.kernel.tars import GNU, block, file, folder, zst
from tests.unit.kernel.test_archive_refusals import HEADER, MAGIC, TARS, raw_block, rle_block

pytestmark = pytest.mark.asyncio(loop_scope="session")
GOOD = content()
SHORT = {"entries", "file-size", "total-size", "ratio"}  # their tars meet lower limits than a registry's
RULES = [(rule, tar) for rule, tars in TARS.items() if rule not in SHORT for tar in tars]


def archived(mode: int, name: str = "ui/x", **fields: object) -> bytes:
    """What Python's own tar tool writes for one entry."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=mode) as tar:
        info = tarfile.TarInfo(name)
        for key, value in fields.items():
            setattr(info, key, value)
        tar.addfile(info, io.BytesIO(bytes(info.size)))
    return written.getvalue()


def pax(keyword: str, value: str, kind: bytes = b"x") -> bytes:
    """A PAX header that overrides something of the file after it."""
    line = f" {keyword}={value}\n"
    length = next(size for size in range(1000) if len(f"{size}{line}") == size)
    return file(b"PaxHeaders/x", f"{length}{line}".encode(), kind=kind) + file(b"ui/x", b"x") + END


TOOLS = {
    "symbolic link": ("symbolic-link", archived(tarfile.USTAR_FORMAT, type=tarfile.SYMTYPE, linkname="/etc/passwd")),
    "hard link": ("hard-link", archived(tarfile.USTAR_FORMAT, type=tarfile.LNKTYPE, linkname="manifest.json")),
    "character device": ("device", archived(tarfile.USTAR_FORMAT, type=tarfile.CHRTYPE, devmajor=1, devminor=3)),
    "block device": ("device", archived(tarfile.USTAR_FORMAT, type=tarfile.BLKTYPE, devmajor=8)),
    "named pipe": ("fifo", archived(tarfile.USTAR_FORMAT, type=tarfile.FIFOTYPE)),
    "contiguous file": ("entry-type", archived(tarfile.USTAR_FORMAT, type=tarfile.CONTTYPE, size=4)),
    "sparse file of GNU": ("sparse", archived(tarfile.GNU_FORMAT, type=tarfile.GNUTYPE_SPARSE)),
    "sparse file of PAX": ("pax-header", pax("GNU.sparse.major", "1")),
    "PAX path": ("pax-header", pax("path", "../../x")),
    "PAX path for all": ("pax-header", pax("path", "../../x", kind=b"g")),
    "PAX link": ("pax-header", pax("linkpath", "/etc/passwd")),
    "PAX size": ("pax-header", pax("size", "0")),
    "PAX of Solaris": ("entry-type", pax("path", "../../x", kind=b"X")),
    "long name of PAX": ("pax-header", archived(tarfile.PAX_FORMAT, "ui/" + "n" * 120)),
    "long name of GNU": ("gnu-extension", archived(tarfile.GNU_FORMAT, "ui/" + "n" * 120)),
    "long link of GNU": ("gnu-extension", archived(tarfile.GNU_FORMAT, type=tarfile.SYMTYPE, linkname="l" * 120)),
    "parent": ("path-dots", archived(tarfile.USTAR_FORMAT, "ui/../../x")),
    "absolute": ("path-absolute", archived(tarfile.USTAR_FORMAT, "/etc/cron.d/x")),
    "hidden": ("path-hidden", archived(tarfile.USTAR_FORMAT, ".git/config")),
    "manifest twice": ("duplicate", content() + END),
    "manifest in capitals": ("duplicate-case", file(b"MANIFEST.json", b"{}") + END),
    "page as a folder": ("file-and-directory", file(b"ui/index.html/x") + END),
    "folder as a file": ("file-and-directory", file(b"ui") + END),
    "100,000 entries": ("entries", b"".join(block(b"ui/%d" % number) for number in range(100_000)) + END),
    "100,000 times the root": ("entries", folder(b"./", magic=GNU) * 100_000 + END),
    "a file of 64 MiB and a byte": ("file-size", block(b"ui/x", 64 * MIB + 1)),
}


@pytest.mark.parametrize(("rule", "tar"), TOOLS.values(), ids=TOOLS)
async def test_entries_that_no_bundle_has(shared: Stack, rule: str, tar: bytes) -> None:
    fault = await refused(shared, shared.clients["acme"].publish(tarred(shared, GOOD + tar)))
    assert (fault.reason, fault.facts["rule"]) == (Reason.ARCHIVE_INVALID, rule)
    assert fault.violations


@pytest.mark.parametrize(("rule", "tar"), RULES, ids=[f"{rule}-{number}" for number, (rule, _) in enumerate(RULES)])
async def test_every_rule_of_the_tar(shared: Stack, rule: str, tar: bytes) -> None:
    fault = await refused(shared, shared.clients["acme"].publish(tarred(shared, GOOD + tar)))
    assert (fault.reason, fault.facts["rule"]) == (Reason.ARCHIVE_INVALID, rule)


def long_window() -> bytes:
    parameters = zstandard.ZstdCompressionParameters.from_level(19, window_log=27, write_content_size=0)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return compressor.compress(GOOD + END) + compressor.flush()


def unpacking_to(size: int) -> bytes:
    """Files of together more than `size` bytes that no ratio gives away: one byte in 128 is noise."""
    compressor = zstandard.ZstdCompressor(level=1, write_content_size=False).compressobj()
    parts = [compressor.compress(GOOD)]
    noise = shake_256(b"noise").digest(size // 128 + 1024)
    each = 32 * MIB
    for number in range(size // each + 1):
        parts.append(compressor.compress(block(b"ui/%d" % number, each)))
        for at in range(0, each, 128 * 1024):
            start = (number * each + at) // 128
            parts.append(compressor.compress(noise[start : start + 1024] + bytes(127 * 1024)))
    return b"".join(parts) + compressor.compress(END) + compressor.flush()


FRAME = zst(GOOD + END, write_checksum=True)
WHOLE = raw_block(GOOD + END, last=True)
FRAMES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "nothing": ("not-zstd", lambda: b""),
    "a tar": ("not-zstd", lambda: GOOD + END),
    "gzip": ("not-zstd", lambda: b"\x1f\x8b\x08\0" + FRAME),
    "two frames": ("trailing-bytes", lambda: FRAME + FRAME),
    "a tar over two frames": ("trailing-bytes", lambda: zst(GOOD) + zst(END)),
    "an empty frame first": ("truncated", lambda: zst(b"")),
    "one byte more": ("trailing-bytes", lambda: FRAME + b"\0"),
    "a skippable frame after": ("trailing-bytes", lambda: FRAME + b"\x50\x2a\x4d\x18\0\0\0\0"),
    "a skippable frame before": ("skippable-frame", lambda: b"\x50\x2a\x4d\x18\x01\0\0\0!" + FRAME),
    "a window of 128 MiB": ("window", long_window),
    "a window of 16 MiB": ("window", lambda: MAGIC + b"\x00" + bytes([(24 - 10) << 3]) + WHOLE),
    "a window of terabytes": ("zstd-header", lambda: MAGIC + b"\x00\xff" + WHOLE),
    "a dictionary": ("zstd-dictionary", lambda: MAGIC + b"\x01\x50\x07" + WHOLE),
    "the reserved bit": ("zstd-header", lambda: MAGIC + b"\x08\x50" + WHOLE),
    "the reserved kind of block": ("zstd-data", lambda: HEADER + raw_block(GOOD) + b"\x07\0\0"),
    "a wrong checksum": ("zstd-data", lambda: FRAME[:-1] + bytes([FRAME[-1] ^ 1])),
    "a bomb": ("ratio", lambda: HEADER + raw_block(GOOD + block(b"ui/x", 60 * MIB)) + rle_block(128 * 1024) * 480 + WHOLE),
    "a bomb of one level": ("ratio", lambda: zst(GOOD + file(b"ui/x", bytes(60 * MIB)) + END, level=19)),
    "a size of a terabyte": ("total-size", lambda: MAGIC + b"\xc0\x50" + (1 << 40).to_bytes(8, "little") + WHOLE),
    "256 MiB and more": ("total-size", lambda: unpacking_to(256 * MIB)),
    "empty blocks": ("frame-blocks", lambda: HEADER + raw_block(GOOD) + raw_block(b"") * (1 << 17) + WHOLE),
}


@pytest.mark.parametrize(("rule", "make"), FRAMES.values(), ids=FRAMES)
async def test_frames_that_no_bundle_has(shared: Stack, rule: str, make: Callable[[], bytes]) -> None:
    fault = await refused(shared, shared.clients["acme"].publish(framed(shared, make())))
    assert (fault.reason, fault.facts["rule"]) == (Reason.ARCHIVE_INVALID, rule)


async def test_cut_off_anywhere(shared: Stack) -> None:
    archive = bundle(shared.publisher_key).archive
    for end in range(4, len(archive), 7):
        fault = await refused(shared, shared.clients["acme"].publish(framed(shared, archive[:end])))
        assert (fault.reason, fault.facts["rule"]) == (Reason.ARCHIVE_INVALID, "truncated"), end


async def test_a_tar_cut_off_anywhere(shared: Stack) -> None:
    for end in range(0, len(GOOD) + 1, 128):
        fault = await refused(shared, shared.clients["acme"].publish(tarred(shared, GOOD[:end])))
        assert (fault.reason, fault.facts["rule"]) == (Reason.ARCHIVE_INVALID, "truncated"), end


def flips() -> Iterator[int]:
    """Bytes all over the frame, but for its header, which holds bits that mean nothing."""
    yield from range(zstandard.frame_header_size(FRAME), len(FRAME), 3)


@pytest.mark.parametrize("told", ["before", "after"])
async def test_a_bit_flipped_anywhere(shared: Stack, told: str) -> None:
    """Signed before the bit flipped, the statement speaks of other bytes; signed after it, the frame itself tells."""
    right, reasons = signed(shared, FRAME, GOOD + END), set()
    for at in flips():
        archive = FRAME[:at] + bytes([FRAME[at] ^ 1 << at % 8]) + FRAME[at + 1 :]
        flipped = framed(shared, archive)
        if told == "before":
            header = {"envelope": right.envelope} if at % 2 else {"envelope": right.envelope, "content_hash": str(right.digest)}
            fault = await refused(shared, shared.clients["acme"].publish(flipped, **header))
        else:
            fault = await refused(shared, shared.clients["acme"].publish(flipped))
        reasons.add(fault.reason)
    expected = {"before": {Reason.STATEMENT_MISMATCH, Reason.BUNDLE_DIGEST_MISMATCH}, "after": {Reason.ARCHIVE_INVALID}}
    assert reasons == expected[told]


ENDPOINT = {"method": "GET", "path": "/a", "handler": "a"}
MISSING = {
    "no manifest": ("manifest.json", file(b"ui/index.html") + END),
    "nothing at all": ("manifest.json", END),
    "the manifest in a folder": ("manifest.json", file(b"bundle/manifest.json", b"{}") + END),
    "the manifest as a folder": ("manifest.json", folder(b"manifest.json") + file(b"ui/index.html") + END),
    "a manifest of a megabyte": ("manifest.json", file(b"manifest.json", b" " * MIB) + END),
    "endpoints without a component": ("entry", content(api={"endpoints": [ENDPOINT]}) + END),
    "events without a component": ("entry", content(events=[{"topic": "a", "handler": "a"}]) + END),
    "a page that is not there": ("ui.entry", content(ui={"type": "iframe", "entry": "ui/other.html"}) + END),
    "a component that is not there": ("entry", content(entry="dist/other.wasm") + END),
}


@pytest.mark.parametrize(("field", "tar"), MISSING.values(), ids=MISSING)
async def test_files_that_a_bundle_needs(shared: Stack, field: str, tar: bytes) -> None:
    fault = await refused(shared, shared.clients["acme"].publish(tarred(shared, tar)))
    assert (fault.reason, fault.violations[0].field) == (Reason.MANIFEST_INVALID, field)


async def test_what_is_refused_here_could_be_published_without_the_broken_rule(shared: Stack) -> None:
    """The ground of all these tests is a bundle that is accepted."""
    tar = content(version="7.0.0") + END
    answer = await shared.clients["acme"].publish(signed(shared, zst(tar), tar, version="7.0.0"))
    assert (answer.existed, answer.version.version) == (False, "7.0.0")


async def test_an_archive_of_more_than_100_mib_is_not_even_begun(shared: Stack) -> None:
    small = signed(shared, pack({"ui/index.html": b""}))
    fault = await refused(shared, shared.clients["acme"].publish(small, size_bytes=MAX_ARCHIVE_BYTES + 1))
    assert fault.reason is Reason.PAYLOAD_TOO_LARGE
