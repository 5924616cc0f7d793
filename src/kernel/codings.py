"""Content codings for browsers: text is compressed once and sent many times."""

import gzip
import zlib
from typing import Final

import brotli
import zstandard

CODINGS: Final = ("br", "zstd", "gzip")  # as HTTP names them, the one that is preferred first
# Extensions of files worth it: all others are compressed already, or no text.
TEXT: Final = frozenset({"html", "js", "mjs", "css", "json", "map", "txt", "svg"})
_BEST_BYTES: Final = 512 << 10  # brotli's best takes about a second for a megabyte
_WINDOW_BYTES: Final = 8 << 20  # browsers refuse a larger one (RFC 9659)
_GZIP: Final = 16 + zlib.MAX_WBITS


def compress(data: bytes, coding: str) -> bytes:
    """The data in that coding, as small as a reasonable time makes it."""
    match coding:
        case "br":
            return bytes(brotli.compress(data, quality=11 if len(data) <= _BEST_BYTES else 9))
        case "zstd":
            return zstandard.ZstdCompressor(level=19).compress(data)  # a window of 8 MiB at most
        case "gzip":
            return gzip.compress(data, 9, mtime=0)
    raise ValueError(f"no coding {coding}")


def decompress(data: bytes, coding: str, size: int) -> bytes | None:
    """Undo `compress`; None for what is not, to its last byte, `size` bytes in that coding. Takes about that much memory."""
    try:
        found, whole = _decompress(data, coding, size + 1)
    except (brotli.error, zstandard.ZstdError, zlib.error):
        return None
    return found if whole and len(found) == size else None


def _decompress(data: bytes, coding: str, most: int) -> tuple[bytes, bool]:
    """At least the first `most` bytes, if there are so many, and whether the data ends there."""
    match coding:
        case "br":
            brotlied = brotli.Decompressor()
            return bytes(brotlied.process(data, output_buffer_limit=most)), bool(brotlied.is_finished())
        case "zstd":
            if not 0 < zstandard.get_frame_parameters(data).content_size < most:  # huge where it is not told
                return b"", False
            frame = zstandard.ZstdDecompressor(max_window_size=_WINDOW_BYTES)
            return frame.decompress(data, allow_extra_data=False), True
        case "gzip":
            zipped = zlib.decompressobj(_GZIP)
            return zipped.decompress(data, most), zipped.eof and not zipped.unused_data
    raise ValueError(f"no coding {coding}")
