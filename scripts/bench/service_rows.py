"""What a platform around the engine is measured by."""

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

import components
import empty
import stack
from components import CPYTHON, QUICKJS, SPIDERMONKEY
from executing import in_engine
from grpc import aio
from report import Row
from timing import Scale, in_turns, milliseconds, paired, rates_in_turns, say

from tests import guests as small
from tests.guests.bundles import bundle_files
from tests.platform import Platform, running

IN_FLIGHT = 16
UI_BYTES = 1 << 20  # of each idle extension: what must not stay in memory
SETTLED_SECONDS = 3


def layers(scale: Scale) -> list[Row]:
    """The runner's rpc and the gateway's HTTP, over what lies below each."""
    artifact = components.artifact(QUICKJS)

    async def measure(platform: Platform, folder: str) -> list[Row]:
        async with (
            empty.child("grpc", f"{folder}/grpc") as address,
            aio.insecure_channel(f"unix:{address}") as channel,
            stack.runner(platform) as runner,
            stack.gateway(platform, stack.extension(QUICKJS)) as http,
        ):
            nothing = channel.unary_unary(empty.METHOD)

            async def unary() -> None:
                await nothing(b"")

            say("engine, empty rpc, runner rpc and gateway in turns")
            engine = in_engine(artifact, "/hello")
            found: dict[str, list[float]] = {"engine": [], "empty": [], "runner": [], "gateway": []}
            for _ in range(scale.rounds):  # each with a grant of its own, which holds for half a minute
                sides = {"engine": engine, "empty": unary, "runner": runner.call(stack.extension(QUICKJS)), "gateway": http}
                for name, times in (await in_turns(sides, 1, scale.calls)).items():
                    found[name] += times
        middle = {name: statistics.median(times) for name, times in found.items()}
        own = [call - inner for call, inner in zip(found["runner"], found["engine"], strict=True)]
        more = statistics.median(http - rpc for http, rpc in zip(found["gateway"], found["runner"], strict=True))
        return [
            Row(f"engine, {QUICKJS} hello", middle["engine"], "ms"),
            Row("empty grpc.aio unary call", middle["empty"], "ms"),
            Row(f"runner rpc, {QUICKJS} hello", middle["runner"], "ms"),
            Row("runner rpc less engine, over an empty unary call", paired(own, found["empty"]), "x", 1.3),
            Row(f"gateway HTTP, {QUICKJS} hello", middle["gateway"], "ms"),
            Row("gateway HTTP less runner rpc", more, "ms", 0.8),
        ]

    with running("--empty", settings=stack.UNLIMITED) as platform, tempfile.TemporaryDirectory(prefix="alga") as folder:
        stack.install(platform, QUICKJS, components.wasm(QUICKJS).read_bytes())
        return asyncio.run(measure(platform, folder))


def throughput(scale: Scale) -> list[Row]:
    """Many requests at once, over the same of two servers that do nothing."""

    async def measure(platform: Platform, folder: str) -> list[Row]:
        async with (
            empty.child("grpc", f"{folder}/grpc") as address,
            empty.child("http", address) as url,
            stack.getting(url, {}) as nothing,
            stack.gateway(platform, stack.extension(QUICKJS)) as ours,
        ):
            say(f"{IN_FLIGHT} in flight: gateway and empty servers in turns")
            rates = await rates_in_turns({"empty": nothing, "ours": ours}, IN_FLIGHT, scale)
        return [
            Row(f"empty aiohttp and grpc.aio, {IN_FLIGHT} in flight", statistics.median(rates["empty"]), "req/s"),
            Row(f"gateway HTTP, {QUICKJS} hello, {IN_FLIGHT} in flight", statistics.median(rates["ours"]), "req/s"),
            Row("gateway over empty servers", paired(rates["ours"], rates["empty"]), "x", 0.4, more_is_better=True),
        ]

    with running("--empty", settings=stack.UNLIMITED) as platform, tempfile.TemporaryDirectory(prefix="alga") as folder:
        stack.install(platform, QUICKJS, components.wasm(QUICKJS).read_bytes())
        return asyncio.run(measure(platform, folder))


def restart(scale: Scale) -> list[Row]:
    """The first call of a platform that was started again, over the calls after it."""
    names = (SPIDERMONKEY, QUICKJS, CPYTHON)
    first: dict[str, list[float]] = {name: [] for name in names}
    warm: dict[str, list[float]] = {name: [] for name in names}

    async def measure(platform: Platform) -> None:
        async with stack.runner(platform) as runner:
            for name in names:
                one = runner.call(stack.extension(name))
                first[name] += await milliseconds(one, 1)
                warm[name].append(statistics.median(await milliseconds(one, 20)))

    with tempfile.TemporaryDirectory(prefix="alga") as folder:
        with running("--empty", data_dir=Path(folder), settings=stack.UNLIMITED) as platform:
            for name in names:
                say(f"publishing {name}")
                stack.install(platform, name, components.wasm(name).read_bytes())
        for _ in range(scale.restarts):
            say("starting the platform again")
            with running("--empty", data_dir=Path(folder), settings=stack.UNLIMITED) as platform:
                time.sleep(SETTLED_SECONDS)
                asyncio.run(measure(platform))
    return [
        Row(
            f"first call after a restart less a warm call, {name}, runner rpc",
            statistics.median(one - other for one, other in zip(first[name], warm[name], strict=True)),
            "ms",
            25,
        )
        for name in names
    ]


def idle(scale: Scale) -> list[Row]:
    """What one more installed extension costs a runner that nobody asks for it."""
    wasm = small.component("hello")

    def install(platform: Platform, number: int) -> None:
        files = bundle_files(f"com.example.idle-{number}", wasm) | {"ui/large.bin": os.urandom(UI_BYTES)}
        platform.install(platform.publish(files))

    def resident(platform: Platform) -> int:
        time.sleep(SETTLED_SECONDS)
        found = stack.processes(platform)
        return sum(stack.resident_kb(pid, "Pss") for pid, name in found.items() if name.startswith("runner"))

    with running("--empty", settings=stack.UNLIMITED) as platform:
        compiled = platform.data_dir / "runner-cache" / "artifacts" / "code"
        say(f"installing {2 * scale.extensions} extensions that stay idle")
        measured = []
        for half in range(2):
            for number in range(scale.extensions):
                install(platform, half * scale.extensions + number)
            while len(list(compiled.glob("*.cwasm"))) < (half + 1) * scale.extensions:
                time.sleep(0.2)
            measured.append(resident(platform))
    each = (measured[1] - measured[0]) / scale.extensions
    return [Row(f"one more idle extension with a UI of 1 MiB, average of {scale.extensions}", each, "KB", 100)]
