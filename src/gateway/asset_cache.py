"""UI files in memory: what a content hash, a path and codings name never changes, so it is read from the runner once.

Who may read it is asked before, for each request: nothing here knows of tenants.
"""

from collections import OrderedDict
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

from gateway.flights import Flights
from gateway.model import AssetHeader, AssetQuery, Grant
from gateway.negotiation import Part, Terms, has
from gateway.ports import AssetStream, Runner
from kernel.digest import Digest
from kernel.errors import Fault, Reason

MAX_FILE_BYTES: Final = 1 << 20  # larger ones go through as they come
ENTRY_BYTES: Final = 1_024  # about what an entry takes beyond path and bytes
_Key = tuple[str, str, tuple[str, ...]]  # a digest in hex, whose hash is remembered, a path, codings


@dataclass(frozen=True, slots=True)
class Opened:
    """A file: all its bytes or the part that is wanted, or a stream of them; neither where none are to be sent.

    What is kept is a whole one; one without bytes is too large to be kept.
    """

    header: AssetHeader
    body: bytes | None = None
    stream: AssetStream | None = None
    part: Part | None = None


@dataclass(slots=True)
class _Shared:
    """Bytes that several paths lead to: every route of a single-page application is its first page."""

    body: bytes
    entries: int = 0


class AssetCache:
    """Opens files and keeps at most so many bytes of them, the latest used last; 0 = none. What is being read is bounded too."""

    def __init__(self, runner: Runner, most_bytes: int) -> None:
        self._runner = runner
        self._most = most_bytes
        self._files: OrderedDict[_Key, Opened] = OrderedDict()
        self._shared: dict[str, _Shared] = {}  # by ETag, which is the digest of the bytes
        self._flights: Flights[_Key, Opened | None] = Flights()
        self.bytes = 0
        self._filling = 0

    async def open(self, content_hash: Digest, path: str, terms: Terms, grant: Grant) -> Opened:
        """The file that a path of a bundle names, read with the grant if need be. Raises as `Runner.open_asset` does."""
        key = (content_hash.hex, path, terms.codings)
        file = self._files.get(key)
        if file is not None:
            self._files.move_to_end(key)
        elif self._most and not terms.header_only:
            file = await self._flights.share(key, lambda: self._fill(key, grant))
        if file is None and terms.span is not None:  # only its size tells which part that is
            file = Opened(await self._header(key, grant))
        if file is not None:
            return await self._of(file, path, terms, grant)
        stream = await self._runner.open_asset(AssetQuery(grant, path, terms))
        return Opened(stream.header, None, stream)

    async def _header(self, key: _Key, grant: Grant) -> AssetHeader:
        stream = await self._runner.open_asset(AssetQuery(grant, key[1], Terms(header_only=True, codings=key[2])))
        stream.close()
        return stream.header

    async def _of(self, file: Opened, path: str, terms: Terms, grant: Grant) -> Opened:
        """What is to be sent of a file that is known."""
        header = file.header
        if terms.etags and has(terms.etags, header.etag):
            return Opened(replace(header, not_modified=True))
        part = terms.span.within(header.size, header.etag) if terms.span else None
        if terms.header_only or (part is not None and not part.size):
            return Opened(header, part=part)
        if file.body is None:
            return Opened(header, None, await self._runner.open_asset(AssetQuery(grant, path, terms, part)), part)
        return file if part is None else Opened(header, file.body[part.first : part.first + part.size], part=part)

    async def _fill(self, key: _Key, grant: Grant) -> Opened | None:
        """Read a file and keep it; None when too many are being read."""
        stream = await self._runner.open_asset(AssetQuery(grant, key[1], Terms(codings=key[2])))
        try:
            header = stream.header
            if header.size > min(MAX_FILE_BYTES, self._most):
                return self._keep(key, header, None)
            if self._filling + header.size > max(self._most // 2, MAX_FILE_BYTES):
                return None
            self._filling += header.size
            try:
                async with aclosing(stream.chunks()) as chunks:
                    body = b"".join([chunk async for chunk in chunks])
            finally:
                self._filling -= header.size
        finally:
            stream.close()
        if len(body) != header.size:
            raise Fault(Reason.INTERNAL, log=f"a file of {header.size} bytes came as {len(body)}")
        return self._keep(key, header, body)

    def _keep(self, key: _Key, header: AssetHeader, body: bytes | None) -> Opened:
        if body is not None:
            shared = self._shared.get(header.etag)
            if shared is None:
                shared = self._shared[header.etag] = _Shared(body)
                self.bytes += len(body)
            shared.entries += 1
            body = shared.body
        file = self._files[key] = Opened(header, body)
        self.bytes += _weight(header, key[1])
        while self.bytes > self._most:
            self._drop()
        return file

    def _drop(self) -> None:
        """Forget what was used longest ago."""
        (_, path, _), file = self._files.popitem(last=False)
        self.bytes -= _weight(file.header, path)
        if file.body is None:
            return
        shared = self._shared[file.header.etag]
        shared.entries -= 1
        if not shared.entries:
            del self._shared[file.header.etag]
            self.bytes -= len(shared.body)


def _weight(header: AssetHeader, path: str) -> int:
    """What an entry takes beyond its body."""
    sources = sum(ENTRY_BYTES // 8 + len(source) for _, some in header.page_sources for source in some)
    return ENTRY_BYTES + len(path) + sources
