"""Where key sets come from: a file, or an issuer's URL."""

import asyncio
from pathlib import Path
from typing import Final, Protocol

import aiohttp

from gateway.identity.jwks import MAX_BYTES
from kernel.errors import Fault, Reason

FETCH_SECONDS: Final = 5.0  # in all: an issuer that trickles is one that does not answer


class Source(Protocol):
    """Where a key set is read."""

    async def read(self) -> bytes:
        """Its bytes now, at most `MAX_BYTES`. Raises UNAVAILABLE."""


class FileSource:
    """A file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self) -> bytes:
        """See the port."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise Fault(Reason.UNAVAILABLE, log=f"key set: {error.strerror}") from error
        return _bounded(data)


class UrlSource:
    """A URL, over https or on loopback. No redirects, cookies, proxies or compression: nothing but these bytes from this host."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def read(self) -> bytes:
        """See the port."""
        timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
        headers = {"accept": "application/jwk-set+json, application/json", "accept-encoding": "identity"}
        jar = aiohttp.DummyCookieJar()
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, cookie_jar=jar, headers=headers, auto_decompress=False) as session,
                session.get(self._url, allow_redirects=False) as answer,
            ):
                if answer.status != 200 or answer.headers.get("content-encoding", "identity") != "identity":
                    raise Fault(Reason.UNAVAILABLE, log=f"key set: status {answer.status}, or compressed")
                data = bytearray()
                async for chunk in answer.content.iter_any():
                    data += chunk
                    _bounded(data)
                return bytes(data)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Fault(Reason.UNAVAILABLE, log=f"key set: {type(error).__name__}") from error


def _bounded(data: bytes | bytearray) -> bytes:
    if len(data) > MAX_BYTES:
        raise Fault(Reason.UNAVAILABLE, log=f"key set: more than {MAX_BYTES} bytes")
    return bytes(data)
