"""Decompression of exactly one zstandard frame, one block (at most 128 KiB) at a time.

The frame's own block headers say where it ends and bound what each step can produce; the library's streaming interfaces tell
neither (a few hundred input bytes can become many megabytes in one call, and bytes after the frame are dropped).
"""

from collections.abc import Iterator
from typing import BinaryIO, Protocol

import zstandard

from kernel.archive.rules import MIB, ArchiveLimits, refuse

_MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"  # after a first byte 0x50 .. 0x5f
_MAX_HEADER = 18
_MAX_BLOCK = 128 * 1024
_RAW, _RLE, _COMPRESSED = 0, 1, 2
_UNKNOWN = zstandard.CONTENTSIZE_UNKNOWN


def decompressed(source: BinaryIO, limits: ArchiveLimits) -> Iterator[bytes]:
    """Yield the content of the one frame that `source` must consist of, in pieces of at most 128 KiB.

    Raises ARCHIVE_INVALID for anything else (other magic, skippable or further frames, truncation, a dictionary) and every limit.
    """
    reader = _Reader(source, limits)
    header, has_checksum = _frame_header(reader, limits)
    decompressor = zstandard.ZstdDecompressor(max_window_size=limits.window_bytes).decompressobj()
    produced = 0
    try:
        _feed(decompressor, header)
        for block in _blocks(reader, limits):
            piece = _feed(decompressor, block)
            produced += len(piece)
            if produced > limits.total_bytes:
                raise refuse("total-size", f"the archive must unpack to at most {limits.total_bytes // MIB} MiB")
            if produced > max(limits.ratio_floor, limits.ratio * reader.consumed):
                raise refuse("ratio", f"the archive must not unpack to more than {limits.ratio} times its size")
            yield piece
        if has_checksum:
            _feed(decompressor, reader.exactly(4))
    except zstandard.ZstdError:
        raise refuse("zstd-data", "the archive's zstandard data is damaged") from None
    if not decompressor.eof:
        raise refuse("zstd-data", "the archive's zstandard data is damaged")
    if reader.up_to(1):
        raise refuse("trailing-bytes", "the archive must be one zstandard frame with nothing after it")


class _Decompressor(Protocol):
    """What is used of the library's streaming object, whose class it does not export."""

    @property
    def eof(self) -> bool: ...

    def decompress(self, data: bytes, /) -> bytes: ...


def _feed(decompressor: _Decompressor, data: bytes) -> bytes:
    if decompressor.eof:
        raise refuse("zstd-data", "the archive's zstandard data is damaged")
    return decompressor.decompress(data)


class _Reader:
    """Counted exact reads from a stream that may return less than was asked for."""

    def __init__(self, source: BinaryIO, limits: ArchiveLimits) -> None:
        self._source, self._limits, self.consumed = source, limits, 0

    def up_to(self, size: int) -> bytes:
        parts, missing = [], size
        while missing and (part := self._source.read(missing)):
            parts.append(part)
            missing -= len(part)
        self.consumed += size - missing
        if self.consumed > self._limits.archive_bytes:
            raise refuse("archive-size", f"the archive must have at most {self._limits.archive_bytes // MIB} MiB")
        return b"".join(parts)

    def exactly(self, size: int) -> bytes:
        data = self.up_to(size)
        if len(data) != size:
            raise refuse("truncated", "the archive ends in the middle of its zstandard frame")
        return data


def _frame_header(reader: _Reader, limits: ArchiveLimits) -> tuple[bytes, bool]:
    """The frame's header bytes, and whether a checksum follows the last block."""
    start = reader.up_to(5)
    if start[1:4] == _SKIPPABLE and start[0] & 0xF0 == 0x50:
        raise refuse("skippable-frame", "the archive must not begin with a skippable zstandard frame")
    if not start.startswith(_MAGIC):
        raise refuse("not-zstd", "the archive is not a zstandard frame (bundle.tar.zst)")
    if len(start) < 5:
        raise refuse("truncated", "the archive ends in the middle of its zstandard frame")
    descriptor = start[4]
    single_segment = bool(descriptor & 0x20)
    size_bytes = (int(single_segment), 2, 4, 8)[descriptor >> 6]
    dictionary_bytes = (0, 1, 2, 4)[descriptor & 3]
    header = start + reader.exactly((not single_segment) + dictionary_bytes + size_bytes)
    assert len(header) <= _MAX_HEADER
    try:
        frame = zstandard.get_frame_parameters(header)
    except zstandard.ZstdError:
        raise refuse("zstd-header", "the header of the archive's zstandard frame is not valid") from None
    if frame.dict_id:
        raise refuse("zstd-dictionary", "the archive must not need a zstandard dictionary")
    if frame.window_size > limits.window_bytes:
        raise refuse(
            "window", f"the zstandard window must have at most {limits.window_bytes // MIB} MiB (zstd -19 or less, no --long)"
        )
    if frame.content_size not in (_UNKNOWN, -1) and frame.content_size > limits.total_bytes:
        raise refuse("total-size", f"the archive must unpack to at most {limits.total_bytes // MIB} MiB")
    return header, frame.has_checksum


def _blocks(reader: _Reader, limits: ArchiveLimits) -> Iterator[bytes]:
    """Each block of the frame with its 3-byte header, up to and including the last."""
    for _ in range(limits.frame_blocks):
        head = reader.exactly(3)
        word = int.from_bytes(head, "little")
        is_last, kind, size = word & 1, word >> 1 & 3, word >> 3
        if kind not in (_RAW, _RLE, _COMPRESSED) or size > _MAX_BLOCK:
            raise refuse("zstd-data", "the archive's zstandard data is damaged")
        yield head + reader.exactly(1 if kind == _RLE else size)
        if is_last:
            return
    raise refuse("frame-blocks", f"the zstandard frame must have at most {limits.frame_blocks} blocks")
