"""What a client asks for beside the path: codings it takes, tags it has, the part it wants (RFC 9110, sections 12 to 14)."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from aiohttp import web

from kernel.codings import CODINGS

MAX_ETAGS: Final = 64  # each one is compared
MAX_CODINGS: Final = 32  # that are read of one request
_CODING: Final = re.compile(r"\s*([A-Za-z0-9*!#$%&'+.^_`|~-]+)\s*(?:;\s*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?\s*")
_SPAN: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file: `size` bytes from `first` on; none when there is nothing there."""

    first: int
    size: int


@dataclass(frozen=True, slots=True)
class Span:
    """The one part that a Range asks for: bytes `first` to `last`, or without `first` the `last` ones at the end."""

    first: int | None
    last: int | None
    if_range: str = ""  # the tag that the parts before came with; empty = any

    def within(self, size: int, etag: str) -> Part | None:
        """That part of a file; None for a file other than the one whose parts the client has: it needs the whole."""
        if self.if_range and self.if_range != etag:
            return None
        if self.first is None:
            first, end = max(0, size - (self.last or 0)), size
        else:
            first, end = self.first, size if self.last is None else min(self.last + 1, size)
        return Part(first, max(0, end - first))


@dataclass(frozen=True, slots=True)
class Terms:
    """What a client says of a file: that it wants the header alone, its tags, codings (the one wanted most first), the part."""

    header_only: bool = False
    etags: tuple[str, ...] = ()
    codings: tuple[str, ...] = ()
    span: Span | None = None


def terms(request: web.BaseRequest, *, text: bool) -> Terms:
    """Of a request for a file; `text`: it may have compressed forms, otherwise its codings are not read."""
    fields, header_only = request.headers, request.method == "HEAD"
    accepted = ",".join(fields.getall("accept-encoding", ())) if text else ""
    if "if-none-match" not in fields and "range" not in fields:
        return _plain(header_only, accepted)
    return Terms(header_only, _etags(request), _codings(accepted), _span(request))


@lru_cache(256)
def _plain(header_only: bool, accepted: str) -> Terms:
    """Without tags and part: most requests are, and say the same."""
    return Terms(header_only, codings=_codings(accepted))


@lru_cache(256)
def _codings(header: str) -> tuple[str, ...]:
    """The codings of ours that a client takes; what it does not name it need not know."""
    weights: dict[str, float] = {}
    for item in header.split(",", MAX_CODINGS)[:MAX_CODINGS]:
        if (match := _CODING.fullmatch(item)) is not None:
            weights[match[1].lower()] = float(match[2] or 1)
    weights.setdefault("gzip", weights.get("x-gzip", weights.get("*", 0)))
    others = weights.get("*", 0)
    least = weights.get("identity", 0)  # a client may want the plain file more
    wanted = ((weights.get(name, others), name) for name in CODINGS)
    return tuple(name for weight, name in sorted(wanted, key=lambda one: -one[0]) if weight and weight >= least)


def _etags(request: web.BaseRequest) -> tuple[str, ...]:
    """The tags of If-None-Match; more than a client can mean are not looked at, which costs it a download and us nothing."""
    values = ",".join(request.headers.getall("if-none-match", ()))
    tags = (tag.strip() for tag in values.split(",", MAX_ETAGS)[:MAX_ETAGS])
    return tuple(tag for tag in tags if tag and tag.isascii())


def has(tags: tuple[str, ...], etag: str) -> bool:
    """Whether the client has the file; compared weakly (RFC 9110, section 13.1.2)."""
    return any(tag == "*" or tag.removeprefix("W/") == etag for tag in tags)


def _span(request: web.BaseRequest) -> Span | None:
    """The part that a GET asks for; None = all: also for several parts, other units, and what is malformed."""
    asked = request.headers.getall("range", ())
    match = _SPAN.fullmatch(asked[0].strip()) if len(asked) == 1 and request.method == "GET" else None
    if match is None or match[0] == "bytes=-":
        return None
    first, last = (int(text) if text else None for text in match.groups())
    if first is not None and last is not None and last < first:
        return None
    return Span(first, last, ",".join(request.headers.getall("if-range", ())).strip())
