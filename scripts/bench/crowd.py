"""Clients of a gateway: honest ones that are timed, and slow ones that send a byte at a time or do not read.

`crowd.py GATEWAY PATH FILE KEY` is the slow ones, in a process of their own; it prints a line when they are there and ends when its
standard input closes.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import aiohttp

HONEST, SLOW = 50, 1_000
PAUSE = 0.1  # seconds between an honest client's calls: what is timed must not be their own queue
DRIP = 2.0  # seconds between the bytes of a slow one


async def honest(url: str, key: str, seconds: float) -> float:
    """The p99 in milliseconds of what honest clients see; each one waits a little between calls."""
    times: list[float] = []
    connector = aiohttp.TCPConnector(limit=HONEST)
    async with aiohttp.ClientSession(headers={"x-api-key": key}, connector=connector) as session:
        ends = time.perf_counter() + seconds

        async def client(number: int) -> None:
            await asyncio.sleep(PAUSE * number / HONEST)
            while (began := time.perf_counter()) < ends:
                async with session.get(url) as answer:
                    assert answer.status == 200, answer.status
                    await answer.read()
                times.append((time.perf_counter() - began) * 1e3)
                await asyncio.sleep(PAUSE)

        await asyncio.gather(*(client(number) for number in range(HONEST)))
    return statistics.quantiles(times, n=100)[-1]


@asynccontextmanager
async def slow(*arguments: str) -> AsyncIterator[None]:
    """Slow clients while the block runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        assert await process.stdout.readline(), "the slow clients did not start"
        yield
    finally:
        process.stdin.close()
        await process.wait()


async def main(gateway: str, path: str, large: str, key: str) -> None:
    """A third sends header fields, a third a body, a third asks for a file and does not read."""
    place = urlsplit(gateway)
    fields = f" HTTP/1.1\r\nhost: {place.netloc}\r\nx-api-key: {key}\r\n".encode()
    kinds = (
        (b"GET " + path.encode() + fields, b"x-slow: " + b"a" * 1_000),
        (b"POST " + path.encode() + fields + b"content-length: 100000\r\n\r\n", b"b" * 1_000),
        (b"GET " + urlsplit(large).path.encode() + fields + b"\r\n", b""),
    )

    async def client(begun: bytes, rest: bytes) -> None:
        with suppress(OSError):  # it is cut off, as it should be, and comes back
            _, writer = await asyncio.open_connection(place.hostname, place.port, limit=1)
            try:
                writer.write(begun)
                for byte in rest:
                    await asyncio.sleep(DRIP)
                    writer.write(bytes((byte,)))
                    await writer.drain()
                await asyncio.Event().wait()
            finally:
                writer.transport.abort()

    async def again(number: int) -> None:
        while True:
            await client(*kinds[number % len(kinds)])
            await asyncio.sleep(DRIP)

    tasks = [asyncio.create_task(again(number)) for number in range(SLOW)]
    await asyncio.sleep(2)
    print("there", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
