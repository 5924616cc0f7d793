"""UI files in memory: what a content hash, a path and codings name never changes, so it is read from the runner once.

Who may read it is asked before, for each request: nothing here knows of tenants.
"""

from collections import OrderedDict
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

from gateway.flights import Flights
from gateway.model import AssetHeader, AssetQuery
from gateway.negotiation import Part, has
from gateway.ports import AssetStream, Runner
from kernel.digest import Digest
from kernel.errors import Fault, Reason

MAX_FILE_BYTES: Final = 1 << 20  # larger ones go through as they come
ENTRY_BYTES: Final = 1_024  # about what an entry takes beyond path and bytes
_Key = tuple[Digest, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Opened:
    """A file: all its bytes or the part that is wanted, or a stream of them; neither where none are to be sent."""

    header: AssetHeader
    body: bytes | None = None
    stream: AssetStream | None = None
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class _File:
    header: AssetHeader
    body: bytes | None  # None = too large to be kept

    def weight(self, path: str) -> int:
        """What it takes beyond its body."""
        sources = sum(ENTRY_BYTES // 8 + len(source) for _, some in self.header.page_sources for source in some)
        return ENTRY_BYTES + len(path) + sources


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
        self._files: OrderedDict[_Key, _File] = OrderedDict()
        self._shared: dict[str, _Shared] = {}  # by ETag, which is the digest of the bytes
        self._flights: Flights[_Key, _File | None] = Flights()
        self.bytes = 0
        self._filling = 0

    async def open(self, content_hash: Digest, query: AssetQuery) -> Opened:
        """The file that a path of a bundle names. Raises as `Runner.open_asset` does."""
        key = (content_hash, query.path, query.codings)
        file = self._files.get(key)
        if file is not None:
            self._files.move_to_end(key)
        elif self._most and not query.header_only:
            file = await self._flights.share(key, lambda: self._fill(key, query))
        if file is None and query.span is not None:  # only its size tells which part that is
            file = _File(await self._header(query), None)
        if file is not None:
            return await self._of(file, query)
        stream = await self._runner.open_asset(query)
        return Opened(stream.header, None, stream)

    async def _header(self, query: AssetQuery) -> AssetHeader:
        stream = await self._runner.open_asset(replace(query, if_none_match=(), header_only=True))
        stream.close()
        return stream.header

    async def _of(self, file: _File, query: AssetQuery) -> Opened:
        """What is to be sent of a file that is known."""
        header = file.header
        if has(query.if_none_match, header.etag):
            return Opened(replace(header, not_modified=True))
        part = query.span.within(header.size, header.etag) if query.span else None
        if query.header_only or (part is not None and not part.size):
            return Opened(header, part=part)
        if file.body is not None:
            return Opened(header, file.body if part is None else file.body[part.first : part.first + part.size], part=part)
        return Opened(header, None, await self._runner.open_asset(replace(query, part=part)), part)

    async def _fill(self, key: _Key, query: AssetQuery) -> _File | None:
        """Read a file and keep it; None when too many are being read."""
        stream = await self._runner.open_asset(replace(query, if_none_match=(), span=None))
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

    def _keep(self, key: _Key, header: AssetHeader, body: bytes | None) -> _File:
        if body is not None:
            shared = self._shared.get(header.etag)
            if shared is None:
                shared = self._shared[header.etag] = _Shared(body)
                self.bytes += len(body)
            shared.entries += 1
            body = shared.body
        file = self._files[key] = _File(header, body)
        self.bytes += file.weight(key[1])
        while self.bytes > self._most:
            self._drop()
        return file

    def _drop(self) -> None:
        """Forget what was used longest ago."""
        (_, path, _), file = self._files.popitem(last=False)
        self.bytes -= file.weight(path)
        if file.body is None:
            return
        shared = self._shared[file.header.etag]
        shared.entries -= 1
        if not shared.entries:
            del self._shared[file.header.etag]
            self.bytes -= len(shared.body)
