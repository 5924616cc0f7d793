"""Timing several things so that their ratios mean something: in turns, within moments of each other.

A machine is faster in one second than in the next, whatever runs on it. So what is compared takes turns, round by round; each round
gives one ratio, and the figure is the median of those.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

One = Callable[[], Awaitable[object]]
WARM_UP = 30


@dataclass(frozen=True)
class Scale:
    """How much is measured: `rounds` of `calls` each where things take turns, `seconds` for each turn of a rate."""

    rounds: int
    calls: int
    seconds: float
    restarts: int
    extensions: int

    @classmethod
    def of(cls, *, quick: bool) -> "Scale":
        return cls(4, 20, 0.5, 2, 20) if quick else cls(20, 50, 1.5, 3, 40)


def say(text: str) -> None:
    """Progress, beside the output."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


async def milliseconds(one: One, calls: int) -> list[float]:
    """How long each of some calls in a row took."""
    times = []
    for _ in range(calls):
        began = time.perf_counter()
        await one()
        times.append((time.perf_counter() - began) * 1e3)
    return times


async def at_once(one: One, calls: int, concurrency: int) -> None:
    """About so many calls, so many of them in flight."""

    async def worker() -> None:
        for _ in range(calls // concurrency):
            await one()

    await asyncio.gather(*(worker() for _ in range(concurrency)))


async def in_turns(sides: Mapping[str, One], rounds: int, calls: int) -> dict[str, list[float]]:
    """The median of each round in milliseconds, for each side."""
    for one in sides.values():
        await milliseconds(one, WARM_UP)
    medians: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, one in sides.items():
            medians[name].append(statistics.median(await milliseconds(one, calls)))
    return medians


async def rate(one: One, concurrency: int, seconds: float) -> float:
    """Calls in a second with so many in flight."""
    done, began = 0, time.perf_counter()
    ends = began + seconds

    async def worker() -> None:
        nonlocal done
        while time.perf_counter() < ends:
            await one()
            done += 1

    await asyncio.gather(*(worker() for _ in range(concurrency)))
    return done / (time.perf_counter() - began)


async def rates_in_turns(sides: Mapping[str, One], concurrency: int, scale: Scale) -> dict[str, list[float]]:
    """The rate of each round, for each side."""
    for one in sides.values():
        await rate(one, concurrency, scale.seconds / 2)
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(max(3, scale.rounds // 3)):
        for name, one in sides.items():
            found[name].append(await rate(one, concurrency, scale.seconds))
    return found


def paired(above: Sequence[float], below: Sequence[float]) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(high / low for high, low in zip(above, below, strict=True))
