"""Passes bytes between two unix sockets: what stands between a gateway and its registry, and can be stopped.

`python relay.py SOCKET TARGET`, which prints a line once it listens.
"""

import asyncio
import contextlib
import sys


async def serve(socket: str, target: str) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(target)
        await asyncio.gather(_pass(reader, back), _pass(there, writer))

    server = await asyncio.start_unix_server(connected, socket)
    print("listening", flush=True)
    async with server:
        await server.serve_forever()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
