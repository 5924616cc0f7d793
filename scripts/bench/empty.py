"""What there would be without us: `empty.py grpc SOCKET` answers every call with its request, `empty.py http SOCKET` passes each
HTTP request on to it as one unary call, `empty.py answer -` answers each HTTP request itself, `empty.py file PATH` does so with the
bytes of a file. Each prints where it serves and ends when its standard input closes.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from aiohttp import web
from grpc import aio, method_handlers_generic_handler, unary_unary_rpc_method_handler

METHOD = "/empty.Echo/Echo"
_BODY = b'{"greeting": "Hello, demo!"}'


async def _serve_grpc(stack: AsyncExitStack, address: str) -> str:
    async def echo(request: bytes, _context: object) -> bytes:
        return request

    server = aio.server()
    methods = {"Echo": unary_unary_rpc_method_handler(echo)}
    server.add_generic_rpc_handlers((method_handlers_generic_handler("empty.Echo", methods),))
    server.add_insecure_port(f"unix:{address}")
    await server.start()
    stack.push_async_callback(server.stop, None)
    return address


async def _serve_http(stack: AsyncExitStack, grpc_address: str) -> str:
    channel = await stack.enter_async_context(aio.insecure_channel(f"unix:{grpc_address}"))
    call = channel.unary_unary(METHOD)

    async def handle(_request: web.Request) -> web.Response:
        return web.Response(body=await call(_BODY), content_type="application/json")

    return await _listen(stack, handle)


async def _serve_answers(stack: AsyncExitStack, _address: str) -> str:
    async def handle(_request: web.Request) -> web.Response:
        return web.Response(body=_BODY, content_type="application/json")

    return await _listen(stack, handle)


async def _serve_file(stack: AsyncExitStack, path: str) -> str:
    body = await asyncio.to_thread(Path(path).read_bytes)

    async def handle(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="text/javascript")

    return await _listen(stack, handle)


async def _listen(stack: AsyncExitStack, handle: Callable[[web.Request], Awaitable[web.Response]]) -> str:
    app = web.Application()
    app.router.add_get("/hello", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    return f"http://{host}:{port}/hello"


@asynccontextmanager
async def child(kind: str, address: str) -> AsyncIterator[str]:
    """One of these servers in a process of its own, while the block runs; answers where it serves."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, kind, address, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        where = (await process.stdout.readline()).decode().strip()
        assert where, "an empty server did not start"
        yield where
    finally:
        process.stdin.close()
        await process.wait()


_KINDS = {"grpc": _serve_grpc, "http": _serve_http, "answer": _serve_answers, "file": _serve_file}


async def main(kind: str, address: str) -> None:
    async with AsyncExitStack() as stack:
        print(await _KINDS[kind](stack, address), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
