"""One request and its answer on the network, within limits of time, headers and bytes."""

import io
from dataclasses import dataclass
from typing import Final

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from kernel.errors import Fault, Reason
from runner.backends.http.body import UNDONE, Body
from runner.backends.http.connecting import Forbidden
from runner.backends.http.outgoing import Outgoing
from runner.caller import Spent
from runner.request import MAX_HEADER_BYTES, MAX_HEADERS
from runner.values import Headers

USER_AGENT: Final = "alga-extension"
_DEFAULTS: Final = (("accept", "*/*"), ("accept-encoding", "gzip, deflate"), ("user-agent", USER_AGENT))
_CHUNK: Final = 64 << 10
_HOPS_OWN: Final = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)


@dataclass(frozen=True, slots=True)
class Received:
    """An answer: names of headers in lower case, the body decompressed; `received` are its bytes as they came."""

    status: int
    headers: Headers
    body: bytes
    received: int

    def header(self, name: str) -> str | None:
        """The first header of that name."""
        return next((value for key, value in self.headers if key == name), None)


class _Counted(io.BytesIO):
    """A body that counts what is taken of it to be sent."""

    def __init__(self, body: bytes, spent: Spent) -> None:
        super().__init__(body)
        self._spent = spent

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self._spent.egress_bytes += len(data)
        return data


async def exchange(session: aiohttp.ClientSession, sent: Outgoing, added: Headers, max_body: int, spent: Spent) -> Received:
    """Send and read the whole answer; `added` are headers that the host sets, in the place of the guest's.

    Raises EGRESS_DENIED when the address is forbidden (nothing was sent then), EGRESS_FAILED for all else.
    """
    try:
        async with session.request(
            sent.method,
            _url(sent),
            headers=_headers(sent, added),
            data=_Counted(sent.body, spent) if sent.body else None,
            skip_auto_headers=("content-type", "user-agent", "accept", "accept-encoding"),
            allow_redirects=False,
        ) as answer:
            try:
                return await _read(answer, max_body, spent)
            except BaseException:
                answer.close()  # the rest is not waited for, and nobody else gets this connection
                raise
    except (aiohttp.ClientError, OSError, ValueError) as error:
        if isinstance(getattr(error, "os_error", error), Forbidden):
            raise Fault(Reason.EGRESS_DENIED, log="the address is forbidden") from None
        # Without its words: they have the URL.
        raise Fault(Reason.EGRESS_FAILED, log=type(error).__name__) from None


async def _read(answer: aiohttp.ClientResponse, max_body: int, spent: Spent) -> Received:
    headers = _received(answer.raw_headers)
    if not 200 <= answer.status <= 599:
        raise Fault(Reason.EGRESS_FAILED, log=f"status {answer.status}")
    encoding = ",".join(value for name, value in headers if name == "content-encoding").strip().lower()
    body = Body(encoding, max_body)
    async for chunk in answer.content.iter_chunked(_CHUNK):
        spent.egress_bytes += len(chunk)
        body.feed(chunk)
    whole = body.end()
    if body.received and encoding in UNDONE:
        headers = tuple(header for header in headers if header[0] not in ("content-encoding", "content-length"))
    return Received(answer.status, headers, whole, body.received)


def _url(sent: Outgoing) -> URL:
    """The target as the client has it; that both are the same is not left to two parsers."""
    target = sent.target
    url = URL(target.url, encoded=True)
    told = (url.scheme, url.raw_host, url.port, url.raw_path_qs, url.raw_user, url.raw_fragment)
    path = target.path + ("" if target.query is None else f"?{target.query}")
    if told != (target.origin.scheme, target.origin.host.strip("[]"), target.origin.port, path, None, ""):
        raise Fault.invalid("url", "is read in two ways", Reason.EGRESS_INVALID)
    return url


def _headers(sent: Outgoing, added: Headers) -> CIMultiDict[str]:
    replaced = {name for name, _ in added}
    headers = CIMultiDict([header for header in sent.headers if header[0] not in replaced])
    headers.extend(added)
    for name, value in _DEFAULTS:
        headers.setdefault(name, value)
    return headers


def _received(raw: tuple[tuple[bytes, bytes], ...]) -> Headers:
    if len(raw) > MAX_HEADERS or sum(len(name) + len(value) for name, value in raw) > MAX_HEADER_BYTES:
        raise Fault(Reason.EGRESS_FAILED, log="an answer's headers are too many or too large")
    read = ((name.decode("ascii", "replace").lower(), value.decode("utf-8", "replace")) for name, value in raw)
    return tuple(header for header in read if header[0] not in _HOPS_OWN)
