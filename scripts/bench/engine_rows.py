"""What the engine and its executors are measured by, without a platform around them."""

import asyncio
import os
import statistics
import time

import components
import flooring
from components import CPYTHON, QUICKJS, SPIDERMONKEY
from executing import in_engine, in_executor, pool, run
from report import Row
from timing import WARM_UP, Scale, milliseconds, paired, rates_in_turns, say

from kernel.errors import Reason
from runner.executor.pool import ExecutorPool

FLOORS = {SPIDERMONKEY: 1.3, QUICKJS: 1.7, CPYTHON: 1.6}
KIB, MIB = 1 << 10, 1 << 20
ECHOES = {"10 KiB": (10 * KIB, 0.45), "100 KiB": (100 * KIB, 1.6), "1 MiB": (MIB, 13), "8 MiB": (8 * MIB, 120)}
DEADLINE_MS = 200
LATE_MS = 20
IN_FLIGHT = 4


def invocation(scale: Scale) -> list[Row]:
    """A whole call in an executor over its floor, for each language."""
    engine = flooring.engine()
    prepared = {name: (components.floor(engine, name, "/hello"), components.artifact(name)) for name in FLOORS}

    async def measure() -> list[Row]:
        rows = []
        async with pool(1) as executors:
            for name, (floor, artifact) in prepared.items():
                say(f"{name}: the floor, the engine and an executor in turns")
                sides = {"engine": in_engine(artifact, "/hello"), "executor": in_executor(executors, artifact, "/hello")}
                found: dict[str, list[float]] = {"floor": [], "engine": [], "executor": []}
                floor.run(WARM_UP)
                for one in sides.values():
                    await milliseconds(one, WARM_UP)
                for _ in range(scale.rounds):
                    steps = floor.run(scale.calls)
                    found["floor"].append(sum(statistics.median(step[key] for step in steps) for key in flooring.STEPS))
                    for side, one in sides.items():
                        found[side].append(statistics.median(await milliseconds(one, scale.calls)))
                rows += [Row(f"{side}, {name} hello", statistics.median(times), "ms") for side, times in found.items()]
                rows += [
                    Row(f"engine over floor, {name} hello", paired(found["engine"], found["floor"]), "x"),
                    Row(f"executor over floor, {name} hello", paired(found["executor"], found["floor"]), "x", FLOORS[name]),
                ]
        return rows

    return asyncio.run(measure())


def echo(scale: Scale) -> list[Row]:
    """Bodies there and back in an executor; every answer is compared."""
    artifact = components.artifact(QUICKJS)

    async def measure() -> list[Row]:
        rows = []
        async with pool(1) as executors:
            for label, (size, target) in ECHOES.items():
                say(f"echo of {label}")
                name = f"executor, {QUICKJS} echo {label}"
                body = os.urandom(size)
                outcome = await run(executors, artifact, "/echo", body)
                if outcome.response.body != body:
                    why = Reason(int(outcome.failure.reason)).name if outcome.HasField("failure") else "another body"
                    rows.append(Row(name, None, "ms", target, note=f"no answer: {why}"))
                    continue
                times = []
                for _ in range(max(5, min(scale.rounds * scale.calls // 2, 40 * MIB // size))):
                    began = time.perf_counter()
                    outcome = await run(executors, artifact, "/echo", body)
                    times.append((time.perf_counter() - began) * 1e3)
                    assert outcome.response.body == body
                rows.append(Row(name, statistics.median(times), "ms", target))
        return rows

    return asyncio.run(measure())


def executors(scale: Scale) -> list[Row]:
    """What a second executor adds where guests need processors and nothing else."""
    artifact = components.artifact(QUICKJS)

    async def measure() -> list[Row]:
        async with pool(1) as one, pool(2) as two:
            say("one executor and two in turns, with a guest that computes")
            sides = {str(number): in_executor(which, artifact, "/work") for number, which in ((1, one), (2, two))}
            rates = await rates_in_turns(sides, IN_FLIGHT, scale)
        return [
            Row(f"one executor, {QUICKJS} work", statistics.median(rates["1"]), "calls/s"),
            Row(f"two executors, {QUICKJS} work", statistics.median(rates["2"]), "calls/s"),
            Row("two executors over one", paired(rates["2"], rates["1"]), "x", 1.8, more_is_better=True),
        ]

    return asyncio.run(measure())


def deadline(scale: Scale) -> list[Row]:
    """How late a guest ends that would run on."""
    cases = {"spinning": components.artifact("spin"), "sleeping": components.artifact("wasisleep")}

    async def late(executors: ExecutorPool, name: str) -> float:
        began = time.perf_counter()
        outcome = await run(executors, cases[name], "/", milliseconds=DEADLINE_MS)
        elapsed = (time.perf_counter() - began) * 1e3
        assert Reason(int(outcome.failure.reason)) is Reason.GUEST_TIMED_OUT, outcome
        return elapsed - DEADLINE_MS

    async def measure() -> list[Row]:
        rows = []
        async with pool(1) as executors:
            for name in cases:
                say(f"the end of a {name} guest")
                times = [await late(executors, name) for _ in range(max(5, scale.rounds))]
                rows += [
                    Row(f"end of a {name} guest after its deadline", statistics.median(times), "ms", LATE_MS),
                    Row(f"end of a {name} guest after its deadline, latest of {len(times)}", max(times), "ms"),
                ]
        return rows

    return asyncio.run(measure())
