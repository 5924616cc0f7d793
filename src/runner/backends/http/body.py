"""The body of an answer, taken in and decompressed within a limit: a small bomb must not become a large one here."""

import zlib
from typing import Any, Final

from kernel.errors import Fault, Reason

_GZIP: Final = 31  # zlib's numbers for formats
_ZLIB: Final = 15
_RAW: Final = -15
UNDONE: Final = frozenset({"gzip", "x-gzip", "deflate"})


class Body:
    """Takes chunks. `encoding` is the answer's content-encoding: one of UNDONE is undone, everything else is left as it is."""

    def __init__(self, encoding: str, most: int) -> None:
        self._most = most
        self._encoding = encoding
        self._undo: Any = None
        self._out = bytearray()
        self.received = 0

    def feed(self, chunk: bytes) -> None:
        """More of the body. Raises EGRESS_FAILED beyond the limit, on either side of decompression, and for broken compression."""
        self.received += len(chunk)
        if self.received > self._most:
            raise _too_large(self._most)
        if self._encoding not in UNDONE:
            self._out += chunk
            return
        try:
            self._decompress(chunk)
        except zlib.error as error:
            raise Fault(Reason.EGRESS_FAILED, log="a body is not what its content-encoding says") from error

    def end(self) -> bytes:
        """The whole body. Raises EGRESS_FAILED when its compressed form ended early."""
        if self._undo is not None and not self._undo.eof:
            raise Fault(Reason.EGRESS_FAILED, log="a compressed body ended early")
        return bytes(self._out)

    def _decompress(self, chunk: bytes) -> None:
        while chunk:
            if self._undo is None or (self._undo.eof and self._encoding != "deflate"):
                self._undo = zlib.decompressobj(self._format(chunk))
            elif self._undo.eof:
                return  # what is behind the end of the one stream is not read
            # One byte more than there is room for tells that there is more.
            self._out += self._undo.decompress(chunk, self._most - len(self._out) + 1)
            if len(self._out) > self._most:
                raise _too_large(self._most)
            chunk = self._undo.unused_data if self._undo.eof else self._undo.unconsumed_tail

    def _format(self, chunk: bytes) -> int:
        if self._encoding != "deflate":
            return _GZIP
        return _ZLIB if chunk[0] & 0x0F == 8 else _RAW  # servers send either


def _too_large(most: int) -> Fault:
    return Fault(Reason.EGRESS_FAILED, log="a body is larger than allowed", facts={"limit_bytes": most})
