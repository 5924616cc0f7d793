"""A whole platform for a bench: the guests installed, calls at each of its places, and its processes."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from timing import One

from gen.alga.common.v1 import context_pb2
from gen.alga.runner.v1 import execute_service_pb2, execute_service_pb2_grpc
from kernel.rpc import Peer, connect
from tests.guests.bundles import bundle_files
from tests.platform import Platform

# One caller calls as fast as it can.
UNLIMITED = {
    f"EXT_GATEWAY_{name}": "0"
    for name in ("RATE_PER_TENANT", "RATE_PER_EXTENSION", "RATE_PER_PRINCIPAL", "CALLS_PER_DAY", "CPU_SECONDS_PER_DAY")
}
ENDPOINTS = [{"method": "GET", "path": "/hello", "handler": "hello"}]


def extension(name: str) -> str:
    """The full name of a guest's extension."""
    return f"com.example.bench-{name.lower()}"


def install(platform: Platform, name: str, wasm: bytes, **manifest: Any) -> None:
    """Publish and install a guest, and make its first call; `manifest` as for `bundle_files`."""
    platform.install(platform.publish(bundle_files(extension(name), wasm, **{"endpoints": ENDPOINTS, "ui": False, **manifest})))
    answer = platform.call(f"/api/ext/{extension(name)}/hello")
    while answer.status != 200:  # it is compiled meanwhile
        assert answer.status in (503, 504), answer
        answer = platform.call(f"/api/ext/{extension(name)}/hello")


class Runner:
    """Calls of a runner with fresh grants."""

    def __init__(self, platform: Platform, peer: Peer) -> None:
        self._platform, self._peer = platform, peer
        self._stub = execute_service_pb2_grpc.ExecuteServiceStub(peer.channel)

    def call(self, name: str) -> One:
        """A call that is answered with 200. Grants hold for 30 seconds: use it at once."""
        request = execute_service_pb2.ExecuteRequest(
            grant=self._platform.resolve(name).grant,
            context=context_pb2.CallContext(request_id="r"),
            http=execute_service_pb2.HttpRequest(method="GET", url="/hello"),
        )

        async def one() -> None:
            answer = await self._stub.Execute(request, metadata=self._peer.metadata(), timeout=30)
            assert answer.status == 200

        return one


@asynccontextmanager
async def runner(platform: Platform) -> AsyncIterator[Runner]:
    """The runner of a platform, connected."""
    peer = connect(platform.told["runner"], platform.key("operator.key"))
    async with peer.channel as channel:
        await channel.channel_ready()
        yield Runner(platform, peer)


@asynccontextmanager
async def gateway(platform: Platform, name: str) -> AsyncIterator[One]:
    """Calls of an extension over HTTP."""
    async with getting(f"{platform.gateway}/api/ext/{name}/hello", {"x-api-key": platform.key("demo-caller.key")}) as one:
        yield one


@asynccontextmanager
async def getting(url: str, headers: dict[str, str]) -> AsyncIterator[One]:
    """GET requests that are answered with 200."""
    async with aiohttp.ClientSession(headers=headers, cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def one() -> None:
            async with session.get(url) as answer:
                assert answer.status == 200
                await answer.read()

        yield one


def processes(platform: Platform) -> dict[int, str]:
    """Pid -> name of the supervisor and everything below it."""
    found, children = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append((int(folder.name), (folder / "cmdline").read_text().split("\0")))
        except OSError:
            continue
    waiting = [(platform.process.pid, "supervisor")]
    while waiting:
        pid, name = waiting.pop()
        found[pid] = name
        waiting += [
            (child, command[command.index("-m") + 1] if "-m" in command else name) for child, command in children.get(pid, [])
        ]
    return found


def processor_ms(platform: Platform) -> float:
    """What the processes of a platform have used so far, in steps of 10 ms."""
    ticks = 0
    for pid in processes(platform):
        user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        ticks += int(user) + int(system)
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def resident_kb(pid: int, kind: str) -> int:
    """`Pss` or `Rss` of a process. Raises PermissionError: executors hide their memory from all but root."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:"))
