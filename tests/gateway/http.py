"""A client that sends exactly what it is told: nothing is normalised, added or followed."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Got:
    """An answer, as it came."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def __getitem__(self, name: str) -> str:
        (value,) = self.all(name)
        return value

    def all(self, name: str) -> list[str]:
        return [value for field, value in self.fields if field == name]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])


def head(method: str, target: str, *fields: tuple[str, str]) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "host: gateway", *(f"{name}: {value}" for name, value in fields)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


async def connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = address.rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def send(address: str, data: bytes) -> bytes:
    """All that comes back until the server closes; half of our side stays open."""
    reader, writer = await connect(address)
    try:
        writer.write(data)
        return await asyncio.wait_for(reader.read(), 20)
    finally:
        writer.close()


async def read_answer(reader: asyncio.StreamReader, method: str = "GET") -> Got:
    """One answer of a connection that stays open."""
    top = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
    got = parse(top)
    length = got.all("content-length")
    body = await reader.readexactly(int(length[0])) if length and method != "HEAD" and got.status not in {204, 304} else b""
    return Got(got.status, got.fields, body)


def parse(data: bytes) -> Got:
    top, _, body = data.partition(b"\r\n\r\n")
    first, *lines = top.decode().split("\r\n")
    fields = tuple((name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines))
    return Got(int(first.split(" ")[1]), fields, body)


async def ask(address: str, method: str, target: str, *fields: tuple[str, str], body: bytes | None = None) -> Got:
    """One request on a connection of its own."""
    length = (("content-length", str(len(body))),) if body is not None else ()
    data = await send(address, head(method, target, ("connection", "close"), *length, *fields) + (body or b""))
    return parse(data)
