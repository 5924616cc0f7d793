"""HTTP with the host application: no redirects, no cookies, no proxies of the environment, bounded in time and bytes both ways.

1. bound the request
2. send it, within what is left of the call's time and the setting's
3. once more when the connection failed and the request may be repeated
4. read the answer up to the limit
"""

import asyncio
import logging
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import aiohttp
from yarl import URL

from kernel.errors import Fault, Reason
from runner.caller import Caller

MAX_REQUEST_BYTES: Final = 1 << 20  # of a body: guests send them
MAX_ANSWER_BYTES: Final = 2 << 20  # of a body: an executor holds them too
MAX_CONNECTIONS: Final = 100  # of each kind
_UNREAD: Final = aiohttp.ClientConnectionError  # also those that were closed before a byte of the answer
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. `url` is whole and encoded; `repeatable` = sending it twice does no harm."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    repeatable: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    body: bytes


class Connection:
    """The host application, for the life of a runner. One call takes `seconds` at most.

    Raises INVALID_ARGUMENT that names tls_ca_file for a file that holds no certificates.
    """

    def __init__(self, seconds: float, ca_file: Path | None = None) -> None:
        self._seconds = seconds
        self._tls = ssl.create_default_context()
        if ca_file is not None:
            try:
                self._tls.load_verify_locations(ca_file)
            except OSError as error:
                raise Fault.invalid("tls_ca_file", "must be a PEM file of certificates") from error

    async def __aenter__(self) -> Self:
        self._kept = self._session(force_close=False)
        # What must not be sent twice gets a connection of its own: a kept one may turn out to be closed, and then nobody can tell
        # whether the request was read.
        self._fresh = self._session(force_close=True)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._kept.close()
        await self._fresh.close()

    def _session(self, *, force_close: bool) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=aiohttp.ThreadedResolver(), ssl=self._tls, limit=MAX_CONNECTIONS, force_close=force_close
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,  # nothing may unfold here: compressed answers are not asked for and not taken
            skip_auto_headers=("user-agent", "accept", "content-type"),
            timeout=aiohttp.ClientTimeout(),  # the call's own holds
        )
        session._retry_connection = False  # it would send GETs once more by itself; what is repeated is decided here
        return session

    async def send(self, caller: Caller, request: Request) -> Reply:
        """Ask, and wait for the whole answer.

        Raises PAYLOAD_TOO_LARGE (nothing was sent), DEADLINE_EXCEEDED, HOST_FAILED.
        """
        # 1. bound the request
        if len(request.body or b"") > MAX_REQUEST_BYTES:
            raise Fault(Reason.PAYLOAD_TOO_LARGE, facts={"limit_bytes": MAX_REQUEST_BYTES})
        began = time.monotonic()
        # 2. send it, within what is left of the call's time and the setting's
        try:
            async with asyncio.timeout(min(caller.seconds, self._seconds)):
                reply = await self._tried(request)
        except TimeoutError:
            raise self._failed(request, "no whole answer in time", began) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:  # ValueError: what is no HTTP at all
            raise self._failed(request, f"{type(error).__name__}: {error}", began) from error
        if reply.status == 401 or not 200 <= reply.status < 500:
            _log.warning("the host application refused", extra={"status": reply.status, **_about(request, began)})
        return reply

    async def _tried(self, request: Request) -> Reply:
        if not request.repeatable:
            return await self._once(self._fresh, request)
        try:
            return await self._once(self._kept, request)
        except _UNREAD:
            # 3. once more when the connection failed and the request may be repeated; others that were kept are no better now
            return await self._once(self._fresh, request)

    async def _once(self, session: aiohttp.ClientSession, request: Request) -> Reply:
        url = URL(request.url, encoded=True)
        sent = {**request.headers, "accept-encoding": "identity"}
        async with session.request(request.method, url, headers=sent, data=request.body, allow_redirects=False) as answer:
            # 4. read the answer up to the limit
            if answer.headers.get("content-encoding", "identity").lower() != "identity":
                raise aiohttp.ClientPayloadError("a compressed answer")
            body = bytearray()
            async for chunk in answer.content.iter_any():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise aiohttp.ClientPayloadError(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
            return Reply(answer.status, bytes(body))

    def _failed(self, request: Request, why: str, began: float) -> Fault:
        _log.warning("the host application failed", extra={"why": why, **_about(request, began)})
        return Fault(Reason.HOST_FAILED, log=why)


def _about(request: Request, began: float) -> dict[str, object]:
    # Without its query: guests and hosts put data there.
    url = request.url.partition("?")[0]
    return {"method": request.method, "url": url, "ms": round((time.monotonic() - began) * 1e3, 1)}
